package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.cluster.Api;
import io.trident.cluster.Node;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.BeforeClass;
import org.junit.Test;

/** The field type {@code neural_text} through the life of an index. */
public class NeuralTextIT extends ClusterTestCase {

  private static final String MAPPINGS =
      "\"mappings\": {\"properties\": {\"body\": {\"type\": \"neural_text\"}}}";

  private static final String[] BODIES = {
    "Merges write small segments of an index into larger ones when the index grows",
    "Cats like milk and sleep most of the day in the sun",
    "Compression of stored fields keeps an index small on disk",
    "The score of a document is the sum of the weights of the query's terms",
    "A vector of numbers stands for the meaning of a sentence",
    "Rivers carry sand and stones from the mountains to the sea",
    "A snapshot keeps a copy of all segments of an index in a repository"
  };

  private static final String SEARCH =
      "{\"query\": {\"neural_text\": {\"body\": \"when does an index merge small segments\"}}}";

  private static Node node;
  private static Api api;

  @BeforeClass
  public static void start() throws IOException {
    node = install("node-neural", List.of(), Node.freePort(), Map.of());
    copyEncoder(root().resolve("node-neural"));
    copyQueryGenerator(root().resolve("node-neural"));
    api = node.start().api();
    ok(
        api,
        "PUT",
        "/_snapshot/neural",
        "{\"type\": \"fs\", \"settings\": {\"location\": \"" + root().resolve("neural") + "\"}}");
  }

  /** Puts the embedded encoder among a node's models again, under the name {@code other}. */
  private static void copyEncoder(Path home) throws IOException {
    Path from =
        Path.of(System.getProperty("trident.docs"))
            .resolveSibling("models/src/main/resources/io/trident/models/embedded/trident-mini");
    Path to = Files.createDirectories(home.resolve("config/trident/models/other"));
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  private static void create(String index, String settings) {
    ok(api, "PUT", "/" + index, "{" + settings + MAPPINGS + "}");
  }

  private static void fill(String index) {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < BODIES.length; i++) {
      lines.add("{\"create\": {\"_id\": \"" + i + "\"}}");
      lines.add("{\"body\": \"" + BODIES[i] + "\", \"@timestamp\": " + i + ", \"n\": " + i + "}");
    }
    bulk(api, index, lines);
  }

  private static JsonNode found(String index) {
    JsonNode response = ok(api, "POST", "/" + index + "/_search", SEARCH);
    assertEquals(response.toString(), "0", ids(response).get(0));
    JsonNode passage = response.at("/hits/hits/0/inner_hits/body/hits/hits/0");
    assertEquals(response.toString(), BODIES[0], passage.at("/_source/text").asText());
    return response;
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }

  private static JsonNode index(String index) {
    return ok(api, "GET", "/" + index, null).elements().next();
  }

  private static JsonNode source(String index, String id) {
    return ok(api, "GET", "/" + index + "/_doc/" + id, null).path("_source");
  }

