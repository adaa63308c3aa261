/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trident.cluster.Api;
import io.trident.cluster.Node;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.BeforeClass;
import org.junit.Test;

/** Vectors of two models of the same dimensions, which no index mixes unless it is told to. */
public class ModelFingerprintIT extends ClusterTestCase {

  private static final String MODELS = "/_plugins/_trident/models/";
  private static final String TEXT = "a river carries sand to the sea";

  private static Api api;
  private static Path files;

  @BeforeClass
  public static void start() throws IOException {
    Node node = node(List.of(), Map.of());
    api = node.api();
    files = root().resolve("files");
    ModelsIT.copyEmbedded(root().resolve("node-0"), files);
  }

  /** Stores a model whose dense vectors have a prefix before each query; gives its fingerprint. */
  private static String store(String id, String prefix) throws IOException {
    Path config = files.resolve("trident.json");
    ObjectNode json = (ObjectNode) Api.JSON.readTree(Files.readString(config));
    ((ObjectNode) json.get("dense")).put("query_prefix", prefix);
    Files.writeString(config, json.toString());
    ok(api, "PUT", MODELS + id, "{\"url\": \"" + files.toUri() + "\"}");
    return ok(api, "GET", MODELS + id, null).path("fingerprint").asText();
  }

  private static JsonNode mapping(String index, String path) {
    return ok(api, "GET", "/" + index, null)
        .at("/" + index + "/mappings/properties/" + path.replace(".", "/properties/"));
  }

  private static String neural(String model) {
    return "{\"mappings\": {\"properties\": {\"body\": {\"type\": \"neural_text\", \"model\": \""
        + model
        + "\"}}}}";
  }

  private static void write(String index, String id, int status, String... words) {
    String path = "/" + index + "/_doc/" + id + "?refresh=true";
    String body = "{\"body\": \"" + TEXT + "\"}";
    if (status == 200) {
      ok(api, "PUT", path, body);
    } else {
      refused(api, status, "PUT", path, body, words);
    }
  }

  private static String allow(boolean others) {
    return "{\"index.trident.allow_other_models\": " + others + "}";
  }

  private static String dense(String model) {
    return search(
        "{\"dense\": {\"v\": {\"text\": \"rivers\""
            + (model == null ? "" : ", \"model\": \"" + model + "\"")
            + "}}}");
  }

  private static String search(String query) {
    return "{\"query\": " + query + "}";
  }

  private static final String NEURAL = search("{\"neural_text\": {\"body\": \"rivers\"}}");

  @Test
  public void testAModelThatIsReplacedUnderItsNameIsNoticed() throws IOException {
    String first = store("replaced", "");
    ok(api, "PUT", "/texts", neural("replaced"));
    JsonNode vectors = mapping("texts", "body_neural.passages.dense");
    assertEquals("replaced", vectors.path("model").asText());
    assertEquals(first, vectors.path("model_fingerprint").asText());
    write("texts", "1", 200);
    ok(api, "POST", "/texts/_search", NEURAL);

    String second = store("replaced", "query: ");
    assertNotEquals(first, second);
    String[] words = {"[body_neural.passages.", first, second, "index.trident.allow_other_models"};
    write("texts", "2", 400, words);
    refused(api, 400, "POST", "/texts/_search", NEURAL, words);
    ok(
        api,
        "PUT",
        "/texts/_mapping",
        "{\"properties\": {\"body\": {\"type\": \"neural_text\"}, \"year\": {\"type\": \"integer\"}}}");
    assertEquals(
        first, mapping("texts", "body_neural.passages.dense").path("model_fingerprint").asText());

    ok(api, "PUT", "/again", neural("replaced"));
    ok(
        api,
        "POST",
        "/_reindex?refresh=true",
        "{\"source\": {\"index\": \"texts\"}, \"dest\": {\"index\": \"again\"}}");
    assertEquals(List.of("1"), ids(ok(api, "POST", "/again/_search", NEURAL)));
    assertNotEquals(digest("texts"), digest("again"));
    refused(api, 400, "POST", "/texts,again/_search", NEURAL, words);

    ok(api, "PUT", "/texts/_settings", allow(true));
    write("texts", "2", 200);
    assertEquals(2, ids(ok(api, "POST", "/texts/_search", NEURAL)).size());
    ok(api, "PUT", "/texts/_settings", allow(false));
    refused(api, 400, "POST", "/texts/_search", NEURAL, words);

    assertEquals("what was before is there again", first, store("replaced", ""));
    write("texts", "3", 200);
    ok(api, "POST", "/texts/_search", NEURAL);
    write("again", "3", 400, words);
  }

