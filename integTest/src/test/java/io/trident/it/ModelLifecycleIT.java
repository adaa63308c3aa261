/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.cluster.Api;
import io.trident.cluster.Node;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.BeforeClass;
import org.junit.Test;

/** Stored models that are damaged, mended and taken away, and what must be left alone by them. */
public class ModelLifecycleIT extends ClusterTestCase {

  private static final String MODELS = "/_plugins/_trident/models/";
  private static final String TEXTS = "{\"texts\": [\"a river\"]}";

  private static Node node;
  private static Api api;
  private static Path published;

  @BeforeClass
  public static void start() throws IOException {
    node = node(List.of(), Map.of());
    api = node.api();
    published = root().resolve("published");
    ModelsIT.copyEmbedded(root().resolve("node-0"), published);
  }

  private static String url(Path folder) {
    return "{\"url\": \"" + folder.toUri() + "\"}";
  }

  private static JsonNode chunks(String model) {
    ok(api, "POST", "/.trident-models/_refresh", null);
    return ok(
            api,
            "POST",
            "/.trident-models/_search",
            "{\"size\": 1, \"_source\": false, \"track_total_hits\": true, \"query\": {\"bool\": {\"filter\": ["
                + "{\"term\": {\"kind\": \"chunk\"}}, {\"term\": {\"model\": \""
                + model
                + "\"}}]}}}")
        .path("hits");
  }

  @Test
  public void testAModelThatLacksAChunkIsMendedByStoringItAgain() throws IOException {
    ok(api, "PUT", MODELS + "mended", url(published));
    String chunk = chunks("mended").at("/hits/0/_id").asText();
    ok(
        api,
        "POST",
        "/.trident-models/_delete_by_query?refresh=true",
        "{\"query\": {\"ids\": {\"values\": [\"" + chunk + "\"]}}}");
    node.stop();
    removeCopies();
    node.start();
    ok(api, "GET", "/_cluster/health/.trident-models?wait_for_status=yellow&timeout=60s", null);
    for (int i = 0; i < 2; i++) {
      refused(api, 503, "POST", MODELS + "mended/_encode", TEXTS, "[mended] lacks chunk");
    }
    ok(api, "PUT", MODELS + "mended", url(published));
    ok(api, "POST", MODELS + "mended/_encode", TEXTS);
    JsonNode listed = ok(api, "GET", MODELS + "mended", null);
    assertTrue(listed.toString(), listed.path("problem").isMissingNode());
  }

  private static void removeCopies() throws IOException {
    Path copies = root().resolve("node-0/data/nodes/0/trident-models");
    try (var files = Files.walk(copies)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.delete(file);
      }
    }
  }

  @Test
  public void testAnIndexTakesNoPipelinesName() {
    String mine = "{\"description\": \"mine\", \"processors\": []}";
    ok(api, "PUT", "/_ingest/pipeline/taken", mine);
    refused(
        api,
        400,
        "PUT",
        MODELS + "trident-mini",
        "{\"index\": {\"name\": \"taken\", \"field\": \"body\"}}",
        "pipeline [taken] is there already");
    assertEquals(
        "mine", ok(api, "GET", "/_ingest/pipeline/taken", null).at("/taken/description").asText());
    assertEquals(404, api.call("HEAD", "/taken", null).status());
  }

  @Test
  public void testNothingIsLeftOfAnIndexThatIsRefused() {
    for (String name : List.of("Bad Name", "-x", "Upper", "a*", "..")) {
      String body = "{\"index\": {\"name\": \"" + name + "\", \"field\": \"body\"}}";
      refused(api, 400, "PUT", MODELS + "trident-mini", body, "[" + name + "]");
    }
    ok(
        api,
        "PUT",
        "/_index_template/refusing",
        "{\"index_patterns\": [\"refused-*\"], \"template\": {\"mappings\": {\"properties\":"
            + " {\"body\": {\"type\": \"object\"}}}}}");
    assertEquals(
        400,
        api.call(
                "PUT",
                MODELS + "trident-mini",
                "{\"index\": {\"name\": \"refused-1\", \"field\": \"body\"}}")
            .status());
    JsonNode pipelines = api.call("GET", "/_ingest/pipeline", null).body();
    for (String name : List.of("Bad Name", "-x", "Upper", "a*", "..", "refused-1")) {
      assertFalse(pipelines.toString(), pipelines.has(name));
    }
  }

  private static String defaultModel(String kind, String model) {
    return "{\"persistent\": {\"trident.default_" + kind + "\": \"" + model + "\"}}";
  }

  @Test
  public void testDefaultModelsAreThereAndOfTheirKind() {
    for (String[] setting :
        new String[][] {
          {"encoder", "nope"},
          {"encoder", "trident-mini-reranker"},
          {"cross_encoder", "trident-mini"}
        }) {
      refused(
          api,
          400,
          "PUT",
          "/_cluster/settings",
          defaultModel(setting[0], setting[1]),
          "[trident.default_" + setting[0] + "]",
          "[" + setting[1] + "]");
    }
    ok(api, "PUT", "/_cluster/settings", defaultModel("encoder", "trident-mini"));
    ok(
        api,
        "PUT",
        "/_cluster/settings",
        "{\"persistent\": {\"trident.default_encoder\": null, \"cluster.max_shards_per_node\": null}}");
  }

  private static byte[] field(int number, byte[]... parts) throws IOException {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.write(part);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write((number << 3) | 2);
    out.write(content.size());
    out.write(content.toByteArray());
    return out.toByteArray();
  }

  private static byte[] text(int number, String text) throws IOException {
    return field(number, text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  public void testAGraphThatNamesFilesOfTheServerIsRefused() throws IOException {
    Path folder = root().resolve("hostile");
    ModelsIT.copyEmbedded(root().resolve("node-0"), folder);
    String location = randomFrom(List.of("/etc/passwd", "../../../../../../etc/passwd"));
    byte[] weights = field(5, field(13, text(1, "location"), text(2, location)));
    Files.write(folder.resolve("model.onnx"), field(7, weights));
    refused(api, 400, "PUT", MODELS + "hostile", url(folder), "[hostile]", "[" + location + "]");
  }

  @Test
  public void testAllChunksOfAModelGo() {
    List<String> sent = new ArrayList<>();
    String file = MODELS + "many/files/" + "0".repeat(64) + "/";
    for (int i = 0; i < 510; i++) {
      sent.add(ok(api, "PUT", file + i, "{\"data\": \"AA==\"}").path("number").asText());
    }
    assertEquals(sent.size(), chunks("many").at("/total/value").asInt());
    refused(api, 404, "DELETE", MODELS + "many", null, "[many]");
    assertEquals(0, chunks("many").at("/total/value").asInt());
  }

  @Test
  public void testBodiesThatCannotBeReadAreRefused() {
    String deep = "{\"files\": " + "[".repeat(2_000) + "]".repeat(2_000) + "}";
    refused(api, 400, "PUT", MODELS + "deep", deep, "body");
    String longText = "x".repeat(1_000_000);
    for (String body :
        List.of(
            "{\"url\": \"" + longText + "\"}",
            "{\"files\": \"" + longText + "\"}",
            "{\"" + longText + "\": 1}")) {
      Api.Answer answer = api.call("PUT", MODELS + "long", body);
      assertEquals(400, answer.status());
      assertTrue(answer.body().toString().length() < 5_000);
    }
  }
}
