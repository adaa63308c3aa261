/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.tokenizer;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;
import io.trident.models.encoder.MemoryFolder;
import java.util.ArrayList;
import java.util.List;
import org.junit.Test;

/** What a published {@code tokenizer.json} holds: byte-level BPE, Unigram, word level. */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // the library keeps threads of its own
public class PublishedTokenizersTests extends RandomizedTest {

  /**
   * As RoBERTa has it: two markers between the texts of a pair, and words that know their space.
   */
  private static final String BPE =
      """
      {"version": "1.0",
       "added_tokens": [
         {"id": 0, "content": "<s>", "special": true, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false},
         {"id": 1, "content": "</s>", "special": true, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false},
         {"id": 12, "content": "<mask>", "special": true, "single_word": false, "lstrip": true, "rstrip": false, "normalized": false}],
       "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
       "post_processor": {"type": "RobertaProcessing", "sep": ["</s>", 1], "cls": ["<s>", 0], "trim_offsets": true, "add_prefix_space": true},
       "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
       "model": {"type": "BPE", "unk_token": null, "continuing_subword_prefix": "", "end_of_word_suffix": "", "fuse_unk": false,
         "vocab": {"<s>": 0, "</s>": 1, "\u0120": 2, "a": 3, "s": 4, "e": 5, "\u00F0": 6, "\u0141": 7, "\u013A": 8, "\u0122": 9, "se": 10, "\u0120sea": 11, "sea": 13, "<mask>": 12},
         "merges": ["s e", "se a", "\u0120 sea"]}}
      """;

  /** As T5 has it: one marker after each text. */
  private static final String UNIGRAM =
      """
      {"version": "1.0",
       "added_tokens": [
         {"id": 0, "content": "<pad>", "special": true, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false},
         {"id": 1, "content": "</s>", "special": true, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false}],
       "pre_tokenizer": {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": true},
       "post_processor": {"type": "TemplateProcessing",
         "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
         "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}},
                  {"Sequence": {"id": "B", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
         "special_tokens": {"</s>": {"id": "</s>", "ids": [1], "tokens": ["</s>"]}}},
       "model": {"type": "Unigram", "unk_id": 2,
         "vocab": [["<pad>", 0.0], ["</s>", 0.0], ["<unk>", 0.0], ["\u2581", -2.0], ["\u2581sea", -3.0], ["side", -4.0], ["a", -5.0]]}}
      """;

  /** Nothing around texts. */
  private static final String WORDS =
      """
      {"version": "1.0", "added_tokens": [], "pre_tokenizer": {"type": "Whitespace"},
       "model": {"type": "WordLevel", "unk_token": "?", "vocab": {"?": 0, "a": 1, "sea": 2}}}
      """;

  private static TextTokenizer load(String json) {
    return TextTokenizer.load(MemoryFolder.encoder("{}").with("tokenizer.json", json));
  }

  private static void assertTokens(
      TextTokenizer tokenizer, String text, List<String> tokens, List<String> spans) {
    TokenizedText found = tokenizer.tokenize(text);
    List<String> foundTokens = new ArrayList<>();
    List<String> foundSpans = new ArrayList<>();
    for (int i = 0; i < found.length(); i++) {
      foundTokens.add(tokenizer.token((int) found.ids()[i]));
      foundSpans.add(text.substring(found.starts()[i], found.ends()[i]));
    }
    assertEquals(tokens, foundTokens);
    assertEquals(spans, foundSpans);
  }

  @Test
  public void testByteLevelBpe() {
    try (TextTokenizer tokenizer = load(BPE)) {
      String face = "\uD83D\uDE00"; // four bytes, a token each
      assertTokens(
          tokenizer,
          "sea " + face + "sea",
          List.of("\u0120sea", "\u0120", "\u00F0", "\u0141", "\u013A", "\u0122", "sea"),
          List.of("sea", "", face, face, face, face, "sea"));
      assertArrayEquals(new long[] {0}, tokenizer.single().before());
      assertArrayEquals(new long[] {1}, tokenizer.single().after());
      assertArrayEquals(new long[] {0}, tokenizer.pair().before());
      assertArrayEquals(new long[] {1, 1}, tokenizer.pair().between());
      assertArrayEquals(new long[] {1}, tokenizer.pair().after());
      assertEquals(12, tokenizer.id("<mask>"));
    }
  }

  @Test
  public void testUnigram() {
    try (TextTokenizer tokenizer = load(UNIGRAM)) {
      assertTokens(
          tokenizer,
          "seaside a",
          List.of("\u2581sea", "side", "\u2581", "a"),
          List.of("sea", "side", " ", "a"));
      assertArrayEquals(new long[0], tokenizer.single().before());
      assertArrayEquals(new long[] {1}, tokenizer.single().after());
      assertArrayEquals(new long[0], tokenizer.pair().before());
      assertArrayEquals(new long[] {1}, tokenizer.pair().between());
      assertArrayEquals(new long[] {1}, tokenizer.pair().after());
      assertArrayEquals(new long[] {0, 0, 0, 0, 0}, tokenizer.pair().types());
      assertEquals(6, tokenizer.id("a"));
    }
  }

  @Test
  public void testNothingAroundTexts() {
    try (TextTokenizer tokenizer = load(WORDS)) {
      assertTokens(tokenizer, "a deep  sea", List.of("a", "?", "sea"), List.of("a", "deep", "sea"));
      assertArrayEquals(new long[0], tokenizer.single().before());
      assertArrayEquals(new long[0], tokenizer.single().after());
      assertEquals(0, tokenizer.pair().between().length);
      assertTokens(tokenizer, " ", List.of(), List.of());
      assertTokens(tokenizer, "", List.of(), List.of());
    }
  }
}
