/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.trident.cluster.Api;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.BeforeClass;
import org.junit.Test;

/**
 * After any sequence of writes a document's vectors are those of its present text, or absent, and
 * every item of a bulk is answered. Compares a node with {@link DocumentModel} for some seconds, or
 * for {@code -Dtests.follow.seconds}.
 */
public class VectorsFollowTextIT extends ClusterTestCase {

  private static final int SECONDS = Integer.getInteger("tests.follow.seconds", 15);

  /** What an impact may be off by, and a little for what a batch does to a weight. */
  private static final double SPARSE_ERROR = 0.017;

  /** The mapping's greatest weight, which heavier ones become. */
  private static final double MAX_WEIGHT = 4;

  private static final double DENSE_ERROR = 1e-3;

  /** Where documents that fail are refused, and where they are kept and marked. */
  private static final List<String> INDICES = List.of("strict", "lenient", "remembering");

  private static final Pattern UNPAIRED = Pattern.compile("\\p{Cs}");

  private static Api api;

  /** What the node makes of each text when it is asked for nothing else. */
  private static final Map<String, JsonNode> ENCODINGS = new HashMap<>();

  @BeforeClass
  public static void start() throws IOException {
    api = sharedNode();
    for (String index : INDICES) {
      putIndex(index);
      putIndex("copy-of-" + index);
    }
  }

  private static void putIndex(String index) {
    boolean lenient = index.endsWith("strict") == false;
    String digest = index.endsWith("remembering") ? "\"digest_field\": \"%s\"," : "";
    ok(
        api,
        "PUT",
        "/_ingest/pipeline/" + index,
        fill(
            """
        {"processors": [
          {"encode": {"field": "text", "sparse": "sparse", "dense": "dense", "tokens": "tokens",
            %s "ignore_failure": %s}},
          {"encode": {"field": "sections.text", "sparse": "sections.sparse",
            "dense": "sections.dense", %s "error_field": "sections_error"}}]}
        """,
            fill(digest, "digest"), lenient, fill(digest, "sections.digest")));
    ok(
        api,
        "PUT",
        "/" + index,
        fill(
            """
        {"settings": {"index.codec": "trident", "default_pipeline": "%s", "number_of_replicas": 0},
         "mappings": {"properties": {
           "text": {"type": "text"}, "n": {"type": "integer"}, "sparse": {"type": "impact_vector"},
           "dense": {"type": "dense_vector", "dimension": 128, "encoding": "float32"},
           "tokens": {"type": "token_vectors", "dimension": 128},
           "sections": {"type": "nested", "properties": {
             "text": {"type": "text"}, "sparse": {"type": "impact_vector"},
             "dense": {"type": "dense_vector", "dimension": 128, "encoding": "float32"}}}}}}
        """,
            index));
  }

  private static String fill(String template, Object... values) {
    return String.format(Locale.ROOT, template, values);
  }

  @Test
  public void testVectorsAreThoseOfThePresentText() {
    long start = System.nanoTime();
    int cases = 0;
    do {
      new Case("c" + cases, randomFrom(INDICES)).run();
      cases++;
    } while (System.nanoTime() - start < TimeUnit.SECONDS.toNanos(SECONDS));
    double minutes = (System.nanoTime() - start) / 6e10;
    System.out.println(
        fill("vectors followed their texts in %d cases, %.0f per minute", cases, cases / minutes));
  }

  private static String randomText() {
    return randomFrom(
        new String[] {
          "a river",
          "a volcano",
          "the harbor at night",
          "snow on the mountain",
          "abc \uD83D def",
          "two words, and some more of them",
          "\u200B",
          "Zürich \uD83D\uDE00"
        });
  }

  private static Object randomTextValue(boolean mayFail) {
    return switch (randomIntBetween(0, 11)) {
      case 0 -> null;
      case 1 -> randomFrom(new String[] {"", " "});
      case 2 -> Arrays.asList(randomText(), null, randomText());
      case 3 -> List.of();
      case 4 -> mayFail ? 7 : randomText();
      default -> randomText();
    };
  }

  private static Object randomSections() {
    List<Object> sections = new ArrayList<>();
    for (int i = randomIntBetween(0, 3); i > 0; i--) {
      Map<String, Object> section = new LinkedHashMap<>();
      section.put("text", randomTextValue(false));
      section.put("k", i);
      sections.add(randomIntBetween(0, 4) == 0 ? null : section);
    }
    return randomIntBetween(0, 5) == 0 ? null : sections;
  }

