/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import static org.hamcrest.Matchers.containsString;

import io.trident.query.lucene.MaxSimQuery;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.index.query.TermQueryBuilder;
import org.opensearch.index.query.WrapperQueryBuilder;

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
    MaxSimQueryBuilder query = new MaxSimQueryBuilder(QueriesPlugin.ENCODER, field);
    if (randomBoolean()) {
      query.match(TokenMatch.SAME_TOKEN);
    } else if (randomBoolean()) {
      query.candidates(randomIntBetween(1, MaxSimQueryBuilder.MAX_CANDIDATES));
    }
    if (randomBoolean()) {
      query.units(randomBoolean(), randomIntBetween(1, 100));
    }
    if (randomBoolean()) {
      query.probes(randomIntBetween(1, MaxSimQueryBuilder.MAX_PROBES));
    }
    return randomBoolean()
        ? query
        : query.filter(new TermQueryBuilder(KEYWORD_FIELD_NAME, randomAlphaOfLength(3)));
  }

  @Override
  MaxSimQueryBuilder withVector(MaxSimQueryBuilder query) {
    float[][] vectors = new float[randomIntBetween(1, 5)][];
    for (int i = 0; i < vectors.length; i++) {
      vectors[i] = randomVector(8);
    }
    if (query.match() == TokenMatch.SAME_TOKEN || randomBoolean()) {
      return query.vectors(vectors, random().ints(vectors.length, 0, 30_000).toArray());
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
    refused.put(vectorJson() + ", \"candidates\": 0", List.of("[candidates]", "100000", "[0]"));
    refused.put(vectorJson() + ", \"candidates\": 100001", List.of("[candidates]", "[100001]"));
    refused.put(vectorJson() + ", \"candidates\": 1.5", List.of("whole number", "[1.5]"));
    refused.put(vectorJson() + ", \"probes\": 0", List.of("[probes]", "4096", "[0]"));
    refused.put(vectorJson() + ", \"probes\": \"two\"", List.of("[probes]", "[two]"));
    refused.put(vectorJson() + ", \"units\": 3", List.of("[units]", "VALUE_NUMBER"));
    refused.put(vectorJson() + ", \"units\": {\"size\": 3}", List.of("[units]", "[size]"));
    refused.put(
        vectorJson() + ", \"units\": {\"count\": 101}", List.of("[units.count]", "100", "[101]"));
    refused.put(
        vectorJson() + ", \"units\": {\"score\": \"sum\"}",
        List.of("[units.score]", "[whole] or [best]", "[sum]"));
    refused.put(vectorJson() + ", \"match\": \"same\"", List.of("[any, same_token]", "[same]"));
    refused.put(vectorJson() + ", \"match\": \"same_token\"", List.of("[token_ids]"));
    refused.put("\"text\": \"a\", \"token_ids\": [1]", List.of("[vectors]", "[token_ids]"));
    refused.put(vectorJson() + ", \"token_ids\": [1, 2]", List.of("an id for each", "[2]"));
    refused.put(vectorJson() + ", \"token_ids\": [-1]", List.of("0 or more", "[-1]"));
    refused.put(vectorJson() + ", \"token_ids\": [1.5]", List.of("whole number", "[1.5]"));
    refused.put(
        vectorJson() + ", \"token_ids\": [1" + ", 1".repeat(1024) + "]", List.of("at most 1024"));
    refused.put(
        vectorJson() + ", \"token_ids\": [1], \"match\": \"same_token\", \"candidates\": 5",
        List.of("no [candidates]", "[5]"));
    refused.put(vectorJson() + ", \"filter\": null", List.of("an object"));
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
      out.writeVIntArray(dimension == 7 ? new int[] {1, 2} : new int[0]);
      out.writeStringCollection(dimension == 8 ? List.of("one", "two") : List.of());
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
        stream(8, new float[] {1, 0, 0, 0, 0, 0, 0, 0}),
        List.of("a word for each", "[1]", "[2]"),
        stream(7, new float[7]),
        List.of("an id for each", "[1]", "[2]"),
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

  @Override
  public MaxSimQueryBuilder mutateInstance(MaxSimQueryBuilder instance) throws IOException {
    if (randomBoolean()) {
      return super.mutateInstance(instance);
    }
    return withVector(new MaxSimQueryBuilder(QueriesPlugin.ENCODER, "other_" + instance.field()));
  }

  public void testOptionsTellQueriesApart() {
    float[][] vectors = {randomVector(8)};
    MaxSimQueryBuilder one = new MaxSimQueryBuilder(QueriesPlugin.ENCODER, TOKENS);
    MaxSimQueryBuilder other = new MaxSimQueryBuilder(QueriesPlugin.ENCODER, TOKENS);
    assertEquals(one.vectors(vectors), other.vectors(vectors));
    assertNotEquals(one, other.candidates(7));
    assertEquals(one.candidates(7), other);
    assertNotEquals(one, other.probes(7));
    assertEquals(one.probes(7), other);
    assertNotEquals(one, other.units(false, 3));
    assertEquals(one.units(false, 3), other);
    assertNotEquals(one, other.units(true, 3));
    assertEquals(one.units(true, 3), other);
    assertNotEquals(one, other.match(TokenMatch.SAME_TOKEN));
    assertEquals(one.match(TokenMatch.SAME_TOKEN), other);
    assertNotEquals(one, other.vectors(vectors, new int[] {7}));
    assertEquals(one.vectors(vectors, new int[] {7}), other);
    assertNotEquals(one, other.budget(TimeValue.timeValueMillis(80)));
    assertEquals(one.budget(TimeValue.timeValueMillis(80)), other);
    assertNotEquals(one, other.filter(new BoolQueryBuilder()));
  }

  /** What there is time for changes, so it is not kept for the next request. */
  public void testABudgetTravelsAndIsNotCached() throws IOException {
    MaxSimQueryBuilder query =
        (MaxSimQueryBuilder)
            parseQuery(
                "{\"max_sim\": {\""
                    + TOKENS
                    + "\": {\"vectors\": [[1, 0, 0, 0, 0, 0, 0, 0]], \"budget\": \"80ms\"}}}");
    assertTrue(query.isBudgeted());
    assertThat(query.toString(), containsString("\"80ms\""));
    assertEquals(query, parseQuery(query.toString()));
    assertSerialization(query);
    QueryShardContext context = createShardContext();
    MaxSimQuery lucene = (MaxSimQuery) query.toQuery(context);
    assertEquals(TimeUnit.MILLISECONDS.toNanos(80), lucene.budget().nanos());
    assertFalse(context.isCacheable());
    assertFalse(query.exact().isBudgeted());
  }

  /** A filter goes into the search of candidates, so that as many as asked for are found. */
  @Override
  public void testFilter() {
    MaxSimQueryBuilder query = new MaxSimQueryBuilder(QueriesPlugin.ENCODER, TOKENS);
    assertSame(query, query.filter(null));
    assertSame(query, query.filter(QueryBuilders.matchAllQuery()));
    String both = withVector(query).filter(new TermQueryBuilder("f", "v")).toString();
    assertThat(both, containsString("match_all"));
    assertThat(both, containsString("\"term\""));
  }

  public void testRewritesTheFilter() throws IOException {
    MaxSimQueryBuilder query =
        new MaxSimQueryBuilder(QueriesPlugin.ENCODER, TOKENS)
            .text(randomText(), null)
            .candidates(10)
            .filter(new WrapperQueryBuilder("{\"match_all\": {}}"));
    MaxSimQueryBuilder rewritten = (MaxSimQueryBuilder) coordinate(query);
    assertThat(rewritten.toString(), containsString("match_all"));
    assertThat(rewritten.toString(), containsString("\"candidates\""));
    assertThat(rewritten.toString(), containsString("\"vectors\""));
  }

  public void testVectorsOfTextsStandSideBySide() throws IOException {
    MaxSimQueryBuilder query = new MaxSimQueryBuilder(QueriesPlugin.ENCODER, TOKENS);
    QueryBuilder summed =
        coordinate(
            query.same().texts(List.of(new WeightedText("ab", 1), new WeightedText("c", 1)), null));
    float[][] expected = {{0, 1, 1, 0, 0, 0, 0, 0}, {0, 0, 0, 1, 0, 0, 0, 0}};
    int[] ids = {0, 0};
    assertEquals(query.vectors(expected, ids).toString(), summed.toString());
  }
}
