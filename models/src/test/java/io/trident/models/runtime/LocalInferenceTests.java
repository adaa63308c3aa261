/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.runtime;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;
import io.trident.models.api.Encoding;
import io.trident.models.api.Inference;
import io.trident.models.api.ModelDescription;
import io.trident.models.api.ModelException;
import io.trident.models.api.ModelKind;
import io.trident.models.api.ModelStats;
import io.trident.models.api.Passage;
import io.trident.models.api.Representation;
import io.trident.models.api.Side;
import io.trident.models.api.SparseVector;
import io.trident.models.folder.EmbeddedModels;
import io.trident.models.folder.ModelFolder;
import io.trident.models.onnx.ExecutionProvider;
import io.trident.models.tokenizer.TextTokenizer;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.Test;

/** The models in the plugin, run as a node runs them. */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // ONNX Runtime keeps threads of its own
public class LocalInferenceTests extends RandomizedTest {

  private static final String ENCODER = "trident-mini";
  private static final String CROSS_ENCODER = "trident-mini-reranker";
  private static final Set<Representation> ALL = Set.of(Representation.values());

  private static LocalInference inference;
  private static Path directory;

  @BeforeClass
  public static void start() throws Exception {
    directory = Files.createTempDirectory("trident-models");
    TextTokenizer.prepare(directory.resolve("native"));
    inference = new LocalInference(directory.resolve("models"), RuntimeSettings.defaults(2));
  }

  @AfterClass
  public static void stop() {
    inference.close();
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    try {
      return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw (Exception) e.getCause();
    }
  }

  private static List<Encoding> encode(List<String> texts, Side side) throws Exception {
    return get(inference.encode(ENCODER, texts, side, ALL, Inference.Workload.INGEST));
  }

  private static String randomText() {
    StringBuilder text = new StringBuilder();
    for (int w = randomIntBetween(1, 80); w > 0; w--) {
      text.append(
              randomFrom(
                  new String[] {"index", "segments", "rivers", "Zürich", "😀", "2026", "merge,"}))
          .append(' ');
    }
    return text.toString();
  }

  @Test
  public void testABatchGivesWhatEachTextGivesAlone() throws Exception {
    List<String> texts = new ArrayList<>();
    for (int i = randomIntBetween(2, 20); i > 0; i--) {
      texts.add(randomText());
    }
    List<Encoding> together = encode(texts, Side.DOCUMENT);
    for (int i = 0; i < texts.size(); i++) {
      Encoding alone = encode(List.of(texts.get(i)), Side.DOCUMENT).get(0);
      assertEquals(alone.sparse().tokens(), together.get(i).sparse().tokens());
      assertArrayEquals(alone.sparse().weights(), together.get(i).sparse().weights(), 1e-4f);
      assertArrayEquals(alone.dense(), together.get(i).dense(), 1e-4f);
      assertArrayEquals(alone.tokens().values(), together.get(i).tokens().values(), 1e-4f);
      assertArrayEquals(alone.tokens().tokenIds(), together.get(i).tokens().tokenIds());
    }
  }

  @Test
  public void testDescriptionsSayWhatComesOut() throws Exception {
    ModelDescription description = inference.describe(ENCODER);
    assertEquals(ALL, description.representations());
    Encoding encoding = encode(List.of("segments of an index"), Side.QUERY).get(0);
    assertEquals((int) description.dimensions().get(Representation.DENSE), encoding.dense().length);
    assertEquals(
        (int) description.dimensions().get(Representation.TOKENS), encoding.tokens().dimension());
    assertTrue(encoding.sparse().tokens().size() >= 2);
    assertEquals(ModelKind.CROSS_ENCODER, inference.describe(CROSS_ENCODER).kind());
    assertEquals(4, inference.models().size());
  }

  @Test
  public void testOffsetsAreUtf16UnderAnyLocale() throws Exception {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("tr"));
      String text = "😀 INDEX 😀😀 merges";
      Encoding encoding = encode(List.of(text), Side.DOCUMENT).get(0);
      List<String> words = new ArrayList<>();
      for (int i = 0; i < encoding.tokens().count(); i++) {
        words.add(
            text.substring(encoding.tokens().starts()[i], encoding.tokens().ends()[i])
                .toLowerCase(Locale.ROOT));
      }
      assertTrue(words.toString(), words.contains("index"));
      assertEquals("true", System.getProperty("OPT_OUT_TRACKING"));
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  public void testARelatedTextScoresAboveAnUnrelatedOne() throws Exception {
    float[] scores =
        get(
            inference.score(
                CROSS_ENCODER,
                "how are segments merged",
                List.of(
                    "Cats like milk and sleep most of the day",
                    "Small segments of an index are merged into larger ones")));
    assertTrue(scores[1] > scores[0]);
  }

