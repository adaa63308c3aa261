/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.Test;

/** Where a fusion may stand, how large it may be, and what is refused. */
public class FusionLimitsIT extends FusionTestCase {

  @Test
  public void testWhatIsRefused() {
    refused(
        api,
        400,
        "POST",
        "/corners/_search?scroll=1m",
        "{\"slice\": {\"id\": 0, \"max\": 2}, \"query\": " + fusion("") + "}",
        "[fusion]",
        "[slice]");
    refused(
        api,
        400,
        "POST",
        "/corners/_search",
        "{\"query\": {\"nested\": {\"path\": \"notes\", \"query\": " + fusion("") + "}}}",
        "[fusion]",
        "[nested]");
    refused(
        api,
        400,
        "POST",
        "/corners/_search",
        "{\"query\": "
            + fusion(", \"window\": 30")
            + ", \"ext\": {\"cross_encoder\": {\"query\": \"x\", \"field\": \"body\", \"window\": 31}}}",
        "[cross_encoder]",
        "[fusion]",
        "[30]",
        "[31]");
    refused(
        api,
        400,
        "POST",
        "/corners/_search",
        "{\"terminate_after\": 5, \"query\": " + fusion("") + "}",
        "[fusion]",
        "[terminate_after]");
    refused(api, 400, "POST", "/corners/_explain/1", "{\"query\": " + fusion("") + "}", "[fusion]");
    for (String body :
        new String[] {
          "{\"learned_sparse\": {\"sparse\": {\"text\": null}}}",
          "{\"learned_sparse\": {\"sparse\": {\"text\": {\"a\": 1}}}}",
          "{\"learned_sparse\": {\"sparse\": {\"text\": \"x\", \"model\": null}}}",
          "{\"learned_sparse\": {\"sparse\": {\"text\": \"x\", \"_name\": null}}}"
        }) {
      refused(
          api,
          400,
          "POST",
          "/corners/_search",
          "{\"query\": " + body + "}",
          "[learned_sparse] on field [sparse] must have a string under");
    }
  }

  /** A node allows 1,024 clauses in a query. */
  @Test
  public void testClausesOfLegsDoNotAddUp() {
    List<String> clauses = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      clauses.add("{\"term\": {\"body\": \"" + (i == 0 ? "river" : "w" + i) + "\"}}");
    }
    String leg = "{\"query\": {\"bool\": {\"should\": [" + String.join(",", clauses) + "]}}}";
    String legs = "{\"fusion\": {\"window\": 10, \"legs\": [" + leg + "," + leg + "," + leg + "]}}";
    String terms = ", \"aggs\": {\"a\": {\"terms\": {\"field\": \"shelf\"}}}";
    for (String rest :
        new String[] {
          "",
          ", \"track_total_hits\": true",
          terms,
          ", \"explain\": true, \"size\": 2" + terms,
          ", \"highlight\": {\"fields\": {\"body\": {}}}"
        }) {
      JsonNode found = ok(api, "POST", "/corners/_search", "{\"query\": " + legs + rest + "}");
      assertEquals(rest, rest.contains("explain") ? 2 : 10, ids(found).size());
    }
  }

  @Test
  public void testAFusionInsideOfNestedIsRefusedWhateverItsLegsFind() {
    for (String word : new String[] {"note", "nothing-like-it"}) {
      for (String query : new String[] {"nested", "top_passages"}) {
        refused(
            api,
            400,
            "POST",
            "/corners/_search",
            "{\"query\": {\""
                + query
                + "\": {\"path\": \"notes\", \"query\": {\"fusion\": {\"legs\": ["
                + "{\"query\": {\"match\": {\"notes.text\": \""
                + word
                + "\"}}}]}}}}}",
            "[fusion]",
            "[nested]");
      }
    }
  }

  @Test
  public void testWindowsWithinTheLimitOfTheIndexWork() {
    ok(api, "PUT", "/corners/_settings", "{\"index.max_result_window\": 50}");
    try {
      for (int window : new int[] {10, 39, 50}) {
        assertEquals(10, ids(search(", \"window\": " + window, "")).size());
      }
      refused(
          api,
          400,
          "POST",
          "/corners/_search",
          "{\"query\": " + fusion(", \"window\": 51") + "}",
          "[fusion] leg [",
          "index.max_result_window");
    } finally {
      ok(api, "PUT", "/corners/_settings", "{\"index.max_result_window\": null}");
    }
  }

  @Test
  public void testDeepFusions() {
    String query = "{\"match\": {\"body\": \"river\"}}";
    for (int depth = 0; depth < 5; depth++) {
      query =
          "{\"fusion\": {\"legs\": [{\"query\": "
              + query
              + "}, {\"query\": {\"match\": {\"body\": \"sea\"}}}]}}";
    }
    assertEquals(10, ids(ok(api, "POST", "/corners/_search", "{\"query\": " + query + "}")).size());
    for (int depth = 0; depth < 30; depth++) {
      query = "{\"fusion\": {\"legs\": [{\"query\": " + query + "}]}}";
    }
    refused(
        api,
        400,
        "POST",
        "/corners/_search",
        "{\"query\": " + query + "}",
        "nested at most [5] deep");
  }

  @Test
  public void testAnInnerFusionMayHaveASmallWindow() {
    JsonNode found =
        ok(
            api,
            "POST",
            "/corners/_search",
            "{\"size\": 20, \"query\": {\"fusion\": {\"legs\": [{\"query\": "
                + fusion(", \"window\": 5")
                + "}, {\"query\": {\"match\": {\"body\": \"river\"}}}]}}}");
    assertEquals(20, ids(found).size());
  }

  /** Requests that ask something of a query, but fuse nothing. */
  @Test
  public void testValidationAndFieldCapabilities() {
    String text = "{\"learned_sparse\": {\"sparse\": {\"text\": \"sand\"}}}";
    String byText = "{\"fusion\": {\"legs\": [{\"query\": " + text + "}]}}";
    for (String query : new String[] {fusion(""), byText, text}) {
      for (String options :
          new String[] {"", "?explain=true", "?rewrite=true", "?all_shards=true"}) {
        JsonNode validated =
            ok(api, "POST", "/corners/_validate/query" + options, "{\"query\": " + query + "}");
        assertTrue(validated.toString(), validated.path("valid").asBoolean());
      }
      JsonNode fields =
          ok(api, "POST", "/corners/_field_caps?fields=year", "{\"index_filter\": " + query + "}");
      assertTrue(fields.toString(), fields.path("fields").has("year"));
    }
    String wrong =
        "{\"fusion\": {\"legs\": [{\"query\": {\"range\": {\"year\": {\"gte\": \"soon\"}}}}]}}";
    assertFalse(
        ok(api, "POST", "/corners/_validate/query", "{\"query\": " + wrong + "}")
            .path("valid")
            .asBoolean());
    String never = "{\"fusion\": {\"legs\": [{\"query\": {\"term\": {\"_index\": \"another\"}}}]}}";
    assertFalse(
        ok(api, "POST", "/corners/_field_caps?fields=year", "{\"index_filter\": " + never + "}")
            .path("fields")
            .has("year"));
  }
}
