/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import static org.hamcrest.Matchers.containsString;

import io.trident.query.dsl.Feedback;
import io.trident.query.dsl.MaxSimQueryBuilder;
import io.trident.query.dsl.QueriesPlugin;
import io.trident.query.dsl.TopPassagesQueryBuilder;
import io.trident.query.neural.MappedFields;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.lucene.search.join.ScoreMode;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.common.Strings;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.index.query.InnerHitBuilder;
import org.opensearch.index.query.MatchQueryBuilder;
import org.opensearch.index.query.NestedQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.search.fetch.subphase.FetchSourceContext;
import org.opensearch.search.fetch.subphase.highlight.HighlightBuilder;

/** The legs and passages that are made of a text and fields. */
public class FieldLegsTests extends FusionTestCase {

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
    return new FieldLegs(QueriesPlugin.ENCODER, List.of(indices), "a b", null)
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

  public void testFeedbackMovesWhatTakesIt() throws IOException {
    Feedback feedback = new Feedback(2, 1, 30, null, null);
    FieldLegs moved =
        new FieldLegs(QueriesPlugin.ENCODER, List.of(mapping(MAPPING)), "a b", feedback);
    String with = ", \"feedback\": {\"documents\": 2, \"weight\": 1}}}}";
    Map.of(
            "title", "{\"match\": {\"title\": \"a b\"}}",
            "sparse", "{\"learned_sparse\": {\"sparse\": {\"text\": \"a b\"" + with,
            "dense", "{\"dense\": {\"dense\": {\"text\": \"a b\"" + with)
        .forEach(
            (field, query) -> {
              try {
                assertEquals(parse(query), moved.legs(WeightedField.parse(field)).get(0).query());
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    assertEquals(
        legs("parts.tokens", mapping(MAPPING)), moved.legs(WeightedField.parse("parts.tokens")));
    assertNotEquals(legs("body", mapping(MAPPING)), moved.legs(WeightedField.parse("body")));
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

  private static Stream<QueryBuilder> passages(String field, int count, String mapping) {
    return new FieldLegs(QueriesPlugin.ENCODER, List.of(mapping(mapping)), "a b", null)
        .passages(new WeightedField(field, 1), count);
  }

  /** A mapping with one field of text that has the given representations. */
  private static String neural(String name, String... representations) {
    String on =
        Stream.of("sparse", "dense", "tokens")
            .map(key -> ", \"" + key + "\": " + List.of(representations).contains(key))
            .collect(Collectors.joining());
    return "{\"properties\": {\"" + name + "\": {\"type\": \"neural_text\"" + on + "}}}";
  }

  /** Of what a field has, tokens tell most about its passages, then sparse vectors. */
  public void testPassagesAreRankedByWhatTellsMostOfThem() throws IOException {
    Map<List<String>, String> expected =
        Map.of(
            List.of("dense"), "{\"dense\": {\"%s.dense\": {\"text\": \"a b\"}}}",
            List.of("sparse", "dense"),
                "{\"learned_sparse\": {\"%s.sparse\": {\"text\": \"a b\"}}}",
            List.of("sparse", "dense", "tokens"),
                "{\"max_sim\": {\"%s.tokens\": {\"text\": \"a b\"}}}",
            List.of("tokens"), "{\"max_sim\": {\"%s.tokens\": {\"text\": \"a b\"}}}");
    for (Map.Entry<List<String>, String> entry : expected.entrySet()) {
      String mapping = neural("body", entry.getKey().toArray(String[]::new));
      NestedQueryBuilder shown = (NestedQueryBuilder) passages("body", 3, mapping).findAny().get();
      String path = "body_neural.passages";
      InnerHitBuilder hits =
          new InnerHitBuilder("body")
              .setSize(3)
              .setIgnoreUnmapped(true)
              .setFetchSourceContext(
                  new FetchSourceContext(
                      true,
                      new String[] {path + ".text", path + ".start", path + ".end"},
                      new String[0]));
      if (entry.getKey().contains("tokens")) {
        HighlightBuilder.Field text = new HighlightBuilder.Field(path + ".text");
        text.highlighterType("max_sim").options(Map.of("tokens", path + ".tokens"));
        hits.setHighlightBuilder(new HighlightBuilder().field(text));
      }
      QueryBuilder best = parse(String.format(Locale.ROOT, entry.getValue(), path));
      assertEquals(
          new NestedQueryBuilder(path, best, ScoreMode.Max).ignoreUnmapped(true).innerHit(hits),
          shown);
    }
  }

  public void testWhatHasNoPassagesShowsNone() {
    assertEquals(1, passages("body", 1, neural("body", "dense")).count());
    assertEquals(0, passages("body", 0, neural("body", "dense")).count());
    assertEquals(0, passages("title", 1, MAPPING).count());
    String object = "{\"properties\": {\"o\": %s}}";
    String plain = String.format(Locale.ROOT, object, neural("body", "dense"));
    assertEquals(1, passages("o.body", 1, plain).count());
    assertEquals(
        1,
        passages("o.body", 1, plain.replace("{\"o\": {", "{\"o\": {\"type\": \"nested\", "))
            .count());
  }

  public void testNestedFieldsAreSearchedInTheirObjects() {
    MappedFields index = mapping(MAPPING);
    assertEquals(
        new NestedQueryBuilder("parts", new MatchQueryBuilder("parts.text", "a b"), ScoreMode.Max)
            .ignoreUnmapped(true),
        legs("parts.text", index).get(0).query());
    TopPassagesQueryBuilder tokens =
        (TopPassagesQueryBuilder) legs("parts.tokens", index).get(0).query();
    assertEquals(
        new TopPassagesQueryBuilder(
                "parts",
                new MaxSimQueryBuilder(QueriesPlugin.ENCODER, "parts.tokens")
                    .text("a b", null)
                    .candidates(1_000))
            .ignoreUnmapped(true),
        tokens);
  }

  public void testFieldsOfTextAreTold() {
    List<MappedFields> indices = List.of(mapping("{\"properties\": {}}"), mapping(MAPPING));
    for (String text : List.of("title", "title.raw", "heading", "parts.text", "body")) {
      assertTrue(text, FieldLegs.isText(indices, text));
    }
    for (String other : List.of("n", "sparse", "parts", "parts.tokens", "absent")) {
      assertFalse(other, FieldLegs.isText(indices, other));
    }
  }
}