  @Test
  public void testPassagesCoverTheText() throws Exception {
    String text = randomText().repeat(4);
    int max = randomIntBetween(8, 40);
    List<List<Passage>> cut =
        get(
            inference.passages(
                ENCODER,
                List.of(text, " "),
                max,
                randomIntBetween(0, max / 2 - 1),
                Inference.Workload.INGEST));
    List<Passage> passages = cut.get(0);
    assertEquals(0, passages.get(0).start());
    for (int i = 1; i < passages.size(); i++) {
      assertTrue(passages.get(i).start() > passages.get(i - 1).start());
      assertTrue(
          text.substring(
                  passages.get(i - 1).end(),
                  Math.max(passages.get(i - 1).end(), passages.get(i).start()))
              .isBlank());
    }
    assertTrue(text.substring(passages.get(passages.size() - 1).end()).isBlank());
    assertEquals(List.of(), cut.get(1));
  }

  @Test
  public void testTheModelReadsAllOfAPassage() throws Exception {
    int limit = inference.describe(ENCODER).maxTokens();
    StringBuilder text = new StringBuilder();
    for (int w = 3 * limit; w > 0; w--) {
      text.append(randomAsciiAlphanumOfLengthBetween(1, 20)).append(' ');
    }
    int max = randomFrom(new Integer[] {limit - 3, limit, 400, 100_000});
    List<Passage> passages =
        get(inference.passages(
                ENCODER,
                List.of(text.toString()),
                max,
                randomIntBetween(0, 99),
                Inference.Workload.INGEST))
            .get(0);
    List<String> texts = passages.stream().map(p -> text.substring(p.start(), p.end())).toList();
    List<Encoding> encodings = encode(texts, Side.DOCUMENT);
    for (int i = 0; i < texts.size(); i++) {
      int[] ends = encodings.get(i).tokens().ends();
      assertEquals(texts.get(i).length(), ends[ends.length - 1]);
    }
    assertTrue(text.substring(passages.getLast().end()).isBlank());
  }

  @Test
  public void testALoneSurrogateIsEncoded() throws Exception {
    String lone = "abc \uD83D def";
    List<Encoding> encodings = encode(List.of(lone, "abc \uFFFD def"), Side.DOCUMENT);
    assertArrayEquals(encodings.get(1).dense(), encodings.get(0).dense(), 1e-6f);
    float[] scores = get(inference.score(CROSS_ENCODER, "abc \uDE00", List.of(lone)));
    assertEquals(1, scores.length);
    assertEquals(1, encodeOne(inference, lone).size());
  }

  @Test
  public void testTheDeadlineMayChange() throws Exception {
    try (LocalInference impatient = small(10, Duration.ofMinutes(1))) {
      encodeOne(impatient, "loads the model");
      impatient.setDeadline(Duration.ofNanos(1));
      ModelException e =
          assertThrows(
              ModelException.class,
              () ->
                  get(
                      impatient.encode(
                          ENCODER,
                          Collections.nCopies(200, "rivers ".repeat(200)),
                          Side.DOCUMENT,
                          ALL,
                          Inference.Workload.SEARCH)));
      assertEquals(ModelException.Kind.TIMEOUT, e.kind());
    }
  }

  @Test
  public void testRefusals() throws Exception {
    ModelException missing =
        assertThrows(ModelException.class, () -> inference.describe("none-such"));
    assertEquals(ModelException.Kind.NOT_FOUND, missing.kind());
    ModelException wrong =
        assertThrows(
            ModelException.class,
            () ->
                get(
                    inference.encode(
                        CROSS_ENCODER, List.of("x"), Side.QUERY, ALL, Inference.Workload.SEARCH)));
    assertEquals(ModelException.Kind.BAD_REQUEST, wrong.kind());
    Path folder = Files.createDirectories(directory.resolve("models/broken"));
    Files.writeString(folder.resolve("trident.json"), "{\"kind\": \"encoder\", \"nonsense\": 1}");
    ModelException malformed =
        assertThrows(ModelException.class, () -> inference.describe("broken"));
    assertEquals(ModelException.Kind.INVALID_MODEL, malformed.kind());
    assertTrue(malformed.getMessage(), malformed.getMessage().contains("nonsense"));
    Files.delete(folder.resolve("trident.json"));
    Files.delete(folder);
  }

