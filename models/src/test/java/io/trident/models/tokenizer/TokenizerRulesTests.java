/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.tokenizer;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import io.trident.models.api.ModelException;
import io.trident.models.encoder.MemoryFolder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import org.junit.BeforeClass;
import org.junit.Test;

/**
 * Tokenizers with which the native library would end the process, or not come to an end. Most of
 * them end this test's process too when they are let through.
 */
public class TokenizerRulesTests extends RandomizedTest {

  private static final String WORDS =
      "{'type': 'WordLevel', 'vocab': {'a': 0, 'b': 1, '[UNK]': 2}, 'unk_token': '[UNK]'}";

  @BeforeClass
  public static void prepare() throws IOException {
    TextTokenizer.prepare(Files.createTempDirectory("trident-native"));
  }

  private static String json(String steps, String model) {
    String json = "{'version': '1.0', 'added_tokens': [], " + steps + ", 'model': " + model + "}";
    return json.replace('\'', '"');
  }

  private static TextTokenizer load(String json) {
    MemoryFolder folder = MemoryFolder.encoder("{}");
    return TextTokenizer.load(folder.with("tokenizer.json", json));
  }

  private static void assertRefused(String because, String steps) {
    assertRefused(because, steps, WORDS);
  }

  private static void assertRefused(String because, String steps, String model) {
    ModelException e =
        assertThrows(steps, ModelException.class, () -> load(json(steps, model)).close());
    assertEquals(ModelException.Kind.INVALID_MODEL, e.kind());
    assertTrue(e.getMessage(), e.getMessage().contains(because));
    assertTrue("messages are short", e.getMessage().length() < 1_000);
  }

  private static String split(String regex) {
    return "'pre_tokenizer': {'type': 'Split', 'behavior': 'Isolated', 'invert': false,"
        + " 'pattern': {'Regex': "
        + quoted(regex)
        + "}}";
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("'", "\\u0027") + "'";
  }

  private static String replace(String pattern, String content) {
    return "{'type': 'Replace', 'pattern': " + pattern + ", 'content': '" + content + "'}";
  }

  @Test
  public void testExpressionsThatCouldGoBackTooOftenAreRefused() {
    for (String regex :
        List.of(
            "(a+)+$",
            "(?:a|a)*c",
            "(?:a*)*c",
            "a*a*c",
            "\\s*(?:x|\\s*)y",
            "(?:(?:a{1,1000}){1,1000}){1,1000}c",
            "a?a?a?a?a?c",
            "(a*)\\1",
            "(?<n>a\\g<n>?b)",
            "(?x) a",
            "a*a*b{}",
            "a*a*b{,}",
            "a{3,1}",
            "a{1001}",
            "a{1,1001}",
            "a{2}{2}",
            "a+*",
            "(?!a*b)c",
            "[]a]",
            "(a",
            "a)",
            "[a",
            "\\",
            "(".repeat(500) + "a" + ")".repeat(500),
            "[".repeat(500) + "a" + "]".repeat(500),
            "x".repeat(2_001))) {
      assertRefused("has an expression", split(regex));
      assertRefused(
          "has an expression", "'normalizer': " + replace("{'Regex': " + quoted(regex) + "}", "b"));
      assertRefused(
          "has an expression", "'decoder': " + replace("{'Regex': " + quoted(regex) + "}", "b"));
    }
  }

  /** Those of GPT-2, Llama 3, o200k, CLIP, BLOOM, DeepSeek and XLM-RoBERTa. */
  @Test
  public void testExpressionsOfPublishedTokenizersAreTakenAndEnd() {
    String nasty = randomFrom(List.of(" ", "a", "A", "\n", "1", "!", "\u4e2d", "'")).repeat(60_000);
    for (String regex :
        List.of(
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|"
                + " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
            "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*"
                + "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
                + "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+"
                + "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
                + "\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
            "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+",
            " ?[^(\\s|[.,!?\u2026\u3002\uff0c\u3001\u0964\u06d4\u060c])]+",
            "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|"
                + "[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|"
                + "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
            "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+",
            "[0-9][0-9][0-9]",
            " {2,}")) {
      try (TextTokenizer tokenizer = load(json(split(regex), WORDS))) {
        assertTrue(tokenizer.tokenize(nasty + "x").length() > 0);
        assertTrue(tokenizer.tokenize("a b" + nasty).length() > 0);
      }
    }
  }

  @Test
  public void testTextsThatGrowWithoutBoundAreRefused() {
    String doubling = replace("{'String': 'a'}", "aa");
    assertRefused("[content]", "'normalizer': " + sequence("normalizers", doubling, 4));
    assertRefused("[content]", "'normalizer': " + replace("{'String': ''}", "x".repeat(8)));
    assertRefused("[content]", "'normalizer': " + replace("{'Regex': '.'}", "x".repeat(9)));
    assertRefused(
        "[prepend]", "'normalizer': {'type': 'Prepend', 'prepend': '" + "x".repeat(17) + "'}");
    load(json("'normalizer': " + sequence("normalizers", doubling, 3), WORDS)).close();
  }

