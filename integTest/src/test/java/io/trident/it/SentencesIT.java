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
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.BeforeClass;
import org.junit.Test;

/** The sentences of texts that were encoded whole. */
public class SentencesIT extends ClusterTestCase {

  private static final String INDEX = "sentenced";

  private static final String SAND = "Rivers carry sand to the sea";

  private static final List<String> TEXTS =
      List.of(
          "The shop opens at nine. " + SAND + ". Dogs bark.",
          "Wind shapes dunes. A cat sleeps on a warm stone.",
          "One sentence about boats");

  private static final String QUERY =
      "{\"max_sim\": {\"tokens\": {\"text\": \"how do rivers move sand\"%s}}}";

  private static Api api;

  @BeforeClass
  public static void start() throws IOException {
    api = sharedNode();
    String encode =
        "{\"encode\": {\"field\": \"%s\", \"tokens\": \"tokens\", \"units\": \"sentences\"%s}}";
    String passages = ", \"passages\": {\"field\": \"parts\", \"max_tokens\": 60, \"overlap\": 0}";
    ok(
        api,
        "PUT",
        "/_ingest/pipeline/" + INDEX,
        "{\"processors\": ["
            + String.format(Locale.ROOT, encode, "text", "")
            + ", "
            + String.format(Locale.ROOT, encode, "long", passages)
            + "]}");
    ok(
        api,
        "PUT",
        "/" + INDEX,
        """
        {"settings": {"index.codec": "trident", "number_of_shards": 2, "default_pipeline": "sentenced"},
         "mappings": {"properties": {"text": {"type": "text"},
           "tokens": {"type": "token_vectors", "dimension": 128, "encoding": "float32"},
           "parts": {"type": "nested", "properties": {
             "tokens": {"type": "token_vectors", "dimension": 128}}}}}}
        """);
    List<String> lines = new ArrayList<>();
    for (String text : TEXTS) {
      lines.add("{\"index\": {\"_id\": \"" + lines.size() / 2 + "\"}}");
      lines.add("{\"text\": \"" + text + "\", \"long\": \"" + text + "\"}");
    }
    bulk(api, INDEX, lines);
  }

  private static JsonNode hits(String query) {
    String body = "{\"query\": " + query + "}";
    return ok(api, "POST", "/" + INDEX + "/_search", body).at("/hits/hits");
  }

  private static String asking(String units) {
    return String.format(Locale.ROOT, QUERY, ", \"units\": {" + units + "}");
  }

  /** What a unit says of itself is right for its text. */
  private static void assertFirst(JsonNode hit) {
    JsonNode best = hit.at("/fields/_units/0");
    String text = TEXTS.get(0);
    assertEquals(
        hit.toString(), SAND, text.substring(best.get("start").asInt(), best.get("end").asInt()));
    assertTrue(best.get("tokens").get(0).asInt() > 0);
    assertTrue(best.get("tokens").get(1).asInt() > best.get("tokens").get(0).asInt());
  }

  @Test
  public void testTheBestSentencesAreTold() {
    JsonNode plain = hits(String.format(Locale.ROOT, QUERY, ""));
    JsonNode whole = hits(asking(""));
    for (int i = 0; i < plain.size(); i++) {
      assertEquals(plain.get(i).get("_score"), whole.get(i).get("_score"));
      assertFalse(plain.get(i).has("fields"));
      JsonNode units = whole.get(i).at("/fields/_units");
      int sentences = TEXTS.get(whole.get(i).get("_id").asInt()).split("\\. ").length;
      assertEquals(sentences, units.size());
      for (int u = 1; u < units.size(); u++) {
        assertTrue(
            units.get(u - 1).get("score").asDouble() >= units.get(u).get("score").asDouble());
      }
    }
    assertFirst(whole.get(0));
    assertEquals("tokens", whole.get(0).at("/fields/_units/0/field").asText());
  }

  @Test
  public void testDocumentsAreRankedByTheirBestSentence() {
    JsonNode best = hits(asking("\"score\": \"best\", \"count\": 1"));
    assertEquals(TEXTS.size(), best.size());
    for (JsonNode hit : best) {
      assertEquals(1, hit.at("/fields/_units").size());
      double score = hit.at("/fields/_units/0/score").asDouble();
      assertEquals(score, hit.get("_score").asDouble(), 1e-6);
    }
    assertFirst(best.get(0));
  }

  @Test
  public void testFusionsRescoringAndPassagesTellThemToo() {
    String asking = asking("\"count\": 1");
    assertFirst(
        hits("{\"fusion\": {\"legs\": [{\"query\": "
                + asking
                + "}, {\"query\": {\"match\": {\"text\": \"sand\"}}}]}}")
            .get(0));
    String rescoring =
        "{\"query\": {\"match\": {\"text\": \"sand\"}}, \"rescore\": {\"query\": {\"rescore_query\": "
            + asking
            + "}}}";
    assertFirst(ok(api, "POST", "/" + INDEX + "/_search", rescoring).at("/hits/hits/0"));
    String nested =
        "{\"nested\": {\"path\": \"parts\", \"inner_hits\": {}, \"query\": "
            + asking.replace("\"tokens\"", "\"parts.tokens\"")
            + "}}";
    JsonNode hit = hits(nested).get(0);
    assertFalse(hit.toString(), hit.has("fields"));
    assertFirst(hit.at("/inner_hits/parts/hits/hits/0"));
  }
}
