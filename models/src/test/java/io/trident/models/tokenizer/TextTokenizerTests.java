/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.tokenizer;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import ai.djl.util.Ec2Utils;
import com.carrotsearch.randomizedtesting.RandomizedTest;
import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;
import io.trident.models.api.ModelException;
import io.trident.models.encoder.MemoryFolder;
import io.trident.models.folder.ModelFolder;
import java.io.IOException;
import java.lang.reflect.Field;
import java.net.ConnectException;
import java.net.Proxy;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.BeforeClass;
import org.junit.Test;

/** Texts become the tokens that the model was trained on, on any machine, and nobody is told. */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // the library keeps threads of its own
public class TextTokenizerTests extends RandomizedTest {

  private static final ModelFolder MINI = new ModelFolder.Embedded("trident-mini");

  @BeforeClass
  public static void loadNativeCode() {
    TextTokenizer.load(MINI).close();
  }

  private static MemoryFolder bert() {
    return MemoryFolder.encoder("{}");
  }

  private static List<String> tokens(TextTokenizer tokenizer, String text) {
    List<String> tokens = new ArrayList<>();
    for (long id : tokenizer.tokenize(text).ids()) {
      tokens.add(tokenizer.token((int) id));
    }
    return tokens;
  }

  private static final List<URL> REQUESTS = new CopyOnWriteArrayList<>();

  static {
    URL.setURLStreamHandlerFactory(
        protocol -> protocol.startsWith("http") ? new Listening() : null);
  }

  /** Hears of every HTTP request of the process, and stops it before anything is sent. */
  private static final class Listening extends URLStreamHandler {
    @Override
    protected URLConnection openConnection(URL url) throws IOException {
      return openConnection(url, Proxy.NO_PROXY);
    }

    @Override
    protected URLConnection openConnection(URL url, Proxy proxy) throws IOException {
      REQUESTS.add(url);
      throw new ConnectException("no request leaves a test");
    }
  }

  private static List<URL> requestsOfLoading() throws ReflectiveOperationException {
    Field lastCall = Ec2Utils.class.getDeclaredField("lastCheckIn"); // it calls once a day
    lastCall.setAccessible(true);
    lastCall.setLong(null, 0);
    REQUESTS.clear();
    TextTokenizer.load(MINI).close();
    return List.copyOf(REQUESTS);
  }

  @Test
  public void testLoadingMakesNoCallHome() throws ReflectiveOperationException {
    assertEquals(List.of(), requestsOfLoading());
    System.clearProperty("OPT_OUT_TRACKING");
    System.clearProperty("ai.djl.offline");
    try {
      assertFalse("a call would have been heard", requestsOfLoading().isEmpty());
    } finally {
      System.setProperty("OPT_OUT_TRACKING", "true");
      System.setProperty("ai.djl.offline", "true");
    }
  }

  @Test
  public void testLowerCasingDoesNotDependOnTheDefaultLocale() {
    String text = "INDEX IS IN TITLE";
    for (ModelFolder folder : List.of(MINI, bert())) {
      List<String> expected;
      try (TextTokenizer tokenizer = TextTokenizer.load(folder)) {
        expected = tokens(tokenizer, text);
        assertTrue(expected.toString(), expected.contains("in"));
      }
      Locale before = Locale.getDefault();
      try {
        Locale.setDefault(Locale.forLanguageTag("tr"));
        try (TextTokenizer tokenizer = TextTokenizer.load(folder)) {
          assertEquals(expected, tokens(tokenizer, text));
        }
      } finally {
        Locale.setDefault(before);
      }
    }
  }

  @Test
  public void testIdsAndTokensAreInverse() {
    try (TextTokenizer tokenizer = TextTokenizer.load(MINI)) {
      for (int i = 0; i < 100; i++) {
        int id = randomIntBetween(0, tokenizer.size() - 1);
        String token = tokenizer.token(id);
        assertTrue(token == null || tokenizer.id(token) == id);
      }
      assertEquals(-1, tokenizer.id("no such token"));
      assertEquals(null, tokenizer.token(tokenizer.size()));
    }
  }

