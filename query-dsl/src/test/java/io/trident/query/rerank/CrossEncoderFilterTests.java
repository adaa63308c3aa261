package io.trident.query.rerank;

import io.trident.models.api.Encoding;
import io.trident.models.api.Inference;
import io.trident.models.api.ModelDescription;
import io.trident.models.api.ModelStats;
import io.trident.models.api.Passage;
import io.trident.models.api.Representation;
import io.trident.models.api.Side;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.lucene.search.TotalHits;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.opensearch.action.search.SearchAction;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.search.ShardSearchFailure;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.action.support.ActionRequestMetadata;
import org.opensearch.common.document.DocumentField;
import org.opensearch.core.action.ActionListener;
import org.opensearch.search.SearchHit;
import org.opensearch.search.SearchHits;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.internal.InternalSearchResponse;
import org.opensearch.search.sort.SortOrder;

/** What the filter asks of a search and makes of its response, with words in common as scores. */
public class CrossEncoderFilterTests extends LuceneTestCase {

  private static final List<String> TEXTS = List.of("no", "sand", "river sand", "river", "sand");

  /** Scores a text by how many of its words the query has. */
  private record WordsInCommon(boolean fails) implements Inference {
    @Override
    public CompletionStage<float[]> score(String model, String query, List<String> texts) {
      if (fails) {
        return CompletableFuture.failedFuture(new IllegalStateException("model is broken"));
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
      throw new UnsupportedOperationException(model);
    }

    @Override
    public List<ModelStats> stats() {
      return List.of();
    }

    @Override
    public void close() {}
  }

  /** What became of one search. */
  private record Outcome(SearchSourceBuilder searched, SearchResponse response, Exception failure) {
    private List<String> ids() {
      return Arrays.stream(response.getHits().getHits()).map(SearchHit::getId).toList();
    }
  }

  private static SearchSourceBuilder source(int window, boolean keepRanking) {
    return new SearchSourceBuilder()
        .ext(
            new ArrayList<>(
                List.of(
                    new CrossEncoderExtBuilder(
                        new CrossEncoderExtBuilder.Options(
                            "river sand", List.of("body"), null, window, 0, keepRanking)))));
  }

  /** Runs a search whose hits are {@link #TEXTS}, with first scores from 5 downwards. */
  private static Outcome run(SearchSourceBuilder source, boolean fails) {
    SearchRequest request = new SearchRequest("index").source(source);
    AtomicReference<SearchResponse> response = new AtomicReference<>();
    AtomicReference<Exception> failure = new AtomicReference<>();
    ActionListener<SearchResponse> listener = ActionListener.wrap(response::set, failure::set);
    ActionFilterChain<SearchRequest, SearchResponse> chain =
        (task, action, asked, answered) -> answered.onResponse(firstStage());
    new CrossEncoderFilter(() -> new WordsInCommon(fails), () -> "default")
        .apply(null, SearchAction.NAME, request, ActionRequestMetadata.empty(), listener, chain);
    return new Outcome(request.source(), response.get(), failure.get());
  }

  private static SearchResponse firstStage() {
    SearchHit[] hits = new SearchHit[TEXTS.size()];
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
    Outcome outcome = run(source(4, false), false);
    assertNull(outcome.failure());
    assertEquals(List.of("2", "1", "3", "0", "4"), outcome.ids());
    SearchHit[] hits = outcome.response().getHits().getHits();
    assertEquals(2, hits[0].getScore(), 0);
    assertEquals(3f, hits[0].field(Reranking.FIRST_STAGE_SCORE).<Float>getValue(), 0);
    assertTrue(Float.isNaN(hits[4].getScore()));
    assertEquals(2, outcome.response().getHits().getMaxScore(), 0);
  }

  public void testCutsThePageAfterReranking() {
    Outcome outcome = run(source(5, false).from(1).size(2), false);
    assertEquals(List.of("1", "3"), outcome.ids());
    assertEquals(0, outcome.searched().from());
    assertEquals(5, outcome.searched().size());
    assertEquals(5, outcome.response().getHits().getTotalHits().value());
  }

  public void testSearchesWithoutTheExtension() {
    assertEquals(List.of(), run(source(5, false), false).searched().ext());
  }

  public void testTakesAwayTheFieldsThatOnlyItAskedFor() {
    for (SearchHit hit : run(source(3, false), false).response().getHits().getHits()) {
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
      for (SearchHit hit : run(source, false).response().getHits().getHits()) {
        assertNotNull(hit.field("body"));
      }
    }
  }

  public void testFailsWithTheModel() {
    assertNotNull(run(source(3, false), true).failure());
  }

  public void testKeepsTheRankingAndSaysSo() {
    Outcome outcome = run(source(3, true), true);
    assertEquals(List.of("0", "1", "2", "3", "4"), outcome.ids());
    String report = outcome.response().toString();
    assertTrue(report, report.contains("\"reranked\":false"));
    assertTrue(report, report.contains("model is broken"));
  }

  public void testRefusesWhatItWouldUndo() {
    SearchSourceBuilder sorted = source(3, false).sort("year", SortOrder.ASC);
    IllegalArgumentException refused =
        expectThrows(IllegalArgumentException.class, () -> run(sorted, false));
    assertTrue(refused.getMessage(), refused.getMessage().contains("[sort]"));
    expectThrows(
        IllegalArgumentException.class,
        () -> run(source(3, false).sort("_score").searchAfter(new Object[] {1f}), false));
  }
}
