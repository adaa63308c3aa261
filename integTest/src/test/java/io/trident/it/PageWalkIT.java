/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trident.cluster.Api;
import io.trident.demo.DemoIndex;
import io.trident.demo.JavadocCorpus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.BeforeClass;
import org.junit.Test;

/**
 * The walk of docs/page.md, on a part of the demo's corpus and with the default encoder: what a
 * stranger asks, and whether the page's answers are right.
 */
public class PageWalkIT extends PageTestCase {

  /** Some two hundred classes of Lucene, which are encoded in seconds. */
  private static final Pattern PACKAGES =
      Pattern.compile(
          "org\\.apache\\.lucene\\.(analysis|index|util\\.(hnsw|packed|quantization))\\.\\w+");

  private static final int BULK = 50;

  /** A query, and the ids of what is relevant to it. */
  private record Judged(String query, Pattern relevant) {
    Judged(String query, String relevant) {
      this(query, Pattern.compile(relevant));
    }
  }

  private static final List<Judged> QUERIES =
      List.of(
          new Judged("how are small segments combined into larger ones", "Merge"),
          new Judged("find the nearest neighbours of a vector in a graph", "hnsw|Knn"),
          new Judged("remove words that are too common to be useful", "Stop|CharArraySet"),
          new Judged("stop a request that takes too long", "Timeout|TimeLimiting|Exitable"),
          new Judged("save memory by keeping numbers in fewer bits", "packed|quantization"));

  private static final String FIRST_QUERY = QUERIES.get(0).query();

  @BeforeClass
  public static void indexJavadoc() throws IOException {
    openBrowser();
    String defaults = Api.JSON.valueToTree(Map.of("persistent", SMALL)).toString();
    ok(api, "PUT", "/_cluster/settings", defaults);
    String encoder = SMALL.get("trident.default_encoder");
    ok(api, "PUT", "/_ingest/pipeline/" + encoder, DemoIndex.pipeline(encoder));
    JsonNode model = ok(api, "GET", "/_plugins/_trident/models/" + encoder, null);
    ok(api, "PUT", "/javadoc", DemoIndex.index(encoder, model));
    List<JavadocCorpus.Document> documents =
        JavadocCorpus.read(Path.of(System.getProperty("trident.corpus"))).stream()
            .filter(document -> PACKAGES.matcher(document.id()).matches())
            .toList();
    assertTrue(documents.size() + " documents", documents.size() > 150);
    long start = System.nanoTime();
    for (int from = 0; from < documents.size(); from += BULK) {
      int to = Math.min(documents.size(), from + BULK);
      String body = DemoIndex.bulk(documents.subList(from, to));
      JsonNode answer = ok(api, "POST", "/javadoc/_bulk?refresh=true", body);
      assertEquals(answer.toString(), "false", answer.get("errors").asText());
    }
    report("%d classes encoded and indexed in %.1f s", documents.size(), seconds(start));
  }