  @Test
  public void testOffsetsAreUtf16() {
    try (TextTokenizer tokenizer = TextTokenizer.load(MINI)) {
      String text = "\uD83D\uDE00 rivers \uD83D\uDE00\uD83D\uDE00 lakes";
      TokenizedText tokens = tokenizer.tokenize(text);
      List<String> words = new ArrayList<>();
      for (int i = 0; i < tokens.length(); i++) {
        words.add(text.substring(tokens.starts()[i], tokens.ends()[i]));
      }
      assertTrue(words.toString(), words.contains("rivers") && words.contains("lakes"));
    }
  }

  /** Text of which some UTF-16 units are halves of a pair without the other half. */
  private static String textWithLoneSurrogates() {
    StringBuilder text = new StringBuilder("abc \uD83D def");
    for (int i = randomIntBetween(0, 40); i > 0; i--) {
      text.insert(
          randomIntBetween(0, text.length()),
          randomFrom(
              new String[] {"\uD83D", "\uDE00", "\uD83D\uDE00", " rivers ", "\uFFFD", "\u00E9"}));
    }
    return text.toString();
  }

  @Test
  public void testALoneSurrogateIsReadAsAReplacementCharacter() {
    try (TextTokenizer tokenizer = TextTokenizer.load(MINI)) {
      for (int i = 0; i < 50; i++) {
        String text = textWithLoneSurrogates();
        StringBuilder replaced = new StringBuilder(text);
        for (int at = 0; at < text.length(); at += Character.charCount(text.codePointAt(at))) {
          if (Character.getType(text.codePointAt(at)) == Character.SURROGATE) {
            replaced.setCharAt(at, '\uFFFD');
          }
        }
        TokenizedText expected = tokenizer.tokenize(replaced.toString());
        TokenizedText found = tokenizer.tokenize(text);
        assertArrayEquals(expected.ids(), found.ids());
        assertArrayEquals(expected.starts(), found.starts());
        assertArrayEquals(expected.ends(), found.ends());
      }
      String text = "abc \uD83D def";
      TokenizedText tokens = tokenizer.tokenize(text);
      int last = tokens.length() - 1;
      assertEquals("def", text.substring(tokens.starts()[last], tokens.ends()[last]));
    }
  }

  @Test
  public void testALongTextHasTheTokensOfItsWords() {
    try (TextTokenizer tokenizer = TextTokenizer.load(MINI)) {
      StringBuilder text = new StringBuilder();
      List<String> words = new ArrayList<>();
      while (text.length() <= 3 * TextTokenizer.STRETCH) {
        String word =
            randomFrom(new String[] {"rivers", "antidisestablishment", "\uD83D\uDE00", "sea,"});
        words.add(word);
        text.append(word).append(randomFrom(new String[] {" ", "\n", "  "}));
      }
      if (randomBoolean()) {
        text.append("\uD83D\uDE00".repeat(TextTokenizer.STRETCH)); // no blank to cut before
        words.add("\uD83D\uDE00");
      }
      TokenizedText found = tokenizer.tokenize(text.toString());
      int token = 0;
      int at = 0;
      for (String word : words) {
        at = text.indexOf(word, at);
        TokenizedText alone = tokenizer.tokenize(word);
        for (int i = 0; i < alone.length(); i++) {
          assertEquals(alone.ids()[i], found.ids()[token]);
          assertEquals(at + alone.starts()[i], found.starts()[token]);
          token++;
        }
        at += word.length();
      }
      int most = randomIntBetween(0, found.length());
      TokenizedText first = tokenizer.tokenize(text.toString(), most);
      assertArrayEquals(Arrays.copyOf(found.ids(), most), first.ids());
      assertArrayEquals(Arrays.copyOf(found.ends(), most), first.ends());
    }
  }

