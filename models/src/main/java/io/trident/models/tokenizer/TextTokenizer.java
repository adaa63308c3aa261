/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.tokenizer;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trident.models.config.FolderJson;
import io.trident.models.folder.ModelFolder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A model's tokenizer: {@code tokenizer.json} as published, or a BERT vocabulary in {@code
 * vocab.txt}. Thread-safe; close it when no call is under way.
 *
 * <p>The library would call home when it starts and lower-case by the default locale when asked to;
 * the first is switched off here, the second never asked for: what {@code tokenizer.json} says is
 * done by its own normaliser.
 */
public final class TextTokenizer implements AutoCloseable {

  static {
    System.setProperty("OPT_OUT_TRACKING", "true"); // asked for whenever a tokenizer is made
    System.setProperty("ai.djl.offline", "true");
  }

  private static final ObjectMapper JSON = new ObjectMapper();

  /** The longest stretch of a text that is tokenized at once, in UTF-16 units. */
  static final int STRETCH = 1 << 16;

  /** A text that every tokenizer must have a token for. */
  private static final String EXAMPLE = "a";

  private static final String FILE = "tokenizer.json";
  private static final String VOCABULARY_FILE = "vocab.txt";

  private final ModelFolder folder;
  private final HuggingFaceTokenizer tokenizer;
  private final Vocabulary vocabulary;
  private final Template single;
  private final Template pair;

  /**
   * What the tokenizer puts around texts.
   *
   * @param before the ids before the (first) text
   * @param between the ids between two texts; empty for one
   * @param after the ids after the (last) text
   * @param types the type ids of: before, first text, between, second text, after
   */
  public record Template(long[] before, long[] between, long[] after, long[] types) {}

  private TextTokenizer(ModelFolder folder, HuggingFaceTokenizer tokenizer, Vocabulary vocabulary) {
    this.folder = folder;
    this.tokenizer = tokenizer;
    this.vocabulary = vocabulary;
    this.single = template(tokenizer.encode(EXAMPLE, true, false), false);
    this.pair = template(tokenizer.encode(EXAMPLE, EXAMPLE, true, false), true);
  }

  /**
   * Keeps the library's native code in a given directory, unless a user has named another. Called
   * before the first tokenizer is loaded.
   *
   * @param nativeDirectory where the native library is unpacked to
   */
  public static void prepare(Path nativeDirectory) {
    if (System.getProperty("ENGINE_CACHE_DIR") == null) {
      System.setProperty("ENGINE_CACHE_DIR", nativeDirectory.toString());
    }
  }

  /** Loads a model's tokenizer. */
  public static TextTokenizer load(ModelFolder folder) {
    byte[] json = folder.has(FILE) ? folder.read(FILE) : bertTokenizer(folder);
    Thread thread = Thread.currentThread();
    ClassLoader callers = thread.getContextClassLoader();
    try {
      // The library looks for its native code with the thread's loader, which need not see it.
      thread.setContextClassLoader(HuggingFaceTokenizer.class.getClassLoader());
      TokenizerFile file = TokenizerFile.read(json);
      TokenizerRules.check(file.steps());
      HuggingFaceTokenizer tokenizer =
          HuggingFaceTokenizer.newInstance(
              new ByteArrayInputStream(json), Map.of("truncation", "false", "padding", "false"));
      return of(folder, tokenizer, file.vocabulary());
    } catch (IOException | RuntimeException e) {
      throw folder.invalid("has a malformed [" + FILE + "]: " + e.getMessage(), e);
    } catch (AssertionError | LinkageError e) {
      throw folder.invalid("cannot load the tokenizers' native library: " + e.getMessage(), e);
    } finally {
      thread.setContextClassLoader(callers);
    }
  }

  /** What is refused late must not stay in native memory. */
  private static TextTokenizer of(
      ModelFolder folder, HuggingFaceTokenizer tokenizer, Vocabulary vocabulary) {
    TextTokenizer made = null;
    try {
      made = new TextTokenizer(folder, tokenizer, vocabulary);
      return made;
    } finally {
      if (made == null) {
        tokenizer.close();
      }
    }
  }

