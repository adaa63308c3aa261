/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.neural;

import static org.hamcrest.Matchers.containsString;

import io.trident.models.api.ModelDescription;
import io.trident.models.api.ModelException;
import io.trident.models.api.ModelKind;
import io.trident.models.api.Representation;
import io.trident.query.mapper.VectorModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.opensearch.OpenSearchParseException;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.common.xcontent.support.XContentMapValues;
import org.opensearch.core.action.ActionListener;
import org.opensearch.index.mapper.MapperParsingException;
import org.opensearch.index.mapper.MappingTransformer;
import org.opensearch.test.OpenSearchTestCase;

/** What becomes of a mapping with {@code neural_text} fields. */
public class NeuralTextTransformerTests extends OpenSearchTestCase {

  private static final Map<String, Set<Representation>> MODELS =
      Map.of(
          "all", Set.of(Representation.values()),
          "dense-only", Set.of(Representation.DENSE),
          "no-tokens", Set.of(Representation.SPARSE, Representation.DENSE),
          "none", Set.of(),
          "generator", Set.of());

  private final List<Map<String, Object>> checked = new ArrayList<>();
  private final NeuralTextTransformer transformer =
      new NeuralTextTransformer(() -> "all", NeuralTextTransformerTests::describe, checked::add);

  private static CompletionStage<ModelDescription> describe(String model) {
    if (MODELS.containsKey(model) == false) {
      return CompletableFuture.failedFuture(
          new ModelException(ModelException.Kind.NOT_FOUND, "no model [" + model + "]"));
    }
    return CompletableFuture.completedFuture(
        new ModelDescription(
            model,
            "",
            "",
            "",
            "print of " + model,
            256,
            MODELS.get(model),
            Map.of(Representation.DENSE, 384, Representation.TOKENS, 48),
            model.equals("generator") ? ModelKind.QUERY_GENERATOR : ModelKind.ENCODER,
            "embedded",
            0,
            true,
            null,
            model.equals("all") ? "rows of all" : null));
  }

  private static Map<String, Object> json(String json) {
    return XContentHelper.convertToMap(JsonXContent.jsonXContent, json, true);
  }

  private Map<String, Object> transformed(Map<String, Object> mapping) {
    Exception failure = transform(transformer, mapping);
    assertNull(failure);
    return mapping;
  }

  private static Exception transform(MappingTransformer transformer, Map<String, Object> mapping) {
    AtomicReference<Exception> failure = new AtomicReference<>();
    transformer.transform(mapping, null, ActionListener.wrap(nothing -> {}, failure::set));
    return failure.get();
  }

  public void testAddsTheFieldsThatTheModelGives() {
    Map<String, Object> mapping =
        transformed(json("{\"properties\": {\"body\": {\"type\": \"neural_text\"}}}"));
    assertEquals(
        json(
            """
            {"properties": {
              "body": {"type": "neural_text", "model": "all", "sparse": false, "dense": true, "tokens": true,
                "passages": {"max_tokens": 128, "overlap": 16}},
              "body_neural": {"properties": {
                "digest": {"type": "keyword", "index": false},
                "passages": {"type": "nested", "properties": {
                  "text": {"type": "text", "index": false},
                  "start": {"type": "integer", "index": false, "doc_values": false},
                  "end": {"type": "integer", "index": false, "doc_values": false},
                  "dense": {"type": "dense_vector", "dimension": 384, "model": "all", "model_fingerprint": "print of all"},
                  "tokens": {"type": "token_vectors", "dimension": 48, "model": "all", "model_fingerprint": "print of all"}}}}}}}
            """),
        mapping);
    assertEquals(
        Map.of(
            "field", "body",
            "model", "all",
            "dense", "dense",
            "tokens", "tokens",
            "passages", Map.of("field", "body_neural.passages", "max_tokens", 128, "overlap", 16),
            "digest_field", "body_neural.digest"),
        checked.get(0));
  }

  public void testWhatIsMadeOfATextInAnObjectStandsOutsideOfIt() {
    Map<String, Object> mapping =
        transformed(
            json(
                """
                {"properties": {"a": {"properties": {"b.c": {"type": "neural_text"},
                  "n": {"type": "nested", "properties": {
                    "d": {"properties": {"e": {"type": "neural_text"}}}}}}}}}
                """));
    MappedFields fields = MappedFields.of(mapping);
    NeuralTextField plain = fields.field("a.b.c").neural();
    assertEquals("a_b_c_neural", plain.companion());
    assertEquals("a_b_c_neural.passages", fields.field("a_b_c_neural.passages.tokens").nested());
    assertTrue(fields.hasInnerHits(plain));
    NeuralTextField nested = fields.field("a.n.d.e").neural();
    assertEquals("a.n.d_e_neural", nested.companion());
    assertEquals("a.n.d_e_neural.passages", fields.field("a.n.d_e_neural.passages.dense").nested());
    assertFalse("[a] may be an array", fields.hasInnerHits(nested));
    assertTrue("it has no such field", MappedFields.NONE.hasInnerHits(nested));
  }