  private static String sequence(String list, String step, int times) {
    String steps = String.join(", ", Collections.nCopies(times, step));
    return "{'type': 'Sequence', '" + list + "': [" + steps + "]}";
  }

  @Test
  public void testUnknownAndTooManyStepsAreRefused() {
    assertRefused("FixedLength", "'pre_tokenizer': {'type': 'FixedLength', 'length': 0}");
    assertRefused("[normalizers]", "'normalizer': {'type': 'Other'}");
    assertRefused("[normalizers]", "'normalizer': 7");
    assertRefused("deep", "'normalizer': " + sequence("normalizers", "{'type': 'NFC'}", 65));
    String deep = "{'type': 'NFC'}";
    for (int i = 0; i < 9; i++) {
      deep = sequence("normalizers", deep, 1);
    }
    assertRefused("deep", "'normalizer': " + deep);
    assertRefused("[stop]", "'decoder': {'type': 'Strip', 'content': 'a', 'start': 1, 'stop': 1}");
  }

  private static String template(String single, String tokens) {
    return "{'type': 'TemplateProcessing', 'single': ["
        + single
        + "], 'pair': [{'Sequence': {'id': 'A', 'type_id': 0}},"
        + " {'Sequence': {'id': 'B', 'type_id': 1}}], 'special_tokens': {"
        + tokens
        + "}}";
  }

  @Test
  public void testTemplatesThatNameWhatIsNotThereAreRefused() {
    String text = "{'Sequence': {'id': 'A', 'type_id': 0}}";
    String token = "{'SpecialToken': {'id': '[X]', 'type_id': 0}}";
    String known = "'[X]': {'id': '[X]', 'ids': [1], 'tokens': ['b']}";
    load(json("'post_processor': " + template(token + ", " + text, known), WORDS)).close();
    assertRefused("[special_tokens]", "'post_processor': " + template(token + ", " + text, ""));
    assertRefused("once in [single]", "'post_processor': " + template(text + ", " + text, known));
    assertRefused("once in [single]", "'post_processor': " + template(token, known));
    assertRefused(
        "once in [single]", "'post_processor': " + template(text.replace('A', 'B'), known));
    String many = (token + ", ").repeat(65) + text;
    assertRefused("at most [64]", "'post_processor': " + template(many, known));
    String two = sequence("processors", template(text, known), 2);
    assertRefused("at most [1]", "'post_processor': " + two);
    String large = known.replace("[1]", "[4294967295]");
    assertRefused("4294967295", "'post_processor': " + template(token + ", " + text, large));
  }

  @Test
  public void testModelsThatTakeTooLongOrEndTheProcessAreRefused() {
    assertRefused(
        "[max_input_chars_per_word]",
        "'normalizer': null",
        "{'type': 'WordPiece', 'unk_token': 'a', 'continuing_subword_prefix': '##',"
            + " 'max_input_chars_per_word': 257, 'vocab': {'a': 0}}");
    assertRefused(
        "[continuing_subword_prefix]",
        "'normalizer': null",
        "{'type': 'BPE', 'vocab': {'a': 0, 'aa': 1}, 'merges': [['a', 'a']],"
            + " 'continuing_subword_prefix': '####'}");
  }

  @Test
  public void testATextThatHasNoTokenIsRefusedAsTheModelsFault() {
    String model = "{'type': 'Unigram', 'unk_id': null, 'vocab': [['a', 0.0]]}";
    try (TextTokenizer tokenizer = load(json("'normalizer': null", model))) {
      ModelException e = assertThrows(ModelException.class, () -> tokenizer.tokenize("b"));
      assertEquals(ModelException.Kind.INVALID_MODEL, e.kind());
    }
  }

  private static String charsMap(byte[] bytes) {
    return "'normalizer': {'type': 'Precompiled', 'precompiled_charsmap': '"
        + Base64.getEncoder().encodeToString(bytes)
        + "'}";
  }

