/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.rerank;

import io.trident.models.api.Encoding;
import io.trident.models.api.Inference;
import io.trident.models.api.ModelDescription;
import io.trident.models.api.ModelStats;
import io.trident.models.api.Passage;
import io.trident.models.api.Representation;
import io.trident.models.api.Side;
import io.trident.query.fusion.FusionLeg;
import io.trident.query.fusion.FusionQueryBuilder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.apache.lucene.search.TotalHits;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.opensearch.action.search.SearchAction;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.search.ShardSearchFailure;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.action.support.ActionRequestMetadata;
import org.opensearch.common.document.DocumentField;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.action.ActionListener;
import org.opensearch.index.query.MatchAllQueryBuilder;
import org.opensearch.search.SearchHit;
import org.opensearch.search.SearchHits;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.fetch.subphase.FieldAndFormat;
import org.opensearch.search.internal.InternalSearchResponse;
import org.opensearch.search.sort.SortOrder;

/** What the filter asks of a search and makes of its response, with words in common as scores. */
public class CrossEncoderFilterTests extends LuceneTestCase {

  private static final List<String> TEXTS = List.of("no", "sand", "river sand", "river", "sand");

  /** How many hits a search has. */
  private int hits = TEXTS.size();

  /** What the model has scored. */
  private final List<String> scored = new ArrayList<>();

  /** How a model may fail. */
  private enum Fault {
    NONE,
    LATER,
    AT_ONCE,
    NOT_STARTED,
    NOT_FINITE,
    TOO_FEW
  }

  /** Scores a text by how many of its words the query has. */
  private record WordsInCommon(Fault fault, List<String> scored) implements Inference {
    @Override
    public CompletionStage<float[]> score(String model, String query, List<String> texts) {
      scored.addAll(texts);
      switch (fault) {
        case LATER -> {
          return CompletableFuture.failedFuture(new IllegalStateException("model is broken"));
        }
        case AT_ONCE -> throw new IllegalStateException("model is broken");
        case NOT_FINITE -> {
          float[] scores = new float[texts.size()];
          scores[0] = Float.NaN;
          return CompletableFuture.completedFuture(scores);
        }
        case TOO_FEW -> {
          return CompletableFuture.completedFuture(new float[texts.size() - 1]);
        }
        default -> {}
      }
      List<String> words = List.of(query.split(" "));
      float[] scores = new float[texts.size()];
      for (int i = 0; i < scores.length; i++) {
        scores[i] = Arrays.stream(texts.get(i).split(" ")).filter(words::contains).count();
      }
      return CompletableFuture.completedFuture(scores);
    }

    @Override
    public List<ModelDescription> models() {
      return List.of();
    }

    @Override
    public ModelDescription describe(String model) {
      throw new UnsupportedOperationException(model);
    }

    @Override
    public CompletionStage<List<Encoding>> encode(
        String model, List<String> texts, Side side, Set<Representation> wanted, Workload load) {
      throw new UnsupportedOperationException(model);
    }

    @Override
    public CompletionStage<List<List<Passage>>> passages(
        String model, List<String> texts, int maxTokens, int overlap, Workload workload) {
      return CompletableFuture.completedFuture(texts.stream().map(WordsInCommon::words).toList());
    }

    /** A passage for each word. */
    private static List<Passage> words(String text) {
      int space = text.indexOf(' ');
      return space < 0
          ? List.of(new Passage(0, text.length()))
          : List.of(new Passage(0, space), new Passage(space + 1, text.length()));
    }

    @Override
    public List<ModelStats> stats() {
      return List.of();
    }

    @Override
    public void close() {}
  }

  /** What became of one search. */
  private record Outcome(SearchRequest request, SearchResponse response, Exception failure) {
    private SearchSourceBuilder searched() {
      return request.source();
    }

    private List<String> ids() {
      return Arrays.stream(response.getHits().getHits()).map(SearchHit::getId).toList();
    }
  }

  private static SearchSourceBuilder source(int window, boolean keepRanking) {
    return source(window, 0, keepRanking);
  }

  private static SearchSourceBuilder source(int window, float weight, boolean keepRanking) {
    return source(stage(window, weight, null, keepRanking));
  }

  private static SearchSourceBuilder source(CrossEncoderExtBuilder.Options... stages) {
    return new SearchSourceBuilder()
        .ext(new ArrayList<>(List.of(new CrossEncoderExtBuilder(List.of(stages)))));
  }

