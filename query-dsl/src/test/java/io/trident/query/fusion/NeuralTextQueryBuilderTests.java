/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import static org.hamcrest.Matchers.containsString;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.common.Strings;
import org.opensearch.core.common.io.stream.NamedWriteableAwareStreamInput;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.index.query.QueryBuilder;

/** The query {@code neural_text}, and a {@code fusion} by text and fields. */
public class NeuralTextQueryBuilderTests extends FusionTestCase {

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
    assertNotEquals(
        expected, parse("{\"neural_text\": {\"body\": {\"text\": \"words\", \"feedback\": {}}}}"));
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
              "feedback": {"documents": 2, "weight": 1, "terms": 9, "query": {"match_all": {}}, "filter": {"match_all": {}}},
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
            Map.entry(
                "{\"neural_text\": {\"body\": {\"text\": \"a\", \"feedback\": {\"documents\": 0}}}}",
                "[documents] of 1 to 100"),
            Map.entry("{\"fusion\": {\"legs\": [], \"feedback\": {}}}", "[text]"),
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
}
