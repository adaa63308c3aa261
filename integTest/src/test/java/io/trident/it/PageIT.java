/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trident.cluster.Api;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.Before;
import org.junit.BeforeClass;
import org.junit.Test;
import org.openqa.selenium.Keys;

/** The page in a browser, before a real node that a proxy has under a path. */
public class PageIT extends PageTestCase {

  private static final List<String> COMBINATIONS =
      List.of("arithmetic_mean", "geometric_mean", "harmonic_mean", "rrf");
  private static final List<String> NORMALIZATIONS =
      List.of("min_max", "l2", "z_score", "theoretical");

  /** What must be shown as it is. */
  private static final String[] HOSTILE = {
    "hostile <script>document.title = 'owned'</script>",
    "hostile <img src=x onerror=\"document.title = 'owned'\"> &lt;b&gt;",
    "hostile \u202eright to left\u202c שלום عالم",
    "hostile 👩‍👩‍👧 e\u0301 \ud83d\ude00 \ue000no mark\ue001",
    "hostile " + "x".repeat(10_000)
  };

  @BeforeClass
  public static void openPage() throws IOException {
    openBrowser();
    indexArticles();
    ok(
        api,
        "PUT",
        "/hostile",
        "{\"mappings\": {\"properties\": {\"body\": {\"type\": \"text\"}}}}");
    index("hostile", "body", HOSTILE);
    ok(api, "PUT", "/numbers", "{\"mappings\": {\"properties\": {\"n\": {\"type\": \"long\"}}}}");
  }

  @Before
  public void openPageOfArticles() {
    openArticles();
  }

  @Test
  public void testAHitShowsWhatEveryLegGaveIt() throws IOException {
    browser.search(QUERY);
    assertEquals(
        List.of("body", "body · dense", "body · sparse", "body · tokens", "title", "fusion"),
        browser.texts(".column h3"));
    JsonNode search =
        ok(api, "POST", "/articles/_search", browser.find("#request").getDomProperty("value"));
    JsonNode hit = search.path("hits").path("hits").path(0);
    assertEquals("articles " + hit.path("_id").asText(), order().get(0));
    JsonNode legs = hit.path("fields").path("_fusion").path(0).path("legs");
    String card = browser.find("#hits > li").getText();
    for (JsonNode leg : legs) {
      long percent = Math.round(100 * leg.path("share").asDouble());
      assertTrue(percent + " % in " + card, card.contains(" " + percent + " %"));
    }
    assertFalse(browser.texts("#hits > li:first-child mark").isEmpty());
    assertFalse(browser.values(".lines path", "data-key").isEmpty());
    browser.emulate(1300, 1700, false);
    browser.screenshot("page");
  }

  /** What the reader sees while a slider moves is what the node answers afterwards. */
  @Test
  public void testRankingsInTheBrowserAreThoseOfTheNode() {
    for (int round = 0; round < 10; round++) {
      browser.search(QUERY);
      holdAnswers();
      boolean ranksAlone = round == 0; // of which the node has no normalized scores to take
      choose("combination", ranksAlone ? "rrf" : randomFrom(COMBINATIONS));
      choose("normalization", round < 2 ? "min_max" : randomFrom(NORMALIZATIONS));
      for (int leg = 0; leg < 5; leg++) {
        slide(leg, 0.05 * between(1, 60));
      }
      more();
      List<String> here = order();
      List<String> shares = browser.values(".bar", "aria-label");
      assertEquals(TEXTS.length, here.size());
      releaseAnswers();
      browser.search(QUERY);
      more();
      String settings = String.valueOf(browser.run("return location.hash"));
      JsonNode node =
          ok(api, "POST", "/articles/_search", browser.find("#request").getDomProperty("value"));
      assertEquals(
          settings,
          ids(node),
          here.stream().map(key -> key.substring(key.indexOf(' ') + 1)).toList());
      assertEquals(settings, here, order());
      assertEquals(settings, shares, browser.values(".bar", "aria-label"));
    }
  }

  private static void holdAnswers() {
    browser.run("window.realFetch = fetch; window.fetch = () => new Promise(() => {})");
  }

  private static void releaseAnswers() {
    browser.run("window.fetch = window.realFetch");
  }