  private static CrossEncoderExtBuilder.Options stage(
      int window, float weight, TimeValue budget, boolean keepRanking) {
    return new CrossEncoderExtBuilder.Options(
        "river sand", List.of("body"), null, window, 0, 0, weight, budget, keepRanking);
  }

  private Outcome run(SearchSourceBuilder source) {
    return run(source, Fault.NONE);
  }

  private Outcome run(SearchSourceBuilder source, Fault fault) {
    return run(new SearchRequest("index").source(source), fault);
  }

  /** Runs a search whose hits are {@link #TEXTS}, with first scores from 5 downwards. */
  private Outcome run(SearchRequest request, Fault fault) {
    AtomicReference<SearchRequest> searched = new AtomicReference<>();
    AtomicReference<SearchResponse> response = new AtomicReference<>();
    AtomicReference<Exception> failure = new AtomicReference<>();
    ActionListener<SearchResponse> listener = ActionListener.wrap(response::set, failure::set);
    ActionFilterChain<SearchRequest, SearchResponse> chain =
        (task, action, asked, answered) -> {
          searched.set(asked);
          answered.onResponse(firstStage());
        };
    Supplier<Inference> inference =
        () -> {
          if (fault == Fault.NOT_STARTED) {
            throw new IllegalStateException("model is broken");
          }
          return new WordsInCommon(fault, scored);
        };
    new CrossEncoderFilter(inference, () -> "default")
        .apply(null, SearchAction.NAME, request, ActionRequestMetadata.empty(), listener, chain);
    return new Outcome(searched.get(), response.get(), failure.get());
  }

  private SearchResponse firstStage() {
    SearchHit[] hits = new SearchHit[this.hits];
    for (int i = 0; i < hits.length; i++) {
      Map<String, DocumentField> fields = new HashMap<>();
      fields.put("body", new DocumentField("body", List.of(TEXTS.get(i))));
      hits[i] = new SearchHit(i, Integer.toString(i), fields, new HashMap<>());
      hits[i].score(hits.length - i);
    }
    TotalHits total = new TotalHits(hits.length, TotalHits.Relation.EQUAL_TO);
    InternalSearchResponse internal =
        new InternalSearchResponse(
            new SearchHits(hits, total, hits.length), null, null, null, false, null, 1);
    return new SearchResponse(
        internal, null, 1, 1, 0, 1, ShardSearchFailure.EMPTY_ARRAY, SearchResponse.Clusters.EMPTY);
  }

  public void testReranksTheWindowAndKeepsTheRestBelow() {
    Outcome outcome = run(source(4, false));
    assertNull(outcome.failure());
    assertEquals(List.of("2", "1", "3", "0", "4"), outcome.ids());
    SearchHit[] hits = outcome.response().getHits().getHits();
    assertEquals(2, hits[0].getScore(), 0);
    assertEquals(3f, hits[0].field(Reranking.FIRST_STAGE_SCORE).<Float>getValue(), 0);
    assertTrue(Float.isNaN(hits[4].getScore()));
    assertEquals(2, outcome.response().getHits().getMaxScore(), 0);
  }

  public void testMixesBothScores() {
    Outcome outcome = run(source(4, 0.4f, false));
    // first stage 5, 4, 3, 2 and model 0, 1, 2, 1 become 1, 2/3, 1/3, 0 and 0, 1/2, 1, 1/2
    assertEquals(List.of("2", "1", "0", "3", "4"), outcome.ids());
    SearchHit[] hits = outcome.response().getHits().getHits();
    float[] combined = {0.4f / 3 + 0.6f, 0.8f / 3 + 0.3f, 0.4f, 0.3f};
    float[] first = {3, 4, 5, 2, 1};
    float[] second = {2, 1, 0, 1};
    for (int i = 0; i < hits.length; i++) {
      assertEquals(first[i], hits[i].field(Reranking.FIRST_STAGE_SCORE).<Float>getValue(), 0);
      if (i < 4) {
        assertEquals(combined[i], hits[i].getScore(), 1e-3f);
        assertEquals(second[i], hits[i].field(Reranking.CROSS_ENCODER_SCORE).<Float>getValue(), 0);
      } else {
        assertTrue(Float.isNaN(hits[i].getScore()));
        assertNull(hits[i].field(Reranking.CROSS_ENCODER_SCORE));
      }
    }
  }

  public void testKeepsTheFirstRankingWithAllTheWeight() {
    assertEquals(List.of("0", "1", "2", "3", "4"), run(source(5, 1, false)).ids());
  }

