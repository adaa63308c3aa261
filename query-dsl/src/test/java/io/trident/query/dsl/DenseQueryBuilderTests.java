/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import static org.hamcrest.Matchers.containsString;

import io.trident.query.lucene.ExactVectorsQuery;
import io.trident.query.lucene.NearestVectorsQuery;
import io.trident.query.lucene.OversampledVectorsQuery;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.MatchNoneQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.index.query.TermQueryBuilder;
import org.opensearch.index.query.WrapperQueryBuilder;

/** The query {@code dense}. */
public class DenseQueryBuilderTests extends EncodedQueryTestCase<DenseQueryBuilder> {

  @Override
  String name() {
    return "dense";
  }

  @Override
  List<String> fields() {
    return List.of(DENSE, DOT_PRODUCT, REDUCED);
  }

  @Override
  DenseQueryBuilder newQuery(String field) {
    DenseQueryBuilder query = new DenseQueryBuilder(QueriesPlugin.ENCODER, field);
    if (randomBoolean()) {
      query.k(randomIntBetween(1, DenseQueryBuilder.MAX_K));
    }
    if (randomBoolean()) {
      query.oversample(1 + 99 * randomFloat());
    }
    if (rarely()) {
      query.exact();
    }
    return randomBoolean()
        ? query
        : query.filter(new TermQueryBuilder(KEYWORD_FIELD_NAME, randomAlphaOfLength(3)));
  }

  @Override
  DenseQueryBuilder withVector(DenseQueryBuilder query) {
    return query.vector(randomVector(8));
  }

  @Override
  String vectorJson() {
    return "\"vector\": [1, 2, 3, 4, 5, 6, 7, 8]";
  }

  @Override
  Map<String, List<String>> refusedVectors() {
    Map<String, List<String>> refused = new LinkedHashMap<>();
    refused.put("\"vector\": null", List.of("[mapped_dense]", "VALUE_NULL"));
    refused.put("\"vector\": 1", List.of("array of numbers", "VALUE_NUMBER"));
    refused.put("\"vector\": []", List.of("1 to 4096", "[0]"));
    refused.put("\"vector\": [" + "1, ".repeat(4096) + "1]", List.of("1 to 4096", "[4097]"));
    refused.put("\"vector\": [1, \"2\"]", List.of("element [1]", "VALUE_STRING"));
    refused.put("\"vector\": [1, 1e40]", List.of("element [1]", "finite"));
    refused.put("\"vector\": [[1]]", List.of("element [0]", "START_ARRAY"));
    for (String k : new String[] {"null", "\"ten\"", "1.5", "1e20"}) {
      refused.put(vectorJson() + ", \"k\": " + k, List.of("[k]", "a whole number"));
    }
    refused.put(vectorJson() + ", \"k\": 0", List.of("[k]", "[0]"));
    refused.put(vectorJson() + ", \"k\": 10001", List.of("[k]", "[10001]"));
    for (String oversample : new String[] {"null", "\"ten\"", "1e40", "{}"}) {
      refused.put(
          vectorJson() + ", \"oversample\": " + oversample, List.of("[oversample]", "a number"));
    }
    refused.put(vectorJson() + ", \"exact\": 1", List.of("[exact]", "true or false"));
    for (String option : new String[] {"\"k\": 5", "\"oversample\": 2"}) {
      refused.put(
          vectorJson() + ", \"exact\": true, " + option, List.of("[mapped_dense]", "with [exact]"));
    }
    for (String oversample : new String[] {"0", "0.99", "-3", "100.1"}) {
      refused.put(
          vectorJson() + ", \"oversample\": " + oversample,
          List.of("[oversample] of 1 to 100", "[" + Float.parseFloat(oversample) + "]"));
    }
    refused.put(vectorJson() + ", \"filter\": null", List.of("an object"));
    return refused;
  }

  @Override
  Map<Writeable, List<String>> refusedStreams() {
    return Map.of(
        out -> out.writeFloatArray(new float[] {1, Float.NaN}),
        List.of("element [1]", "[NaN]"),
        out -> out.writeFloatArray(new float[0]),
        List.of("1 to 4096", "[0]"),
        out -> out.writeFloatArray(new float[4097]),
        List.of("1 to 4096", "[4097]"));
  }

  @Override
  protected void doAssertLuceneQuery(
      DenseQueryBuilder query, Query lucene, QueryShardContext context) {
    if (fields().contains(query.field())) {
      if (lucene instanceof ExactVectorsQuery) {
        return;
      }
      NearestVectorsQuery nearest =
          lucene instanceof OversampledVectorsQuery oversampled
              ? oversampled.candidates()
              : (NearestVectorsQuery) lucene;
      KnnFloatVectorQuery knn = (KnnFloatVectorQuery) nearest.nearest();
      if (query.field().equals(REDUCED)) {
        assertTrue("whole vectors choose", lucene instanceof OversampledVectorsQuery);
        assertEquals("_trident_reduced." + REDUCED, knn.getField());
        assertEquals(3, knn.getTargetCopy().length);
      } else {
        assertEquals(query.field(), knn.getField());
        assertEquals(8, knn.getTargetCopy().length);
      }
    } else {
      assertTrue(lucene instanceof MatchNoDocsQuery);
    }
  }

  @Override
  public DenseQueryBuilder mutateInstance(DenseQueryBuilder instance) throws IOException {
    if (randomBoolean()) {
      return super.mutateInstance(instance);
    }
    return withVector(new DenseQueryBuilder(QueriesPlugin.ENCODER, "other_" + instance.field()));
  }