  private static Map<String, Object> randomDocument() {
    Map<String, Object> document = new LinkedHashMap<>();
    if (randomIntBetween(0, 3) > 0) {
      document.put("text", randomTextValue(true));
    }
    if (randomBoolean()) {
      document.put("sections", randomSections());
    }
    if (randomBoolean() || document.isEmpty()) {
      document.put("n", randomIntBetween(0, 100));
    }
    return document;
  }

  /** JSON in which an unpaired surrogate, which UTF-8 cannot hold, is escaped. */
  private static String json(Object value) {
    return UNPAIRED
        .matcher(Api.JSON.valueToTree(value).toString())
        .replaceAll(found -> "\\\\u" + Integer.toHexString(found.group().charAt(0)));
  }

  @Test
  public void testALoneSurrogateIsReadEverywhere() {
    String lone = "a river \uD83D by night";
    String document = json(Map.of("text", lone));
    ok(api, "PUT", "/strict/_doc/lone?refresh", document);
    for (String query :
        List.of(
            "{\"learned_sparse\": {\"sparse\": %s}}",
            "{\"dense\": {\"dense\": %s}}", "{\"max_sim\": {\"tokens\": %s}}")) {
      String body = "{\"query\": " + fill(query, document) + "}";
      assertTrue(ids(ok(api, "POST", "/strict/_search?size=100", body)).contains("lone"));
    }
    String reranking =
        """
        {"query": {"ids": {"values": ["lone"]}}, "ext": {"cross_encoder": {"query": "river", "field": "text"}}}
        """;
    assertEquals(List.of("lone"), ids(ok(api, "POST", "/strict/_search", reranking)));
    ok(api, "DELETE", "/strict/_doc/lone?refresh", null);
  }

  /** The last row of the table in docs/ingest.md, which OpenSearch leaves no way around. */
  @Test
  public void testAPartInABulkLosesVectorsThatTheSourceExcludes() {
    ok(
        api,
        "PUT",
        "/excluding",
        """
        {"settings": {"index.codec": "trident", "default_pipeline": "strict"},
         "mappings": {"_source": {"excludes": ["sparse", "dense", "tokens"]}, "properties": {
           "text": {"type": "text"}, "sparse": {"type": "impact_vector"},
           "dense": {"type": "dense_vector", "dimension": 128},
           "tokens": {"type": "token_vectors", "dimension": 128}}}}
        """);
    ok(api, "PUT", "/excluding/_doc/1?refresh", "{\"text\": \"a river\"}");
    String count = "{\"query\": {\"exists\": {\"field\": \"dense\"}}}";
    assertEquals(1, ok(api, "POST", "/excluding/_count", count).get("count").asInt());
    bulk(api, "excluding", List.of("{\"update\": {\"_id\": \"1\"}}", "{\"doc\": {\"n\": 5}}"));
    assertEquals(0, ok(api, "POST", "/excluding/_count", count).get("count").asInt());
    ok(api, "POST", "/excluding/_update/1?refresh", "{\"doc\": {\"n\": 6}}");
    assertEquals(1, ok(api, "POST", "/excluding/_count", count).get("count").asInt());
  }

  /** One sequence of writes to some documents of an index. */
  private static final class Case {
    private final String index;
    private final List<String> ids;
    private final DocumentModel right = new DocumentModel();
    private final List<String> requests = new ArrayList<>();

    Case(String name, String index) {
      this.index = index;
      this.ids = IntStream.range(0, 4).mapToObj(i -> name + "-" + i).toList();
    }

    void run() {
      for (int i = randomIntBetween(4, 16); i > 0; i--) {
        write();
      }
      ok(api, "POST", "/" + index + "/_refresh", null);
      compare(index);
      ok(
          api,
          "POST",
          "/_reindex?refresh",
          fill(
              "{\"source\": {\"index\": \"%s\", \"query\": %s}, \"dest\": {\"index\": \"copy-of-%s\"}}",
              index, query(), index));
      compare("copy-of-" + index);
    }

    private String query() {
      return fill("{\"ids\": {\"values\": %s}}", json(ids));
    }

