/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.cluster.Api;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.BeforeClass;

/** Sixty documents in an index, and a fusion of two legs, on the node that classes share. */
public abstract class FusionTestCase extends ClusterTestCase {

  private static final String MAPPING =
      """
      {"settings": {"index.codec": "trident", "number_of_shards": %d, "number_of_replicas": 0},
       "mappings": {"properties": {
         "body": {"type": "text", "term_vector": "with_positions_offsets"},
         "year": {"type": "integer"}, "shelf": {"type": "keyword"},
         "sparse": {"type": "impact_vector"},
         "notes": {"type": "nested", "properties": {"text": {"type": "text"}, "of": {"type": "integer"}}}}}}
      """;
  static final String[] WORDS = {"river", "sand", "mountain", "sea", "stone", "boat"};
  static final int DOCUMENTS = 60;
  static final int FOUND = 40;

  static Api api;

  @BeforeClass
  public static void start() throws IOException {
    api = sharedNode();
    int shards = randomIntBetween(1, 3);
    ok(api, "PUT", "/corners", String.format(Locale.ROOT, MAPPING, shards));
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < DOCUMENTS; i++) {
      String other = WORDS[1 + i % (WORDS.length - 1)];
      String body = i < FOUND ? "the river ".repeat(1 + i % 3) + other : "nothing of that";
      lines.add("{\"index\": {\"_id\": \"" + i + "\"}}");
      lines.add(
          String.format(
              Locale.ROOT,
              "{\"body\": \"%s\", \"year\": %d, \"shelf\": \"s%d\", \"sparse\": {\"%s\": %f},"
                  + " \"notes\": [{\"text\": \"a note on %s\", \"of\": %d}, {\"text\": \"an empty page\", \"of\": %d}]}",
              body,
              2000 + i * 7 % DOCUMENTS,
              i % 4,
              other,
              0.5 + i % 5,
              other,
              i,
              i));
    }
    bulk(api, "corners", lines);
  }

  static String fusion(String options) {
    return """
        {"fusion": {"legs": [
          {"name": "words", "query": {"match": {"body": {"query": "river", "_name": "by words"}}}},
          {"name": "tokens", "query": {"learned_sparse": {"sparse": {"tokens": {"sand": 1, "sea": 0.5}}}}}]
        """
        + options
        + "}}";
  }

  static JsonNode search(String path, String options, String rest) {
    return ok(api, "POST", path, "{\"query\": " + fusion(options) + rest + "}");
  }

  static JsonNode search(String rest) {
    return search("/corners/_search", "", rest);
  }

  static List<String> ranking() {
    return ids(search(", \"size\": 60"));
  }

  /** The hits of all pages. */
  static List<String> scrolled(String options, String rest) {
    JsonNode page = search("/corners/_search?scroll=1m", options, rest);
    List<String> paged = new ArrayList<>();
    while (ids(page).isEmpty() == false) {
      paged.addAll(ids(page));
      page =
          ok(
              api,
              "POST",
              "/_search/scroll",
              "{\"scroll\": \"1m\", \"scroll_id\": \"" + page.path("_scroll_id").asText() + "\"}");
    }
    ok(
        api,
        "DELETE",
        "/_search/scroll",
        "{\"scroll_id\": \"" + page.path("_scroll_id").asText() + "\"}");
    return paged;
  }

  static JsonNode search(String options, String rest) {
    return search("/corners/_search", options, rest);
  }
}