  @Test
  public void testTheAddressHoldsTheView() {
    choose("combination", "rrf");
    slide(1, 2.5);
    browser.find("#rerank").click();
    browser.search(QUERY);
    List<String> columns = browser.texts(".column");
    assertTrue(String.valueOf(columns), columns.get(columns.size() - 1).startsWith("reranked"));
    String address = String.valueOf(browser.run("return location.href"));
    browser.open(address);
    browser.waitFor("return document.querySelectorAll('#hits > li').length > 0");
    assertEquals(columns, browser.texts(".column"));
    assertEquals(QUERY, browser.find("#text").getDomProperty("value"));
    assertEquals(
        "2.5", browser.find("[data-leg='body_neural.passages.dense']").getDomProperty("value"));
  }

  @Test
  public void testHostileTextsAreShownAsTexts() {
    browser.open(proxy.page() + "#index=hostile&text=hostile");
    browser.waitFor("return document.querySelectorAll('#hits > li').length === 5");
    browser.run("document.querySelectorAll('#hits details').forEach((d) => { d.open = true; })");
    String shown = browser.find("#hits").getDomProperty("textContent");
    for (String text : HOSTILE) {
      assertTrue(text, shown.contains(text));
    }
    assertEquals(
        0L, browser.run("return document.querySelectorAll('#hits script, #hits img').length"));
    assertEquals("Trident: why is this hit here?", browser.run("return document.title"));
    assertFitsTheWidth();
  }

  /** Names that every object of JavaScript has. */
  @Test
  public void testFieldsAndIdsMayHaveAnyName() {
    ok(
        api,
        "PUT",
        "/odd",
        """
        {"mappings": {"properties": {"constructor": {"type": "text"}, "toString": {"type": "text"},
          "valueOf": {"properties": {"__proto__": {"type": "text"}}}}}}
        """);
    ok(api, "PUT", "/odd/_doc/constructor?refresh", "{\"constructor\": \"odd one\"}");
    ok(api, "PUT", "/odd/_doc/__proto__?refresh", "{\"valueOf\": {\"__proto__\": \"odd two\"}}");
    browser.open(proxy.page() + "#index=odd&text=odd");
    browser.waitFor("return document.querySelectorAll('#hits > li').length === 2");
    assertEquals(
        List.of("constructor", "valueOf.__proto__", "fusion"), browser.texts(".column h3"));
    assertTrue(browser.find("#hits").getText().contains("odd two"));
    browser.search("__proto__ odd");
    grade(0, 1);
    assertTrue(browser.texts(".column header p").contains("nDCG@10 1"));
    assertEquals("", browser.find("#problem").getText());
  }

  @Test
  public void testIndicesWithoutVectorsAreSearchedByWords() {
    browser.open(proxy.page() + "#index=hostile&text=hostile");
    browser.waitFor("return document.querySelectorAll('#hits > li').length === 5");
    assertEquals(List.of("body", "title", "fusion"), browser.texts(".column h3"));
  }

  /** With the fields of the index that is written to, which is not the last one by its name. */
  @Test
  public void testAliasesAreSearchedAndJudgedAsIndicesAre() {
    makeText("volume-1", "body", "summary");
    makeText("volume-2", "body");
    ok(
        api,
        "POST",
        "/_aliases",
        """
        {"actions": [
          {"add": {"index": "volume-1", "alias": "volumes", "is_write_index": true}},
          {"add": {"index": "volume-2", "alias": "volumes", "is_write_index": false}},
          {"add": {"index": "volume-*", "alias": "shelf"}}]}
        """);
    ok(api, "PUT", "/volume-1/_doc/1?refresh", "{\"summary\": \"rivers\", \"body\": \"rivers\"}");
    ok(api, "PUT", "/volume-2/_doc/1?refresh", "{\"body\": \"rivers and seas\"}");
    assertSearchedAndJudged("volumes", "body", "summary", "fusion");
    assertSearchedAndJudged("shelf", "body", "fusion");
  }

  @Test
  public void testDataStreamsAreSearchedAndJudgedAsIndicesAre() {
    makeStreams("body");
    ok(api, "POST", "/posts/_doc?refresh", streamed("body"));
    makeStreams("body", "summary");
    ok(api, "POST", "/posts/_rollover", null);
    ok(api, "POST", "/posts/_doc?refresh", streamed("summary"));
    assertSearchedAndJudged("posts", "body", "summary", "fusion");
  }

