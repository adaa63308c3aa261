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
import org.junit.BeforeClass;
import org.junit.Test;

/** Updates of documents with a {@code neural_text}: the vectors are those of the present text. */
public class NeuralTextUpdatesIT extends NeuralTextTestCase {

  @BeforeClass
  public static void createReference() {
    create("reference", "");
  }

  @Test
  public void testUpdatesEncodeWhatChanged() {
    create("updated", "");
    fill("updated");
    JsonNode first = source("updated", "1");
    long before = encodedTexts();
    ok(api, "POST", "/updated/_update/1", "{\"doc\": {\"n\": 100}}");
    assertEquals(before, encodedTexts());
    assertEquals(first.path("body_neural"), source("updated", "1").path("body_neural"));
    ok(
        api,
        "POST",
        "/updated/_update/1?refresh=true",
        "{\"doc\": {\"body\": \"" + BODIES[0] + "\"}}");
    assertTrue(encodedTexts() > before);
    assertEquals(
        source("updated", "0").at("/body_neural/passages/0/dense"),
        source("updated", "1").at("/body_neural/passages/0/dense"));
    bulk(
        api,
        "updated",
        List.of(
            "{\"update\": {\"_id\": \"2\"}}",
            "{\"doc\": {\"body\": \"" + BODIES[0] + "\"}}",
            "{\"update\": {\"_id\": \"3\"}}",
            "{\"doc\": {\"n\": 5}}",
            "{\"update\": {\"_id\": \"new\"}}",
            "{\"doc\": {\"body\": \"" + BODIES[0] + "\"}, \"doc_as_upsert\": true}"));
    assertEquals(
        source("updated", "0").at("/body_neural/passages"),
        source("updated", "2").at("/body_neural/passages"));
    assertEquals(
        source("updated", "0").at("/body_neural/passages"),
        source("updated", "new").at("/body_neural/passages"));
    assertEquals(BODIES[3], source("updated", "3").at("/body_neural/passages/0/text").asText());
    ok(
        api,
        "POST",
        "/updated/_update/4?refresh=true",
        "{\"script\": {\"source\": \"ctx._source.body = params.b\", \"params\": {\"b\": \""
            + BODIES[0]
            + "\"}}}");
    assertEquals(
        source("updated", "0").at("/body_neural/passages"),
        source("updated", "4").at("/body_neural/passages"));
  }

  @Test
  public void testUpdatesByQueryEncodeWhatChanged() {
    create("queried", "");
    fill("queried");
    ok(
        api,
        "POST",
        "/queried/_update_by_query?refresh=true",
        "{\"query\": {\"ids\": {\"values\": [\"1\", \"2\"]}}, \"script\": {\"source\": \"ctx._source.body = params.b\", \"params\": {\"b\": \""
            + BODIES[0]
            + "\"}}}");
    for (String id : List.of("1", "2")) {
      assertEquals(
          source("queried", "0").path("body_neural"), source("queried", id).path("body_neural"));
    }
  }

  private static String script(String source, String text) {
    return "{\"source\": \"" + source + "\", \"params\": {\"b\": \"" + text + "\"}}";
  }

  private static String setting(String text) {
    return "{\"script\": " + script("ctx._source.body = params.b", text) + "}";
  }

  /** What is made of the text of a document is what is made of the same text in another index. */
  private static void assertEncoded(String index, String id, String text) {
    JsonNode source = source(index, id);
    assertEquals(id, text, source.path("body").asText());
    ok(api, "PUT", "/reference/_doc/1", "{\"body\": \"" + text + "\"}");
    assertEquals(id, source("reference", "1").path("body_neural"), source.path("body_neural"));
  }

  /** Sends a bulk and gives the answers to its items, by the number of the item. */
  private static List<JsonNode> items(String path, List<String> lines) {
    List<JsonNode> items = new ArrayList<>();
    JsonNode answer = ok(api, "POST", path, String.join("\n", lines) + "\n");
    answer.path("items").forEach(item -> items.add(item.elements().next()));
    return items;
  }

