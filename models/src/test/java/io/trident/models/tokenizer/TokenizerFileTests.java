/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.tokenizer;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.Test;

/** What is read of a tokenizer before the native library sees it, and what is refused. */
public class TokenizerFileTests extends RandomizedTest {

  private static TokenizerFile read(String json) throws IOException {
    return TokenizerFile.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
  }

  private static void assertRefused(String json, String because) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> read(json));
    assertTrue(e.getMessage(), e.getMessage().contains(because));
    assertTrue("messages are short", e.getMessage().length() < 500);
  }

  @Test
  public void testAddedTokensComeAfterTheVocabularyWhereverTheyStand() throws IOException {
    String added = "'added_tokens': [{'id': 1, 'content': '<s>', 'special': true}, {'id': 3}]";
    String model =
        "'model': {'merges': ['a b', ['a', 'b']], 'vocab': {'a': 0, 'b': 1, '[CLS]': 5}}";
    for (String json : new String[] {added + ", " + model, model + ", " + added}) {
      TokenizerFile file = read("{" + json + ", 'normalizer': {'type': 'Lowercase'}}");
      Vocabulary vocabulary = file.vocabulary();
      assertEquals("<s>", vocabulary.token(1));
      assertEquals(1, vocabulary.id("b"));
      assertTrue(vocabulary.isSpecial(1) && vocabulary.isSpecial(5));
      assertFalse(vocabulary.isSpecial(0));
      assertEquals(6, vocabulary.size());
      assertEquals(
          "{\"normalizer\":{\"type\":\"Lowercase\"},\"model\":{\"merges\":2}}", sorted(file));
    }
  }

  private static String sorted(TokenizerFile file) {
    return "{\"normalizer\":"
        + file.steps().get("normalizer")
        + ",\"model\":"
        + file.steps().get("model")
        + "}";
  }

  @Test
  public void testTokensWithScoresHaveTheirPlacesAsIds() throws IOException {
    Vocabulary vocabulary =
        read("{'model': {'vocab': [['a', 0], ['', -1.5, [[]]], ['c']]}}").vocabulary();
    assertEquals(3, vocabulary.size());
    assertEquals("c", vocabulary.token(2));
  }

  @Test
  public void testWhatHasNoVocabularyIsRefused() {
    assertRefused("{}", "[model.vocab]");
    assertRefused("[]", "must be an object");
    assertRefused("{'model': {'vocab': 1}}", "[model.vocab]");
    assertRefused("{'model': {'vocab': [1]}}", "tokens with scores");
    assertRefused("{'model': {'vocab': [[[]]]}}", "tokens with scores");
    assertRefused("{'model': {'vocab': {}, 'vocab': {}}}", "once");
    assertRefused("{'model': {'vocab': {}}, 'model': {}}", "once");
    assertRefused("{'normalizer': 1, 'normalizer': 2, 'model': {'vocab': {}}}", "once");
    assertThrows(IOException.class, () -> read("{'model': {'vocab': {'a': 0"));
    assertThrows(IOException.class, () -> read("{'model': {'vocab': {'a': 99999999999}}}"));
    assertThrows(IOException.class, () -> read("{'x': {'a': 1, 'a': 2}, 'model': {'vocab': {}}}"));
  }

  @Test
  public void testIdsBeyondEveryVocabularyAreRefused() {
    for (String id : new String[] {"-1", "2097152", "'1'", "1.5", "2000000000"}) {
      assertRefused("{'model': {'vocab': {'a': " + id + "}}}", "must have an id");
    }
    String added = "{'model': {'vocab': {}}, 'added_tokens': [{'content': 'a', 'id': ";
    assertRefused(added + "4294967297}]}", "must have an id");
    assertRefused(added + "1.5}]}", "must have an id");
    assertRefused("{'model': {'vocab': {'" + "x".repeat(10_000) + "': -1}}}", "characters)");
  }

  @Test
  public void testWhatTakesTooMuchMemoryIsRefused() {
    String many = IntStream.range(0, 70_000).mapToObj(i -> "{'id': 1}").collect(comma());
    assertRefused("{'added_tokens': [" + many + "], 'model': {'vocab': {}}}", "added tokens");
    assertRefused("{'model': {'merges': [" + "1,".repeat(2_100_000) + "1]}}", "merges");
    assertRefused("{'model': {'vocab': [" + "[''],".repeat(2_100_000) + "['']]}}", "an id");
    assertRefused("{'normalizer': '" + "x".repeat(1 << 20) + "'}", "parts of at most");
    assertRefused("{'normalizer': [" + "[],".repeat(1 << 19) + "[]]}", "parts of at most");
  }

  private static java.util.stream.Collector<CharSequence, ?, String> comma() {
    return Collectors.joining(",");
  }
}
