/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.Test;

/** What a mapping with {@code neural_text} becomes, and what of it stands. */
public class NeuralTextMappingIT extends NeuralTextTestCase {

  @Test
  public void testTheMappingShowsWhatIsMade() {
    create("shown", "");
    JsonNode index = index("shown");
    assertEquals("trident", index.at("/settings/index/codec").asText());
    JsonNode properties = index.at("/mappings/properties");
    assertFalse(properties.toString(), properties.at("/body/model").asText().isEmpty());
    JsonNode passage = properties.at("/body_neural/properties/passages/properties");
    assertTrue(passage.toString(), passage.path("sparse").isMissingNode());
    assertEquals("dense_vector", passage.at("/dense/type").asText());
    assertEquals("token_vectors", passage.at("/tokens/type").asText());
    ok(api, "PUT", "/shown/_mapping", "{\"properties\": {\"body\": {\"type\": \"neural_text\"}}}");
    assertEquals(index.path("mappings"), index("shown").path("mappings"));
    JsonNode given = index("shown");
    ok(api, "PUT", "/shown-again", "{\"mappings\": " + given.path("mappings") + "}");
    assertEquals(given.path("mappings"), index("shown-again").path("mappings"));
  }

  @Test
  public void testAnIndexKeepsItsModelWhenTheDefaultChanges() {
    create("first-model", "");
    JsonNode before = index("first-model").path("mappings");
    String setting = "{\"persistent\": {\"trident.default_encoder\": %s}}";
    ok(api, "PUT", "/_cluster/settings", format(setting, "\"other\""));
    try {
      ok(
          api,
          "PUT",
          "/first-model/_mapping",
          "{\"properties\": {\"body\": {\"type\": \"neural_text\"}}}");
      assertEquals(before, index("first-model").path("mappings"));
      fill("first-model");
      found("first-model");
      create("later", "");
      assertEquals("other", index("later").at("/mappings/properties/body/model").asText());
    } finally {
      ok(api, "PUT", "/_cluster/settings", format(setting, "null"));
    }
  }

  @Test
  public void testOptionsAndWhatIsWrittenOfTheCompanionStand() {
    ok(
        api,
        "PUT",
        "/optional",
        """
        {"mappings": {"properties": {
          "body": {"type": "neural_text", "model": "other", "sparse": false, "tokens": {"encoding": "4bit"},
            "passages": {"max_tokens": 16, "overlap": 4}, "token_reduction": {"pool_factor": 2}, "analyzer": "english",
            "fields": {"raw": {"type": "keyword"}}},
          "body_neural": {"properties": {"passages": {"properties": {"dense": {"encoding": "8bit"}}}}}}}}
        """);
    JsonNode properties = index("optional").at("/mappings/properties");
    JsonNode passage = properties.at("/body_neural/properties/passages/properties");
    assertTrue(passage.path("sparse").isMissingNode());
    assertEquals("4bit", passage.at("/tokens/encoding").asText());
    assertEquals("8bit", passage.at("/dense/encoding").asText());
    assertEquals("english", properties.at("/body/analyzer").asText());
    String again = "{\"properties\": {\"body\": " + properties.path("body") + "}}";
    ok(api, "PUT", "/optional/_mapping", again);
    assertEquals(properties, index("optional").at("/mappings/properties"));
    bulk(
        api,
        "optional",
        List.of(
            "{\"index\": {\"_id\": \"1\"}}", "{\"body\": \"" + String.join(". ", BODIES) + "\"}"));
    assertTrue(source("optional", "1").at("/body_neural/passages").size() > 2);
    JsonNode response = ok(api, "POST", "/optional/_search", SEARCH);
    assertEquals(1, ids(response).size());
    assertEquals(
        1,
        ids(ok(api, "POST", "/optional/_search", "{\"query\": {\"match\": {\"body\": \"river\"}}}"))
            .size());
  }

  @Test
  public void testACodecOfTheUserStandsOrIsRefused() {
    create("compressed", "\"settings\": {\"index.codec\": \"trident_best_compression\"}, ");
    assertEquals(
        "trident_best_compression", index("compressed").at("/settings/index/codec").asText());
    refused(
        api,
        400,
        "PUT",
        "/wrong-codec",
        "{\"settings\": {\"index.codec\": \"best_compression\"}, " + MAPPINGS + "}",
        "[index.codec]",
        "[best_compression]");
    ok(
        api,
        "PUT",
        "/unprefixed",
        "{\"settings\": {\"codec\": \"trident_best_compression\"}, " + MAPPINGS + "}");
    assertEquals(
        "trident_best_compression", index("unprefixed").at("/settings/index/codec").asText());
    ok(api, "PUT", "/without", "{}");
    refused(
        api,
        400,
        "PUT",
        "/without/_mapping",
        "{\"properties\": {\"body\": {\"type\": \"neural_text\"}}}",
        "[index.codec]");
  }

  @Test
  public void testNamesOfARequestAreResolvedAsItsActionDoes() {
    ok(
        api,
        "PUT",
        "/_index_template/dated",
        """
        {"index_patterns": ["dated-*"], "template": {"settings": {"index.codec": "trident_best_compression"}}}
        """);
    String dated = url("<dated-{now/d{'one'|+12:00}}>");
    ok(api, "PUT", "/" + dated, "{" + MAPPINGS + "}");
    fill("dated-one");
    found(dated);
    JsonNode before = index("dated-one");
    assertEquals("trident_best_compression", before.at("/settings/index/codec").asText());
    // OpenSearch looks for no pipeline by such a name, not even for an explicit one.
    refused(api, 400, "PUT", "/" + dated + "/_doc/7", "{\"body\": \"text\"}", "[body]");
    String setting = "{\"persistent\": {\"trident.default_encoder\": %s}}";
    ok(api, "PUT", "/_cluster/settings", format(setting, "\"other\""));
    try {
      create("dated-two", "\"aliases\": {\"both\": {\"is_write_index\": true}}, ");
      ok(api, "PUT", "/dated-one/_alias/both", null);
      ok(api, "PUT", "/_cluster/settings", format(setting, "\"dense-alone\""));
      String mapping = "{\"properties\": {\"body\": {\"type\": \"neural_text\"}}}";
      JsonNode two = index("dated-two").path("mappings");
      ok(api, "PUT", "/" + dated + "/_mapping", mapping);
      ok(api, "PUT", "/dated-*,-dated-two/_mapping", mapping);
      ok(api, "PUT", "/both/_mapping?write_index_only=true", mapping);
      refused(api, 400, "PUT", "/both/_mapping", mapping, "[body]", "[model]");
      refused(api, 404, "PUT", "/dated-none/_mapping", mapping, "[dated-none]");
      assertEquals(before.path("mappings"), index("dated-one").path("mappings"));
      assertEquals(two, index("dated-two").path("mappings"));
    } finally {
      ok(api, "PUT", "/_cluster/settings", format(setting, "null"));
    }
  }

  private static String url(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8);
  }
}