  @Test
  public void testTwoRequestsFindPassagesAndHighlightThem() {
    create("two", "");
    fill("two");
    JsonNode response = found("two");
    String marked =
        response
            .at("/hits/hits/0/inner_hits/body/hits/hits/0/highlight/body_neural.passages.text/0")
            .asText();
    assertTrue(response.toString(), marked.contains("<em>segments</em>"));
    JsonNode source = response.at("/hits/hits/0/_source");
    assertEquals(BODIES[0], source.path("body").asText());
    assertFalse("vectors are left out", source.has("body_neural"));
    JsonNode whole =
        ok(api, "POST", "/two/_search", SEARCH.replaceFirst("\\{", "{\"_source\": true, "));
    assertTrue(whole.at("/hits/hits/0/_source").has("body_neural"));
    assertEquals(BODIES.length, ids(response).size());
    assertEquals(List.of("1"), ids(ok(api, "GET", "/two/_search?q=milk", null)));
  }

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
  public void testEqualsTheExplicitWay() {
    for (int shards : List.of(1, 3)) {
      String settings = "\"number_of_shards\": " + shards + ", \"number_of_replicas\": 0";
      boolean sparse = shards == 3;
      ok(
          api,
          "PUT",
          "/field-" + shards,
          "{\"settings\": {"
              + settings
              + "}, "
              + MAPPINGS.replace("\"neural_text\"", "\"neural_text\", \"sparse\": " + sparse)
              + "}");
      JsonNode made = index("field-" + shards).at("/mappings/properties/body_neural/properties");
      ok(
          api,
          "PUT",
          "/_ingest/pipeline/explicit",
          """
          {"processors": [{"encode": {"field": "body", SPARSE"dense": "dense", "tokens": "tokens",
            "passages": {"field": "passages", "max_tokens": 128, "overlap": 16}}}]}
          """
              .replace("SPARSE", sparse ? "\"sparse\": \"sparse\", " : ""));
      ok(
          api,
          "PUT",
          "/explicit-" + shards,
          "{\"settings\": {\"index.codec\": \"trident\", \"default_pipeline\": \"explicit\", "
              + settings
              + "}, \"mappings\": {\"properties\": {\"body\": {\"type\": \"text\"}, \"passages\": "
              + made.path("passages")
              + "}}}");
      List<String> lines = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        StringBuilder text = new StringBuilder();
        for (int sentences = randomIntBetween(1, i % 8 == 0 ? 60 : 3); sentences > 0; sentences--) {
          text.append(randomFrom(BODIES)).append(". ");
        }
        lines.add("{\"index\": {\"_id\": \"" + i + "\"}}");
        lines.add("{\"body\": \"" + text + "\"}");
      }
      bulk(api, "field-" + shards, lines);
      bulk(api, "explicit-" + shards, lines);
      for (int i = 0; i < 40; i++) {
        assertEquals(
            source("explicit-" + shards, "" + i).path("passages"),
            source("field-" + shards, "" + i).at("/body_neural/passages"));
      }
      List<String> legs =
          List.of(
              "{\"match\": {\"%1$sbody\": \"%2$s\"}}",
              "{\"top_passages\": {\"path\": \"%1$spassages\", \"query\": {\"learned_sparse\": {\"%1$spassages.sparse\": {\"text\": \"%2$s\"}}}}}",
              "{\"top_passages\": {\"path\": \"%1$spassages\", \"query\": {\"dense\": {\"%1$spassages.dense\": {\"text\": \"%2$s\", \"k\": 100}}}}}",
              "{\"top_passages\": {\"path\": \"%1$spassages\", \"query\": {\"max_sim\": {\"%1$spassages.tokens\": {\"text\": \"%2$s\", \"candidates\": 1000}}}}}");
      String text = randomFrom(BODIES);
      List<String> queries = new ArrayList<>();
      for (String leg : legs) {
        if (sparse == false && leg.contains("learned_sparse")) {
          continue;
        }
        String explicit = format(leg, "", text);
        String field = format(leg.replace("%1$sbody", "body"), "body_neural.", text);
        same("explicit-" + shards, explicit, "field-" + shards, field);
        queries.add("{\"query\": " + explicit + "}");
      }
      same(
          "explicit-" + shards,
          "{\"fusion\": {\"legs\": [" + String.join(", ", queries) + "]}}",
          "field-" + shards,
          "{\"neural_text\": {\"body\": \"" + text + "\"}}");
    }
  }

  private static void same(String index, String query, String other, String otherQuery) {
    JsonNode expected = ok(api, "POST", "/" + index + "/_search", search(query));
    JsonNode actual = ok(api, "POST", "/" + other + "/_search", search(otherQuery));
    assertEquals(otherQuery, scores(expected), scores(actual));
    assertEquals(otherQuery, ids(expected), ids(actual));
    assertFalse(otherQuery, ids(actual).isEmpty());
  }

  private static String search(String query) {
    return "{\"size\": 40, \"_source\": false, \"query\": " + query + "}";
  }

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

  /** How many texts of documents and queries went through models. */
  private static long encodedTexts() {
    long texts = 0;
    for (JsonNode count : ok(api, "GET", "/_plugins/_trident/stats", null).findValues("texts")) {
      texts += count.asLong();
    }
    return texts;
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

  @Test
  public void testSeveralFieldsNestedOnesAndArrays() {
    ok(
        api,
        "PUT",
        "/several",
        """
        {"mappings": {"properties": {
          "title": {"type": "neural_text", "tokens": false}, "plain": {"type": "text"},
          "body": {"type": "neural_text"},
          "parts": {"properties": {"text": {"type": "neural_text"}}},
          "comments": {"type": "nested", "properties": {"text": {"type": "neural_text"}}}}}}
        """);
    bulk(
        api,
        "several",
        List.of(
            "{\"index\": {\"_id\": \"1\"}}",
            format(
                "{\"title\": \"Merging\", \"plain\": \"segments\", \"body\": [\"%s\", \"%s\"]}",
                BODIES[0], BODIES[1]),
            "{\"index\": {\"_id\": \"2\"}}",
            format(
                "{\"parts\": [{\"text\": \"%s\"}, {\"text\": \"%s\"}, {\"n\": 1}], \"title\": null}",
                BODIES[2], BODIES[3]),
            "{\"index\": {\"_id\": \"3\"}}",
            format(
                "{\"comments\": [{\"text\": \"%s\"}, {\"text\": \"%s\"}]}", BODIES[5], BODIES[4])));
    assertEquals(2, source("several", "1").at("/body_neural/passages").size());
    assertEquals(
        "1", first("{\"neural_text\": {\"body\": \"cats in the sun\"}}", "body", BODIES[1]));
    JsonNode parts =
        ok(
            api,
            "POST",
            "/several/_search",
            "{\"query\": {\"neural_text\": {\"parts.text\": \"sum of term weights\"}}}");
    assertEquals(List.of("2"), ids(parts));
    assertEquals(
        "what is made of all fields is left out",
        List.of("parts", "title"),
        names(parts.at("/hits/hits/0/_source")));
    assertEquals(1, parts.at("/hits/hits/0/_source/parts/0").size());
    assertEquals(
        "3",
        first(
            "{\"neural_text\": {\"comments.text\": \"where does sand come from\"}}",
            "comments.text",
            BODIES[5]));
    assertEquals(
        "1",
        first(
            "{\"neural_text\": {\"text\": \"when does an index merge small segments\", \"fields\": [\"title^2\", \"plain\", \"body^0.5\"], \"combination\": \"rrf\"}}",
            "body",
            BODIES[0]));
  }

  private static List<String> names(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static String first(String query, String field, String passage) {
    JsonNode response = ok(api, "POST", "/several/_search", "{\"query\": " + query + "}");
    JsonNode best = response.at("/hits/hits/0");
    assertEquals(
        response.toString(),
        passage,
        best.path("inner_hits").path(field).at("/hits/hits/0/_source/text").asText());
    return best.path("_id").asText();
  }

  @Test
  public void testPipelinesOfTheUserRunBefore() {
    for (String name : List.of("default", "final", "request")) {
      ok(
          api,
          "PUT",
          "/_ingest/pipeline/" + name,
          "{\"processors\": [{\"set\": {\"field\": \"body\", \"value\": \"{{body}} "
              + name
              + "\"}}]}");
    }
    create(
        "piped",
        "\"settings\": {\"default_pipeline\": \"default\", \"final_pipeline\": \"final\"}, ");
    ok(api, "PUT", "/piped/_doc/1", "{\"body\": \"first\"}");
    ok(api, "PUT", "/piped/_doc/2?pipeline=request", "{\"body\": \"second\"}");
    assertEquals(
        "first default final", source("piped", "1").at("/body_neural/passages/0/text").asText());
    assertEquals(
        "second request final", source("piped", "2").at("/body_neural/passages/0/text").asText());
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
  public void testTextThatIsNotEncodedIsRefused() {
    create("unencoded", "");
    String setting = "{\"persistent\": {\"cluster.ingest.system_pipeline_enabled\": %s}}";
    ok(api, "PUT", "/_cluster/settings", format(setting, "false"));
    try {
      refused(
          api,
          400,
          "PUT",
          "/unencoded/_doc/1",
          "{\"body\": \"text\"}",
          "[body]",
          "system_pipeline_enabled");
    } finally {
      ok(api, "PUT", "/_cluster/settings", format(setting, "null"));
    }
    ok(api, "PUT", "/unencoded/_doc/1", "{\"body\": \"text\"}");
    ok(api, "PUT", "/unencoded/_doc/2", "{\"body\": \" \"}");
    ok(api, "PUT", "/unencoded/_doc/3", "{\"body\": null}");
    refused(api, 400, "PUT", "/unencoded/_doc/4", "{\"body\": 4}", "[body]");
    refused(api, 400, "PUT", "/unencoded/_doc/4", "{\"body\": {\"a\": \"b\"}}", "[body]");
    refused(api, 404, "GET", "/unencoded/_doc/4", null);
  }

  @Test
  public void testBadMappingsAreRefused() {
    String mapping =
        "{\"mappings\": {\"properties\": {\"body\": {\"type\": \"neural_text\", %s}}}}";
    for (String[] bad :
        new String[][] {
          {"\"model\": \"unknown-model\"", "[unknown-model]"},
          {"\"model\": 5", "[model]"},
          {"\"model\": \"trident-mini-reranker\", \"tokens\": true", "[tokens]"},
          {"\"sparse\": \"maybe\"", "[sparse]"},
          {"\"sparse\": false, \"dense\": false, \"tokens\": false", "switched on"},
          {"\"passages\": false", "[passages]"},
          {"\"passages\": {\"max_tokens\": 2}", "[max_tokens]"},
          {"\"passages\": {\"words\": 2}", "[words]"},
          {"\"token_reduction\": {\"pool_factor\": 0}", "[token_reduction] a pool factor"},
          {"\"dense\": {\"dimension\": 3}", "[128], got [3]"},
          {"\"expansion\": {\"model\": \"other\"}", "[other] is of kind [encoder]"},
          {"\"no_such_option\": 1", "[no_such_option]"}
        }) {
      refused(api, 400, "PUT", "/refused", format(mapping, bad[0]), "body", bad[1]);
    }
    refused(
        api,
        400,
        "PUT",
        "/refused",
        format(mapping, "\"dense\": {\"encoding\": \"3bit\"}"),
        "[dense]",
        "[3bit]");
    refused(
        api,
        400,
        "PUT",
        "/refused",
        "{\"mappings\": {\"properties\": {\"t\": {\"type\": \"text\", \"copy_to\": \"body\"}, \"body\": {\"type\": \"neural_text\"}}}}",
        "[copy_to]");
    refused(
        api,
        400,
        "PUT",
        "/refused",
        "{\"mappings\": {\"properties\": {\"t\": {\"type\": \"text\", \"fields\": {\"body\": {\"type\": \"neural_text\"}}}}}}",
        "[t.body]",
        "[fields]");
    create("fixed", "");
    for (String change :
        List.of(
            "\"model\": \"other\"",
            "\"sparse\": true",
            "\"dense\": false",
            "\"passages\": {\"max_tokens\": 64}")) {
      refused(
          api,
          400,
          "PUT",
          "/fixed/_mapping",
          "{\"properties\": {\"body\": {\"type\": \"neural_text\", " + change + "}}}",
          "Cannot update parameter");
    }
  }

  @Test
  public void testADynamicFieldIsRefused() {
    ok(
        api,
        "PUT",
        "/dynamic",
        "{\"mappings\": {\"dynamic_templates\": [{\"all\": {\"match\": \"*\", \"mapping\": {\"type\": \"neural_text\"}}}]}}");
    refused(
        api,
        400,
        "PUT",
        "/dynamic/_doc/1",
        "{\"body\": \"text\"}",
        "[body]",
        "[dynamic_templates]");
  }

  @Test
  public void testALongDocumentComesWithThePassageThatAnswers() {
    create("long", "");
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      StringBuilder text = new StringBuilder();
      for (int words = 0; words < 5000; words += 14) {
        text.append(randomFrom(BODIES)).append(". ");
      }
      if (i == 2) {
        text.insert(
            text.indexOf(".", 20_000) + 1, " The lighthouse keeper counts whales at night. ");
      }
      lines.add("{\"index\": {\"_id\": \"" + i + "\"}}");
      lines.add("{\"body\": \"" + text + "\"}");
    }
    bulk(api, "long", lines);
    assertTrue(source("long", "2").at("/body_neural/passages").size() > 30);
    JsonNode found =
        ok(
            api,
            "POST",
            "/long/_search",
            "{\"query\": {\"neural_text\": {\"body\": \"who counts whales at night\"}}, \"highlight\": {\"fields\": {\"body\": {}}}}");
    assertEquals("2", ids(found).get(0));
    JsonNode passage = found.at("/hits/hits/0/inner_hits/body/hits/hits/0");
    assertTrue(found.toString(), passage.at("/_source/text").asText().contains("lighthouse"));
    assertTrue(
        found.toString(),
        passage.at("/highlight/body_neural.passages.text").toString().contains("<em>whales</em>"));
    assertTrue(
        found.toString(),
        found.at("/hits/hits/0/highlight/body").toString().contains("<em>whales</em>"));
  }

  @Test
  public void testPredictedQueriesAreSearchedAsText() {
    ok(
        api,
        "PUT",
        "/expanded",
        "{\"mappings\": {\"properties\": {\"body\": {\"type\": \"neural_text\", \"expansion\": {\"model\": \"my-doc2query\", \"queries\": 2, \"max_tokens\": 8}}}}}");
    bulk(
        api,
        "expanded",
        List.of("{\"index\": {\"_id\": \"1\"}}", "{\"body\": \"" + BODIES[0] + "\"}"));
    JsonNode queries = source("expanded", "1").at("/body_neural/passages/0/queries");
    assertEquals(2, queries.size());
    JsonNode found =
        ok(
            api,
            "POST",
            "/expanded/_search",
            "{\"explain\": true, \"query\": {\"neural_text\": {\"body\": "
                + queries.get(0)
                + "}}}");
    assertEquals(List.of("1"), ids(found));
    assertTrue(found.toString(), found.toString().contains("leg [body_neural.passages.queries]"));
  }

  @Test
  public void testAQueryIsAFusionInEveryWay() {
    create("fused", "\"settings\": {\"number_of_shards\": 2, \"number_of_replicas\": 0}, ");
    fill("fused");
    String query = "{\"neural_text\": {\"body\": \"when does an index merge small segments\"}}";
    JsonNode bool =
        ok(
            api,
            "POST",
            "/fused/_search",
            "{\"query\": {\"bool\": {\"must\": "
                + query
                + ", \"filter\": {\"range\": {\"n\": {\"gte\": 1}}}}}, \"aggs\": {\"n\": {\"max\": {\"field\": \"n\"}}}}");
    assertFalse(ids(bool).contains("0"));
    assertEquals(
        ids(bool).stream().mapToInt(Integer::parseInt).max().orElseThrow(),
        bool.at("/aggregations/n/value").asInt());
    JsonNode options =
        ok(
            api,
            "POST",
            "/fused/_search",
            """
            {"from": 1, "size": 2, "explain": true, "profile": true, "collapse": {"field": "n"},
             "query": {"neural_text": {"body": {"text": "how are segments combined", "window": 20, "passages": 0,
               "combination": "rrf", "rank_constant": 10, "filter": {"range": {"n": {"lte": 5}}},
               "legs": [{"name": "mine", "weight": 2, "query": {"match": {"body": "segments"}}}]}}}}
            """);
    assertEquals(2, ids(options).size());
    String text = options.toString();
    for (String leg : List.of("body", "mine", "body_neural.passages.tokens")) {
      assertTrue(text, text.contains("leg [" + leg + "]"));
    }
    assertEquals(4, options.at("/ext/fusion/legs").size());
    refused(
        api,
        400,
        "POST",
        "/fused/_search",
        "{\"size\": 20, \"query\": {\"neural_text\": {\"body\": {\"text\": \"a\", \"window\": 10}}}}",
        "[window]");
    for (String[] bad :
        new String[][] {
          {"{\"no_such\": \"text\"}", "[no_such]"},
          {"{\"n\": \"text\"}", "[n]"},
          {"{\"body\": 5}", "[body]"},
          {"{\"body\": \"\"}", "[text]"},
          {"{\"body\": {\"text\": \"a\", \"sometimes\": 1}}", "[sometimes]"},
          {"{\"text\": \"a\", \"fields\": []}", "[fields]"},
          {"{\"text\": \"a\", \"fields\": [\"body^x\"]}", "[body^x]"},
          {"{}", "[text]"}
        }) {
      refused(
          api,
          400,
          "POST",
          "/fused/_search",
          "{\"query\": {\"neural_text\": " + bad[0] + "}}",
          bad[1]);
    }
    assertEquals(
        BODIES.length,
        ok(api, "POST", "/fused/_count", "{\"query\": " + query + "}").path("count").asInt());
    JsonNode asLeg =
        ok(
            api,
            "POST",
            "/fused/_search",
            "{\"query\": {\"fusion\": {\"legs\": [{\"query\": "
                + query
                + "}, {\"query\": {\"match\": {\"n\": 0}}}]}}}");
    assertEquals("0", ids(asLeg).get(0));
    refused(
        api,
        400,
        "POST",
        "/fused/_search",
        "{\"query\": {\"nested\": {\"path\": \"body_neural.passages\", \"query\": " + query + "}}}",
        "[fusion]",
        "nested");
    JsonNode shown =
        ok(
            api,
            "POST",
            "/fused/_validate/query?rewrite=true",
            "{\"query\": {\"neural_text\": {\"body\": \"segments\"}}}");
    for (String leg : List.of("body:segments", "DocAndScoreQuery", "max_sim(")) {
      assertTrue(shown.toString(), shown.path("explanations").toString().contains(leg));
    }
    String pit =
        ok(api, "POST", "/fused/_search/point_in_time?keep_alive=1m", null).path("pit_id").asText();
    assertEquals(
        "0",
        ids(ok(
                api,
                "POST",
                "/_search",
                "{\"pit\": {\"id\": \"" + pit + "\"}, \"query\": " + query + "}"))
            .get(0));
    ok(api, "DELETE", "/_search/point_in_time/_all", null);
  }

  @Test
  public void testAFusionTakesATextOnceAndFields() {
    ok(
        api,
        "PUT",
        "/_ingest/pipeline/own",
        "{\"processors\": [{\"encode\": {\"field\": \"text\", \"sparse\": \"sparse\", \"dense\": \"dense\", \"tokens\": \"tokens\"}}]}");
    ok(
        api,
        "PUT",
        "/own",
        """
        {"settings": {"index.codec": "trident", "default_pipeline": "own"}, "mappings": {"properties": {
          "title": {"type": "text"}, "text": {"type": "text"}, "sparse": {"type": "impact_vector"},
          "dense": {"type": "dense_vector", "dimension": 128}, "tokens": {"type": "token_vectors", "dimension": 128}}}}
        """);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < BODIES.length; i++) {
      lines.add("{\"index\": {\"_id\": \"" + i + "\"}}");
      lines.add("{\"title\": \"Text " + i + "\", \"text\": \"" + BODIES[i] + "\"}");
    }
    bulk(api, "own", lines);
    String text = "\"how are segments combined\"";
    same(
        "own",
        format(
            """
        {"fusion": {"legs": [
          {"weight": 2, "query": {"match": {"title": %1$s}}},
          {"query": {"match": {"text": %1$s}}},
          {"query": {"learned_sparse": {"sparse": {"text": %1$s}}}},
          {"weight": 0.5, "query": {"dense": {"dense": {"text": %1$s, "k": 100}}}},
          {"query": {"max_sim": {"tokens": {"text": %1$s, "candidates": 1000}}}}]}}
        """,
            text),
        "own",
        "{\"fusion\": {\"text\": "
            + text
            + ", \"fields\": [\"title^2\", \"text\", \"sparse\", \"dense^0.5\", \"tokens\"]}}");
    JsonNode shown =
        ok(
            api,
            "POST",
            "/own/_validate/query?rewrite=true",
            "{\"query\": {\"fusion\": {\"text\": "
                + text
                + ", \"fields\": [\"text\", \"sparse\", \"dense\", \"tokens\"]}}}");
    assertTrue(shown.toString(), shown.path("valid").asBoolean());
    for (String leg :
        List.of("text:segments", "learned_sparse(sparse", "DocAndScoreQuery", "max_sim(tokens")) {
      assertTrue(shown.toString(), shown.path("explanations").toString().contains(leg));
    }
  }

  @Test
  public void testTheCrossEncoderTakesTextAndFieldsFromTheQuery() {
    create("reranked", "");
    fill("reranked");
    String query = "\"query\": {\"neural_text\": {\"body\": \"how are segments combined\"}}";
    JsonNode explicit =
        ok(
            api,
            "POST",
            "/reranked/_search",
            "{"
                + query
                + ", \"ext\": {\"cross_encoder\": {\"query\": \"how are segments combined\", \"field\": \"body\"}}}");
    JsonNode derived =
        ok(api, "POST", "/reranked/_search", "{" + query + ", \"ext\": {\"cross_encoder\": {}}}");
    assertEquals(ids(explicit), ids(derived));
    assertEquals(scores(explicit), scores(derived));
    assertTrue(derived.toString().contains("_cross_encoder_score"));
    refused(
        api,
        400,
        "POST",
        "/reranked/_search",
        "{\"query\": {\"match_all\": {}}, \"ext\": {\"cross_encoder\": {}}}",
        "[cross_encoder]",
        "[query]");
  }
}