  /** The {@code tokenizer.json} that a BERT vocabulary stands for. */
  private static byte[] bertTokenizer(ModelFolder folder) {
    if (folder.has(VOCABULARY_FILE) == false) {
      throw folder.invalid("must have the file [" + FILE + "] or [" + VOCABULARY_FILE + "]", null);
    }
    List<String> tokens =
        new String(folder.read(VOCABULARY_FILE), StandardCharsets.UTF_8)
            .lines()
            .limit(Vocabulary.MAX_SIZE + 1L) // one too many is refused with the rest
            .toList();
    for (String needed : List.of("[CLS]", "[SEP]", "[UNK]")) {
      if (tokens.contains(needed) == false) {
        throw folder.invalid(
            "must have the token [" + needed + "] in [" + VOCABULARY_FILE + "], a BERT vocabulary",
            null);
      }
    }
    JsonNode config =
        folder.has("tokenizer_config.json")
            ? FolderJson.read(folder, "tokenizer_config.json", JsonNode.class)
            : JSON.createObjectNode();
    ObjectNode root = JSON.createObjectNode().put("version", "1.0");
    root.putObject("normalizer")
        .put("type", "BertNormalizer")
        .put("clean_text", true)
        .put("handle_chinese_chars", config.path("tokenize_chinese_chars").asBoolean(true))
        .put("lowercase", config.path("do_lower_case").asBoolean(true))
        .set(
            "strip_accents",
            config.path("strip_accents").isBoolean()
                ? config.get("strip_accents")
                : NullNode.getInstance());
    root.putObject("pre_tokenizer").put("type", "BertPreTokenizer");
    root.putObject("decoder").put("type", "WordPiece").put("prefix", "##").put("cleanup", true);
    ObjectNode processor = root.putObject("post_processor").put("type", "BertProcessing");
    processor.putArray("sep").add("[SEP]").add(tokens.indexOf("[SEP]"));
    processor.putArray("cls").add("[CLS]").add(tokens.indexOf("[CLS]"));
    ObjectNode model =
        root.putObject("model")
            .put("type", "WordPiece")
            .put("unk_token", "[UNK]")
            .put("continuing_subword_prefix", "##")
            .put("max_input_chars_per_word", 100);
    ObjectNode vocab = model.putObject("vocab");
    for (int i = 0; i < tokens.size(); i++) {
      vocab.put(tokens.get(i), i);
    }
    return root.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Reads off an example what is put around texts, by the text that each token is of. */
  private static Template template(Encoding example, boolean isPair) {
    long[] texts = example.getSequenceIds(); // -1 for what is put around them
    long[] ids = example.getIds();
    int first = first(texts, 0);
    int firstEnd = end(texts, 0);
    int second = isPair ? first(texts, 1) : firstEnd;
    int secondEnd = isPair ? end(texts, 1) : firstEnd;
    int[] parts = {0, first, firstEnd, second, secondEnd};
    long[] types = new long[parts.length];
    for (int p = 0; p < parts.length; p++) {
      types[p] = parts[p] < ids.length ? example.getTypeIds()[parts[p]] : 0;
    }
    for (long id : ids) {
      if (id >= Vocabulary.MAX_SIZE) {
        throw new IllegalArgumentException("it puts a token [" + id + "] around texts");
      }
    }
    return new Template(
        Arrays.copyOfRange(ids, 0, first),
        Arrays.copyOfRange(ids, firstEnd, second),
        Arrays.copyOfRange(ids, secondEnd, ids.length),
        types);
  }

  private static int first(long[] texts, long text) {
    return IntStream.range(0, texts.length)
        .filter(i -> texts[i] == text)
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("it yields no token for [" + EXAMPLE + "]"));
  }

  private static int end(long[] texts, long text) {
    int i = texts.length;
    while (texts[i - 1] != text) {
      i--;
    }
    return i;
  }

  /** What is put around one text. */
  public Template single() {
    return single;
  }

  /** What is put around two texts. */
  public Template pair() {
    return pair;
  }