  @Test
  public void testBertVocabulary() {
    try (TextTokenizer tokenizer = TextTokenizer.load(bert())) {
      assertEquals(
          List.of("the", "sail", "##or", "##s", ",", "[UNK]", "!"),
          tokens(tokenizer, "The S\u00C4\u00CFlors, whoever!"));
      assertEquals("sea", tokenizer.token(tokenizer.id("sea")));
      long cls = tokenizer.id("[CLS]");
      long sep = tokenizer.id("[SEP]");
      assertArrayEquals(new long[] {cls}, tokenizer.single().before());
      assertArrayEquals(new long[] {sep}, tokenizer.single().after());
      assertArrayEquals(new long[] {cls}, tokenizer.pair().before());
      assertArrayEquals(new long[] {sep}, tokenizer.pair().between());
      assertArrayEquals(new long[] {sep}, tokenizer.pair().after());
      assertArrayEquals(new long[] {0, 0, 0, 1, 1}, tokenizer.pair().types());
      assertFalse("text is never a marker", tokens(tokenizer, "[SEP]").contains("[SEP]"));
    }
  }

  @Test
  public void testBertVocabularyAsItsConfigurationSays() {
    MemoryFolder cased = bert().with("tokenizer_config.json", "{\"do_lower_case\": false}");
    try (TextTokenizer tokenizer = TextTokenizer.load(cased)) {
      assertEquals(List.of("[UNK]", "sea"), tokens(tokenizer, "The sea"));
    }
    MemoryFolder accents = bert().with("tokenizer_config.json", "{\"strip_accents\": false}");
    try (TextTokenizer tokenizer = TextTokenizer.load(accents)) {
      assertEquals(List.of("the", "[UNK]"), tokens(tokenizer, "The s\u00E9a"));
    }
  }

  @Test
  public void testBertVocabularyWithoutItsMarkersIsRefused() {
    String vocabulary = String.join("\n", "[PAD]", "[UNK]", "[CLS]", "[SEP]", "sea") + "\n";
    for (String marker : List.of("[CLS]", "[SEP]", "[UNK]")) {
      MemoryFolder without = bert().with("vocab.txt", vocabulary.replace(marker + "\n", ""));
      ModelException e =
          assertThrows(ModelException.class, () -> TextTokenizer.load(without).close());
      assertEquals(ModelException.Kind.INVALID_MODEL, e.kind());
      assertEquals(
          "model [readings] must have the token [" + marker + "] in [vocab.txt], a BERT vocabulary",
          e.getMessage());
    }
  }

  @Test
  public void testATokenizerThatYieldsNoTokenIsRefused() {
    String json =
        """
        {"version": "1.0", "model": {"type": "WordLevel", "vocab": {"x": 0}, "unk_token": "none"},
         "normalizer": {"type": "Replace", "pattern": {"Regex": "."}, "content": ""},
         "pre_tokenizer": {"type": "Whitespace"}}
        """;
    ModelException e =
        assertThrows(
            ModelException.class,
            () -> TextTokenizer.load(bert().with("tokenizer.json", json)).close());
    assertEquals(
        "model [readings] has a malformed [tokenizer.json]: it yields no token for [a]",
        e.getMessage());
  }

  @Test
  public void testMissingOrMalformedFilesAreRefused() {
    ModelException missing =
        assertThrows(
            ModelException.class, () -> TextTokenizer.load(bert().without("vocab.txt")).close());
    assertEquals(
        "model [readings] must have the file [tokenizer.json] or [vocab.txt]",
        missing.getMessage());
    for (String json :
        List.of(
            "{",
            "{}",
            "[]",
            "{\"model\": {\"vocab\": {\"a\": 0}}}",
            "{\"model\": {\"vocab\": {\"a\": 2000000000}}}",
            "{\"model\": {\"vocab\": {\"a\": -1}}}")) {
      ModelException malformed =
          assertThrows(
              ModelException.class,
              () -> TextTokenizer.load(bert().with("tokenizer.json", json)).close());
      assertEquals(json, ModelException.Kind.INVALID_MODEL, malformed.kind());
      assertTrue(malformed.getMessage(), malformed.getMessage().contains("[tokenizer.json]"));
    }
  }
}