  private static void makeText(String index, String... fields) {
    ok(api, "PUT", "/" + index, "{\"mappings\": " + textMapping(fields) + "}");
  }

  private static void makeStreams(String... fields) {
    String template =
        "{\"index_patterns\": [\"posts\"], \"data_stream\": {}, \"template\": {\"mappings\": "
            + textMapping(fields)
            + "}}";
    ok(api, "PUT", "/_index_template/posts", template);
  }

  private static String textMapping(String... fields) {
    ObjectNode mapping = Api.JSON.createObjectNode();
    for (String field : fields) {
      mapping.withObject("/properties/" + field).put("type", "text");
    }
    return mapping.toString();
  }

  private static String streamed(String field) {
    return "{\"@timestamp\": \"2026-01-01T00:00:00Z\", \"" + field + "\": \"rivers\"}";
  }

  /** Of two hits the judged one is first, whatever index it is in and id it has. */
  private static void assertSearchedAndJudged(String name, String... columns) {
    browser.open(proxy.page() + "#index=" + name + "&text=rivers");
    browser.waitFor("return document.querySelectorAll('#hits > li').length === 2");
    List<String> names = browser.values("#index option", "value");
    assertTrue(names.toString(), names.contains(name));
    assertEquals(
        names.stream().filter(some -> some.startsWith(".") == false).sorted().toList(), names);
    assertEquals(List.of(columns), browser.texts(".column h3"));
    grade(1, 0);
    grade(0, 1);
    browser.search("rivers");
    assertEquals(List.of("true", "false"), browser.values("[data-grade='1']", "aria-pressed"));
    browser.find("#judgments-panel summary").click();
    browser.find("#evaluate").click();
    browser.waitFor("return document.querySelector('#evaluation').textContent.startsWith('Mean')");
    assertTrue(browser.find("#evaluation").getText().endsWith("these settings: 1."));
  }

  @Test
  public void testWithoutATextToSearchThePageSaysSo() {
    browser.open(proxy.page() + "#index=numbers&text=7");
    assertProblem("[numbers] has no field that a text can be searched in");
    browser.open(proxy.page() + "#index=none&text=7");
    assertProblem("There is no index [none]");
  }

  private static void assertProblem(String words) {
    browser.waitFor("return document.querySelector('#problem').textContent !== ''");
    String problem = browser.find("#problem").getText();
    assertTrue(problem, problem.contains(words));
  }

  @Test
  public void testRefusalsShowTheReasonOfTheNode() {
    browser.search(QUERY);
    browser.find("#request-panel summary").click();
    sendEdited("{\"query\": {\"no_such_query\": {}}}");
    assertProblem("400: unknown query [no_such_query]");
    assertTrue(browser.console().get(0).contains("400"));
    sendEdited("{\"query\": ");
    assertProblem("The request is not JSON");
    sendEdited("{\"query\": {\"match\": {\"body\": \"segments\"}}}");
    browser.waitFor("return document.querySelectorAll('#hits > li').length > 0");
    assertEquals(List.of("hits"), browser.texts(".column h3"));
    assertEquals("", browser.find("#problem").getText());
  }

  private static void sendEdited(String request) {
    browser.run("document.querySelector('#request').value = arguments[0]", request);
    browser.find("#send").click();
    browser.settle();
  }

  @Test
  public void testFailuresOfTheServerAreShownAndSearchingGoesOn() {
    proxy.failure = "503 Service Unavailable";
    browser.search(QUERY);
    assertProblem("503: upstream is tired");
    assertTrue(browser.console().get(0).contains("503"));
    proxy.failure = null;
    browser.search(QUERY);
    assertEquals("", browser.find("#problem").getText());
    assertFalse(order().isEmpty());
  }

  /** A slow answer is waited for, and does not replace that of a later search. */
  @Test
  public void testLateAnswersDoNotReplaceLaterOnes() {
    proxy.gate = new CountDownLatch(1);
    browser.find("#text").sendKeys("rivers", Keys.ENTER);
    browser.waitFor("return document.querySelector('#status').textContent === 'Searching …'");
    browser.find("#text").clear();
    browser.find("#text").sendKeys("translog", Keys.ENTER);
    proxy.gate.countDown();
    browser.settle();
    assertEquals("articles 6", order().get(0));
  }

