/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import static org.hamcrest.Matchers.containsString;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.apache.lucene.search.join.ScoreMode;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.index.IndexNotFoundException;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.ExistsQueryBuilder;
import org.opensearch.index.query.IdsQueryBuilder;
import org.opensearch.index.query.NestedQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.plugins.Plugin;
import org.opensearch.search.SearchHit;
import org.opensearch.test.OpenSearchSingleNodeTestCase;

/** Searches by vectors that are read from an index, against what arithmetic in this class says. */
public class StoredVectorsTests extends OpenSearchSingleNodeTestCase {

  private static final int DOCUMENTS = 30;

  /** The vector of each document, and those of the objects in it. */
  private final List<float[]> vectors = new ArrayList<>();

  private final List<List<float[]>> pages = new ArrayList<>();

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    return List.of(QueriesPlugin.class);
  }

  @Override
  public void setUp() throws Exception {
    super.setUp();
    create("shelf", WordModel.DIMENSION);
    create("other", 4);
    for (int i = 0; i < DOCUMENTS; i++) {
      vectors.add(vector(WordModel.DIMENSION));
      List<float[]> inside = new ArrayList<>();
      List<String> json = new ArrayList<>();
      for (int page = randomIntBetween(1, 3); page > 0; page--) {
        inside.add(vector(WordModel.DIMENSION));
        json.add("{\"v\": " + Arrays.toString(inside.getLast()) + "}");
      }
      pages.add(inside);
      index(
          "shelf", i, "{\"v\": " + Arrays.toString(vectors.get(i)) + ", \"pages\": " + json + "}");
    }
    index("other", 0, "{\"v\": [1, 2, 3, 4]}");
  }

  private void create(String index, int dimension) {
    String field =
        "\"v\": {\"type\": \"dense_vector\", \"encoding\": \"float32\", \"similarity\": \"l2_norm\", \"dimension\": "
            + dimension
            + "}";
    client()
        .admin()
        .indices()
        .prepareCreate(index)
        .setMapping(
            "{\"properties\": {"
                + field
                + ", \"pages\": {\"type\": \"nested\", \"properties\": {"
                + field
                + "}}}}")
        .get();
  }

  private void index(String index, int id, String json) {
    client()
        .prepareIndex(index)
        .setId(Integer.toString(id))
        .setSource(json, XContentType.JSON)
        .setRefreshPolicy("true")
        .get();
  }

  private static float[] vector(int dimension) {
    float[] vector = new float[dimension];
    for (int d = 0; d < dimension; d++) {
      vector[d] = (float) random().nextGaussian();
    }
    return vector;
  }

  private static DenseQueryBuilder dense(String field) {
    return new DenseQueryBuilder(QueriesPlugin.ENCODER, field).exact();
  }

  private static LikedDocument document(int id, float weight) {
    return new LikedDocument(randomBoolean() ? null : "shelf", Integer.toString(id), weight);
  }

  private Map<Integer, Float> scores(QueryBuilder query) {
    Map<Integer, Float> scores = new HashMap<>();
    for (SearchHit hit :
        client().prepareSearch("shelf").setQuery(query).setSize(DOCUMENTS).get().getHits()) {
      scores.put(Integer.valueOf(hit.getId()), hit.getScore());
    }
    return scores;
  }

  private static void add(float[] vector, double weight, double[] sum) {
    double length = length(vector);
    for (int d = 0; d < sum.length; d++) {
      sum[d] += weight * vector[d] / length;
    }
  }

  private static double length(float[] vector) {
    double squares = 0;
    for (float value : vector) {
      squares += value * value;
    }
    return Math.sqrt(squares);
  }

  private static double similarity(double[] sum, float[] vector) {
    double length = Math.sqrt(Arrays.stream(sum).map(s -> s * s).sum());
    double distance = 0;
    for (int d = 0; d < sum.length; d++) {
      distance += Math.pow(sum[d] / length - vector[d], 2);
    }
    return 1 / (1 + distance);
  }

  private void assertNear(double[] sum, QueryBuilder query) {
    Map<Integer, Float> found = scores(query);
    assertEquals(DOCUMENTS, found.size());
    found.forEach((id, score) -> assertEquals(similarity(sum, vectors.get(id)), score, 1e-5));
  }

  public void testDirectionsOfDocumentsAndTextsAddUp() {
    double[] sum = new double[WordModel.DIMENSION];
    add(vectors.get(3), 1, sum);
    assertNear(sum, dense("v").like(List.of(document(3, 1))));
    add(vectors.get(7), -0.5, sum);
    assertNear(sum, dense("v").like(List.of(document(3, 1), document(7, -0.5f))));
    add(new float[] {0, 1, 1, 0, 0, 0, 0, 0}, 1, sum);
    assertNear(sum, dense("v").text("ab", null).like(List.of(document(3, 1), document(7, -0.5f))));
  }

  public void testEachVectorOfADocumentHasItsPartOfTheWeight() {
    double[] sum = new double[WordModel.DIMENSION];
    for (int id : new int[] {4, 5}) {
      pages.get(id).forEach(page -> add(page, 1.0 / pages.get(id).size(), sum));
    }
    QueryBuilder like = dense("pages.v").like(List.of(document(4, 1), document(5, 1)));
    Map<Integer, Float> found = scores(new NestedQueryBuilder("pages", like, ScoreMode.Max));
    assertEquals(DOCUMENTS, found.size());
    found.forEach(
        (id, score) -> {
          double best =
              pages.get(id).stream().mapToDouble(p -> similarity(sum, p)).max().orElseThrow();
          assertEquals(best, score, 1e-5);
        });
  }

  /** The best documents by a query as arithmetic here finds them, best first. */
  private List<Integer> nearest(double[] query, IntPredicate wanted, int count) {
    return IntStream.range(0, DOCUMENTS)
        .filter(wanted)
        .boxed()
        .sorted(Comparator.comparing(id -> -similarity(query, vectors.get(id))))
        .limit(count)
        .toList();
  }

  private static DenseQueryBuilder by(double[] query) {
    return by(query, "v");
  }

  private static DenseQueryBuilder by(double[] query, String field) {
    float[] vector = new float[query.length];
    for (int d = 0; d < vector.length; d++) {
      vector[d] = (float) query[d];
    }
    return dense(field).vector(vector);
  }

  private static double[] unitVector() {
    double[] unit = new double[WordModel.DIMENSION];
    add(vector(unit.length), 1, unit);
    return unit;
  }

  /** The query moved by the mean of directions. */
  private static double[] moved(double[] query, List<List<float[]>> documents, double weight) {
    double[] moved = query.clone();
    for (List<float[]> document : documents) {
      document.forEach(one -> add(one, weight / documents.size() / document.size(), moved));
    }
    return moved;
  }

  private double[] movedByVectors(double[] query, List<Integer> documents, double weight) {
    return moved(query, documents.stream().map(id -> List.of(vectors.get(id))).toList(), weight);
  }

  public void testFeedbackMovesTowardsTheNearestDocuments() {
    for (int round = 0; round < 20; round++) {
      double[] query = unitVector();
      int count = randomIntBetween(1, 10);
      float weight = randomFrom(0.1f, 0.5f, 1f, 3f);
      Feedback feedback = new Feedback(count, weight, 30, null, null);
      assertNear(
          movedByVectors(query, nearest(query, id -> true, count), weight),
          by(query).feedback(feedback));
    }
  }

  public void testAQueryOfItsOwnFindsTheDocuments() {
    double[] query = unitVector();
    QueryBuilder ids = new IdsQueryBuilder().addIds("3", "7");
    assertNear(
        movedByVectors(query, List.of(3, 7), 0.5),
        by(query).feedback(new Feedback(5, 0.5f, 30, ids, null)));
    assertNear(
        movedByVectors(query, List.of(7), 0.5),
        by(query).feedback(new Feedback(5, 0.5f, 30, ids, new IdsQueryBuilder().addIds("7", "8"))));
    assertNear(
        query,
        by(query).feedback(new Feedback(5, 1, 30, new IdsQueryBuilder().addIds("none"), null)));
  }

  public void testFiltersHoldInBothSearches() {
    double[] query = unitVector();
    QueryBuilder some = new IdsQueryBuilder().addIds("1", "2", "3", "4", "5", "6");
    IntPredicate wanted = id -> id >= 1 && id <= 6;
    double[] moved = movedByVectors(query, nearest(query, wanted, 3), 1);
    for (QueryBuilder first : new QueryBuilder[] {null, by(query)}) {
      Feedback feedback = new Feedback(3, 1, 30, first, null);
      Map<Integer, Float> found = scores(by(query).feedback(feedback).filter(some));
      assertEquals(6, found.size());
      found.forEach((id, score) -> assertEquals(similarity(moved, vectors.get(id)), score, 1e-5));
    }
    assertNear(moved, by(query).feedback(new Feedback(3, 1, 30, null, some)));
  }

  public void testFeedbackOfNestedObjects() {
    double[] query = unitVector();
    List<List<float[]>> best =
        IntStream.range(0, DOCUMENTS)
            .boxed()
            .sorted(Comparator.comparing(id -> -bestPage(query, id)))
            .limit(3)
            .map(pages::get)
            .toList();
    double[] moved = moved(query, best, 0.5);
    QueryBuilder pagesQuery = by(query, "pages.v").feedback(new Feedback(3, 0.5f, 30, null, null));
    for (QueryBuilder around :
        List.of(
            new NestedQueryBuilder("pages", pagesQuery, ScoreMode.Max),
            new TopPassagesQueryBuilder("pages", pagesQuery),
            new BoolQueryBuilder()
                .must(new NestedQueryBuilder("pages", pagesQuery, ScoreMode.Max)))) {
      Map<Integer, Float> found = scores(around);
      assertEquals(DOCUMENTS, found.size());
      found.forEach((id, score) -> assertEquals(bestPage(moved, id), score, 1e-5));
    }
  }

  /** A filter of a nested query may be on nested objects, which the feedback's query is not on. */
  public void testFiltersOfNestedQueriesAreNotOnTheDocumentsOfAQuery() {
    double[] query = unitVector();
    double[] moved = moved(query, List.of(pages.get(4)), 1);
    Feedback feedback = new Feedback(1, 1, 30, new IdsQueryBuilder().addIds("4"), null);
    QueryBuilder some = new ExistsQueryBuilder("pages.v");
    QueryBuilder pagesQuery = by(query, "pages.v").feedback(feedback).filter(some);
    scores(new NestedQueryBuilder("pages", pagesQuery, ScoreMode.Max))
        .forEach((id, score) -> assertEquals(bestPage(moved, id), score, 1e-5));
  }

  private double bestPage(double[] query, int id) {
    return pages.get(id).stream().mapToDouble(p -> similarity(query, p)).max().orElseThrow();
  }

  public void testDocumentsThatAreNotThereCountAsNone() {
    LikedDocument none = new LikedDocument(null, "none", 1);
    assertEquals(Map.of(), scores(dense("v").like(List.of(none))));
    double[] sum = new double[WordModel.DIMENSION];
    add(vectors.get(3), 1, sum);
    assertNear(sum, dense("v").like(List.of(none, document(3, 1))));
  }

  public void testWhatCannotBeReadIsRefused() {
    LikedDocument nowhere = new LikedDocument("nowhere", "1", 1);
    expectThrows(IndexNotFoundException.class, () -> scores(dense("v").like(List.of(nowhere))));
    LikedDocument shorter = new LikedDocument("other", "0", 1);
    IllegalArgumentException refused =
        expectThrows(
            IllegalArgumentException.class,
            () -> scores(dense("v").like(List.of(document(3, 1), shorter))));
    assertThat(refused.getMessage(), containsString("of 8 dimensions, got [4]"));
  }

  public void testVectorsOfAnotherKindAreRefused() {
    Map<EncodedQueryBuilder<?, ?>, List<Object>> others =
        Map.of(
            dense("v"),
            List.of(Map.of("a", 1f), Map.of("vectors", List.of(List.of(1f)))),
            new LearnedSparseQueryBuilder(QueriesPlugin.ENCODER, "v"),
            List.of(List.of(1f), Map.of("vectors", List.of(List.of(1f)))),
            new MaxSimQueryBuilder(QueriesPlugin.ENCODER, "v"),
            List.of(List.of(1f), Map.of("a", 1f)));
    others.forEach(
        (query, values) ->
            values.forEach(
                value -> {
                  IllegalArgumentException refused =
                      expectThrows(IllegalArgumentException.class, () -> query.stored(value));
                  assertThat(
                      refused.getMessage(),
                      containsString("[like] and [feedback] must find vectors"));
                }));
  }
}
