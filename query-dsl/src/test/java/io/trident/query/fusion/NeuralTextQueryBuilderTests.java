package io.trident.query.fusion;

import static org.hamcrest.Matchers.containsString;

import io.trident.query.dsl.QueriesPlugin;
import io.trident.query.neural.MappedFields;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.common.Strings;
import org.opensearch.core.common.io.stream.NamedWriteableAwareStreamInput;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.search.SearchModule;
import org.opensearch.test.OpenSearchTestCase;

/** The query {@code neural_text}, and a {@code fusion} by text and fields. */
public class NeuralTextQueryBuilderTests extends OpenSearchTestCase {

  private final SearchModule search =
      new SearchModule(Settings.EMPTY, List.of(new QueriesPlugin()));

  @Override
  protected NamedXContentRegistry xContentRegistry() {
    return new NamedXContentRegistry(search.getNamedXContents());
  }

  @Override
  protected NamedWriteableRegistry writableRegistry() {
    return new NamedWriteableRegistry(search.getNamedWriteables());
  }

  private QueryBuilder parse(String json) throws IOException {
    try (XContentParser parser = createParser(JsonXContent.jsonXContent, json)) {
      return AbstractQueryBuilder.parseInnerQueryBuilder(parser);
    }
  }

  public void testItsFormsAreOneQuery() throws IOException {
    QueryBuilder expected = parse("{\"neural_text\": {\"body\": \"words\"}}");
    for (String same :
        List.of(
            "{\"neural_text\": {\"body\": {\"text\": \"words\"}}}",
            "{\"neural_text\": {\"text\": \"words\", \"fields\": [\"body\"]}}",
            "{\"fusion\": {\"text\": \"words\", \"fields\": [\"body\"]}}",
            "{\"fusion\": {\"fields\": [\"body\"], \"text\": \"words\", \"passages\": 1, \"window\": 100}}")) {
      assertEquals(expected, parse(same));
    }
    assertNotEquals(expected, parse("{\"neural_text\": {\"body^2\": \"words\"}}"));
    assertNotEquals(expected, parse("{\"neural_text\": {\"body\": \"other\"}}"));
    assertEquals(
        parse("{\"neural_text\": {\"text\": \"words\"}}"),
        parse("{\"fusion\": {\"text\": \"words\", \"fields\": [\"text\"]}}"));
    assertTrue(
        parse("{\"fusion\": {\"legs\": [{\"query\": {\"match_all\": {}}}]}}")
            instanceof FusionQueryBuilder);
  }

  public void testIsWrittenAndReadAsItIs() throws IOException {
    for (String json :
        List.of(
            "{\"neural_text\": {\"body\": \"words\"}}",
            """
            {"neural_text": {"body": {"text": "words", "profile": "named", "rank_constant": 5,
              "legs": [{"query": {"match_all": {}}}, {"weight": 1, "query": {"match_all": {}}}]}}}
            """,
            """
            {"neural_text": {"a.body^0.5": {"text": "words", "passages": 3, "combination": "rrf", "rank_constant": 7,
              "window": 50, "filter": {"match_all": {}}, "boost": 2, "_name": "n",
              "legs": [{"name": "mine", "weight": 3, "query": {"match": {"title": "x"}}}]}}}
            """)) {
      QueryBuilder query = parse(json);
      assertEquals(query, parse(Strings.toString(MediaTypeRegistry.JSON, query)));
      try (BytesStreamOutput out = new BytesStreamOutput()) {
        out.writeNamedWriteable(query);
        try (StreamInput in =
            new NamedWriteableAwareStreamInput(out.bytes().streamInput(), writableRegistry())) {
          QueryBuilder read = in.readNamedWriteable(QueryBuilder.class);
          assertEquals(query, read);
          assertEquals(query.hashCode(), read.hashCode());
        }
      }
    }
  }

  public void testBadJsonIsRefused() {
    Map.ofEntries(
            Map.entry("{\"neural_text\": {}}", "[text]"),
            Map.entry("{\"neural_text\": {\"body\": 5}}", "[body]"),
            Map.entry("{\"neural_text\": {\"body\": \"\"}}", "[text]"),
            Map.entry("{\"neural_text\": {\"body\": {}}}", "[text]"),
            Map.entry(
                "{\"neural_text\": {\"body\": {\"text\": \"a\", \"fields\": []}}}", "[fields]"),
            Map.entry("{\"neural_text\": {\"body\": {\"text\": \"a\", \"odd\": 1}}}", "[odd]"),
            Map.entry(
                "{\"neural_text\": {\"body\": {\"text\": \"a\", \"passages\": 101}}}", "[101]"),
            Map.entry("{\"neural_text\": {\"body^0\": \"a\"}}", "[0.0]"),
            Map.entry("{\"neural_text\": {\"body^x\": \"a\"}}", "[body^x]"),
            Map.entry("{\"neural_text\": {\"b*\": \"a\"}}", "[b*]"),
            Map.entry("{\"fusion\": {\"text\": \"a\"}}", "[fields]"),
            Map.entry("{\"fusion\": {\"fields\": [\"a\"]}}", "[text]"),
            Map.entry("{\"fusion\": {\"legs\": []}}", "[legs]"))
        .forEach(
            (json, reason) ->
                assertThat(
                    json,
                    expectThrows(ParsingException.class, json, () -> parse(json)).getMessage(),
                    containsString(reason)));
  }

