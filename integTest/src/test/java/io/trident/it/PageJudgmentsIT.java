/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trident.cluster.Api;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.Before;
import org.junit.BeforeClass;
import org.junit.Test;
import org.openqa.selenium.Keys;

/** What the page makes of judgments: gains, settings beside each other, and fits. */
public class PageJudgmentsIT extends PageTestCase {

  @BeforeClass
  public static void openPage() throws IOException {
    openBrowser();
    indexArticles();
  }

  @Before
  public void openPageOfArticles() {
    openArticles();
  }

  @Test
  public void testJudgmentsGiveTheGainOfEachRanking() {
    browser.search(QUERY);
    more();
    List<String> ranked = order();
    int relevant = between(0, 4);
    int other = between(5, 9);
    grade(relevant, 1);
    grade(other, 1);
    grade(10, 0);
    grade(11, 1);
    grade(11, 1); // takes it back
    browser.find("#judgments-panel summary").click();
    String qrels = browser.find("#export").getDomProperty("value");
    assertTrue(qrels, qrels.startsWith("query-id\tcorpus-id\tscore\nq1\t"));
    assertTrue(qrels, qrels.contains("q1\t" + ranked.get(other).substring(9) + "\t1\n"));
    browser.find("#evaluate").click();
    browser.waitFor("return document.querySelector('#evaluation').textContent.startsWith('Mean')");
    chooseExport("_rank_eval");
    JsonNode evaluation =
        ok(api, "POST", "/articles/_rank_eval", browser.find("#export").getDomProperty("value"));
    double gain = evaluation.get("metric_score").asDouble();
    String shown = browser.texts(".column header p").get(5);
    assertTrue(shown, shown.startsWith("nDCG@10 "));
    assertEquals(gain, Double.parseDouble(shown.substring(8)), 0.0006);
    String mean = browser.find("#evaluation").getText();
    assertTrue(mean, mean.startsWith("Mean nDCG@10 over 1 judged query: these settings: "));
    assertTrue(mean, mean.contains(shown.substring(8)));
    chooseExport("queries.jsonl");
    String queries = browser.find("#export").getDomProperty("value");
    assertEquals("{\"_id\":\"q1\",\"text\":\"" + QUERY + "\"}\n", queries);
  }

  private static void chooseExport(String form) {
    choose("export-form", form);
  }

  @Test
  public void testKeptSettingsAreComparedWithEveryQuery() throws IOException {
    browser.search(QUERY);
    choose("combination", "rrf");
    browser.settle();
    browser.find("#keep").click();
    browser.settle();
    choose("combination", "harmonic_mean");
    browser.settle();
    for (String query : List.of(QUERY, "deleted documents")) {
      browser.search(query);
      ObjectNode request = request();
      ObjectNode fusion = (ObjectNode) request.path("query").path("fusion");
      fusion.put("combination", "rrf").remove("normalization");
      List<String> expected = new ArrayList<>();
      ids(ok(api, "POST", "/articles/_search", request.toString()))
          .forEach(id -> expected.add("articles " + id));
      List<String> kept = browser.values("[aria-label=kept] [data-key]", "data-key");
      assertEquals(expected.subList(0, 10), kept);
    }
    browser.screenshot("compared");
    browser.open(String.valueOf(browser.run("return location.href")));
    browser.waitFor("return document.querySelector('[aria-label=kept]') !== null");
    browser.find("#forget").click();
    browser.settle();
    browser.waitFor("return document.querySelector('[aria-label=kept]') === null");
  }

  private static final String FUSIONS = "/_plugins/_trident/fusion/";

