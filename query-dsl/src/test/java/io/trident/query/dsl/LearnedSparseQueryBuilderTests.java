/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import static org.hamcrest.Matchers.containsString;

import io.trident.models.api.SparseVector;
import io.trident.query.lucene.Approximation;
import io.trident.query.lucene.LearnedSparseQuery;
import io.trident.query.mapper.ImpactVectorFieldMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryShardContext;

/** The query {@code learned_sparse}. */
public class LearnedSparseQueryBuilderTests
    extends EncodedQueryTestCase<LearnedSparseQueryBuilder> {

  @Override
  String name() {
    return "learned_sparse";
  }

  @Override
  List<String> fields() {
    return List.of(SPARSE);
  }

  @Override
  LearnedSparseQueryBuilder newQuery(String field) {
    LearnedSparseQueryBuilder query = exact(field).idf(randomBoolean());
    return randomBoolean()
        ? query
        : query.approximate(
            new Approximation(
                0.1f + 0.9f * randomFloat(), randomIntBetween(1, 1_000), 1 + randomFloat()));
  }

  private static LearnedSparseQueryBuilder exact(String field) {
    return new LearnedSparseQueryBuilder(QueriesPlugin.ENCODER, field);
  }

  @Override
  LearnedSparseQueryBuilder withVector(LearnedSparseQueryBuilder query) {
    Map<String, Float> tokens = new HashMap<>();
    for (int i = randomIntBetween(1, 8); i > 0; i--) {
      tokens.put(randomUnicodeOfLengthBetween(1, 5), 0.01f + randomFloat());
    }
    return query.tokens(tokens);
  }

  @Override
  String vectorJson() {
    return "\"tokens\": {\"river\": 1.5}";
  }

  @Override
  Map<String, List<String>> refusedVectors() {
    Map<String, List<String>> refused = new LinkedHashMap<>();
    refused.put("\"tokens\": null", List.of("[tokens]", "VALUE_NULL"));
    refused.put("\"tokens\": [[\"river\"]]", List.of("[tokens]", "START_ARRAY"));
    refused.put("\"tokens\": [null]", List.of("[tokens]", "VALUE_NULL"));
    refused.put("\"tokens\": [\"\"]", List.of("32762 bytes", "[0]"));
    refused.put("\"tokens\": [1], \"idf\": 1", List.of("true or false", "[idf]"));
    refused.put("\"tokens\": {\"river\": -1}", List.of("token [river]", "[-1.0]"));
    refused.put("\"tokens\": {\"river\": 1e40}", List.of("token [river]", "[Infinity]"));
    refused.put("\"tokens\": {\"river\": \"x\"}", List.of("token [river]", "number", "[x]"));
    refused.put("\"tokens\": {\"river\": null}", List.of("token [river]", "VALUE_NULL"));
    refused.put("\"tokens\": {\"river\": {}}", List.of("token [river]", "START_OBJECT"));
    refused.put("\"tokens\": {\"\": 1}", List.of("32762 bytes", "[0]"));
    String approximate = vectorJson() + ", \"approximate\": ";
    refused.put(approximate + "true", List.of("[approximate]", "VALUE_BOOLEAN"));
    refused.put(approximate + "{\"mass\": 2}", List.of("[mass]", "[2.0]"));
    refused.put(approximate + "{\"blocks\": 0}", List.of("[blocks]", "[0]"));
    refused.put(approximate + "{\"overestimate\": 0.5}", List.of("[overestimate]", "[0.5]"));
    refused.put(approximate + "{\"recall\": 1}", List.of("does not support [recall]"));
    return refused;
  }

  private static Writeable stream(List<String> tokens, float... weights) {
    return out -> {
      out.writeStringCollection(tokens);
      out.writeFloatArray(weights);
    };
  }

  @Override
  Map<Writeable, List<String>> refusedStreams() {
    List<String> many = new ArrayList<>();
    for (int i = 0; i <= ImpactVectorFieldMapper.MAX_TOKENS; i++) {
      many.add("t" + i);
    }
    return Map.of(
        stream(List.of("a"), Float.NaN),
        List.of("token [a]", "[NaN]"),
        stream(List.of("a"), -1),
        List.of("token [a]", "[-1.0]"),
        stream(List.of("a"), 0),
        List.of("positive weights", "[0] of [1]"),
        stream(List.of("a", "a"), 1, 2),
        List.of("distinct tokens", "[1] of [2]"),
        stream(List.of("a", "b"), 1),
        List.of("one weight per token", "[1] of [2]"),
        stream(List.of(""), 1),
        List.of("32762 bytes", "[0]"),
        stream(many, new float[many.size()]),
        List.of("65535 tokens", "[65536]"));
  }

  @Override
  protected void doAssertLuceneQuery(
      LearnedSparseQueryBuilder query, Query lucene, QueryShardContext context) {
    assertTrue(
        fields().contains(query.field())
            ? lucene instanceof LearnedSparseQuery
            : lucene instanceof MatchNoDocsQuery);
  }

  public void testWhatIsNotGivenIsExact() throws Exception {
    assertEquals(
        withJson("\"tokens\": {\"a\": 1}, \"approximate\": {\"blocks\": 7}"),
        exact(SPARSE).tokens(Map.of("a", 1f)).approximate(new Approximation(1, 7, 1)));
  }

  public void testAListOfTokensAndNumbers() throws Exception {
    assertEquals(
        withJson("\"tokens\": [\"sand\", 2043, 17], \"idf\": true"),
        exact(SPARSE).tokens(Map.of("sand", 1f, "2043", 1f, "17", 1f)).idf(true));
  }

  private QueryBuilder withJson(String body) throws IOException {
    return parseQuery("{\"learned_sparse\": {\"" + SPARSE + "\": {" + body + "}}}");
  }

  public void testAWeightOfZeroSaysThatTheTokenIsAbsent() throws Exception {
    assertEquals(
        exact(SPARSE).tokens(Map.of("a", 1f)), exact(SPARSE).tokens(Map.of("a", 1f, "b", 0f)));
    Query nothing = newQuery(SPARSE).tokens(Map.of("b", 0f)).toQuery(createShardContext());
    assertTrue(nothing instanceof MatchNoDocsQuery);
  }

  private static LearnedSparseQueryBuilder query() {
    return new LearnedSparseQueryBuilder(QueriesPlugin.ENCODER, SPARSE);
  }

  /** The model gives a word the weight of its length. */
  public void testWeightsOfTextsAddUp() throws IOException {
    QueryBuilder summed =
        coordinate(
            query()
                .texts(
                    List.of(new WeightedText("ab ccc", 1), new WeightedText("ab d", 0.5f)), null));
    assertEquals(
        query().tokens(Map.of("ab", 3f, "ccc", 3f, "d", 0.5f)).toString(), summed.toString());
  }

  public void testSumsThatAreNoNumbersAreRefused() {
    WeightedText heavy = new WeightedText("ab", Float.MAX_VALUE);
    IllegalArgumentException refused =
        expectThrows(
            IllegalArgumentException.class,
            () -> coordinate(query().texts(List.of(heavy, heavy), null)));
    assertThat(refused.getMessage(), containsString("[learned_sparse] on field [" + SPARSE));
  }

  public void testATextOfWeightZeroIsAsIfItWereNotThere() throws IOException {
    List<WeightedText> texts = List.of(new WeightedText("ab", 1), new WeightedText("d", 0));
    assertEquals(
        query().tokens(Map.of("ab", 2f)).toString(),
        coordinate(query().texts(texts, null)).toString());
  }

  private static SparseVector moved(
      Map<String, Float> query, Feedback feedback, List<Map<String, Float>> documents) {
    VectorParts<SparseVector> parts = new VectorParts<>();
    documents.forEach(document -> parts.add(SparseVector.of(document), 1f / documents.size()));
    return query().moved(SparseVector.of(query), parts, feedback);
  }

  private static Feedback feedback(float weight, int terms) {
    return new Feedback(3, weight, terms, null, null);
  }

  private static void assertWeights(Map<String, Float> expected, SparseVector vector) {
    assertEquals(List.copyOf(new TreeMap<>(expected).keySet()), vector.tokens());
    for (int i = 0; i < vector.size(); i++) {
      assertEquals(expected.get(vector.tokens().get(i)), vector.weight(i), 1e-6);
    }
  }

  /** The mean has b and c with 2 and d with 0.5; the query's weights sum to 4. */
  public void testFeedbackAddsTheHeaviestTokensOfTheMeanInProportionToTheQuery() {
    Map<String, Float> query = Map.of("a", 2f, "b", 2f);
    List<Map<String, Float>> documents =
        List.of(Map.of("b", 4f, "c", 2f), Map.of("c", 2f, "d", 1f));
    assertWeights(Map.of("a", 2f, "b", 3f, "c", 1f), moved(query, feedback(0.5f, 2), documents));
    assertWeights(Map.of("a", 2f, "b", 6f), moved(query, feedback(1, 1), documents));
    assertWeights(
        Map.of("a", 2f, "b", 2f + 8 / 4.5f, "c", 8 / 4.5f, "d", 2 / 4.5f),
        moved(query, feedback(1, 30), documents));
  }
}