  public void testAMappingWithoutObjectsIsRefused() {
    Exception refused =
        transform(
            transformer,
            json(
                """
                {"disable_objects": true, "properties": {"a.b": {"type": "neural_text"}}}
                """));
    assertThat(refused.getMessage(), containsString("[a.b] needs the object [a_b_neural]"));
  }

  public void testVectorsSayTheirModel() {
    Map<String, Object> mapping =
        transformed(json("{\"properties\": {\"a\": {\"type\": \"neural_text\"}}}"));
    MappedFields fields = MappedFields.of(mapping);
    NeuralTextField field = NeuralTextMapping.fields(mapping).get(0);
    for (Representation representation : field.representations()) {
      assertEquals(
          new VectorModel("all", "print of all"),
          fields.field(field.vectors(representation)).model());
    }
  }

  public void testVectorsOfAnotherModelThanTheFieldsAreRefused() {
    Exception refused =
        transform(
            transformer,
            json(
                """
                {"properties": {"a": {"type": "neural_text"}, "a_neural": {"properties": {
                  "passages": {"properties": {"dense": {"model": "other"}}}}}}}
                """));
    assertThat(
        refused.getMessage(),
        containsString("[model] of its [a_neural.passages.dense] to be [all], got [other]"));
  }

  public void testFieldsOfOnesOwnGetTheFingerprintOfTheirModel() {
    VectorModelTransformer fingerprints =
        new VectorModelTransformer(NeuralTextTransformerTests::describe);
    Map<String, Object> mapping =
        json(
            """
            {"_doc": {"properties": {
              "text": {"type": "text", "model": "all"},
              "none": {"type": "dense_vector"},
              "given": {"type": "impact_vector", "model": "all", "model_fingerprint": "mine"},
              "o": {"properties": {"n": {"type": "nested", "properties": {
                "v": {"type": "token_vectors", "model": "all"}}}}}}}}
            """);
    assertNull(transform(fingerprints, mapping));
    MappedFields fields = MappedFields.of(mapping);
    assertEquals(new VectorModel("all", "print of all"), fields.field("o.n.v").model());
    assertEquals(new VectorModel("all", "mine"), fields.field("given").model());
    assertEquals(VectorModel.UNKNOWN, fields.field("none").model());
    assertFalse(mapping.toString().contains("text={type=text, model=all, "));
    for (String model : List.of("\"nobody\"", "1", "{}")) {
      Exception refused =
          transform(
              fingerprints,
              json(
                  "{\"properties\": {\"o\": {\"properties\": {\"v\": {\"type\": \"dense_vector\", \"model\": "
                      + model
                      + "}}}}}"));
      assertTrue(refused.toString(), refused instanceof MapperParsingException);
      assertThat(refused.getMessage(), containsString("field [o.v] "));
      assertThat(refused.getMessage(), containsString("[model]"));
    }
  }

  public void testVectorsOfATextAreReducedByTheMapOfItsModel() {
    Map<String, Object> mapping =
        transformed(
            json(
                """
                {"properties": {"body": {"type": "neural_text",
                  "dense": {"encoding": "1bit", "reduced": {"dimension": 160, "map": "all"}}}}}
                """));
    assertNull(
        transform(new VectorModelTransformer(NeuralTextTransformerTests::describe), mapping));
    assertEquals(
        Map.of("dimension", 160, "map", "all", "rows", "rows of all"),
        XContentMapValues.extractValue(
            "properties.body_neural.properties.passages.properties.dense.reduced", mapping));
  }