  @Test
  public void testManyCallersGetWhatEachWouldGetAlone() throws Exception {
    List<String> texts = new ArrayList<>();
    List<Encoding> alone = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      texts.add(randomText());
      alone.add(encode(List.of(texts.get(i)), Side.DOCUMENT).get(0));
    }
    try (LocalInference shared = small(1_000, Duration.ofMinutes(1))) {
      List<Integer> asked = new ArrayList<>();
      List<CompletionStage<List<Encoding>>> answers = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        int text = randomIntBetween(0, texts.size() - 1);
        asked.add(text);
        Set<Representation> wanted = Set.of(randomFrom(Representation.values()));
        answers.add(
            shared.encode(
                ENCODER,
                List.of(texts.get(text)),
                Side.DOCUMENT,
                wanted,
                randomFrom(Inference.Workload.values())));
      }
      for (int i = 0; i < answers.size(); i++) {
        Encoding expected = alone.get(asked.get(i));
        Encoding found = get(answers.get(i)).get(0);
        if (found.sparse() != null) {
          assertEquals(expected.sparse().tokens(), found.sparse().tokens());
          assertArrayEquals(expected.sparse().weights(), found.sparse().weights(), 1e-4f);
        } else if (found.dense() != null) {
          assertArrayEquals(expected.dense(), found.dense(), 1e-4f);
        } else {
          assertArrayEquals(expected.tokens().tokenIds(), found.tokens().tokenIds());
          assertArrayEquals(expected.tokens().values(), found.tokens().values(), 1e-4f);
        }
      }
      assertTrue("runs were shared", shared.stats().get(0).runs() < answers.size());
    }
  }

  @Test
  public void testAFloodOfPairsIsScoredAsEachAlone() throws Exception {
    String[] queries = {"how are segments merged", "rivers in Zürich", "index"};
    try (LocalInference shared = small(1_000, Duration.ofMinutes(1))) {
      List<String> asked = new ArrayList<>();
      List<List<String>> texts = new ArrayList<>();
      List<CompletionStage<float[]>> answers = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        asked.add(randomFrom(queries));
        texts.add(List.of(randomText(), randomText()));
        answers.add(shared.score(CROSS_ENCODER, asked.get(i), texts.get(i)));
      }
      for (int i = 0; i < answers.size(); i++) {
        float[] alone = get(inference.score(CROSS_ENCODER, asked.get(i), texts.get(i)));
        assertArrayEquals(alone, get(answers.get(i)), 1e-4f);
      }
    }
  }

  @Test
  public void testIdleThreadsShareTheTextsOfOneRequest() throws Exception {
    int threads = randomIntBetween(2, 5);
    try (LocalInference many =
        new LocalInference(
            List.of(new EmbeddedModels()),
            new RuntimeSettings(
                1, threads, 1, 200, 10, 0, Duration.ofMinutes(1), ExecutionProvider.CPU),
            MemoryBudget.UNLIMITED)) {
      for (int request = 1; request <= 10; request++) {
        List<String> texts =
            IntStream.range(0, randomIntBetween(1, 12)).mapToObj(i -> randomText()).toList();
        float[] scores = get(many.score(CROSS_ENCODER, "merged segments", texts));
        float[] expected = new float[texts.size()];
        for (int i = 0; i < expected.length; i++) {
          expected[i] =
              get(inference.score(CROSS_ENCODER, "merged segments", List.of(texts.get(i))))[0];
        }
        assertArrayEquals(expected, scores, 1e-4f);
        assertEquals(request, many.stats().get(0).requests());
      }
    }
  }

  @Test
  public void testAFailureOfSharedTextsFailsTheirRequest() {
    List<String> texts = List.of("one", "two", "three");
    ModelException refused =
        assertThrows(
            ModelException.class, () -> get(inference.score(ENCODER, "scores no pairs", texts)));
    assertEquals(ModelException.Kind.BAD_REQUEST, refused.kind());
  }

  @Test
  public void testAReplacedModelsAnswersAreNotCached() throws Exception {
    Path models = newTempDir();
    Path folder = Files.createDirectories(models.resolve("mine"));
    for (String file : List.of("model.onnx", "tokenizer.json", "idf.json", "trident.json")) {
      try (InputStream in = new ModelFolder.Embedded(ENCODER).open(file).orElseThrow()) {
        Files.copy(in, folder.resolve(file));
      }
    }
    Set<Representation> sparse = Set.of(Representation.SPARSE);
    List<String> query = List.of("index");
    try (LocalInference replaced = new LocalInference(models, RuntimeSettings.defaults(1))) {
      Encoding former =
          get(replaced.encode("mine", query, Side.QUERY, sparse, Inference.Workload.SEARCH)).get(0);
      assertTrue(former.sparse().weights()[0] != 7);
      Files.writeString(folder.resolve("idf.json"), "{\"index\": 7}");
      replaced.describe("mine");
      Encoding latter =
          get(replaced.encode("mine", query, Side.QUERY, sparse, Inference.Workload.SEARCH)).get(0);
      assertArrayEquals(new float[] {7}, latter.sparse().weights(), 0);
    }
  }

  private static LocalInference small(int queueSize, Duration deadline) {
    return new LocalInference(
        List.of(new EmbeddedModels()),
        new RuntimeSettings(1, 1, 1, queueSize, 10, 100, deadline, ExecutionProvider.CPU),
        MemoryBudget.UNLIMITED);
  }

  @Test
  public void testAFloodIsRefusedInPartAndAnsweredForTheRest() throws Exception {
    try (LocalInference busy = small(2, Duration.ofMinutes(1))) {
      List<CompletionStage<List<Encoding>>> answers = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        List<String> text = List.of(randomText());
        answers.add(busy.encode(ENCODER, text, Side.DOCUMENT, ALL, Inference.Workload.SEARCH));
      }
      int refused = 0;
      for (CompletionStage<List<Encoding>> answer : answers) {
        try {
          assertEquals(1, get(answer).size());
        } catch (ModelException e) {
          assertEquals(ModelException.Kind.REJECTED, e.kind());
          refused++;
        }
      }
      ModelStats stats = busy.stats().get(0);
      assertTrue("one thread and two places", refused > 0 && refused < answers.size());
      assertEquals(refused, stats.rejected());
      assertEquals(answers.size() - refused, stats.requests());
      assertEquals(0, stats.failed());
      assertEquals(1, encodeOne(busy, "the node lives").size());
    }
  }

  private static List<Encoding> encodeOne(LocalInference inference, String text) throws Exception {
    return get(
        inference.encode(ENCODER, List.of(text), Side.QUERY, ALL, Inference.Workload.SEARCH));
  }

  @Test
  public void testStatsSayWhatWasRun() throws Exception {
    try (LocalInference counted = small(10, Duration.ofMinutes(1))) {
      encodeOne(counted, "segments of an index");
      encodeOne(counted, "segments of an index");
      get(
          counted.encode(
              ENCODER,
              List.of("one", "two", "rivers and lakes ".repeat(20)),
              Side.DOCUMENT,
              ALL,
              Inference.Workload.INGEST));
      ModelStats stats = counted.stats().get(0);
      assertEquals(ENCODER, stats.model());
      assertEquals(2, stats.requests());
      assertEquals(4, stats.texts());
      assertEquals(1, stats.cacheHits());
      assertEquals(1, stats.cacheMisses());
      assertEquals("two short ones in one", 2, stats.largestRun());
      assertTrue(stats.paddedTokens() >= stats.tokens() && stats.tokens() > 60);
      assertTrue(stats.latency().p50() > 0 && stats.latency().max() >= stats.latency().p99());
    }
  }

  @Test
  public void testPairsAreScoredOnce() throws Exception {
    String query = "merged segments";
    List<String> texts = List.of("one", "two", "rivers and lakes");
    try (LocalInference counted = small(10, Duration.ofMinutes(1))) {
      float[] first = get(counted.score(CROSS_ENCODER, query, texts));
      CompletionStage<float[]> again = counted.score(CROSS_ENCODER, query, texts);
      assertTrue("no thread was waited for", again.toCompletableFuture().isDone());
      assertArrayEquals(first, get(again), 0);
      float[] some = get(counted.score(CROSS_ENCODER, query, List.of("new", "two", "one")));
      assertArrayEquals(new float[] {first[1], first[0]}, new float[] {some[1], some[2]}, 0);
      float[] others = get(counted.score(CROSS_ENCODER, "rivers", texts));
      assertTrue(first[2] != others[2]);
      ModelStats stats = counted.stats().get(0);
      assertEquals(5, stats.cacheHits());
      assertEquals(7, stats.texts());
      assertEquals(3, stats.requests());
    }
  }

  @Test
  public void testAShortQueryWithoutARunIsReadByItsCaller() throws Exception {
    Set<Representation> sparse = Set.of(Representation.SPARSE);
    Inference.Workload search = Inference.Workload.SEARCH;
    String word = randomAsciiAlphanumOfLength(12);
    String twice = word + " " + word;
    try (LocalInference counted = small(10, Duration.ofMinutes(1))) {
      Encoding handed =
          get(counted.encode(ENCODER, List.of(word), Side.QUERY, sparse, search)).get(0);
      CompletionStage<List<Encoding>> read =
          counted.encode(ENCODER, List.of(twice), Side.QUERY, sparse, search);
      assertTrue("no thread was waited for", read.toCompletableFuture().isDone());
      SparseVector vector = get(read).get(0).sparse();
      assertEquals(handed.sparse().tokens(), vector.tokens());
      assertArrayEquals(handed.sparse().weights(), vector.weights(), 0);
      assertEquals(2, counted.stats().get(0).requests());
      get(counted.encode(ENCODER, List.of(twice), Side.QUERY, sparse, search));
      assertEquals("kept", 1, counted.stats().get(0).cacheHits());
      ModelException e =
          assertThrows(
              ModelException.class,
              () -> get(counted.encode(CROSS_ENCODER, List.of(word), Side.QUERY, sparse, search)));
      assertTrue(e.getMessage(), e.getMessage().contains("encodes nothing"));
    }
  }

  @Test
  public void testUnknownModelsLeaveNoCounters() throws Exception {
    try (LocalInference counted = small(10, Duration.ofMinutes(1))) {
      for (int i = 0; i < 20; i++) {
        String id = "none-" + i;
        ModelException missing =
            assertThrows(
                ModelException.class,
                () ->
                    get(
                        counted.encode(
                            id, List.of("x"), Side.QUERY, ALL, Inference.Workload.SEARCH)));
        assertEquals(ModelException.Kind.NOT_FOUND, missing.kind());
        assertThrows(ModelException.class, () -> get(counted.score(id, "query", List.of("text"))));
      }
      assertEquals(List.of(), counted.stats());
    }
  }

  @Test
  public void testClosingFailsWhatWaits() throws Exception {
    LocalInference closed = small(100, Duration.ofMinutes(1));
    List<CompletionStage<List<Encoding>>> answers = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      List<String> texts = List.of(randomText(), randomText());
      answers.add(closed.encode(ENCODER, texts, Side.DOCUMENT, ALL, Inference.Workload.INGEST));
    }
    closed.close();
    for (CompletionStage<List<Encoding>> answer : answers) {
      assertTrue(answer.toCompletableFuture().isDone());
    }
    ModelException late =
        assertThrows(ModelException.class, () -> encodeOne(closed, "after the end"));
    assertEquals("the node is shutting down", late.getMessage());
  }

  @Test
  public void testAModelOfPairsJudgesNoTextAlone() {
    ModelException e =
        assertThrows(
            ModelException.class,
            () ->
                get(
                    inference.judge(
                        "trident-mini-reranker", List.of("a"), Inference.Workload.INGEST)));
    assertTrue(e.getMessage(), e.getMessage().contains("[{query}]"));
  }

  @Test
  public void testAMissingProviderIsRefusedByName() {
    ExecutionProvider.CPU.check();
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, ExecutionProvider.CUDA::check);
    assertTrue(e.getMessage(), e.getMessage().contains("[cuda]"));
    assertTrue(e.getMessage(), e.getMessage().contains("onnxruntime_gpu"));
    assertThrows(IllegalArgumentException.class, () -> ExecutionProvider.of("tpu"));
    assertEquals(ExecutionProvider.CUDA, ExecutionProvider.of("cuda"));
  }
}