  /** A map of one character to a replacement, as SentencePiece writes it. */
  private static byte[] charsMap(char from, int value, String replacements) {
    byte[] text = replacements.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate(4 + 4 * 512 + text.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(4 * 512);
    bytes.putInt(4, 256 << 10); // the root leads to 256
    bytes.putInt(unit(256 ^ from), (256 ^ from ^ 511) << 10 | 1 << 8 | from); // to 511, its value
    bytes.putInt(unit(511), 1 << 31 | value);
    bytes.position(unit(512)).put(text);
    return bytes.array();
  }

  private static int unit(int place) {
    return Integer.BYTES * (1 + place);
  }

  @Test
  public void testMapsOfCharactersThatLeadElsewhereAreRefused() {
    byte[] random = new byte[randomIntBetween(0, 2_000)];
    getRandom().nextBytes(random);
    for (byte[] bytes :
        List.of(
            new byte[0],
            new byte[3],
            new byte[] {0, 0, 0, 0, 'a'},
            new byte[] {4, 0, 0, 0, 0, 4, 0, 0, 65, 0},
            new byte[] {-1, -1, -1, 127, 0},
            random)) {
      assertRefused("precompiled_charsmap", charsMap(bytes));
    }
    assertRefused("malformed", "'normalizer': {'type': 'Precompiled'}");
  }

  /** The native library takes whatever is not refused; a fault of its ends this test. */
  @Test
  public void testDamagedFilesAreRefusedOrHarmless() {
    List<String> good =
        List.of(
            json("'normalizer': " + replace("{'Regex': 'a+|b'}", "b"), WORDS),
            json(split(" ?[^\\s\\p{L}]+|\\s+(?!\\S)|a{1,3}"), WORDS),
            json(
                "'normalizer': {'type': 'Sequence', 'normalizers': [{'type': 'NFKD'}, {'type': 'Strip',"
                    + " 'strip_left': true, 'strip_right': true}, {'type': 'Prepend', 'prepend': '_'}]},"
                    + " 'pre_tokenizer': {'type': 'Metaspace', 'replacement': '_', 'prepend_scheme':"
                    + " 'always', 'split': true}, 'decoder': {'type': 'Strip', 'content': 'a', 'start': 1,"
                    + " 'stop': 0}",
                "{'type': 'Unigram', 'unk_id': 0, 'vocab': [['a', -1.0], ['b', -2.5], ['ab', -3]]}"),
            json(
                "'post_processor': "
                    + template(
                        "{'SpecialToken': {'id': '[X]', 'type_id': 0}}, {'Sequence': {'id': 'A',"
                            + " 'type_id': 0}}",
                        "'[X]': {'id': '[X]', 'ids': [1], 'tokens': ['b']}"),
                "{'type': 'BPE', 'vocab': {'a': 0, 'b': 1, 'ab': 2}, 'merges': ['a b'], 'unk_token':"
                    + " 'a', 'continuing_subword_prefix': null, 'end_of_word_suffix': null}"),
            json(
                "'normalizer': {'type': 'BertNormalizer', 'clean_text': true, 'handle_chinese_chars':"
                    + " true, 'strip_accents': null, 'lowercase': true}, 'pre_tokenizer': {'type':"
                    + " 'BertPreTokenizer'}, 'post_processor': {'type': 'BertProcessing', 'sep': ['b', 1],"
                    + " 'cls': ['a', 0]}",
                "{'type': 'WordPiece', 'unk_token': 'a', 'continuing_subword_prefix': '##',"
                    + " 'max_input_chars_per_word': 100, 'vocab': {'a': 0, 'b': 1, '##b': 2}}"));
    good.forEach(json -> load(json).close());
    for (int i = 0; i < 1_500; i++) {
      byte[] bytes = randomFrom(good).getBytes(StandardCharsets.UTF_8);
      for (int flips = randomIntBetween(1, 3); flips > 0; flips--) {
        int place = randomIntBetween(0, bytes.length - 1);
        bytes[place] =
            (byte) (randomBoolean() ? bytes[place] ^ 1 << randomIntBetween(0, 7) : anyByte());
      }
      byte[] damaged = rarely() ? Arrays.copyOf(bytes, randomIntBetween(0, bytes.length)) : bytes;
      tokenize(new String(damaged, StandardCharsets.UTF_8));
    }
  }

  private static byte anyByte() {
    return (byte) randomFrom("\"[]{}0123456789,:\\ab+*?()".chars().boxed().toList()).intValue();
  }

  private static void tokenize(String json) {
    try (TextTokenizer tokenizer = load(json)) {
      tokenizer.tokenize("ab b\u00e9 \ufdfa a" + randomUnicodeOfCodepointLengthBetween(0, 50));
      tokenizer.text(new long[] {0, 1, 2});
    } catch (ModelException e) {
      assertEquals(ModelException.Kind.INVALID_MODEL, e.kind());
    }
  }

  @Test
  public void testDamagedMapsOfCharactersAreRefusedOrHarmless() {
    byte[] good = charsMap('b', 2, "x\0a\0");
    try (TextTokenizer tokenizer = load(json(charsMap(good), WORDS))) {
      assertEquals(0, tokenizer.tokenize("b").ids()[0]);
    }
    for (int i = 0; i < 500; i++) {
      byte[] bytes = good.clone();
      List<Integer> places = List.of(0, unit(0), unit(256 ^ 'b'), unit(511), unit(512));
      int place = randomFrom(places) + randomIntBetween(0, 3);
      bytes[place] ^= (byte) (1 << randomIntBetween(0, 7));
      tokenize(json(charsMap(bytes), WORDS));
    }
  }
}