  public void testFieldsThatNameAMapGetItsRows() {
    VectorModelTransformer rows = new VectorModelTransformer(NeuralTextTransformerTests::describe);
    Map<String, Object> mapping =
        json(
            """
            {"properties": {
              "named": {"type": "dense_vector", "reduced": {"dimension": 2, "map": "all"}},
              "given": {"type": "dense_vector", "reduced": {"map": "all", "rows": "mine"}},
              "first": {"type": "dense_vector", "reduced": {"dimension": 2, "map": "truncate"}},
              "wrong": {"type": "dense_vector", "reduced": 7}}}
            """);
    assertNull(transform(rows, mapping));
    assertEquals(
        json(
            """
            {"properties": {
              "named": {"type": "dense_vector", "reduced": {"dimension": 2, "map": "all", "rows": "rows of all"}},
              "given": {"type": "dense_vector", "reduced": {"map": "all", "rows": "mine"}},
              "first": {"type": "dense_vector", "reduced": {"dimension": 2, "map": "truncate"}},
              "wrong": {"type": "dense_vector", "reduced": 7}}}
            """),
        mapping);
    for (String map : List.of("\"nobody\"", "\"dense-only\"", "1")) {
      Exception refused =
          transform(
              rows,
              json(
                  "{\"properties\": {\"v\": {\"type\": \"dense_vector\", \"reduced\": {\"map\": "
                      + map
                      + "}}}}"));
      assertTrue(refused.toString(), refused instanceof MapperParsingException);
      assertThat(refused.getMessage(), containsString("field [v] "));
    }
  }

  public void testTransformingAgainChangesNothing() {
    Map<String, Object> mapping = new HashMap<>(Map.of("properties", randomProperties(3)));
    Map<String, Object> once = transformed(mapping);
    Map<String, Object> before = copy(once);
    assertEquals(before, transformed(once));
  }

  private static Map<String, Object> copy(Map<String, Object> mapping) {
    Map<String, Object> copy = new HashMap<>();
    mapping.forEach(
        (key, value) ->
            copy.put(key, value instanceof Map ? copy(NeuralTextMapping.object(value)) : value));
    return copy;
  }

  private static Map<String, Object> randomProperties(int depth) {
    Map<String, Object> properties = new HashMap<>();
    for (int i = randomIntBetween(1, 3); i > 0; i--) {
      String name = "f" + i;
      switch (randomInt(depth > 0 ? 3 : 1)) {
        case 0 -> properties.put(name, new HashMap<>(Map.of("type", "neural_text")));
        case 1 -> properties.put(name, new HashMap<>(Map.of("type", "text")));
        case 2 ->
            properties.put(
                name,
                new HashMap<>(Map.of("type", "nested", "properties", randomProperties(depth - 1))));
        default ->
            properties.put(name, new HashMap<>(Map.of("properties", randomProperties(depth - 1))));
      }
    }
    return properties;
  }

  public void testWhatTheMappingSaysStands() {
    Map<String, Object> mapping =
        transformed(
            json(
                """
                {"_doc": {"properties": {"sections": {"type": "nested", "properties": {
                  "text": {"type": "neural_text", "sparse": false, "tokens": {"encoding": "4bit"},
                    "passages": {"max_tokens": 64}, "analyzer": "english"},
                  "text_neural": {"properties": {"passages": {"properties": {
                    "dense": {"encoding": "8bit"}, "mine": {"type": "keyword"}}}}}}}}}}
                """));
    NeuralTextField field = NeuralTextMapping.fields(mapping).get(0);
    assertEquals("sections.text", field.name());
    assertEquals("sections", field.nested());
    assertEquals(List.of(Representation.DENSE, Representation.TOKENS), field.representations());
    assertEquals("english", field.options().get("analyzer"));
    assertEquals(Map.of("max_tokens", 64, "overlap", 16), field.object("passages"));
    MappedFields fields = MappedFields.of(mapping);
    assertEquals("keyword", fields.field("sections.text_neural.passages.mine").type());
    assertEquals("sections.text_neural.passages", fields.field(field.passageText()).nested());
    assertTrue(mapping.toString(), mapping.toString().contains("encoding=8bit"));
    assertTrue(mapping.toString(), mapping.toString().contains("encoding=4bit"));
  }

  public void testAModelThatGivesLessMakesLess() {
    Map<String, Object> mapping =
        transformed(
            json(
                "{\"properties\": {\"body\": {\"type\": \"neural_text\", \"model\": \"dense-only\"}}}"));
    assertEquals(
        List.of(Representation.DENSE), NeuralTextMapping.fields(mapping).get(0).representations());
  }