  @Test
  public void testScriptsInABulkEncodeTheirTexts() {
    create("scripted", "\"aliases\": {\"alias\": {}}, \"settings\": {\"number_of_shards\": 3}, ");
    fill("scripted");
    String upsert = "{\"body\": \"" + BODIES[1] + "\"}";
    List<JsonNode> items =
        items(
            "/scripted/_bulk?refresh=true",
            List.of(
                "{\"index\": {\"_id\": \"new\"}}",
                "{\"body\": \"" + BODIES[1] + "\"}",
                "{\"update\": {\"_id\": \"0\"}}",
                setting("first"),
                "{\"update\": {\"_id\": \"new\", \"_index\": \"alias\"}}",
                setting("of the document of this bulk"),
                "{\"update\": {\"_id\": \"0\"}}",
                "{\"script\": " + script("ctx._source.body += params.b", " then") + "}",
                "{\"update\": {\"_id\": \"missing\"}}",
                setting("nothing"),
                "{\"update\": {\"_id\": \"upserted\"}}",
                "{\"scripted_upsert\": true, \"upsert\": "
                    + upsert
                    + ", \"script\": "
                    + script("ctx._source.body = params.b", "made by a script")
                    + "}",
                "{\"update\": {\"_id\": \"1\"}}",
                "{\"script\": \"ctx._source.remove('body')\"}",
                "{\"update\": {\"_id\": \"2\"}}",
                "{\"script\": \"ctx.op = 'delete'\"}",
                "{\"update\": {\"_id\": \"3\"}}",
                "{\"script\": \"ctx.op = 'none'\"}",
                "{\"update\": {\"_id\": \"4\"}}",
                "{\"script\": \"ctx._source.body = 42\"}",
                "{\"update\": {\"_id\": \"4\"}}",
                "{\"script\": \"ctx._source.body.nothing()\"}",
                "{\"update\": {\"_id\": \"5\", \"_source\": \"n\"}}",
                "{\"script\": \"ctx._source.n = 50\"}",
                "{\"update\": {\"_id\": \"6\"}}",
                "{\"doc\": {\"body\": \"part\"}}",
                "{\"update\": {\"_id\": \"other\"}}",
                "{\"script\": \"ctx._source.n = 1\", \"upsert\": " + upsert + "}",
                "{\"index\": {\"_id\": \"0\"}}",
                "{\"body\": \"last\"}"));
    List<Integer> expected =
        List.of(201, 200, 200, 200, 404, 201, 200, 200, 200, 400, 400, 200, 200, 201, 200);
    assertEquals(
        items.toString(), expected, items.stream().map(i -> i.path("status").asInt()).toList());
    assertEquals("deleted", items.get(7).path("result").asText());
    assertEquals("noop", items.get(8).path("result").asText());
    assertTrue(items.get(9).toString().contains("[body]"));
    assertEquals(50, items.get(11).at("/get/_source/n").asInt());
    assertTrue(items.get(1).path("forced_refresh").asBoolean());
    assertTrue(items.stream().allMatch(item -> item.path("_index").asText().equals("scripted")));
    assertEquals(
        "a refresh is for all items",
        List.of("new"),
        ids(
            ok(
                api,
                "POST",
                "/scripted/_search",
                "{\"query\": {\"match_phrase\": {\"body\": \"document of this bulk\"}}}")));
    assertEncoded("scripted", "0", "last");
    assertEncoded("scripted", "new", "of the document of this bulk");
    assertEncoded("scripted", "upserted", "made by a script");
    assertEncoded("scripted", "other", BODIES[1]);
    assertEncoded("scripted", "4", BODIES[4]);
    assertEncoded("scripted", "5", BODIES[5]);
    assertEncoded("scripted", "6", "part");
    assertTrue(source("scripted", "1").at("/body_neural/passages/0").isMissingNode());
    refused(api, 404, "GET", "/scripted/_doc/2", null);
  }

