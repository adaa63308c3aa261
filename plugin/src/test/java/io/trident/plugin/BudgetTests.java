/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin;

import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;
import io.trident.query.budget.BudgetReport;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.LoggingDeprecationHandler;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.common.Strings;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.plugins.Plugin;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.test.OpenSearchSingleNodeTestCase;

/** Searches with budgets on a node in this process; a document's MaxSim is known beforehand. */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // the JDK keeps the thread of deadlines
public class BudgetTests extends OpenSearchSingleNodeTestCase {

  private static final int DOCUMENTS = 40;

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    return List.of(TridentPlugin.class);
  }

  /** The i-th document has the cosine i / {@value #DOCUMENTS} and the value -i. */
  private void index(String name, int shards) {
    createIndex(
        name,
        Settings.builder()
            .put("index.codec", "trident")
            .put("index.number_of_shards", shards)
            .build());
    client()
        .admin()
        .indices()
        .preparePutMapping(name)
        .setSource(
            "{\"properties\": {\"value\": {\"type\": \"integer\"}, \"tokens\": {\"type\":"
                + " \"token_vectors\", \"dimension\": 8, \"encoding\": \"float32\"}}}",
            XContentType.JSON)
        .get();
    for (int i = 1; i <= DOCUMENTS; i++) {
      client().prepareIndex(name).setId(Integer.toString(i)).setSource(document(i)).get();
    }
    client().admin().indices().prepareRefresh(name).get();
  }

  private static Map<String, Object> document(int i) {
    double cosine = (double) i / DOCUMENTS;
    double[] vector = {cosine, Math.sqrt(1 - cosine * cosine), 0, 0, 0, 0, 0, 0};
    return Map.of(
        "value",
        DOCUMENTS - i,
        "tokens",
        Map.of("vectors", List.of(vector), "token_ids", List.of(1)));
  }

  private SearchResponse search(String index, String source) throws IOException {
    return search(new SearchRequest(index), source);
  }

  private SearchResponse search(SearchRequest request, String source) throws IOException {
    try (XContentParser parser =
        JsonXContent.jsonXContent.createParser(
            xContentRegistry(), LoggingDeprecationHandler.INSTANCE, source)) {
      return client().search(request.source(SearchSourceBuilder.fromXContent(parser))).actionGet();
    }
  }

  private static String maxSim(String options) {
    return "{\"max_sim\": {\"tokens\": {\"vectors\": [[1, 0, 0, 0, 0, 0, 0, 0]]" + options + "}}}";
  }

  /** The whole answer, and in it what is said of the budgets. */
  private static Map<String, Object> answer(SearchResponse response) {
    return XContentHelper.convertToMap(
        JsonXContent.jsonXContent, Strings.toString(MediaTypeRegistry.JSON, response), true);
  }

  private static void assertCount(int candidates, int skipped, SearchResponse response) {
    Map<String, Object> expected =
        skipped == 0
            ? Map.of("candidates", candidates)
            : Map.of("candidates", candidates, "skipped", skipped);
    assertEquals(Map.of("max_sim", expected), answer(response).get("ext"));
    assertEquals(
        1,
        response.getInternalResponse().getSearchExtBuilders().stream()
            .filter(BudgetReport.class::isInstance)
            .count());
  }

  private static List<String> ids(SearchResponse response) {
    return Arrays.stream(response.getHits().getHits()).map(SearchHit::getId).toList();
  }

  private static List<String> best(int count) {
    return IntStream.range(0, count).mapToObj(i -> Integer.toString(DOCUMENTS - i)).toList();
  }

  public void testAnAmpleBudgetChangesNothingAndIsTold() throws IOException {
    int shards = randomIntBetween(1, 3);
    index("texts", shards);
    SearchResponse response =
        search("texts", "{\"query\": " + maxSim(", \"candidates\": 50, \"budget\": \"1h\"") + "}");
    assertEquals(best(10), ids(response));
    assertCount(DOCUMENTS, 0, response);
    assertNull(answer(response).get("profile"));
  }

  public void testABudgetThatIsOverLeavesTheRest() throws IOException {
    int shards = randomIntBetween(1, 3);
    index("texts", shards);
    String options = ", \"candidates\": 50, \"budget\": \"1nanos\"";
    SearchResponse response = search("texts", "{\"query\": " + maxSim(options) + "}");
    assertEquals(2 * shards, response.getHits().getHits().length);
    assertCount(2 * shards, DOCUMENTS - 2 * shards, response);
    SearchResponse leg =
        search(
            "texts",
            "{\"query\": {\"fusion\": {\"legs\": [{\"query\": {\"match_all\": {}}}, {\"query\": "
                + maxSim(options)
                + "}]}}}");
    assertCount(2 * shards, DOCUMENTS - 2 * shards, leg);
  }

  /** The first query ranks the documents the other way round. */
  public void testARescoringTakesTheHitsInTheirOrder() throws IOException {
    index("texts", 1);
    String rescored =
        "{\"size\": 40, \"query\": {\"function_score\": {\"field_value_factor\": {\"field\":"
            + " \"value\"}}}, \"rescore\": {\"window_size\": 10, \"query\": {\"query_weight\": 0.001,"
            + " \"rescore_query_weight\": 10, \"rescore_query\": "
            + maxSim(", \"budget\": \"%s\"")
            + "}}}";
    SearchResponse all = search("texts", String.format(Locale.ROOT, rescored, "1h"));
    assertEquals(
        search("texts", rescored.replace(", \"budget\": \"%s\"", "")).getHits(), all.getHits());
    assertEquals("10", ids(all).get(0));
    assertCount(10, 0, all);
    SearchResponse some = search("texts", String.format(Locale.ROOT, rescored, "1nanos"));
    assertEquals(List.of("2", "1", "3", "4"), ids(some).subList(0, 4));
    assertCount(2, 8, some);
    assertEquals(0.038 + 10 * 2.0 / DOCUMENTS, some.getHits().getAt(0).getScore(), 1e-5);
    assertEquals(0.037, some.getHits().getAt(2).getScore(), 1e-5);
  }

  public void testTheProfileHasNothingElse() throws IOException {
    int shards = randomIntBetween(1, 2);
    index("texts", shards);
    String query = ", \"query\": " + maxSim(", \"candidates\": 50, \"budget\": \"1h\"") + "}";
    SearchResponse response = search("texts", "{\"profile\": true" + query);
    assertCount(DOCUMENTS, 0, response);
    assertEquals(shards, response.getProfileResults().size());
    response
        .getProfileResults()
        .values()
        .forEach(shard -> assertEquals(1, shard.getQueryProfileResults().size()));
  }

  public void testAnIndexWithoutTheFieldCountsNothing() throws IOException {
    index("texts", 2);
    createIndex("others");
    client().prepareIndex("others").setId("x").setSource("value", 1).get();
    client().admin().indices().prepareRefresh("others").get();
    String source = "{\"query\": " + maxSim(", \"candidates\": 50, \"budget\": \"1h\"") + "}";
    SearchResponse response = search("*", source);
    assertEquals(0, response.getFailedShards());
    assertEquals(best(10), ids(response));
    assertCount(DOCUMENTS, 0, response);
    assertCount(0, 0, search("others", source));
  }

  public void testWhatHasNoBestFirstIsRefused() {
    index("texts", 1);
    String all = maxSim(", \"budget\": \"1h\"");
    assertRefused("[candidates] when it has a [budget]", new SearchRequest("texts"), all);
    String some = maxSim(", \"candidates\": 50, \"budget\": \"1h\"");
    assertRefused("with [scroll]", new SearchRequest("texts").scroll("1m"), some);
  }

  private void assertRefused(String reason, SearchRequest request, String query) {
    Exception refused =
        expectThrows(Exception.class, () -> search(request, "{\"query\": " + query + "}"));
    String shown = ExceptionsHelper.stackTrace(refused);
    assertTrue(shown, shown.contains(reason));
    assertEquals(400, ExceptionsHelper.status(refused).getStatus());
  }
}
