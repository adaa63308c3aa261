/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin;

import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;
import io.trident.plugin.fusion.DeleteProfileAction;
import io.trident.plugin.fusion.FitAction;
import io.trident.plugin.fusion.FitRequest;
import io.trident.plugin.fusion.FusionAnswer;
import io.trident.plugin.fusion.FusionProfiles;
import io.trident.plugin.fusion.GetProfilesAction;
import io.trident.plugin.fusion.ProfileRequest;
import io.trident.query.fusion.FusionProfile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.support.PlainActionFuture;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.common.xcontent.support.XContentMapValues;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.Strings;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.plugins.Plugin;
import org.opensearch.search.SearchHit;
import org.opensearch.tasks.CancellableTask;
import org.opensearch.tasks.Task;
import org.opensearch.test.OpenSearchSingleNodeTestCase;
import org.opensearch.transport.client.node.NodeClient;

/** Fits on a node in this process. */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // the JDK keeps the thread of deadlines
public class FitActionTests extends OpenSearchSingleNodeTestCase {

  private static final int TOPICS = 12;

  private static final String QUERY =
      """
      {"fusion": {"legs": [
        {"name": "good", "query": {"match": {"good": "{{query}}"}}},
        {"name": "noise", "weight": 3, "query": {"match": {"noise": "{{query}}"}}}]}}
      """;

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    return List.of(TridentPlugin.class);
  }

  /** Documents of a topic have it in one field, and the word of another topic in the other one. */
  private void index(String name) {
    createIndex(name);
    for (int i = 0; i < 3 * TOPICS; i++) {
      client()
          .prepareIndex(name)
          .setId(Integer.toString(i))
          .setSource("good", "topic" + i % TOPICS, "noise", "topic" + (i + 5) % TOPICS)
          .get();
    }
    client().admin().indices().prepareRefresh(name).get();
  }

  private static String judgment(int topic, String form) {
    return String.format(
        Locale.ROOT,
        form,
        "topic" + topic,
        Integer.toString(topic),
        Integer.toString(topic + TOPICS));
  }

  private static List<String> judgments(String form) {
    List<String> judgments = new ArrayList<>();
    for (int topic = 0; topic < TOPICS; topic++) {
      judgments.add(judgment(topic, form));
    }
    return judgments;
  }

  private static List<String> judgments() {
    return judgments(
        "{\"query\": \"%s\", \"ratings\": [{\"_id\": \"%s\", \"rating\": 2},"
            + " {\"_id\": \"%s\", \"rating\": 1}]}");
  }

  private static String body(String rest) {
    return "{\"index\": \"texts\", \"query\": "
        + QUERY
        + ", \"judgments\": "
        + judgments()
        + rest
        + "}";
  }

  private static FitRequest request(String body) throws IOException {
    return new FitRequest(new BytesArray(body), XContentType.JSON);
  }

  private Map<String, Object> fit(String body) throws IOException {
    FusionAnswer answer = client().execute(FitAction.TYPE, request(body)).actionGet();
    return XContentHelper.convertToMap(
        JsonXContent.jsonXContent, Strings.toString(MediaTypeRegistry.JSON, answer), true);
  }

  private static Object value(Map<String, Object> answer, String path) {
    return XContentMapValues.extractValue(path, answer);
  }

  private static double number(Map<String, Object> answer, String path) {
    return ((Number) value(answer, path)).doubleValue();
  }

  private static double weight(Map<String, Object> answer, int leg) {
    List<?> legs = (List<?>) value(answer, "fitted.settings.legs");
    return ((Number) ((Map<?, ?>) legs.get(leg)).get("weight")).doubleValue();
  }

  private FusionAnswer profiles(String name) {
    return client().execute(GetProfilesAction.TYPE, new ProfileRequest(name, null)).actionGet();
  }

  private List<String> search(String query) {
    return Arrays.stream(
            client()
                .prepareSearch("texts")
                .setQuery(QueryBuilders.wrapperQuery(query))
                .get()
                .getHits()
                .getHits())
        .map(SearchHit::getId)
        .toList();
  }

  public void testWhatIsBetterIsStoredAndSearchesUseIt() throws IOException {
    index("texts");
    Map<String, Object> answer = fit(body(", \"name\": \"mine\", \"windows\": [5, 200]"));
    String shown = answer.toString();
    assertTrue(shown, weight(answer, 0) > weight(answer, 1));
    assertTrue(shown, number(answer, "fitted.value") > number(answer, "present.value"));
    assertEquals(shown, 100, number(answer, "present.settings.window"), 0);
    assertEquals(shown, TOPICS, number(answer, "queries.answered"), 0);
    assertEquals(shown, true, answer.get("stored"));
    FusionProfile stored =
        new FusionProfiles(
                () ->
                    client()
                        .admin()
                        .cluster()
                        .prepareState()
                        .get()
                        .getState()
                        .metadata()
                        .settings())
            .all()
            .get("mine");
    assertEquals(shown, value(answer, "fitted.settings").toString(), mapOf(stored).toString());
    String bare = QUERY.replace("\"weight\": 3, ", "").replace("{{query}}", "topic4");
    String named = bare.replace("{\"legs\"", "{\"profile\": \"mine\", \"legs\"");
    assertNotEquals(
        List.of("4", "16", "28"), search(QUERY.replace("{{query}}", "topic4")).subList(0, 3));
    assertEquals(List.of("16", "28", "4"), search(named).subList(0, 3));
    client().execute(DeleteProfileAction.TYPE, new ProfileRequest("mine", null)).actionGet();
    assertRefused("[mine] is not stored", () -> profiles("mine"));
    assertRefused("[profile] must be one of [], got [mine]", () -> search(named));
  }

  /** Topics without documents are noise: no field has them, but each query finds a word. */
  public void testAMapToRelevanceIsFittedAndSearchesUseIt() throws IOException {
    index("texts");
    for (int i = 0; i < 6; i++) {
      client()
          .prepareIndex("texts")
          .setId("common" + i)
          .setSource("good", "the a of in it with some more words", "noise", "the")
          .get();
    }
    client().admin().indices().prepareRefresh("texts").get();
    List<String> all = new ArrayList<>();
    for (String judgment : judgments()) {
      all.add(judgment.replace("\"query\": \"topic", "\"query\": \"the topic"));
      all.add("{\"query\": \"the foreign\", \"ratings\": []}");
    }
    String body =
        body(", \"name\": \"cut\", \"min_relevance\": {\"precision\": 0.6}")
            .replace(judgments().toString(), all.toString());
    Map<String, Object> answer = fit(body);
    String shown = answer.toString();
    assertEquals(shown, 2 * TOPICS, number(answer, "queries.judged"), 0);
    assertEquals(shown, TOPICS, number(answer, "queries.used"), 0);
    assertEquals(shown, true, answer.get("stored"));
    assertTrue(shown, number(answer, "min_relevance.legs.good") > 0);
    assertTrue(shown, number(answer, "min_relevance.cut.precision") >= 0.6);
    assertEquals(shown, TOPICS, number(answer, "min_relevance.empty.without_relevant"), 0);
    assertEquals(shown, 0, number(answer, "min_relevance.empty.with_relevant"), 0);
    assertTrue(
        shown,
        number(answer, "min_relevance.average_precision")
            >= number(answer, "min_relevance.fused_average_precision"));
    String named =
        QUERY.replace(
            "{\"legs\"",
            "{\"profile\": \"cut\", \"min_relevance\": {\"probability\": "
                + number(answer, "min_relevance.cut.probability")
                + "}, \"legs\"");
    assertEquals(List.of(), search(named.replace("{{query}}", "the foreign")));
    assertTrue(shown, search(named.replace("{{query}}", "the topic4")).contains("4"));
    client().execute(DeleteProfileAction.TYPE, new ProfileRequest("cut", null)).actionGet();
  }

  private static Map<String, Object> mapOf(FusionProfile profile) {
    return XContentHelper.convertToMap(JsonXContent.jsonXContent, profile.toJson(), true);
  }

  private static void assertRefused(String reason, ThrowingRunnable request) {
    Exception refused = expectThrows(Exception.class, request);
    String shown = ExceptionsHelper.stackTrace(refused);
    assertTrue(shown, shown.contains(reason));
    int status = ExceptionsHelper.status(ExceptionsHelper.unwrapCause(refused)).getStatus();
    assertTrue(shown, status >= 400 && status < 500);
  }

  public void testJudgmentsInEveryFormGiveTheSameFit() throws IOException {
    index("texts");
    Map<String, Object> expected = fit(body(""));
    String requests =
        judgments(
                "{\"id\": \"%1$s\", \"request\": {\"size\": 5, \"query\": "
                    + QUERY.replace("{{query}}", "%1$s")
                    + "}, \"ratings\": [{\"_index\": \"texts\", \"_id\": \"%2$s\", \"rating\": 2},"
                    + " {\"_index\": \"texts\", \"_id\": \"%3$s\", \"rating\": 1}]}")
            .toString();
    assertEquals(
        expected,
        fit("{\"index\": [\"texts\"], \"requests\": " + requests + ", \"metric\": {\"dcg\": {}}}"));
    List<String> stored =
        judgments(
            "{\"query\": \"%s\", \"ratings\": [{\"docId\": \"%s\", \"rating\": \"2.000\"},"
                + " {\"docId\": \"%s\", \"rating\": \"1.000\"}]}");
    for (String name : List.of("first list", "first list of two")) {
      client()
          .prepareIndex("judgments")
          .setId("id of " + name)
          .setSource(
              "{\"name\": \"" + name + "\", \"metadata\": {}, \"judgmentRatings\": " + stored + "}",
              XContentType.JSON)
          .setRefreshPolicy(RefreshPolicy.IMMEDIATE)
          .get();
    }
    String from =
        "{\"index\": \"texts\", \"query\": "
            + QUERY
            + ", \"judgments\": {\"index\": \"judgments\"%s}}";
    for (String which :
        List.of(", \"name\": \"first list\"", ", \"id\": \"id of first list of two\"")) {
      assertEquals(expected, fit(String.format(Locale.ROOT, from, which)));
    }
    assertRefused("got [2]", () -> fit(String.format(Locale.ROOT, from, "")));
    assertRefused("got [0]", () -> fit(String.format(Locale.ROOT, from, ", \"id\": \"x\"")));
    assertRefused(
        "must have the same legs",
        () ->
            fit(
                "{\"index\": \"texts\", \"requests\": "
                    + requests.replaceFirst("\"weight\": 3", "\"weight\": 2")
                    + "}"));
    assertRefused(
        "nothing else that changes a ranking",
        () ->
            fit(
                "{\"index\": \"texts\", \"requests\": "
                    + requests.replaceFirst("\"size\": 5", "\"min_score\": 5")
                    + "}"));
  }

  public void testWhatCannotBeFittedIsRefused() {
    index("texts");
    assertRefused("must have [judgments]", () -> fit("{\"index\": \"texts\", \"query\": {}}"));
    assertRefused("must have an [index]", () -> fit("{}"));
    assertRefused("a placeholder", () -> fit(body("").replace("{{query}}", "topic1")));
    assertRefused("placeholder [author]", () -> fit(body("").replace("{{query}}", "{{author}}")));
    assertRefused("got [12] for [13] folds", () -> fit(body(", \"folds\": 13")));
    assertRefused("[folds] of 2 to 100, got [1]", () -> fit(body(", \"folds\": 1")));
    assertRefused("[windows] of 1 to 10000, got [0]", () -> fit(body(", \"windows\": [0]")));
    assertRefused("[cross_encoder] alone", () -> fit(body(", \"ext\": {}")));
    assertRefused("got [2.0]", () -> fit(body(", \"min_relevance\": {\"precision\": 2}")));
    assertRefused("support [least]", () -> fit(body(", \"min_relevance\": {\"least\": 2}")));
    assertRefused("[cross_encoder] alone", () -> fit(body(", \"ext\": {\"mine\": {}}")));
    assertRefused("must have a [query]", () -> fit(body(", \"ext\": {\"cross_encoder\": {}}")));
    assertRefused(
        "[window] of at most [500]",
        () ->
            fit(
                body(
                    ", \"ext\": {\"cross_encoder\": {\"query\": \"{{query}}\", \"field\": \"good\","
                        + " \"window\": 501}}")));
    assertRefused(
        "[missing] must have [zero]",
        () -> fit(body("").replace("\"fusion\": {", "\"fusion\": {\"missing\": \"score\", ")));
    assertRefused("no such index [lost]", () -> fit(body("").replace("\"texts\"", "\"lost\"")));
    assertRefused("no leg found", () -> fit(body("").replace("_id\": \"", "_id\": \"x")));
    assertRefused("a-z", () -> fit(body(", \"name\": \"Loud\"")));
    assertRefused(
        "[rating]", () -> fit(body("").replaceFirst("\"rating\": 2", "\"rating\": \"x\"")));
    assertRefused(
        "must hold one [fusion]",
        () -> fit(body("").replace(QUERY, "{\"match\": {\"good\": \"{{query}}\"}}")));
  }

  public void testSearchesHaveTheContextOfTheCaller() throws IOException {
    index("texts");
    ThreadContext context = client().threadPool().getThreadContext();
    AtomicReference<String> seen = new AtomicReference<>();
    try (ThreadContext.StoredContext ignored = context.stashContext()) {
      context.putHeader("caller", "somebody");
      PlainActionFuture<FusionAnswer> answer = new PlainActionFuture<>();
      client()
          .execute(
              FitAction.TYPE,
              request(body("")),
              ActionListener.runBefore(answer, () -> seen.set(context.getHeader("caller"))));
      answer.actionGet();
    }
    assertEquals("somebody", seen.get());
  }

  public void testACancelledFitEndsAndStoresNothing() throws Exception {
    index("texts");
    List<String> many = new ArrayList<>();
    for (int round = 0; round < 40; round++) {
      many.addAll(judgments());
    }
    String body =
        body(", \"name\": \"never\", \"folds\": 50, \"windows\": [10, 20, 30, 40]")
            .replace(judgments().toString(), many.toString());
    PlainActionFuture<FusionAnswer> answer = new PlainActionFuture<>();
    NodeClient node = (NodeClient) client();
    Task task = node.executeLocally(FitAction.TYPE, request(body), answer);
    assertTrue(task instanceof CancellableTask);
    client()
        .admin()
        .cluster()
        .prepareCancelTasks()
        .setTaskId(new TaskId(node.getLocalNodeId(), task.getId()))
        .get();
    Exception ended = expectThrows(Exception.class, answer::actionGet);
    String shown = ExceptionsHelper.stackTrace(ended);
    assertTrue(shown, shown.contains("cancelled"));
    assertRefused("[never] is not stored", () -> profiles("never"));
  }
}
