/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.Before;
import org.junit.Test;

/** Texts in objects, in arrays of them, and under names with dots. */
public class NeuralTextObjectsIT extends NeuralTextTestCase {

  /** 5,000 characters in several passages. */
  private static final String LONG = (String.join(". ", BODIES) + ". ").repeat(10);

  @Before
  public void createIndex() {
    if (api.call("HEAD", "/objects", null).status() == 200) {
      ok(api, "DELETE", "/objects", null);
    }
    ok(
        api,
        "PUT",
        "/objects",
        """
        {"mappings": {"properties": {
          "author": {"properties": {"bio": {"type": "neural_text"}, "name": {"type": "keyword"}}},
          "parts": {"type": "object", "properties": {"text": {"type": "neural_text",
            "passages": {"max_tokens": 32, "overlap": 4}}}},
          "dotted.name": {"type": "neural_text"},
          "chapters": {"type": "nested", "properties": {"text": {"type": "neural_text"},
            "meta": {"properties": {"summary": {"type": "neural_text"}}}}},
          "book": {"properties": {"pages": {"type": "nested", "properties": {"text": {"type": "neural_text"}}}}}}}}
        """);
  }

  private static void put(String id, String document) {
    ok(api, "PUT", "/objects/_doc/" + id + "?refresh=true", document);
  }

  private static JsonNode search(String field, String text) {
    return ok(
        api,
        "POST",
        "/objects/_search",
        format("{\"query\": {\"neural_text\": {\"%s\": \"%s\"}}}", field, text));
  }

  /** The first hit comes with the passage that answers, whose words are marked. */
  private static void assertFound(String id, String passage, String field, String text) {
    JsonNode found = search(field, text);
    assertEquals(found.toString(), id, ids(found).get(0));
    JsonNode best = found.at("/hits/hits/0/inner_hits").path(field).at("/hits/hits/0");
    assertTrue(found.toString(), best.at("/_source/text").asText().contains(passage));
    assertTrue(found.toString(), best.path("highlight").toString().contains("<em>"));
  }

  @Test
  public void testATextInAnObjectComesWithItsPassage() {
    put("1", format("{\"author\": {\"name\": \"x\", \"bio\": \"%s\"}}", BODIES[1]));
    put("2", format("{\"author.bio\": \"%s\"}", BODIES[5]));
    put("3", format("{\"author\": [{\"bio\": \"%s\"}, {\"bio\": \"%s\"}]}", BODIES[3], BODIES[4]));
    put("4", format("{\"dotted\": {\"name\": \"%s\"}}", BODIES[1]));
    put("5", format("{\"dotted.name\": \"%s\"}", BODIES[5]));
    assertFound("1", BODIES[1], "author.bio", "cats in the sun");
    assertFound("2", BODIES[5], "author.bio", "where does sand come from");
    assertFound("3", BODIES[4], "author.bio", "numbers that stand for a meaning");
    assertFound("4", BODIES[1], "dotted.name", "cats in the sun");
    assertFound("5", BODIES[5], "dotted.name", "where does sand come from");
    JsonNode shown = search("author.bio", "cats in the sun").at("/hits/hits/0/_source");
    assertEquals("a hit shows what the document has", 1, shown.size());
    assertEquals(2, shown.path("author").size());
  }

  @Test
  public void testLongTextsInAnArrayOfObjectsComeWithThePassageThatAnswers() {
    String keeper = "The lighthouse keeper counts whales at night. ";
    put(
        "1",
        format(
            "{\"parts\": [{\"text\": \"%s\"}, {\"text\": [\"short\", \"%s\"]}, {\"n\": 1}, {\"text\": null}]}",
            LONG, LONG + keeper + LONG));
    put("2", format("{\"parts\": {\"text\": \"%s\"}}", LONG));
    assertTrue(source("objects", "1").at("/parts_text_neural/passages").size() > 30);
    assertFound("1", keeper.strip(), "parts.text", "who counts whales at night");
  }

  @Test
  public void testObjectsInNestedObjectsHaveTheirPassages() {
    put(
        "1",
        format(
            "{\"chapters\": [{\"meta\": {\"summary\": \"%s\"}}, {\"text\": \"%s\", \"meta\": [{\"summary\": \"%s\"}, {\"summary\": \"%s\"}]}]}",
            BODIES[1], BODIES[2], BODIES[3], BODIES[5]));
    assertFound("1", BODIES[5], "chapters.meta.summary", "where does sand come from");
    assertFound("1", BODIES[2], "chapters.text", "small stored fields");
    JsonNode chapters = source("objects", "1").path("chapters");
    assertEquals(1, chapters.at("/0/meta_summary_neural/passages").size());
    assertEquals(2, chapters.at("/1/meta_summary_neural/passages").size());
  }

