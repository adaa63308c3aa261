/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trident.cluster.Api;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.After;
import org.junit.AfterClass;

/** Tests of the page in a browser, before a node that a proxy has under a path. */
public abstract class PageTestCase extends ClusterTestCase {

  static final String QUERY = "how are segments merged";

  static final String[] TEXTS = {
    "Small segments are merged into larger ones when an index grows.",
    "A background thread merges segments and leaves out deleted documents.",
    "Rivers carry sand and stones from the mountains to the sea.",
    "Every search sees a snapshot of the segments that were open when it began.",
    "How rivers are merged: two of them meet, and one name is lost.",
    "The translog keeps what was not yet written to disk when a node crashed.",
    "A shard is an index of its own, made of segments that never change.",
    "Wind shapes the dunes of the desert.",
    "Queries wait in a queue whose length is bounded.",
    "Combining many small files into a few large ones makes reading faster.",
    "Deleted documents are marked, and go away with their segment.",
    "A codec decides what the files of a segment look like."
  };

  static Api api;
  static Proxy proxy;
  static Browser browser;

  /** Starts the browser, and the node whose page it is to show; skips the class without one. */
  static void openBrowser() throws IOException {
    browser = Browser.start().orElse(null);
    if (browser == null) {
      System.err.println(
          "NOT TESTED: the page, because [chromium] and [chromedriver] are not on the PATH;"
              + " apt-get install chromium chromium-driver");
    }
    assumeTrue("the machine has Chromium", browser != null);
    api = sharedNode();
    proxy = new Proxy(api.port());
  }

  static void indexArticles() {
    ok(
        api,
        "PUT",
        "/articles",
        """
        {"mappings": {"properties": {
          "title": {"type": "text"}, "body": {"type": "neural_text", "sparse": true}}}}
        """);
    index("articles", "body", TEXTS);
  }

  static void index(String index, String field, String... texts) {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < texts.length; i++) {
      ObjectNode document = Api.JSON.createObjectNode();
      document.put("title", "Text " + (i + 1) + ": " + texts[i]).put(field, texts[i]);
      lines.add("{\"index\": {\"_id\": \"" + (i + 1) + "\"}}");
      lines.add(document.toString());
    }
    bulk(api, index, lines);
  }

  static void openArticles() {
    browser.emulate(1300, 1000, false);
    browser.open(proxy.page() + "#index=articles");
    browser.waitFor("return document.querySelectorAll('#legs .leg').length === 5");
  }

  @AfterClass
  public static void closePage() throws IOException {
    if (browser != null) {
      browser.close();
    }
    if (proxy != null) {
      proxy.close();
    }
  }

  /** Tests that provoke refusals read the console themselves. */
  @After
  public void nothingWentWrong() {
    proxy.failure = null;
    proxy.gate.countDown();
    browser.run("localStorage.clear()");
    browser.askedNobodyElse();
    assertEquals(List.of(), browser.console());
  }

  static List<String> order() {
    return browser.values("#hits > li", "data-card");
  }

  static void more() {
    browser.run("document.querySelector('#more').click()");
  }

  static void choose(String id, String value) {
    browser.run(
        """
        const select = document.getElementById(arguments[0]);
        select.value = arguments[1];
        select.dispatchEvent(new Event("change"));
        """,
        id,
        value);
  }

  static void slide(int leg, double weight) {
    browser.run(
        """
        const slider = document.querySelectorAll("#legs input[type=range]")[arguments[0]];
        slider.value = arguments[1];
        slider.dispatchEvent(new Event("input"));
        """,
        leg,
        String.format(Locale.ROOT, "%.2f", weight));
  }

  /** The search that the page shows as its request. */
  static ObjectNode request() throws IOException {
    return (ObjectNode) Api.JSON.readTree(browser.find("#request").getDomProperty("value"));
  }

  static void assertFitsTheWidth() {
    assertEquals(
        Boolean.TRUE,
        browser.run("return document.documentElement.scrollWidth <= window.innerWidth"));
  }

  static void grade(int hit, int grade) {
    browser.run(
        "document.querySelectorAll('#hits > li')[arguments[0]]"
            + ".querySelector(`[data-grade='${arguments[1]}']`).click()",
        hit,
        grade);
  }

  static void openWords() {
    browser.run("document.querySelectorAll('#hits > li details')[1].open = true");
    browser.waitFor("return document.querySelector('.met mark') !== null");
  }

  static String threeDigits(double number) {
    return new BigDecimal(number)
        .round(new MathContext(3, RoundingMode.HALF_UP))
        .stripTrailingZeros()
        .toPlainString();
  }
}