  private static String digest(String index) {
    return ok(api, "GET", "/" + index + "/_source/1", null).at("/body_neural/digest").asText();
  }

  @Test
  public void testFieldsOfOnesOwnSayTheirModel() throws IOException {
    String fingerprint = store("own", "own: ");
    ok(
        api,
        "PUT",
        "/_ingest/pipeline/own",
        "{\"processors\": [{\"encode\": {\"field\": \"body\", \"model\": \"own\", \"dense\": \"v\"}}]}");
    ok(
        api,
        "PUT",
        "/_ingest/pipeline/default",
        "{\"processors\": [{\"encode\": {\"field\": \"body\", \"dense\": \"v\"}}]}");
    ok(
        api,
        "PUT",
        "/_index_template/own",
        """
        {"index_patterns": ["own-*"], "template": {
          "settings": {"default_pipeline": "own", "number_of_replicas": 0},
          "mappings": {"properties": {
            "v": {"type": "dense_vector", "dimension": 128, "model": "own"}}}}}
        """);
    write("own-1", "1", 200);
    assertEquals(fingerprint, mapping("own-1", "v").path("model_fingerprint").asText());
    refused(
        api,
        400,
        "PUT",
        "/own-1/_doc/2?pipeline=default",
        "{\"body\": \"text\"}",
        "field [v] must have vectors",
        "[trident-mini]",
        fingerprint);
    refused(
        api,
        400,
        "POST",
        "/own-1/_search",
        dense(null),
        "[dense] on field [v]",
        "[trident-mini]",
        fingerprint);
    ok(api, "POST", "/own-1/_search", dense("own"));
    JsonNode fused =
        ok(
            api,
            "POST",
            "/own-1/_search",
            search("{\"fusion\": {\"text\": \"rivers\", \"fields\": [\"body\", \"v\"]}}"));
    assertEquals("the field's model encodes the text", List.of("1"), ids(fused));

    ok(api, "PUT", "/own-1/_settings", "{\"index.blocks.write\": true}");
    ok(api, "POST", "/own-1/_clone/cloned", null);
    assertEquals(mapping("own-1", "v"), mapping("cloned", "v"));
    refused(api, 400, "POST", "/cloned/_search", dense(null), fingerprint);
    refused(
        api,
        400,
        "PUT",
        "/unknown",
        """
        {"mappings": {"properties": {"o": {"properties": {
          "v": {"type": "dense_vector", "dimension": 128, "model": "nobody"}}}}}}
        """,
        "field [o.v] cannot use its [model]",
        "nobody");
  }

  @Test
  public void testFieldsWithoutAModelTakeVectorsOfAny() throws IOException {
    store("any", "any: ");
    ok(
        api,
        "PUT",
        "/older",
        """
        {"mappings": {"properties": {"v": {"type": "dense_vector", "dimension": 128}}}}
        """);
    for (String model : List.of("any", "trident-mini")) {
      ok(
          api,
          "PUT",
          "/_ingest/pipeline/" + model,
          "{\"processors\": [{\"encode\": {\"field\": \"body\", \"model\": \""
              + model
              + "\", \"dense\": \"v\"}}]}");
      ok(
          api,
          "PUT",
          "/older/_doc/" + model + "?refresh=true&pipeline=" + model,
          "{\"body\": \"" + TEXT + "\"}");
      assertFalse(ids(ok(api, "POST", "/older/_search", dense(model))).isEmpty());
    }
    ok(
        api,
        "PUT",
        "/older/_mapping",
        """
        {"properties": {"v": {"type": "dense_vector", "dimension": 128, "model": "any"}}}
        """);
    refused(api, 400, "POST", "/older/_search", dense("trident-mini"), "[any] with");
    assertTrue(ids(ok(api, "POST", "/older/_search", dense("any"))).contains("any"));
  }
}