  @Test
  public void testAScriptInABulkMakesAnIndexByItsTemplate() {
    ok(
        api,
        "PUT",
        "/_index_template/made",
        "{\"index_patterns\": [\"made-*\"], \"template\": {" + MAPPINGS + "}}");
    ok(api, "PUT", "/_template/old", "{\"index_patterns\": [\"old-*\"], " + MAPPINGS + "}");
    for (String index : List.of("made-1", "old-1")) {
      bulk(
          api,
          index,
          List.of(
              "{\"update\": {\"_id\": \"1\"}}",
              "{\"scripted_upsert\": true, \"upsert\": {\"body\": \"first\"}, \"script\": "
                  + script("ctx._source.body = params.b", "second")
                  + "}"));
      assertEncoded(index, "1", "second");
    }
  }

  /** Whoever keeps the pipeline away from a changed text is refused, and nothing changes. */
  @Test
  public void testAChangedTextThatIsNotEncodedIsRefused() {
    create("kept-apart", "");
    create("%3Cdated-%7Bnow%2Fd%7D%3E", "");
    fill("kept-apart");
    JsonNode before = source("kept-apart", "0");
    String setting = "{\"persistent\": {\"cluster.ingest.system_pipeline_enabled\": %s}}";
    ok(api, "PUT", "/_cluster/settings", format(setting, "false"));
    try {
      refused(
          api,
          400,
          "POST",
          "/kept-apart/_update/0",
          setting("changed"),
          "[body]",
          "[body_neural.digest] is of another text");
      for (String part : List.of("{\"body\": \"changed\"}", "{\"body\": null}")) {
        refused(
            api, 400, "POST", "/kept-apart/_update/0", "{\"doc\": " + part + "}", "another text");
      }
      List<JsonNode> items =
          items(
              "/kept-apart/_bulk",
              List.of(
                  "{\"update\": {\"_id\": \"0\"}}",
                  setting("changed"),
                  "{\"update\": {\"_id\": \"0\"}}",
                  "{\"doc\": {\"body\": \"changed\"}}"));
      items.forEach(item -> assertEquals(item.toString(), 400, item.path("status").asInt()));
      assertEquals(before, source("kept-apart", "0"));
      ok(api, "POST", "/kept-apart/_update/0", "{\"doc\": {\"n\": 100}}");
    } finally {
      ok(api, "PUT", "/_cluster/settings", format(setting, "null"));
    }
    JsonNode created = ok(api, "GET", "/dated-*", null);
    String dated = created.fieldNames().next();
    ok(api, "PUT", "/" + dated + "/_doc/1", "{\"body\": \"text\"}");
    JsonNode text = source(dated, "1");
    refused(
        api,
        400,
        "POST",
        "/%3Cdated-%7Bnow%2Fd%7D%3E/_update/1",
        setting("changed"),
        "is of another text");
    assertEquals(text, source(dated, "1"));
  }

  /** Outside of texts that are encoded a bulk is the one that OpenSearch makes. */
  @Test
  public void testAScriptInABulkOfAnotherIndexRunsNoPipelines() {
    ok(
        api,
        "PUT",
        "/_ingest/pipeline/mark",
        "{\"processors\": [{\"set\": {\"field\": \"mark\", \"value\": 1}}]}");
    ok(api, "PUT", "/other", "{\"settings\": {\"default_pipeline\": \"mark\"}}");
    ok(api, "PUT", "/other/_doc/1?pipeline=_none", "{\"body\": \"text\"}");
    bulk(api, "other", List.of("{\"update\": {\"_id\": \"1\"}}", setting("changed")));
    assertFalse(source("other", "1").has("mark"));
    assertEquals("changed", source("other", "1").path("body").asText());
  }
}
