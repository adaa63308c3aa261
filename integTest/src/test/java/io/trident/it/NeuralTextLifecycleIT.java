/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.Test;

/** The field type {@code neural_text} through the life of an index. */
public class NeuralTextLifecycleIT extends NeuralTextTestCase {

  @Test
  public void testTemplates() {
    ok(api, "PUT", "/_component_template/part", "{\"template\": {" + MAPPINGS + "}}");
    ok(
        api,
        "PUT",
        "/_index_template/composed",
        "{\"index_patterns\": [\"composed-*\"], \"composed_of\": [\"part\"]}");
    ok(
        api,
        "PUT",
        "/_index_template/whole",
        "{\"index_patterns\": [\"whole-*\"], \"template\": {"
            + MAPPINGS
            + ", \"settings\": {\"index.codec\": \"trident_best_compression\"}}}");
    ok(api, "PUT", "/_template/legacy", "{\"index_patterns\": [\"legacy-*\"], " + MAPPINGS + "}");
    for (String index : List.of("composed-1", "whole-1", "legacy-1")) {
      fill(index);
      found(index);
    }
    create("whole-2", "");
    fill("whole-2");
    found("whole-2");
    for (String index : List.of("whole-1", "whole-2")) {
      assertEquals("trident_best_compression", index(index).at("/settings/index/codec").asText());
    }
  }

  @Test
  public void testDataStreamsAliasesAndRollovers() {
    ok(
        api,
        "PUT",
        "/_index_template/stream",
        "{\"index_patterns\": [\"stream\"], \"data_stream\": {}, \"template\": {"
            + MAPPINGS
            + "}}");
    fill("stream");
    found("stream");
    ok(api, "POST", "/stream/_rollover", null);
    bulk(
        api,
        "stream",
        List.of(
            "{\"create\": {\"_id\": \"7\"}}", "{\"@timestamp\": 7, \"body\": \"More segments\"}"));
    assertEquals(BODIES.length + 1, ids(found("stream")).size());

    ok(
        api,
        "PUT",
        "/_index_template/rolled",
        "{\"index_patterns\": [\"rolled-*\"], \"template\": {" + MAPPINGS + "}}");
    ok(api, "PUT", "/rolled-000001", "{\"aliases\": {\"rolled\": {\"is_write_index\": true}}}");
    fill("rolled");
    ok(api, "POST", "/rolled/_rollover", null);
    bulk(api, "rolled", List.of("{\"index\": {\"_id\": \"7\"}}", "{\"body\": \"More segments\"}"));
    assertEquals(BODIES.length + 1, ids(found("rolled")).size());
    refused(
        api,
        400,
        "POST",
        "/rolled/_rollover/unmatched",
        "{\"mappings\": {\"properties\": {\"other\": {\"type\": \"neural_text\"}}}}",
        "[other]",
        "rollover");
  }

  @Test
  public void testReindexing() {
    ok(api, "PUT", "/plain", "{\"mappings\": {\"properties\": {\"body\": {\"type\": \"text\"}}}}");
    fill("plain");
    create("encoded", "");
    reindex("plain", "encoded");
    found("encoded");
    long before = encodedTexts();
    create("copied", "");
    reindex("encoded", "copied");
    found("copied");
    assertEquals("vectors of the same model are taken over", before, encodedTexts());
    ok(
        api,
        "PUT",
        "/other-model",
        "{\"mappings\": {\"properties\": {\"body\": {\"type\": \"neural_text\", \"model\": \"other\"}}}}");
    reindex("copied", "other-model");
    found("other-model");
    assertNotEquals(
        source("copied", "0").at("/body_neural/digest"),
        source("other-model", "0").at("/body_neural/digest"));
    refused(
        api,
        400,
        "POST",
        "/copied,other-model/_search",
        SEARCH,
        "[body]",
        "in the same way in all indices",
        "[other]");
  }

  private static void reindex(String from, String to) {
    JsonNode answer =
        ok(
            api,
            "POST",
            "/_reindex?refresh=true",
            "{\"source\": {\"index\": \"" + from + "\"}, \"dest\": {\"index\": \"" + to + "\"}}");
    assertEquals(answer.toString(), BODIES.length, answer.path("created").asInt());
  }

  @Test
  public void testShardsAreSplitShrunkAndCloned() {
    create("resized", "\"settings\": {\"number_of_shards\": 2, \"number_of_replicas\": 0}, ");
    fill("resized");
    JsonNode expected = found("resized");
    ok(api, "PUT", "/resized/_settings", "{\"index.blocks.write\": true}");
    String open = "{\"settings\": {\"index.blocks.write\": null, \"number_of_replicas\": 0";
    ok(api, "PUT", "/resized/_split/split", open + ", \"index.number_of_shards\": 4}}");
    ok(api, "PUT", "/resized/_shrink/shrunk", open + ", \"index.number_of_shards\": 1}}");
    ok(api, "PUT", "/resized/_clone/clone", open + "}}");
    for (String index : List.of("split", "shrunk", "clone")) {
      ok(api, "GET", "/_cluster/health/" + index + "?wait_for_status=green&timeout=60s", null);
      // Scores of a split index count documents that were deleted from it.
      assertEquals(index, ids(expected), ids(found(index)));
      bulk(api, index, List.of("{\"index\": {}}", "{\"body\": \"Segments again\"}"));
      assertEquals(BODIES.length + 1, ids(found(index)).size());
    }
  }

  @Test
  public void testSnapshots() {
    ok(
        api,
        "PUT",
        "/_snapshot/neural",
        "{\"type\": \"fs\", \"settings\": {\"location\": \"neural\"}}");
    create("kept", "");
    fill("kept");
    List<Float> expected = scores(found("kept"));
    ok(
        api,
        "PUT",
        "/_snapshot/neural/one?wait_for_completion=true",
        "{\"indices\": \"kept\", \"include_global_state\": false}");
    ok(
        api,
        "POST",
        "/_snapshot/neural/one/_restore?wait_for_completion=true",
        "{\"rename_pattern\": \"kept\", \"rename_replacement\": \"restored\"}");
    assertEquals(expected, scores(found("restored")));
    bulk(api, "restored", List.of("{\"index\": {}}", "{\"body\": \"Segments again\"}"));
    assertEquals(BODIES.length + 1, ids(found("restored")).size());
  }
}