  /** OpenSearch finds no inner hits there. */
  @Test
  public void testNestedObjectsInArraysOfObjectsAreFoundWithoutPassages() {
    put(
        "1",
        format(
            "{\"book\": [{\"pages\": [{\"text\": \"%s\"}, {\"text\": \"%s\"}]}, {\"pages\": [{\"text\": \"%s\"}]}]}",
            BODIES[1], BODIES[2], BODIES[5]));
    JsonNode found = search("book.pages.text", "where does sand come from");
    assertEquals(List.of("1"), ids(found));
    assertFalse(found.toString(), found.at("/hits/hits/0").has("inner_hits"));
  }

  @Test
  public void testUpdatesInABulkFollowTheTextsOfObjects() {
    String document =
        format(
            "{\"author\": {\"name\": \"x\", \"bio\": \"%s\"}, \"parts\": [{\"text\": \"%s\"}, {\"n\": 1}]}",
            BODIES[1], BODIES[2]);
    for (String id : List.of("1", "2", "3", "4")) {
      put(id, document);
    }
    bulk(
        api,
        "objects",
        List.of(
            "{\"update\": {\"_id\": \"1\"}}",
            "{\"doc\": {\"author\": {\"name\": \"y\"}}}",
            "{\"update\": {\"_id\": \"2\"}}",
            format("{\"doc\": {\"author\": {\"bio\": \"%s\"}}}", BODIES[5]),
            "{\"update\": {\"_id\": \"3\"}}",
            "{\"doc\": {\"author\": null, \"parts\": [{\"n\": 2}]}}",
            "{\"update\": {\"_id\": \"4\"}}",
            format("{\"doc\": {\"parts\": [{\"text\": \"%s\"}]}}", BODIES[3])));
    JsonNode before = source("objects", "1");
    assertEquals(BODIES[1], before.at("/author_bio_neural/passages/0/text").asText());
    assertEquals(
        BODIES[5], source("objects", "2").at("/author_bio_neural/passages/0/text").asText());
    assertTrue(source("objects", "3").at("/author_bio_neural/passages").isNull());
    assertTrue(source("objects", "3").at("/parts_text_neural/passages").isNull());
    assertEquals(
        BODIES[3], source("objects", "4").at("/parts_text_neural/passages/0/text").asText());
    assertEquals(1, source("objects", "4").at("/parts_text_neural/passages").size());
    assertEquals("1", ids(search("author.bio", "cats in the sun")).get(0));
  }

  /** A part under a name with dots stands beside the text that it would replace. */
  @Test
  public void testAPartWithTwoTextsIsRefusedInABulkAndEncodedElsewhere() {
    put("1", format("{\"author\": {\"bio\": \"%s\"}}", BODIES[1]));
    String part = format("{\"doc\": {\"author.bio\": \"%s\"}}", BODIES[5]);
    JsonNode item =
        ok(api, "POST", "/objects/_bulk", "{\"update\": {\"_id\": \"1\"}}\n" + part + "\n")
            .at("/items/0/update");
    assertEquals(item.toString(), 400, item.path("status").asInt());
    assertTrue(item.toString(), item.toString().contains("[author.bio]"));
    ok(api, "POST", "/objects/_update/1", part);
    assertEquals(2, source("objects", "1").at("/author_bio_neural/passages").size());
  }

  @Test
  public void testOtherValuesAreRefusedWithTheField() {
    for (String bad :
        List.of(
            "{\"author\": {\"bio\": 42}}",
            "{\"author\": {\"bio\": {\"text\": \"text\"}}}",
            "{\"author\": [{\"bio\": \"text\"}, {\"bio\": [true]}]}",
            "{\"author.bio\": 4.2}")) {
      refused(api, 400, "PUT", "/objects/_doc/1", bad, "[author.bio]");
    }
    refused(api, 400, "PUT", "/objects/_doc/1", "{\"author\": \"text\"}", "[author]");
    refused(
        api, 400, "PUT", "/objects/_doc/1", "{\"chapters\": [{\"text\": 1}]}", "[chapters.text]");
    refused(api, 404, "GET", "/objects/_doc/1", null);
  }

  @Test
  public void testAPlaceWithoutRoomIsRefusedWithTheField() {
    refused(
        api,
        400,
        "PUT",
        "/objects/_mapping",
        "{\"properties\": {\"author_bio\": {\"type\": \"neural_text\"}}}",
        "[author_bio_neural]");
    refused(
        api,
        400,
        "PUT",
        "/objects/_mapping",
        "{\"properties\": {\"off\": {\"enabled\": false, \"properties\": {\"text\": {\"type\": \"neural_text\"}}}}}",
        "[off.text]",
        "[enabled]");
    refused(
        api,
        400,
        "PUT",
        "/flat",
        "{\"mappings\": {\"disable_objects\": true, \"properties\": {\"author.bio\": {\"type\": \"neural_text\"}}}}",
        "[author.bio]",
        "[disable_objects]");
  }
}
