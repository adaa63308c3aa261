/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.Test;

/** Documents with a {@code neural_text}, on their way into an index and in it. */
public class NeuralTextDocumentsIT extends NeuralTextTestCase {

  @Test
  public void testPipelinesOfTheUserRunBefore() {
    for (String name : List.of("default", "final", "request")) {
      ok(
          api,
          "PUT",
          "/_ingest/pipeline/" + name,
          "{\"processors\": [{\"set\": {\"field\": \"body\", \"value\": \"{{body}} "
              + name
              + "\"}}]}");
    }
    create(
        "piped",
        "\"settings\": {\"default_pipeline\": \"default\", \"final_pipeline\": \"final\"}, ");
    ok(api, "PUT", "/piped/_doc/1", "{\"body\": \"first\"}");
    ok(api, "PUT", "/piped/_doc/2?pipeline=request", "{\"body\": \"second\"}");
    assertEquals(
        "first default final", source("piped", "1").at("/body_neural/passages/0/text").asText());
    assertEquals(
        "second request final", source("piped", "2").at("/body_neural/passages/0/text").asText());
  }

  @Test
  public void testTextThatIsNotEncodedIsRefused() {
    create("unencoded", "");
    String setting = "{\"persistent\": {\"cluster.ingest.system_pipeline_enabled\": %s}}";
    ok(api, "PUT", "/_cluster/settings", format(setting, "false"));
    try {
      refused(
          api,
          400,
          "PUT",
          "/unencoded/_doc/1",
          "{\"body\": \"text\"}",
          "[body]",
          "system_pipeline_enabled");
    } finally {
      ok(api, "PUT", "/_cluster/settings", format(setting, "null"));
    }
    ok(api, "PUT", "/unencoded/_doc/1", "{\"body\": \"text\"}");
    ok(api, "PUT", "/unencoded/_doc/2", "{\"body\": \" \"}");
    ok(api, "PUT", "/unencoded/_doc/3", "{\"body\": null}");
    refused(api, 400, "PUT", "/unencoded/_doc/4", "{\"body\": 4}", "[body]");
    refused(api, 400, "PUT", "/unencoded/_doc/4", "{\"body\": {\"a\": \"b\"}}", "[body]");
    refused(api, 404, "GET", "/unencoded/_doc/4", null);
  }

  @Test
  public void testABadItemOfABulkFailsAlone() {
    create("mixed", "");
    ok(api, "PUT", "/mixed/_mapping", "{\"properties\": {\"at\": {\"type\": \"date\"}}}");
    Map<String, String> bad =
        Map.of(
            "{\"body\": 42}", "[body]",
            "{\"body\": {\"a\": \"b\"}}", "[body]",
            "{\"body\": [\"text\", 4]}", "[body]",
            "{\"body\": \"text\", \"body_neural\": \"text\"}", "[body_neural]",
            "{\"body\": \"text\", \"at\": \"never\"}", "[at]");
    List<String> sources = new ArrayList<>(bad.keySet());
    for (String body : BODIES) {
      sources.add("{\"body\": \"" + body + "\"}");
    }
    Collections.shuffle(sources, getRandom());
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < sources.size(); i++) {
      lines.append("{\"index\": {\"_id\": \"").append(i).append("\"}}\n");
      lines.append(sources.get(i)).append('\n');
    }
    JsonNode items = ok(api, "POST", "/mixed/_bulk?refresh=true", lines.toString()).path("items");
    for (int i = 0; i < sources.size(); i++) {
      String reason = bad.get(sources.get(i));
      String item = items.path(i).toString();
      int status = items.path(i).at("/index/status").asInt();
      if (reason == null) {
        assertEquals(item, 201, status);
        JsonNode passage = source("mixed", "" + i).at("/body_neural/passages/0");
        assertTrue(passage.toString(), passage.has("dense") && passage.has("tokens"));
      } else {
        assertEquals(sources.get(i) + item, 400, status);
        assertTrue(item, item.contains(reason));
        refused(api, 404, "GET", "/mixed/_doc/" + i, null);
      }
    }
    assertEquals(BODIES.length, ids(ok(api, "POST", "/mixed/_search", SEARCH)).size());
  }
}