  private static void report(String text, Object... numbers) {
    System.err.println("PageWalkIT: " + String.format(Locale.ROOT, text, numbers));
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  private static void openPage() {
    browser.emulate(1300, 1000, false);
    browser.open(proxy.page() + "#index=javadoc");
    browser.waitFor("return document.querySelectorAll('#legs .leg').length === 4");
  }

  @Test
  public void testAStrangerFindsTheAnswersOfTheWalk() throws IOException {
    openPage();
    long start = System.nanoTime();
    browser.search(FIRST_QUERY);
    assertEquals(List.of("dense", "text", "tokens", "fusion"), browser.texts(".column h3"));
    assertTrue(browser.find("#status").getText().endsWith(" [title] found none."));
    screenshotOf("walk-1-rankings", "body");
    whyIsThisHitFirst();
    whatWouldMoreWeightOnDenseDo();
    whichSettingIsBetter();
    report("the walk took %.1f s", seconds(start));
  }

  private static void screenshotOf(String name, String selector) throws IOException {
    browser.run("document.querySelector(arguments[0]).scrollIntoView()", selector);
    browser.screenshot(name);
  }

  /** The leg with the greatest share in the first card is the one by the node's own numbers. */
  private static void whyIsThisHitFirst() throws IOException {
    JsonNode first = answerOfTheNode(request()).at("/hits/hits/0");
    assertEquals("javadoc " + first.path("_id").asText(), order().get(0));
    Map<String, Integer> shares = new HashMap<>();
    first
        .at("/fields/_fusion/0/legs")
        .properties()
        .forEach(leg -> shares.put(leg.getKey(), percent(leg.getValue().path("share"))));
    assertEquals(shares, sharesOfCard(0));
    screenshotOf("walk-2-why", "#found");
    openWords();
    screenshotOf("walk-3-words", "#found");
  }

  private static int percent(JsonNode share) {
    return (int) Math.round(100 * share.asDouble());
  }

  /** What the bar of a card says of the legs that found its hit. */
  private static Map<String, Integer> sharesOfCard(int card) {
    String label = browser.values("#hits .bar", "aria-label").get(card);
    Map<String, Integer> shares = new HashMap<>();
    Matcher share = Pattern.compile("(\\w+) (\\d+) %").matcher(label);
    while (share.find()) {
      shares.put(share.group(1), Integer.parseInt(share.group(2)));
    }
    return shares;
  }

  private static JsonNode answerOfTheNode(ObjectNode request) {
    return ok(api, "POST", "/javadoc/_search", request.toString());
  }

  /** The ranking before the node is asked is that which the node then gives. */
  private static void whatWouldMoreWeightOnDenseDo() throws IOException {
    List<String> before = order();
    int share = sharesOfCard(0).getOrDefault("dense", 0);
    weightOfDense(3);
    List<String> after = order();
    int place = after.indexOf(before.get(0));
    assertTrue(after.toString(), place < 0 || sharesOfCard(place).get("dense") >= share);
    screenshotOf("walk-4-weight", "body");
    ask();
    assertEquals(after, order());
    ObjectNode request = request();
    assertEquals(3, weightOf("dense", request).intValue());
    List<String> ids = ids(answerOfTheNode(request)).subList(0, 10);
    assertEquals(ids.stream().map(id -> "javadoc " + id).toList(), after);
  }

  private static void weightOfDense(double weight) {
    slide(browser.values("#legs input[type=range]", "data-leg").indexOf("dense"), weight);
  }

  /** Lets the slider of dense rest. */
  private static void ask() {
    browser.run("document.querySelector('[data-leg=dense]').dispatchEvent(new Event('change'))");
    browser.settle();
  }

  private static JsonNode weightOf(String leg, ObjectNode request) {
    for (JsonNode some : request.at("/query/fusion/legs")) {
      if (some.path("name").asText().equals(leg)) {
        return some.path("weight");
      }
    }
    throw new AssertionError("no leg [" + leg + "] in " + request);
  }

  /** Equal weights against much weight on dense, by five queries whose first hits are judged. */
  private static void whichSettingIsBetter() throws IOException {
    weightOfDense(1);
    ask();
    browser.find("#keep").click();
    browser.settle();
    weightOfDense(3);
    ask();
    double these = 0;
    double kept = 0;
    for (Judged judged : QUERIES) {
      browser.search(judged.query());
      Set<String> relevant = judgeFirstFive(judged.relevant());
      ObjectNode request = request();
      these += gain(ids(answerOfTheNode(request)), relevant) / QUERIES.size();
      setWeights(request, 1);
      kept += gain(ids(answerOfTheNode(request)), relevant) / QUERIES.size();
    }
    screenshotOf("walk-5-compared", "body");
    browser.find("#judgments-panel summary").click();
    browser.find("#evaluate").click();
    browser.waitFor("return document.querySelector('#evaluation').textContent.startsWith('Mean')");
    screenshotOf("walk-6-judgments", "#judgments-panel");
    Matcher shown =
        Pattern.compile(
                "Mean nDCG@10 over 5 judged queries: these settings: ([\\d.]+), kept: ([\\d.]+)\\.")
            .matcher(browser.find("#evaluation").getText());
    assertTrue(browser.find("#evaluation").getText(), shown.matches());
    assertEquals(these, Double.parseDouble(shown.group(1)), 0.0006);
    assertEquals(kept, Double.parseDouble(shown.group(2)), 0.0006);
    report("nDCG@10 with weight 3 on dense %.3f, with equal weights %.3f", these, kept);
  }

  private static Set<String> judgeFirstFive(Pattern relevant) {
    List<String> keys = order();
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < 5; i++) {
      String id = keys.get(i).substring("javadoc ".length());
      boolean isRelevant = relevant.matcher(id).find();
      grade(i, isRelevant ? 1 : 0);
      if (isRelevant) {
        ids.add(id);
      }
    }
    assertTrue(relevant + " in " + keys, ids.isEmpty() == false);
    return ids;
  }