  @Test
  public void testThePageWorksByKeyboardAlone() {
    browser.run("document.querySelector('#text').focus()");
    browser.press(QUERY, Keys.ENTER);
    browser.settle();
    browser.waitFor("return document.querySelectorAll('#hits > li').length > 0");
    browser.run("document.querySelector('#keep').focus()");
    browser.press(Keys.TAB);
    assertEquals("columns", browser.run("return document.activeElement.id"));
    browser.press(Keys.TAB);
    String key = String.valueOf(browser.run("return document.activeElement.dataset.key"));
    assertTrue((Long) browser.run("return document.querySelectorAll('.lines .lit').length") > 0);
    browser.press(Keys.ENTER);
    assertEquals(key, browser.run("return document.activeElement.dataset.card"));
    browser.find("[data-leg='body']").sendKeys(Keys.ARROW_RIGHT);
    browser.settle();
    assertTrue(String.valueOf(browser.run("return location.hash")).contains("w.body=1.05"));
  }

  @Test
  public void testThePageHasNoSeriousBarriers() throws IOException {
    for (int width : new int[] {1300, 360}) {
      for (boolean dark : new boolean[] {false, true}) {
        browser.emulate(width, 1000, dark);
        browser.open(proxy.page() + "#index=articles&rerank=true&times=true&text=merged+segments");
        browser.waitFor("return document.querySelectorAll('#hits > li').length > 0");
        openAllPanels();
        assertFitsTheWidth();
        browser.screenshot("page-" + width + (dark ? "-dark" : ""));
        assertEquals(List.of(), browser.barriers());
      }
    }
  }

  /** All that unfolds, with what it then asks for. */
  private static void openAllPanels() {
    browser.run("document.querySelectorAll('.panel').forEach((panel) => { panel.open = true; })");
    grade(0, 1);
    browser.waitFor("return document.querySelector('#encode-model').value !== ''");
    browser.find("#encode-text").sendKeys("rivers carry sand");
    browser.find("#encode-form button").click();
    browser.waitFor("return document.querySelectorAll('#encoding h3').length === 3");
    openWords();
  }

  /**
   * Blocks are 128 documents of a segment, here of one per shard. Documents that all have the same
   * score are tied at the edge of every window, so that an exact leg scores all of them.
   */
  @Test
  public void testTimesShowWhatLegsPrunedOnAllShards() {
    indexSameVectors("blocks", 1000);
    long blocks = 0;
    for (JsonNode shard : ok(api, "GET", "/blocks/_segments", null).findValues("segments")) {
      assertEquals(1, shard.size());
      blocks += Math.ceilDiv(shard.elements().next().get("num_docs").asLong(), 128);
    }
    browser.open(proxy.page() + "#index=blocks");
    browser.find("#request-panel summary").click();
    assertEquals(List.of(blocks, blocks, blocks, 1000L), shownWork(""));
    List<Long> approximate = shownWork(", \"approximate\": {\"blocks\": 1}");
    assertEquals(List.of(2L, blocks, 2L), approximate.subList(0, 3));
    assertTrue(approximate.toString(), approximate.get(3) <= 256);
  }

  /** The numbers of the one leg with blocks: scored, all, cells, documents. */
  private static List<Long> shownWork(String options) {
    String search =
        """
        {"profile": true, "query": {"fusion": {"legs": [
          {"name": "t", "query": {"match": {"t": "rivers"}}},
          {"name": "s", "query": {"learned_sparse": {"s": {"text": "rivers"%s}}}}]}}}
        """;
    sendEdited(String.format(Locale.ROOT, search, options));
    return numbers(browser.find("#stages .work").getText());
  }

  private static List<Long> numbers(String text) {
    return Pattern.compile("\\d+")
        .matcher(text)
        .results()
        .map(m -> Long.valueOf(m.group()))
        .toList();
  }