  public void testCutsThePageAfterReranking() {
    Outcome outcome = run(source(5, false).from(1).size(2));
    assertEquals(List.of("1", "3"), outcome.ids());
    assertEquals(0, outcome.searched().from());
    assertEquals(5, outcome.searched().size());
    assertEquals(5, outcome.response().getHits().getTotalHits().value());
  }

  public void testSearchesWithoutTheExtension() {
    assertEquals(List.of(), run(source(5, false)).searched().ext());
  }

  public void testTakesAwayTheFieldsThatOnlyItAskedFor() {
    for (SearchHit hit : run(source(3, false)).response().getHits().getHits()) {
      assertNull(hit.field("body"));
    }
  }

  public void testLeavesTheFieldsThatTheSearchAskedFor() {
    List<SearchSourceBuilder> asking =
        List.of(
            source(3, false).fetchField("body"),
            source(3, false).fetchField("bo*"),
            source(3, false).docValueField("body"),
            source(3, false).storedField("body"));
    for (SearchSourceBuilder source : asking) {
      for (SearchHit hit : run(source).response().getHits().getHits()) {
        assertNotNull(hit.field("body"));
      }
    }
  }

  public void testFailsWithTheModel() {
    for (Fault fault : EnumSet.complementOf(EnumSet.of(Fault.NONE))) {
      assertNotNull(fault.name(), run(source(3, false), fault).failure());
    }
  }

  public void testKeepsTheRankingAndSaysSo() {
    for (Fault fault : EnumSet.complementOf(EnumSet.of(Fault.NONE))) {
      Outcome outcome = run(source(3, true), fault);
      assertNull(fault.name(), outcome.failure());
      assertEquals(List.of("0", "1", "2", "3", "4"), outcome.ids());
      String report = outcome.response().toString();
      assertTrue(report, report.contains("\"reranked\":false"));
      assertTrue(report, report.contains("\"failure\":\"model "));
    }
  }

  public void testLeavesTheRequestAsItCame() throws IOException {
    SearchSourceBuilder source = source(4, false).from(1).size(2).fetchField("year", "yyyy");
    source.searchPipelineSource(Map.of("response_processors", List.of()));
    SearchRequest request =
        new SearchRequest("index").source(source).pipeline("named").routing("here");
    request.setParentTask("node", 7);
    SearchSourceBuilder before = source.shallowCopy();
    Outcome outcome = run(request, Fault.NONE);
    assertSame(source, request.source());
    assertEquals(before, source);
    assertEquals(1, source.fetchFields().size());
    assertEquals(1, source.ext().size());

    SearchRequest searched = outcome.request();
    assertEquals(
        List.of(new FieldAndFormat("year", "yyyy"), new FieldAndFormat("body", null)),
        searched.source().fetchFields());
    assertEquals("named", searched.pipeline());
    assertEquals("here", searched.routing());
    assertEquals("node:7", searched.getParentTask().toString());
    assertEquals(source.searchPipelineSource(), searched.source().searchPipelineSource());
  }

  public void testWindowFitsThatOfTheFusion() {
    FusionQueryBuilder fusion =
        new FusionQueryBuilder(List.of(new FusionLeg("leg", 1, new MatchAllQueryBuilder())))
            .window(10);
    assertNull(run(source(10, false).query(fusion)).failure());
    IllegalArgumentException refused =
        expectThrows(IllegalArgumentException.class, () -> run(source(11, false).query(fusion)));
    assertEquals(
        "[cross_encoder] must have a [window] of at most that of the [fusion], [10], got [11]",
        refused.getMessage());
  }

  public void testAPageBeyondAnIntIsSearchedForAsItIs() {
    Outcome outcome = run(source(3, false).from(10).size(Integer.MAX_VALUE));
    assertNull(outcome.failure());
    assertEquals(Integer.MAX_VALUE, outcome.searched().size());
    assertEquals(List.of(), outcome.ids());
  }

  public void testOnlyChosenPassagesAreScored() {
    for (int count : new int[] {0, 1, 2}) {
      scored.clear();
      run(
          source(
              new CrossEncoderExtBuilder.Options(
                  "no river", List.of("body"), null, 5, 8, count, 0f, null, false)));
      assertEquals(
          count == 1
              ? List.of("no", "sand", "river", "river", "sand")
              : List.of("no", "sand", "river", "sand", "river", "sand"),
          scored);
    }
  }