  private static MappedFields mapping(String json) {
    return MappedFields.of(XContentHelper.convertToMap(JsonXContent.jsonXContent, json, true));
  }

  private static final String MAPPING =
      """
      {"properties": {
        "title": {"type": "text", "fields": {"raw": {"type": "keyword"}}},
        "heading": {"type": "alias", "path": "title"},
        "n": {"type": "integer"},
        "sparse": {"type": "impact_vector"}, "dense": {"type": "dense_vector", "dimension": 8},
        "parts": {"type": "nested", "properties": {
          "text": {"type": "text"}, "tokens": {"type": "token_vectors", "dimension": 8}}},
        "body": {"type": "neural_text", "model": "words", "sparse": true, "dense": false, "tokens": {"encoding": "4bit"}}}}
      """;

  private List<FusionLeg> legs(String field, MappedFields... indices) {
    return new FieldLegs(QueriesPlugin.ENCODER, List.of(indices), "a b")
        .legs(WeightedField.parse(field));
  }

  public void testLegsAreThoseOfTheFieldsTypes() throws IOException {
    MappedFields index = mapping(MAPPING);
    Map.of(
            "title^2", "{\"match\": {\"title\": \"a b\"}}",
            "title.raw", "{\"match\": {\"title.raw\": \"a b\"}}",
            "heading", "{\"match\": {\"heading\": \"a b\"}}",
            "sparse", "{\"learned_sparse\": {\"sparse\": {\"text\": \"a b\"}}}",
            "dense", "{\"dense\": {\"dense\": {\"text\": \"a b\"}}}")
        .forEach(
            (field, query) -> {
              FusionLeg leg = legs(field, index).get(0);
              assertEquals(field.replace("^2", ""), leg.name());
              assertEquals(field.endsWith("^2") ? 2 : 1, leg.weight(), 0);
              try {
                assertEquals(parse(query), leg.query());
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    assertEquals("nested", legs("parts.text", index).get(0).query().getWriteableName());
    assertEquals("top_passages", legs("parts.tokens", index).get(0).query().getWriteableName());
    assertEquals(
        List.of("body", "body_neural.passages.sparse", "body_neural.passages.tokens"),
        legs("body", index).stream().map(FusionLeg::name).toList());
    MappedFields expanded =
        mapping(MAPPING.replace("\"4bit\"}", "\"4bit\"}, \"expansion\": {\"model\": \"g\"}"));
    FusionLeg queries = legs("body", expanded).get(1);
    assertEquals("body_neural.passages.queries", queries.name());
    assertEquals("nested", queries.query().getWriteableName());
    String max = Strings.toString(MediaTypeRegistry.JSON, legs("body", index).get(2).query());
    Stream.of("\"words\"", "\"candidates\":1000", "body_neural.passages.tokens")
        .forEach(part -> assertThat(max, containsString(part)));
  }

  public void testFieldsThatCannotBeSearchedByTextAreRefused() {
    MappedFields index = mapping(MAPPING);
    MappedFields other =
        mapping("{\"properties\": {\"body\": {\"type\": \"neural_text\", \"model\": \"other\"}}}");
    for (String field : List.of("n", "no_such", "parts")) {
      assertThat(
          expectThrows(IllegalArgumentException.class, () -> legs(field, index)).getMessage(),
          containsString("[" + field + "]"));
    }
    assertThat(
        expectThrows(IllegalArgumentException.class, () -> legs("body", index, other)).getMessage(),
        containsString("[other]"));
    assertEquals(1, legs("title", index, other).size());
  }

  public void testIndicesMayDifferInWhatDecidesNoLeg() {
    MappedFields index = mapping(MAPPING);
    MappedFields other =
        mapping(MAPPING.replace("\"4bit\"}", "\"2bit\"}, \"passages\": {\"max_tokens\": 64}"));
    assertNotEquals(index.field("body"), other.field("body"));
    assertEquals(legs("body", index), legs("body", index, other));
  }
}