  public void testOptionsTellQueriesApart() {
    float[] vector = randomVector(8);
    DenseQueryBuilder one = new DenseQueryBuilder(QueriesPlugin.ENCODER, DENSE).vector(vector);
    DenseQueryBuilder other = new DenseQueryBuilder(QueriesPlugin.ENCODER, DENSE).vector(vector);
    assertEquals(one, other);
    assertNotEquals(one, other.k(7));
    assertNotEquals(one.k(7), other.oversample(2));
    assertEquals(one.oversample(2), other);
    assertNotEquals(one, other.exact());
    assertNotEquals(one, other.filter(new BoolQueryBuilder()));
  }

  /** A filter goes into the search of neighbours, so that k of them are found. */
  @Override
  public void testFilter() {
    DenseQueryBuilder query = new DenseQueryBuilder(QueriesPlugin.ENCODER, DENSE);
    assertSame(query, query.filter(null));
    assertSame(query, query.filter(QueryBuilders.matchAllQuery()));
    assertThat(
        query.vector(randomVector(8)).toString().replace(" ", ""), containsString("\"filter\""));
    String both = query.filter(new TermQueryBuilder("f", "v")).toString();
    assertThat(both, containsString("match_all"));
    assertThat(both, containsString("\"term\""));
  }

  public void testKMayComeInQuotes() throws IOException {
    assertEquals(
        parseQuery("{\"dense\": {\"f\": {" + vectorJson() + ", \"k\": 7}}}"),
        parseQuery("{\"dense\": {\"f\": {" + vectorJson() + ", \"k\": \"7\"}}}"));
  }

  public void testCandidatesAreSoManyTimesTheNeighbors() throws IOException {
    DenseQueryBuilder query =
        new DenseQueryBuilder(QueriesPlugin.ENCODER, DENSE).vector(randomVector(8));
    QueryShardContext context = createShardContext();
    assertTrue("floats need no second look", query.toQuery(context) instanceof NearestVectorsQuery);
    assertEquals(11, candidates(query.k(10).oversample(1.1f), context));
    assertEquals(12, candidates(query.oversample(1.11f), context));
    assertEquals(1000, candidates(query.oversample(100), context));
    assertEquals(100_000, candidates(query.k(DenseQueryBuilder.MAX_K), context));
  }

  private static int candidates(DenseQueryBuilder query, QueryShardContext context)
      throws IOException {
    NearestVectorsQuery found = ((OversampledVectorsQuery) query.toQuery(context)).candidates();
    return ((KnnFloatVectorQuery) found.nearest()).getK();
  }

  public void testRewritesTheFilter() throws IOException {
    DenseQueryBuilder query =
        new DenseQueryBuilder(QueriesPlugin.ENCODER, DENSE)
            .text(randomText(), null)
            .filter(new WrapperQueryBuilder("{\"match_all\": {}}"));
    DenseQueryBuilder rewritten = (DenseQueryBuilder) coordinate(query);
    assertThat(rewritten.toString(), containsString("match_all"));
    assertThat(rewritten.toString(), containsString("\"vector\""));
  }

  public void testVectorsMustFitTheField() {
    QueryShardContext context = createShardContext();
    IllegalArgumentException dimension =
        expectThrows(
            IllegalArgumentException.class,
            () -> newQuery(DENSE).vector(new float[] {1, 2}).toQuery(context));
    assertThat(dimension.getMessage(), containsString("8 dimensions, got [2]"));
    IllegalArgumentException zero =
        expectThrows(
            IllegalArgumentException.class,
            () -> newQuery(DENSE).vector(new float[8]).toQuery(context));
    assertThat(zero.getMessage(), containsString("all zeros"));
    float[] long8 = new float[8];
    long8[3] = 1e30f;
    IllegalArgumentException tooLong =
        expectThrows(
            IllegalArgumentException.class,
            () -> newQuery(DOT_PRODUCT).vector(long8).toQuery(context));
    assertThat(tooLong.getMessage(), containsString("squared length"));
  }

  private QueryBuilder summed(Map<String, Float> texts) throws IOException {
    return coordinate(
        new DenseQueryBuilder(QueriesPlugin.ENCODER, DENSE)
            .texts(
                texts.entrySet().stream()
                    .map(text -> new WeightedText(text.getKey(), text.getValue()))
                    .toList(),
                null));
  }

  private void assertVector(double[] expected, QueryBuilder query) throws IOException {
    List<?> vector;
    try (XContentParser parser = createParser(JsonXContent.jsonXContent, query.toString())) {
      Map<?, ?> fields = (Map<?, ?>) parser.map().get(DenseQueryBuilder.NAME);
      vector = (List<?>) ((Map<?, ?>) fields.get(DENSE)).get("vector");
    }
    for (int d = 0; d < vector.size(); d++) {
      double value = d < expected.length ? expected[d] : 0;
      assertEquals(value, ((Number) vector.get(d)).doubleValue(), 1e-6);
    }
  }

  /** The model gives "ab" the second and the third dimension, "cccc" four times the fourth. */
  public void testTextsGiveTheDirectionOfTheSumOfTheirDirections() throws IOException {
    double half = Math.sqrt(0.5);
    double root = Math.sqrt(5);
    assertVector(
        new double[] {0, half / root, half / root, 2 / root}, summed(Map.of("ab", 1f, "cccc", 2f)));
    double length = Math.sqrt((half - 0.5) * (half - 0.5) + 0.5);
    assertVector(
        new double[] {0, (half - 0.5) / length, half / length},
        summed(Map.of("ab", 1f, "a", -0.5f)));
    assertVector(new double[] {0, half, half}, summed(Map.of("ab", 3f)));
  }

  public void testTextsThatCancelEachOtherOutFindNothing() throws IOException {
    assertEquals(new MatchNoneQueryBuilder(), summed(Map.of("ab", 1f, "aabb", -1f)));
  }
}