  /** The tokens of a text, without markers. */
  public TokenizedText tokenize(String text) {
    return tokenize(text, Integer.MAX_VALUE);
  }

  /**
   * The first tokens of a text, without markers. An unpaired surrogate is read as U+FFFD. A long
   * text is tokenized a stretch at a time, cut before a blank, and no further than needed: the
   * library makes some hundred bytes of a token.
   *
   * @param most how many tokens at most
   */
  public TokenizedText tokenize(String text, int most) {
    int room = (int) Math.min(STRETCH, Math.max(STRETCH / 16, 16L * most));
    if (text.length() <= room) {
      TokenizedText whole = stretch(text);
      return whole.first(Math.min(most, whole.length()));
    }
    List<TokenizedText> stretches = new ArrayList<>();
    int count = 0;
    for (int start = 0; start < text.length() && count < most; ) {
      int end = end(text, start, room);
      TokenizedText stretch = stretch(text.substring(start, end));
      TokenizedText kept = stretch.first(Math.min(most - count, stretch.length()));
      stretches.add(kept.shift(start));
      count += kept.length();
      start = end;
    }
    return TokenizedText.join(stretches);
  }

  /** Where a stretch ends: before the last blank that it has room for, else where room ends. */
  private static int end(String text, int start, int room) {
    int limit = start + room;
    if (limit >= text.length()) {
      return text.length();
    }
    for (int end = limit; end > start; end--) {
      if (Character.isWhitespace(text.charAt(end))) {
        return end;
      }
    }
    return Character.isLowSurrogate(text.charAt(limit)) ? limit - 1 : limit;
  }

  private TokenizedText stretch(String text) {
    boolean plain = text.chars().noneMatch(c -> Character.isSurrogate((char) c));
    String wellFormed = plain ? text : wellFormed(text);
    Encoding encoding = encode(wellFormed);
    long[] ids = encoding.getIds();
    CharSpan[] spans = encoding.getCharTokenSpans();
    int[] starts = new int[ids.length];
    int[] ends = new int[ids.length];
    CodePoints codePoints = new CodePoints(wellFormed, plain);
    for (int i = 0; i < ids.length; i++) {
      if (spans[i] != null) {
        starts[i] = codePoints.toUtf16(spans[i].getStart());
        ends[i] = codePoints.toUtf16(spans[i].getEnd());
      }
    }
    return new TokenizedText(ids, starts, ends);
  }

  private Encoding encode(String text) {
    try {
      return tokenizer.encode(text, false, false);
    } catch (RuntimeException e) { // it has no token for what is not in its vocabulary, say
      throw folder.invalid("has a tokenizer that cannot read a text: " + e.getMessage(), e);
    }
  }

  /** The text with U+FFFD, which is one UTF-16 unit too, in place of each unpaired surrogate. */
  private static String wellFormed(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_16BE), StandardCharsets.UTF_16BE);
  }

  /** Turns the library's code point offsets, which never run far back, into UTF-16 offsets. */
  private static final class CodePoints {
    private final String text;
    private final boolean plain;
    private int codePoint;
    private int unit;

    private CodePoints(String text, boolean plain) {
      this.text = text;
      this.plain = plain;
    }

    private int toUtf16(int target) {
      if (plain) {
        return target;
      }
      unit = text.offsetByCodePoints(unit, target - codePoint);
      codePoint = target;
      return unit;
    }
  }

  /** The text of tokens, without the signs for the model. */
  public String text(long[] ids) {
    return tokenizer.decode(ids, true).strip();
  }

  /** The token of an id, never empty; null for an id without one. */
  public String token(int id) {
    return vocabulary.token(id);
  }

  /** The id of a token; -1 when the vocabulary lacks it. */
  public int id(String token) {
    return vocabulary.id(token);
  }

  /** One more than the largest id. */
  public int size() {
    return vocabulary.size();
  }

  /** Whether a token is a sign for the model and not part of texts. */
  public boolean isSpecial(int id) {
    return vocabulary.isSpecial(id);
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