  public void testSparseVectorsAreMadeWhereThereAreNoTokenVectorsOrWhenAskedFor() {
    assertEquals(
        List.of(Representation.SPARSE, Representation.DENSE),
        NeuralTextMapping.fields(
                transformed(
                    json(
                        "{\"properties\": {\"body\": {\"type\": \"neural_text\", \"model\": \"no-tokens\"}}}")))
            .get(0)
            .representations());
    assertEquals(
        List.of(Representation.values()),
        NeuralTextMapping.fields(
                transformed(
                    json(
                        "{\"properties\": {\"body\": {\"type\": \"neural_text\", \"sparse\": true}}}")))
            .get(0)
            .representations());
  }

  public void testACompanionThatCouldHoldNothingIsRefused() {
    String companion = "\"body\": {\"type\": \"neural_text\"}, \"body_neural\": ";
    Map.of(
            "\"body\": {\"type\": \"neural_text\", \"dense\": {\"dimension\": 64}}",
            "[body_neural.passages.dense] to be [384], got [64]",
            companion
                + "{\"properties\": {\"passages\": {\"properties\": {\"dense\": {\"dimension\": 64}}}}}",
            "[body_neural.passages.dense] to be [384], got [64]",
            companion + "{\"type\": \"keyword\"}",
            "[body_neural] to be [object], got [keyword]",
            companion + "{\"properties\": {\"passages\": {\"type\": \"object\"}}}",
            "[body_neural.passages] to be [nested], got [object]")
        .forEach(
            (fields, reason) -> {
              Exception refused =
                  transform(transformer, json("{\"properties\": {" + fields + "}}"));
              assertTrue(fields, refused instanceof MapperParsingException);
              assertThat(refused.getMessage(), containsString("[body]"));
              assertThat(refused.getMessage(), containsString(reason));
            });
  }

  public void testMappingsWithoutTheFieldStayAsTheyAre() {
    String other = "{\"properties\": {\"body\": {\"type\": \"text\"}, \"properties\": {}}}";
    assertEquals(json(other), transformed(json(other)));
    assertEquals(Map.of(), transformed(new HashMap<>()));
    assertTrue(checked.isEmpty());
  }

  public void testPredictedQueriesAreTextBesideThePassages() {
    Map<String, Object> mapping =
        transformed(
            json(
                """
                {"properties": {"body": {"type": "neural_text", "analyzer": "english",
                  "expansion": {"model": "generator", "queries": 5}}}}
                """));
    assertTrue(
        mapping.toString(), mapping.toString().contains("queries={type=text, analyzer=english}"));
    assertEquals(
        Map.of("model", "generator", "queries", 5, "field", "queries"),
        checked.get(0).get("expansion"));
  }

  public void testOptionsThatDoNotFitAreRefused() {
    Map.ofEntries(
            Map.entry("\"model\": \"unknown\"", "no model [unknown]"),
            Map.entry("\"model\": 5", "[model], got [5]"),
            Map.entry("\"model\": \"none\"", "switched on"),
            Map.entry("\"model\": \"dense-only\", \"tokens\": true", "[dense-only] gives [dense]"),
            Map.entry("\"sparse\": \"yes\"", "[sparse], got [yes]"),
            Map.entry("\"dense\": false, \"tokens\": false", "switched on"),
            Map.entry("\"passages\": 5", "[passages], got [5]"),
            Map.entry("\"passages\": {\"field\": \"x\"}", "[body_neural]"),
            Map.entry("\"expansion\": {\"model\": \"all\"}", "[all] is of kind [encoder]"),
            Map.entry("\"expansion\": {\"model\": \"unknown\"}", "no model [unknown]"),
            Map.entry("\"expansion\": {}", "[model], got [null]"),
            Map.entry("\"token_reduction\": []", "[token_reduction], got [[]]"))
        .forEach(
            (options, reason) -> {
              Exception refused =
                  transform(
                      transformer,
                      json(
                          "{\"properties\": {\"body\": {\"type\": \"neural_text\", "
                              + options
                              + "}}}"));
              assertTrue(options, refused instanceof MapperParsingException);
              assertThat(refused.getMessage(), containsString("[body]"));
              assertThat(refused.getMessage(), containsString(reason));
            });
  }

  public void testAProcessorThatWouldNotWorkIsRefusedWithTheField() {
    NeuralTextTransformer strict =
        new NeuralTextTransformer(
            () -> "all",
            NeuralTextTransformerTests::describe,
            config -> {
              throw new OpenSearchParseException("[max_tokens] is odd");
            });
    Exception refused =
        transform(strict, json("{\"properties\": {\"body\": {\"type\": \"neural_text\"}}}"));
    assertThat(refused.getMessage(), containsString("[body]"));
    assertThat(refused.getMessage(), containsString("[max_tokens] is odd"));
  }
}