  /** What the page says of a fit is what the node answers to the same judgments. */
  @Test
  public void testFittedSettingsAreThoseOfTheNode() throws IOException {
    ArrayNode judgments = Api.JSON.createArrayNode();
    for (String query : List.of(QUERY, "deleted documents", "sand of rivers", "crash", "a queue")) {
      browser.search(query);
      int relevant = between(0, Math.min(4, order().size() - 1));
      grade(relevant, 1);
      ObjectNode judgment = judgments.addObject().put("query", query);
      judgment
          .putArray("ratings")
          .addObject()
          .put("_index", "articles")
          .put("_id", order().get(relevant).substring("articles ".length()))
          .put("rating", 1);
    }
    JsonNode fit = fitOfTheNode(judgments);
    browser.find("#judgments-panel summary").click();
    browser.find("#fit").click();
    browser.waitFor("return document.querySelector('#fitted table') !== null");
    assertEquals(cells(fit), browser.texts("#fitted tbody td"));
    String text = browser.find("#fitted p").getText();
    for (String part :
        List.of(
            "Fitted to 5 judged queries",
            "in one of 5 parts",
            "Ranked better: " + fit.get("better") + ", worse: " + fit.get("worse") + ";",
            " does as much is " + threeDigits(fit.get("p_value").asDouble()) + ".")) {
      assertTrue(part + " in " + text, text.contains(part));
    }
    assertEquals(fit.get("recommended").asBoolean(), text.contains("settings are better."));
    browser.screenshot("fit");
    assertEquals(List.of(), browser.barriers());
    assertTakenSettingsAreWorth(fit.at("/fitted/training_value").asDouble());
    assertProfilesAreStoredByName(fit.at("/fitted/settings"));
  }

  /** Fits the fusion of the page's last request, with the text as a parameter. */
  private static JsonNode fitOfTheNode(ArrayNode judgments) throws IOException {
    String template = request().get("query").toString().replace("\"a queue\"", "\"{{query}}\"");
    ObjectNode body = Api.JSON.createObjectNode().put("index", "articles").put("folds", 5);
    body.set("query", Api.JSON.readTree(template));
    body.set("judgments", judgments);
    return ok(api, "POST", FUSIONS + "_fit", body.toString());
  }

  /** The present and the fitted value, normalization, window and weights. */
  private static List<String> cells(JsonNode fit) {
    List<String> cells = new ArrayList<>();
    List<JsonNode> sides = List.of(fit.get("present"), fit.get("fitted"));
    sides.forEach(side -> cells.add(threeDigits(side.get("value").asDouble())));
    sides.forEach(side -> cells.add(side.at("/settings/normalization").asText()));
    sides.forEach(side -> cells.add(side.at("/settings/window").asText()));
    for (int leg = 0; leg < 5; leg++) {
      String weight = "/settings/legs/" + leg + "/weight";
      sides.forEach(side -> cells.add(threeDigits(side.at(weight).asDouble())));
    }
    return cells;
  }

  private static void assertTakenSettingsAreWorth(double value) {
    browser.find("#fitted .options button").click();
    browser.settle();
    browser.find("#evaluate").click();
    browser.waitFor("return document.querySelector('#evaluation').textContent.startsWith('Mean')");
    String shown = browser.find("#evaluation").getText();
    assertEquals(
        shown,
        value,
        Double.parseDouble(shown.substring(shown.lastIndexOf(' ') + 1, shown.length() - 1)),
        0.0006);
  }

  private static void assertProfilesAreStoredByName(JsonNode settings) {
    browser.find("#fitted input").sendKeys("Loud", Keys.ENTER);
    browser.waitFor("return document.querySelector('#fitted form p').textContent !== ''");
    String refused = browser.find("#fitted form p").getText();
    assertTrue(refused, refused.startsWith("400: the name of a profile must have"));
    assertTrue(browser.console().get(0).contains("400"));
    browser.find("#fitted input").clear();
    browser.find("#fitted input").sendKeys("mine", Keys.ENTER);
    browser.waitFor(
        "return document.querySelector('#fitted form p').textContent.startsWith('Stored')");
    assertEquals(settings, ok(api, "GET", FUSIONS + "profiles/mine", null).get("settings"));
    assertEquals(1, ok(api, "GET", FUSIONS + "profiles", null).get("profiles").size());
  }

  @Test
  public void testAFitWithoutEnoughJudgmentsSaysWhatItNeeds() {
    browser.search(QUERY);
    grade(0, 1);
    browser.find("#judgments-panel summary").click();
    browser.find("#fit").click();
    browser.waitFor("return document.querySelector('#fitted .error') !== null");
    String shown = browser.find("#fitted").getText();
    assertTrue(shown, shown.startsWith("400: ") && shown.contains("got [1] for [2] folds"));
    assertTrue(browser.console().get(0).contains("400"));
  }
}