    private void write() {
      String id = randomFrom(ids);
      switch (randomIntBetween(0, 8)) {
        case 0, 1 -> {
          Map<String, Object> document = randomDocument();
          if (send("PUT", "/" + index + "/_doc/" + id, json(document), fails(document))) {
            right.index(id, document);
          }
        }
        case 2 -> update(id, false);
        case 3 -> update(id, true);
        case 4 -> script(id);
        case 5, 6, 7 -> bulk();
        default -> {
          if (randomBoolean()) {
            updateByQuery();
          } else {
            api.call("DELETE", "/" + index + "/_doc/" + id, null);
            right.delete(id);
          }
        }
      }
    }

    /** Whether the index refuses a document. */
    private boolean fails(Map<String, Object> document) {
      return index.endsWith("strict") && DocumentModel.text(document.get("text")) == null;
    }

    /** Sends a request; whether it was done. */
    private boolean send(String method, String path, String body, boolean fails) {
      requests.add(method + " " + path + " " + body);
      Api.Answer answer = api.call(method, path, body);
      assertEquals(
          this + " answered " + answer.body(),
          fails ? 400 : 200,
          answer.status() < 300 ? 200 : answer.status());
      return fails == false;
    }

    private void update(String id, boolean docAsUpsert) {
      Map<String, Object> part = randomDocument();
      Map<String, Object> upsert = randomDocument();
      boolean there = right.has(id);
      Map<String, Object> body = new LinkedHashMap<>(Map.of("doc", part));
      if (docAsUpsert) {
        body.put("doc_as_upsert", true);
      } else {
        body.put("upsert", upsert);
      }
      Map<String, Object> result = there || docAsUpsert ? right.merged(id, part) : upsert;
      if (send("POST", "/" + index + "/_update/" + id, json(body), fails(result))) {
        right.index(id, result);
      }
    }

    private void script(String id) {
      Object value = randomTextValue(true);
      Map<String, Object> upsert = randomDocument();
      Map<String, Object> result = right.has(id) ? right.merged(id, Map.of()) : upsert;
      if (right.has(id) && value == null) {
        result.remove("text");
      } else if (right.has(id)) {
        result.put("text", value);
      }
      Map<String, Object> body = Map.of("script", script(value), "upsert", upsert);
      if (send("POST", "/" + index + "/_update/" + id, json(body), fails(result))) {
        right.index(id, result);
      }
    }

    private static Map<String, Object> script(Object value) {
      return value == null
          ? Map.of("source", "ctx._source.remove('text')")
          : Map.of("source", "ctx._source.text = params.text", "params", Map.of("text", value));
    }

    private void updateByQuery() {
      Object value = randomTextValue(false);
      ok(api, "POST", "/" + index + "/_refresh", null);
      String body = fill("{\"query\": %s, \"script\": %s}", query(), json(script(value)));
      if (send("POST", "/" + index + "/_update_by_query?refresh", body, false)) {
        ids.forEach(id -> right.script(id, "text", value));
      }
    }

    /** Items of documents of their own: those of one document would be done in any order. */
    private void bulk() {
      List<String> lines = new ArrayList<>();
      List<Runnable> done = new ArrayList<>();
      List<Boolean> failing = new ArrayList<>();
      for (String id : ids) {
        Map<String, Object> document = randomDocument();
        switch (randomIntBetween(0, 3)) {
          case 0 -> {
            lines.add(fill("{\"index\": {\"_id\": \"%s\"}}", id));
            lines.add(json(document));
            failing.add(fails(document));
            done.add(() -> right.index(id, document));
          }
          case 1 -> {
            lines.add(fill("{\"update\": {\"_id\": \"%s\"}}", id));
            lines.add(json(Map.of("doc", document, "doc_as_upsert", true)));
            failing.add(fails(document));
            done.add(() -> right.upsert(id, document));
          }
          case 2 -> {
            Map<String, Object> part = Map.of("n", randomIntBetween(0, 100));
            lines.add(fill("{\"update\": {\"_id\": \"%s\"}}", id));
            lines.add(json(Map.of("doc", part, "upsert", document)));
            failing.add(fails(document));
            done.add(
                () -> {
                  if (right.has(id)) right.update(id, part);
                  else right.index(id, document);
                });
          }
          default -> {
            lines.add(fill("{\"delete\": {\"_id\": \"%s\"}}", id));
            failing.add(false);
            done.add(() -> right.delete(id));
          }
        }
      }
      String body = String.join("\n", lines) + "\n";
      requests.add("POST /" + index + "/_bulk\n" + body);
      JsonNode items = ok(api, "POST", "/" + index + "/_bulk", body).get("items");
      assertEquals("every item is answered", ids.size(), items.size());
      for (int i = 0; i < ids.size(); i++) {
        boolean failed = items.get(i).elements().next().has("error");
        assertEquals(this + " answered " + items.get(i), failing.get(i), failed);
        if (failed == false) {
          done.get(i).run();
        }
      }
    }