  /** Documents with one and the same vector of one token, on two shards of one segment. */
  private static void indexSameVectors(String index, int count) {
    ok(
        api,
        "PUT",
        "/" + index,
        """
        {"settings": {"number_of_shards": 2, "index.codec": "trident"},
         "mappings": {"properties": {"t": {"type": "text"}, "s": {"type": "impact_vector"}}}}
        """);
    ObjectNode document = Api.JSON.createObjectNode().put("t", "rivers");
    document.putObject("s").put("rivers", 1);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      lines.add("{\"index\": {\"_id\": \"" + i + "\"}}");
      lines.add(document.toString());
    }
    bulk(api, index, lines);
    ok(api, "POST", "/" + index + "/_forcemerge?max_num_segments=1", null);
    ok(api, "POST", "/" + index + "/_refresh", null);
  }

  /** Vectors of passages are searched inside of another query. */
  @Test
  public void testTimesShowWhatLegsOfPassagesPruned() throws IOException {
    keepAnswers();
    browser.find("#times").click();
    browser.search(QUERY);
    String leg = "body_neural.passages.sparse";
    Map<String, Long> counts = countsOf(leg);
    assertTrue(counts.toString(), counts.get("impact_blocks_scored") > 0);
    assertWorkOf(leg, counts);
  }

  /** Keeps what the node answers beside the page. */
  private static void keepAnswers() {
    browser.run(
        """
        const real = fetch;
        window.fetch = async (...request) => {
          const response = await real(...request);
          window.lastAnswer = await response.clone().text();
          return response;
        };
        """);
  }

  /** The counts of a leg's queries on all shards, in the last answer. */
  private static Map<String, Long> countsOf(String leg) throws IOException {
    JsonNode answer = Api.JSON.readTree(String.valueOf(browser.run("return window.lastAnswer")));
    Map<String, Long> sums = new HashMap<>();
    for (JsonNode shard : answer.path("profile").path("shards")) {
      if (shard.path("id").asText().startsWith("leg [" + leg + "] ")) {
        addCounts(shard.path("searches").path(0).path("query"), sums);
      }
    }
    return sums;
  }

  private static void addCounts(JsonNode queries, Map<String, Long> sums) {
    for (JsonNode query : queries) {
      query
          .path("breakdown")
          .properties()
          .forEach(count -> sums.merge(count.getKey(), count.getValue().asLong(), Long::sum));
      addCounts(query.path("children"), sums);
    }
  }

  /** That one leg alone has such work, which is told by its time. */
  private static void assertWorkOf(String leg, Map<String, Long> counts) {
    String work =
        String.format(
            Locale.ROOT,
            "scored %d of %d blocks, %d cells, %d documents",
            counts.get("impact_blocks_scored"),
            counts.get("impact_blocks"),
            counts.get("impact_cells"),
            counts.get("impact_documents"));
    List<String> stages =
        browser.texts("#stages .stage").stream().filter(stage -> stage.contains("scored")).toList();
    assertEquals(1, stages.size());
    assertTrue(stages.get(0), stages.get(0).startsWith(leg + "\n"));
    assertTrue(stages.get(0), stages.get(0).endsWith("\n" + work));
  }

  /** The words are those that the encoder's vectors say. */
  @Test
  public void testWordsThatMetAreThoseOfTheVectors() throws IOException {
    browser.search(QUERY);
    openWords();
    String text = browser.find(".met").getDomProperty("textContent");
    JsonNode asked = encoding(QUERY, "query").path("tokens");
    JsonNode found = encoding(text, "document").path("tokens");
    List<String> shown = browser.texts("#hits > li:first-child button.piece");
    List<String> expected = new ArrayList<>();
    for (JsonNode token : asked) {
      expected.add(token.get("text").asText() + " " + nearest(token, found));
    }
    assertEquals(expected, shown);
    browser.find("#hits > li:first-child button.piece").click();
    assertFalse(browser.values(".met mark.lit", "data-best").isEmpty());
    browser.emulate(1300, 1900, false);
    browser.screenshot("words");
  }

  private static JsonNode encoding(String text, String side) {
    return encodings(List.of(text), side).path(0);
  }

  private static JsonNode encodings(List<String> texts, String side) {
    ObjectNode body = Api.JSON.createObjectNode().put("side", side);
    texts.forEach(body.putArray("texts")::add);
    return ok(api, "POST", "/_plugins/_trident/models/trident-mini/_encode", body.toString())
        .path("encodings");
  }

  /** The greatest dot product with three digits, as the page writes it. */
  private static String nearest(JsonNode token, JsonNode others) {
    double best = Double.NEGATIVE_INFINITY;
    for (JsonNode other : others) {
      best = Math.max(best, dot(token.get("vector"), other.get("vector")));
    }
    return threeDigits(best);
  }

  private static double dot(JsonNode a, JsonNode b) {
    double sum = 0;
    for (int i = 0; i < a.size(); i++) {
      sum += a.get(i).asDouble() * b.get(i).asDouble();
    }
    return sum;
  }

  @Test
  public void testTextsAreEncodedByTheChosenModel() {
    encodeOnThePage("rivers carry sand", "query");
    String encoding = browser.find("#encoding").getText();
    for (String part : List.of("rivers", "token vectors: 3 of 128", "dense: 128 dimensions")) {
      assertTrue(encoding, encoding.contains(part));
    }
    assertTrue(encoding, encoding.contains("sparse: 3 tokens, 0 of them not in the text"));
    assertTrue(encoding, encoding.endsWith("neighbors are looked for among the hits."));
  }

  private static void encodeOnThePage(String text, String side) {
    browser.find("#encode-panel summary").click();
    browser.waitFor("return document.querySelector('#encode-model').value === 'trident-mini'");
    choose("encode-side", side);
    browser.find("#encode-text").sendKeys(text);
    browser.find("#encode-form button").click();
    browser.waitFor("return document.querySelectorAll('#encoding h3').length === 3");
  }

  /** Neighbors are the nearest words and hits by the encoder's vectors, as computed here anew. */
  @Test
  public void testNeighborsOfATextAreThoseOfTheVectors() throws IOException {
    String text = randomFrom(List.of("streams and stones", "combine parts", "wind on a shard"));
    String side = randomFrom(List.of("query", "document"));
    browser.search(QUERY);
    encodeOnThePage(text, side);
    List<String> texts = order().stream().map(PageIT::textOf).toList();
    JsonNode found = encodings(texts, "document");
    List<String> expected = new ArrayList<>();
    for (JsonNode token : encoding(text, side).path("tokens")) {
      expected.add(token.get("text").asText());
      expected.addAll(nearestWords(token, found));
    }
    assertEquals(expected, browser.texts("#encoding .neighbors .piece"));
    assertEquals(
        nearestTexts(encoding(text, side).path("dense"), found).stream()
            .map(place -> order().get(place))
            .map(key -> "Text " + key.substring(9) + ": ")
            .toList(),
        browser.values("#encoding ol button", "title").stream()
            .map(title -> title.substring(0, title.indexOf(':') + 2))
            .toList());
    long added = addedTokens(encoding(text, side).path("sparse"), text);
    String encoding = browser.find("#encoding").getText();
    assertTrue(encoding, encoding.contains(" tokens, " + added + " of them not in the text"));
    browser.emulate(1300, 1000, false);
    browser.run("document.querySelector('#encode-panel').scrollIntoView()");
    browser.screenshot("neighbors");
    browser.find("#encoding ol button").click();
    assertEquals(
        browser.find("#encoding ol button").getDomAttribute("title"),
        browser.run("return document.activeElement.querySelector('h4').textContent"));
  }

  private static String textOf(String key) {
    return TEXTS[Integer.parseInt(key.substring("articles ".length())) - 1];
  }

  /** The four nearest of distinct words, each as near as its nearest place. */
  private static List<String> nearestWords(JsonNode token, JsonNode texts) {
    Map<String, Double> near = new HashMap<>();
    for (JsonNode text : texts) {
      for (JsonNode other : text.path("tokens")) {
        near.merge(
            other.get("text").asText().toLowerCase(Locale.ROOT),
            dot(token.get("vector"), other.get("vector")),
            Math::max);
      }
    }
    return near.entrySet().stream()
        .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
        .limit(4)
        .map(word -> word.getKey() + " " + threeDigits(word.getValue()))
        .toList();
  }

  /** The places of the four nearest texts by their dense vectors of length 1. */
  private static List<Integer> nearestTexts(JsonNode dense, JsonNode texts) {
    return IntStream.range(0, texts.size())
        .boxed()
        .sorted(Comparator.comparingDouble(i -> -dot(dense, texts.get(i).path("dense"))))
        .limit(4)
        .toList();
  }

  private static long addedTokens(JsonNode sparse, String text) {
    return sparse.properties().stream()
        .filter(token -> text.contains(token.getKey().replace("##", "")) == false)
        .count();
  }
}