  public void testRefusesHitsWithoutText() {
    for (boolean keepRanking : new boolean[] {false, true}) {
      CrossEncoderExtBuilder.Options options =
          new CrossEncoderExtBuilder.Options(
              "river", List.of("absent"), null, 3, 0, 0, 0f, null, keepRanking);
      Outcome outcome = run(source(options));
      String reason =
          "must have a [field] with text, but none of the first [3] hits has any in [absent]";
      if (keepRanking) {
        assertTrue(outcome.response().toString().contains("\"reranked\":false"));
        assertTrue(outcome.response().toString().contains(reason));
      } else {
        assertTrue(outcome.failure() instanceof IllegalArgumentException);
        assertTrue(outcome.failure().getMessage().contains(reason));
      }
    }
  }

  public void testABudgetLeavesTheRestOfTheWindowAsItIs() {
    Outcome outcome = run(source(stage(4, 0, TimeValue.timeValueNanos(1), false)));
    assertEquals(List.of("1", "0", "2", "3", "4"), outcome.ids());
    SearchHit[] hits = outcome.response().getHits().getHits();
    assertEquals(1, hits[0].getScore(), 0);
    assertTrue(Float.isNaN(hits[2].getScore()));
    assertEquals(3f, hits[2].field(Reranking.FIRST_STAGE_SCORE).<Float>getValue(), 0);
    assertNull(hits[2].field(Reranking.CROSS_ENCODER_SCORE));
    String report = outcome.response().toString();
    assertTrue(report, report.contains("\"candidates\":2,\"skipped\":2,"));
    Outcome unhurried = run(source(stage(4, 0, TimeValue.timeValueHours(1), false)));
    assertEquals(run(source(4, false)).ids(), unhurried.ids());
    report = unhurried.response().toString();
    assertTrue(report, report.contains("\"candidates\":4,\"took\""));
  }

  public void testAStageReranksTheTopOfTheOneBefore() {
    CrossEncoderExtBuilder.Options second =
        new CrossEncoderExtBuilder.Options(
            "sand", List.of("body"), "second", 3, 0, 0, 0f, null, false);
    Outcome outcome = run(source(stage(5, 0, null, false), second).size(4));
    // the first stage makes it 2, 1, 3, 4, 0, and in the second [river] counts nothing any more
    assertEquals(List.of("2", "1", "3", "4"), outcome.ids());
    SearchHit[] hits = outcome.response().getHits().getHits();
    assertEquals(List.of(1f, 1f, 0f), scores(hits).subList(0, 3));
    assertTrue(Float.isNaN(hits[3].getScore()));
    assertEquals(3f, hits[0].field(Reranking.FIRST_STAGE_SCORE).<Float>getValue(), 0);
    assertEquals(1f, hits[0].field(Reranking.CROSS_ENCODER_SCORE).<Float>getValue(), 0);
    assertEquals(1f, hits[3].field(Reranking.CROSS_ENCODER_SCORE).<Float>getValue(), 0);
    String report = outcome.response().toString();
    assertTrue(
        report, report.contains("\"cross_encoder\":[{\"model\":\"default\",\"candidates\":5,"));
    assertTrue(report, report.contains("{\"model\":\"second\",\"candidates\":3,"));
  }

  public void testAStageReranksOnlyWhatTheOneBeforeHadTimeFor() {
    Outcome outcome =
        run(source(stage(5, 0, TimeValue.timeValueNanos(1), false), stage(4, 0, null, false)));
    assertEquals(List.of("1", "0", "2", "3", "4"), outcome.ids());
    String report = outcome.response().toString();
    assertTrue(report, report.contains("\"candidates\":2,\"skipped\":3,"));
    assertTrue(report, report.contains("\"candidates\":2,\"took\""));
  }

  private static List<Float> scores(SearchHit[] hits) {
    return Arrays.stream(hits).map(SearchHit::getScore).toList();
  }

  public void testAsksForTheModelWithoutHitsToo() {
    hits = 0;
    assertNull(run(source(3, false)).failure());
    assertNotNull(run(source(3, false), Fault.LATER).failure());
  }

  public void testRefusesWhatItWouldUndo() {
    for (SearchSourceBuilder source :
        List.of(
            source(3, false).sort("_score", SortOrder.ASC),
            source(3, false).storedFields(List.of("_none_")))) {
      expectThrows(IllegalArgumentException.class, () -> run(source));
    }
    SearchSourceBuilder sorted = source(3, false).sort("year", SortOrder.ASC);
    IllegalArgumentException refused =
        expectThrows(IllegalArgumentException.class, () -> run(sorted));
    assertTrue(refused.getMessage(), refused.getMessage().contains("[sort]"));
    expectThrows(
        IllegalArgumentException.class,
        () -> run(source(3, false).sort("_score").searchAfter(new Object[] {1f})));
  }
}