    private void compare(String where) {
      JsonNode hits =
          ok(
                  api,
                  "POST",
                  "/" + where + "/_search",
                  fill(
                      """
                  {"query": %s, "size": 10, "fields": [{"field": "sparse", "format": "stored"},
                    {"field": "dense", "format": "stored"}, {"field": "tokens", "format": "stored"}]}
                  """,
                      query()))
              .at("/hits/hits");
      Map<String, JsonNode> found = new HashMap<>();
      hits.forEach(hit -> found.put(hit.get("_id").asText(), hit));
      assertEquals(toString(), right.documents().keySet(), new TreeSet<>(found.keySet()));
      right
          .documents()
          .forEach((id, document) -> compare(where + "/" + id, document, found.get(id)));
    }

    private void compare(String what, Map<String, Object> document, JsonNode hit) {
      String shown = what + " holds " + hit.get("_source") + " after " + this;
      String message = UNPAIRED.matcher(shown).replaceAll("?"); // reports end at one
      String text = DocumentModel.text(document.get("text"));
      JsonNode source = hit.get("_source");
      assertEquals(message, text == null, source.path("encode_error").isTextual());
      JsonNode expected =
          text == null || text.isEmpty() ? MissingNode.getInstance() : encoding(text);
      JsonNode fields = hit.path("fields");
      compareSparse(message, expected.path("sparse"), fields.at("/sparse/0"));
      compareDense(message, expected.path("dense"), fields.at("/dense/0"));
      List<Integer> ids = new ArrayList<>();
      expected.path("tokens").forEach(token -> ids.add(token.get("token_id").asInt()));
      assertEquals(
          message,
          json(ids),
          ids.isEmpty()
              ? json(values(fields.at("/tokens/0/token_ids")))
              : fields.at("/tokens/0/token_ids").toString());
      compareSections(message, document.get("sections"), source.path("sections"));
    }

    private static List<JsonNode> values(JsonNode array) {
      List<JsonNode> values = new ArrayList<>();
      array.forEach(values::add);
      return values;
    }

    private void compareSections(String message, Object sections, JsonNode found) {
      int i = 0;
      for (Object section : sections instanceof List<?> list ? list : List.of()) {
        String text = section instanceof Map<?, ?> map ? DocumentModel.text(map.get("text")) : "";
        JsonNode expected = text.isEmpty() ? MissingNode.getInstance() : encoding(text);
        compareSparse(message, expected.path("sparse"), found.path(i).at("/sparse/0"));
        compareDense(message, expected.path("dense"), found.path(i).path("dense"));
        i++;
      }
      assertEquals(message, i, found.size());
    }

    private static void compareSparse(String message, JsonNode expected, JsonNode found) {
      for (Map.Entry<String, JsonNode> token : expected.properties()) {
        assertEquals(
            message,
            Math.min(MAX_WEIGHT, token.getValue().asDouble()),
            Math.min(MAX_WEIGHT, found.path(token.getKey()).asDouble()),
            SPARSE_ERROR);
      }
      found.fieldNames().forEachRemaining(token -> assertTrue(message, expected.has(token)));
    }

    private static void compareDense(String message, JsonNode expected, JsonNode found) {
      boolean zero = true;
      for (JsonNode value : expected) {
        zero &= value.asDouble() == 0;
      }
      assertEquals(message, zero, found.isEmpty());
      for (int d = 0; d < found.size(); d++) {
        assertEquals(message, expected.get(d).asDouble(), found.get(d).asDouble(), DENSE_ERROR);
      }
    }

    private static JsonNode encoding(String text) {
      return ENCODINGS.computeIfAbsent(
          text,
          key ->
              ok(
                      api,
                      "POST",
                      "/_plugins/_trident/models/trident-mini/_encode",
                      json(Map.of("texts", List.of(key))))
                  .at("/encodings/0"));
    }

    @Override
    public String toString() {
      return String.join("\n", requests);
    }
  }
}
