/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.cluster.Api;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.BeforeClass;

/** Indices with a {@code neural_text} field {@code body}, on the node that classes share. */
public abstract class NeuralTextTestCase extends ClusterTestCase {

  static final String MAPPINGS =
      "\"mappings\": {\"properties\": {\"body\": {\"type\": \"neural_text\"}}}";

  static final String[] BODIES = {
    "Merges write small segments of an index into larger ones when the index grows",
    "Cats like milk and sleep most of the day in the sun",
    "Compression of stored fields keeps an index small on disk",
    "The score of a document is the sum of the weights of the query's terms",
    "A vector of numbers stands for the meaning of a sentence",
    "Rivers carry sand and stones from the mountains to the sea",
    "A snapshot keeps a copy of all segments of an index in a repository"
  };

  static final String SEARCH =
      "{\"query\": {\"neural_text\": {\"body\": \"when does an index merge small segments\"}}}";

  static Api api;

  @BeforeClass
  public static void start() throws IOException {
    api = sharedNode();
  }

  static void create(String index, String settings) {
    ok(api, "PUT", "/" + index, "{" + settings + MAPPINGS + "}");
  }

  static void fill(String index) {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < BODIES.length; i++) {
      lines.add("{\"create\": {\"_id\": \"" + i + "\"}}");
      lines.add("{\"body\": \"" + BODIES[i] + "\", \"@timestamp\": " + i + ", \"n\": " + i + "}");
    }
    bulk(api, index, lines);
  }

  static JsonNode found(String index) {
    JsonNode response = ok(api, "POST", "/" + index + "/_search", SEARCH);
    assertEquals(response.toString(), "0", ids(response).get(0));
    JsonNode passage = response.at("/hits/hits/0/inner_hits/body/hits/hits/0");
    assertEquals(response.toString(), BODIES[0], passage.at("/_source/text").asText());
    return response;
  }

  static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }

  static JsonNode index(String index) {
    return ok(api, "GET", "/" + index, null).elements().next();
  }

  static JsonNode source(String index, String id) {
    return ok(api, "GET", "/" + index + "/_doc/" + id, null).path("_source");
  }

  /** How many texts of documents and queries went through models. */
  static long encodedTexts() {
    long texts = 0;
    for (JsonNode count : ok(api, "GET", "/_plugins/_trident/stats", null).findValues("texts")) {
      texts += count.asLong();
    }
    return texts;
  }
}