  private static void setWeights(ObjectNode request, int weight) {
    for (JsonNode leg : request.at("/query/fusion/legs")) {
      ((ObjectNode) leg).put("weight", weight);
    }
  }

  /** nDCG@10 where a document is relevant or not. */
  private static double gain(List<String> ids, Set<String> relevant) {
    double gain = 0;
    double ideal = 0;
    for (int i = 0; i < 10; i++) {
      double discount = Math.log(2) / Math.log(i + 2);
      gain += i < ids.size() && relevant.contains(ids.get(i)) ? discount : 0;
      ideal += i < relevant.size() ? discount : 0;
    }
    return gain / ideal;
  }

  /**
   * From Enter to the frame with the hits, without a proxy. How long the node takes depends on the
   * machine, so that part is reported; what the page adds to it is bounded.
   */
  @Test
  public void testThePageAddsLittleToTheAnswerOfTheNode() {
    browser.open("http://127.0.0.1:" + api.port() + "/_plugins/_trident/#index=javadoc");
    browser.waitFor("return document.querySelectorAll('#legs .leg').length === 4");
    List<Double> times = new ArrayList<>();
    List<Double> added = new ArrayList<>();
    for (String query : Stream.generate(PageWalkIT::queries).limit(4).flatMap(q -> q).toList()) {
      watch();
      browser.search(query + " " + times.size());
      browser.waitFor("return window.firstResult !== null");
      double time = ((Number) browser.run("return window.firstResult")).doubleValue();
      times.add(time);
      added.add(time - millisecondsOfTheAnswer());
    }
    Collections.sort(times);
    Collections.sort(added);
    report(
        "first result after Enter: median %.0f ms, of which the page %.0f ms; all: %s",
        times.get(times.size() / 2), added.get(added.size() / 2), times);
    assertTrue(added.toString(), added.get(added.size() / 2) < 200);
  }

  private static int millisecondsOfTheAnswer() {
    String status = browser.find("#status").getText();
    Matcher inAll = Pattern.compile("(\\d+) ms in all").matcher(status);
    assertTrue(status, inAll.find());
    return Integer.parseInt(inAll.group(1));
  }

  private static Stream<String> queries() {
    return QUERIES.stream().map(Judged::query);
  }

  /** Notes how long after Enter the hits are on the screen. */
  private static void watch() {
    browser.run(
        """
        window.firstResult = null;
        document.querySelector("#search").addEventListener("submit", () => {
          const start = performance.now();
          const found = new MutationObserver(() => {
            found.disconnect();
            requestAnimationFrame(() => { window.firstResult = performance.now() - start; });
          });
          found.observe(document.querySelector("#hits"), { childList: true });
        }, { once: true, capture: true });
        """);
  }

  @Test
  public void testThePartsOfThePageLookAsTheyDo() throws IOException {
    openPage();
    browser.find("#times").click();
    browser.find("#rerank").click();
    browser.search(FIRST_QUERY);
    browser.emulate(1300, 1700, false);
    screenshotOf("javadoc-page", "body");
    screenshotOf("javadoc-times", "#stages");
    browser.find("#encode-panel summary").click();
    browser.waitFor("return document.querySelector('#encode-model').value === 'trident-small'");
    browser.find("#encode-text").sendKeys(FIRST_QUERY);
    choose("encode-side", "document");
    browser.find("#encode-form button").click();
    browser.waitFor("return document.querySelectorAll('#encoding h3').length === 3");
    screenshotOf("javadoc-encode", "#encode-panel");
  }
}
