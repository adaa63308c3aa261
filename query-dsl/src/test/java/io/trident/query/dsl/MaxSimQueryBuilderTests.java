package io.trident.query.dsl;

import static org.hamcrest.Matchers.containsString;

import io.trident.query.lucene.MaxSimQuery;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.index.query.QueryShardContext;

/** The query {@code max_sim}. */
public class MaxSimQueryBuilderTests extends EncodedQueryTestCase<MaxSimQueryBuilder> {

  @Override
  String name() {
    return "max_sim";
  }

  @Override
  List<String> fields() {
    return List.of(TOKENS);
  }

  @Override
  MaxSimQueryBuilder newQuery(String field) {
    return new MaxSimQueryBuilder(QueriesPlugin.ENCODER, field);
  }

  @Override
  MaxSimQueryBuilder withVector(MaxSimQueryBuilder query) {
    float[][] vectors = new float[randomIntBetween(1, 5)][];
    for (int i = 0; i < vectors.length; i++) {
      vectors[i] = randomVector(8);
    }
    return query.vectors(vectors);
  }

  @Override
  String vectorJson() {
    return "\"vectors\": [[1, 2, 3, 4, 5, 6, 7, 8]]";
  }

  @Override
  Map<String, List<String>> refusedVectors() {
    Map<String, List<String>> refused = new LinkedHashMap<>();
    refused.put("\"vectors\": null", List.of("[vectors]", "VALUE_NULL"));
    refused.put("\"vectors\": {}", List.of("[vectors]", "START_OBJECT"));
    refused.put("\"vectors\": []", List.of("1 to 1024 vectors", "[0]"));
    refused.put("\"vectors\": [[]]", List.of("1 to 1024 dimensions", "[0]"));
    refused.put("\"vectors\": [[1], []]", List.of("1 to 1024 dimensions", "[0]"));
    refused.put("\"vectors\": [1]", List.of("array of numbers", "VALUE_NUMBER"));
    refused.put("\"vectors\": [[1, 2], [1]]", List.of("2 dimensions", "[1]"));
    refused.put("\"vectors\": [[1, null]]", List.of("element [1]", "VALUE_NULL"));
    refused.put("\"vectors\": [[1, -1e40]]", List.of("element [1]", "finite"));
    refused.put("\"vectors\": [[1e30]]", List.of("squared length", "[Infinity]"));
    refused.put(
        "\"vectors\": [[1]" + ", [1]".repeat(1024) + "]", List.of("1024 vectors", "[1025]"));
    refused.put(
        "\"vectors\": [[1" + ", 1".repeat(1024) + "]]", List.of("1024 dimensions", "[1025]"));
    return refused;
  }

  private static Writeable stream(int dimension, float... values) {
    return out -> {
      out.writeVInt(dimension);
      out.writeFloatArray(values);
    };
  }

  @Override
  Map<Writeable, List<String>> refusedStreams() {
    return Map.of(
        stream(2, 1, Float.POSITIVE_INFINITY),
        List.of("element [1]", "[Infinity]"),
        stream(0, 1, 2),
        List.of("1 to 1024 dimensions", "[0]"),
        stream(1025, new float[1025]),
        List.of("1 to 1024 dimensions", "[1025]"),
        stream(2, 1, 2, 3),
        List.of("2 dimensions"),
        stream(1, new float[1025]),
        List.of("1024 vectors", "[1025]"));
  }

  @Override
  protected void doAssertLuceneQuery(
      MaxSimQueryBuilder query, Query lucene, QueryShardContext context) {
    assertTrue(
        fields().contains(query.field())
            ? lucene instanceof MaxSimQuery
            : lucene instanceof MatchNoDocsQuery);
  }

  public void testVectorsMustFitTheField() {
    IllegalArgumentException dimension =
        expectThrows(
            IllegalArgumentException.class,
            () ->
                newQuery(TOKENS)
                    .vectors(new float[][] {{1, 2}, {3, 4}})
                    .toQuery(createShardContext()));
    assertThat(dimension.getMessage(), containsString("8 dimensions, got [2]"));
  }

  public void testATextWithoutTokensMatchesNothing() throws Exception {
    MaxSimQueryBuilder query = (MaxSimQueryBuilder) coordinate(newQuery(TOKENS).text(" ", null));
    assertTrue(query.toQuery(createShardContext()) instanceof MatchNoDocsQuery);
    assertSerialization(query);
  }
}
