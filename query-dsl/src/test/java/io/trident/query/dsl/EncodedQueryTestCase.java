/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import static org.hamcrest.Matchers.containsString;

import io.trident.query.mapper.VectorModel;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.index.query.MatchAllQueryBuilder;
import org.opensearch.index.query.MatchNoneQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.index.query.TermQueryBuilder;

/** What holds for each query by vector. */
public abstract class EncodedQueryTestCase<QB extends EncodedQueryBuilder<QB, ?>>
    extends QueryTestCase<QB> {

  /** The query's name. */
  abstract String name();

  /** The fields that it searches. */
  abstract List<String> fields();

  /** A query without text or vector, with random options. */
  abstract QB newQuery(String field);

  /** Gives a query a random vector that fits its field. */
  abstract QB withVector(QB query);

  /** The vector's JSON, its key included, once as it should be. */
  abstract String vectorJson();

  /** What may stand in place of {@link #vectorJson()}, refused with these words. */
  abstract Map<String, List<String>> refusedVectors();

  /** Vectors and options as a faulty node may send them, refused with these words. */
  abstract Map<Writeable, List<String>> refusedStreams();

  @Override
  protected final QB doCreateTestQueryBuilder() {
    QB query = newQuery(randomBoolean() ? randomFrom(fields()) : randomAlphaOfLength(5));
    if (randomBoolean()) {
      return withVector(query);
    }
    String model = randomBoolean() ? null : "other";
    return randomBoolean() ? query.text(randomText(), model) : query.texts(randomTexts(), model);
  }

  /** The weight, or 1 where the query takes no others. */
  private float weight(float wanted) {
    return newQuery(fields().get(0)).refusal(wanted) == null ? wanted : 1;
  }

  private List<WeightedText> randomTexts() {
    return IntStream.range(0, randomIntBetween(1, 4))
        .mapToObj(i -> new WeightedText(randomText(), weight(randomIntBetween(1, 8) / 4f)))
        .toList();
  }

  private String json(String body) {
    return String.format(Locale.ROOT, "{\"%s\": {\"%s\": {%s}}}", name(), fields().get(0), body);
  }

  @Override
  protected final Map<String, List<String>> refusedJson() {
    Map<String, List<String>> refused = new LinkedHashMap<>();
    String owner = "[" + name() + "]";
    for (String key : new String[] {"text", "model", "_name"}) {
      String rest = key.equals("text") ? "" : ", \"text\": \"words\"";
      for (String value : new String[] {"null", "{}", "[]", "1", "true", "[\"words\"]"}) {
        refused.put(
            json("\"" + key + "\": " + value + rest),
            List.of(owner, "[" + key + "]", "a string", fields().get(0)));
      }
    }
    for (String value : new String[] {"null", "{}", "[1]", "\"heavy\"", "\"NaN\"", "1e40"}) {
      refused.put(
          json("\"text\": \"words\", \"boost\": " + value), List.of(owner, "[boost]", "a number"));
    }
    refused.put(json("\"text\": \"words\", \"boost\": -1"), List.of("[boost]"));
    refused.put(json("\"text\": \"\""), List.of(owner, "[text]", "not empty"));
    refused.put(json(""), List.of(owner, "[text]", "neither"));
    refused.putAll(refusedTexts());
    refused.put(json("\"text\": \"words\", " + vectorJson()), List.of(owner, "both"));
    refused.put(json("\"model\": \"m\", " + vectorJson()), List.of(owner, "[model]"));
    refused.put(json("\"bogus\": 1, " + vectorJson()), List.of(owner, "[bogus]"));
    refused.put(json("\"bogus\": null, " + vectorJson()), List.of(owner, "[bogus]"));
    refused.put("{\"" + name() + "\": {}}", List.of(owner, "name a field"));
    refused.put("{\"" + name() + "\": {\"f\": \"words\"}}", List.of(owner, "[f]", "object"));
    refused.put("{\"" + name() + "\": {\"f\": null}}", List.of(owner, "[f]", "object"));
    refused.put(
        "{\"" + name() + "\": {\"f\": {\"text\": \"x\"}, \"g\": {\"text\": \"x\"}}}",
        List.of(owner, "one field", "[g]"));
    refusedVectors().forEach((body, words) -> refused.put(json(body), words));
    return refused;
  }

  private Map<String, List<String>> refusedTexts() {
    Map<String, List<String>> refused = new LinkedHashMap<>();
    for (String value : new String[] {"null", "{}", "1", "\"words\""}) {
      refused.put(json("\"texts\": " + value), List.of("[" + name() + "]", "[texts]", "an array"));
    }
    String one = "{\"text\": \"x\"}";
    String many = one + (", " + one).repeat(EncodedQueryBuilder.MAX_TEXTS);
    refused.put(json("\"texts\": [" + many + "]"), List.of("at most [32] [texts]", "got [33]"));
    refused.put(json("\"texts\": []"), List.of("one or more [texts]", "got [0]"));
    refused.put(json("\"texts\": [\"x\"]"), List.of("[texts] of [" + name() + "]", "an object"));
    refused.put(json("\"texts\": [{}]"), List.of("[texts]", "[text] that is not empty"));
    refused.put(json("\"texts\": [{\"text\": 1}]"), List.of("[texts] of", "a string", "[text]"));
    refused.put(
        json("\"texts\": [{\"text\": \"x\", \"weight\": \"NaN\"}]"),
        List.of("[texts] of", "[weight]", "finite"));
    refused.put(
        json("\"texts\": [{\"text\": \"x\", \"boost\": 1}]"), List.of("[texts] of", "[boost]"));
    refused.put(json("\"text\": \"x\", \"texts\": [" + one + "]"), List.of("either", "both"));
    refused.put(json("\"texts\": [" + one + "], " + vectorJson()), List.of("either", "both"));
    if (newQuery(fields().get(0)).refusal(-0.5f) != null) {
      refused.put(
          json("\"texts\": [{\"text\": \"x\", \"weight\": -0.5}]"),
          List.of("[" + name() + "]", "weights", "in [texts]", "[-0.5]"));
    }
    refusedLike(refused);
    refusedFeedback(refused);
    return refused;
  }

  private boolean takesFeedback() {
    return newQuery(fields().get(0)).feedbackRefusal() == null;
  }

  private void refusedFeedback(Map<String, List<String>> refused) {
    String text = "\"text\": \"x\", \"feedback\": ";
    if (takesFeedback() == false) {
      refused.put(json(text + "{}"), List.of("[" + name() + "]", "takes no [feedback]"));
    }
    for (String value : new String[] {"null", "[]", "1", "true"}) {
      refused.put(json(text + value), List.of("[feedback] of [" + name() + "]", "an object"));
    }
    for (String value : new String[] {"0", "101", "-1"}) {
      refused.put(
          json(text + "{\"documents\": " + value + "}"),
          List.of("[feedback]", "[documents] of 1 to 100", "[" + value + "]"));
    }
    for (String value : new String[] {"0", "1001"}) {
      refused.put(
          json(text + "{\"terms\": " + value + "}"),
          List.of("[feedback]", "[terms] of 1 to 1000", "[" + value + "]"));
    }
    refused.put(json(text + "{\"documents\": 1.5}"), List.of("[documents]", "whole", "[1.5]"));
    refused.put(json(text + "{\"weight\": -0.5}"), List.of("[weight] of at least 0", "[-0.5]"));
    refused.put(json(text + "{\"weight\": \"NaN\"}"), List.of("[feedback]", "finite"));
    refused.put(json(text + "{\"query\": []}"), List.of("[feedback]", "an object", "[query]"));
    refused.put(json(text + "{\"filter\": 1}"), List.of("[feedback]", "an object", "[filter]"));
    refused.put(json(text + "{\"bogus\": 1}"), List.of("[feedback] of", "[bogus]"));
    refused.put(json("\"feedback\": {}"), List.of("neither"));
  }

  private void refusedLike(Map<String, List<String>> refused) {
    for (String value : new String[] {"null", "{}", "1", "\"words\""}) {
      refused.put(json("\"like\": " + value), List.of("[" + name() + "]", "[like]", "an array"));
    }
    String one = "{\"_id\": \"x\"}";
    String many = one + (", " + one).repeat(EncodedQueryBuilder.MAX_TEXTS);
    refused.put(json("\"like\": [" + many + "]"), List.of("at most [32] [like]", "got [33]"));
    refused.put(json("\"like\": []"), List.of("neither"));
    refused.put(json("\"like\": [\"x\"]"), List.of("[like] of [" + name() + "]", "an object"));
    refused.put(json("\"like\": [{}]"), List.of("[like]", "[_id] that is not empty"));
    refused.put(json("\"like\": [{\"_id\": 1}]"), List.of("[like] of", "a string", "[_id]"));
    refused.put(
        json("\"like\": [{\"_id\": \"x\", \"_index\": 1}]"), List.of("[like] of", "[_index]"));
    refused.put(
        json("\"like\": [{\"_id\": \"x\", \"text\": \"y\"}]"), List.of("[like] of", "[text]"));
    refused.put(json("\"like\": [" + one + "], " + vectorJson()), List.of("[like]", "both"));
    if (newQuery(fields().get(0)).refusal(-0.5f) != null) {
      refused.put(
          json("\"like\": [{\"_id\": \"x\", \"weight\": -0.5}]"),
          List.of("[" + name() + "]", "weights", "in [like]", "[-0.5]"));
    }
  }

  public final void testLikedDocumentsAreWrittenAndReadAsTheyAre() throws IOException {
    QB query =
        newQuery(fields().get(0))
            .like(
                List.of(
                    new LikedDocument(null, randomAlphaOfLength(3), weight(randomFloat())),
                    new LikedDocument(randomAlphaOfLength(3), "x", 1)));
    if (randomBoolean()) {
      query.texts(randomTexts(), "other");
    }
    assertEquals(query, parseQuery(query.toString()));
    assertEquals(query, copyNamedWriteable(query, namedWriteableRegistry(), QueryBuilder.class));
    assertNotEquals(query, query.same().like(List.of(new LikedDocument(null, "y", 1))));
  }

  public final void testLikedDocumentsAreReadBySearchesAlone() {
    QB query = newQuery(fields().get(0)).like(List.of(new LikedDocument(null, "x", 1)));
    assertOutsideOfSearch(() -> coordinate(query));
  }

  private QB withFeedback(QB query, float weight) {
    return query.feedback(
        new Feedback(
            randomIntBetween(1, 100),
            weight,
            randomIntBetween(1, 1000),
            randomBoolean() ? null : new MatchAllQueryBuilder(),
            randomBoolean() ? null : new TermQueryBuilder("year", randomIntBetween(1, 9))));
  }

  public final void testFeedbackIsWrittenAndReadAsItIs() throws IOException {
    assumeTrue("takes feedback", takesFeedback());
    QB plain = newQuery(fields().get(0)).text(randomText(), null);
    QB query = withFeedback(plain.same(), randomFloat());
    assertEquals(query, parseQuery(query.toString()));
    assertEquals(query, copyNamedWriteable(query, namedWriteableRegistry(), QueryBuilder.class));
    assertNotEquals(query, plain);
    assertNotEquals(query, withFeedback(query.same(), 2));
    assertEquals(plain, query.same().feedback(null));
  }

  public final void testFeedbackOfWeightZeroIsThePlainQuery() throws IOException {
    assumeTrue("takes feedback", takesFeedback());
    QB byText = newQuery(fields().get(0)).text(randomText(), null);
    QB byVector = withVector(newQuery(fields().get(0)));
    for (QB plain : List.of(byText, byVector)) {
      assertEquals(coordinate(plain), coordinate(withFeedback(plain.same(), 0)));
    }
  }

  public final void testFeedbackIsThatOfSearchesAlone() {
    assumeTrue("takes feedback", takesFeedback());
    QB byText = withFeedback(newQuery(fields().get(0)).text(randomText(), null), 1);
    QB byVector = withFeedback(withVector(newQuery(fields().get(0))), 1);
    assertOutsideOfSearch(() -> coordinate(byText));
    assertOutsideOfSearch(() -> coordinate(byVector));
    assertOutsideOfSearch(() -> byVector.toQuery(createShardContext()));
  }

  private QB bySeveral(QB query, WeightedText... texts) {
    return query.same().texts(List.of(texts), null);
  }

  public final void testTextsAreEncodedTogether() throws IOException {
    QB query = newQuery(fields().get(0));
    QueriesPlugin.MODEL.calls.clear();
    QueryBuilder encoded =
        coordinate(
            bySeveral(query, new WeightedText("ab", 1), new WeightedText("abcd", weight(2))));
    assertEquals(List.of("words:ab"), QueriesPlugin.MODEL.calls);
    assertSame(encoded, coordinate(encoded));
  }

  public final void testBlankTextsAreAsIfTheyWereNotThere() throws IOException {
    QB query = newQuery(fields().get(0));
    assertEquals(
        coordinate(bySeveral(query, new WeightedText("ab cd", weight(2)))),
        coordinate(
            bySeveral(
                query,
                new WeightedText(" ", 1),
                new WeightedText("ab cd", weight(2)),
                new WeightedText(" \n", weight(0)))));
    assertEquals(
        new MatchNoneQueryBuilder(),
        coordinate(bySeveral(query, new WeightedText(" ", 1), new WeightedText(" \n", weight(0)))));
  }

  public final void testBadEncodingsOfAnyTextAreRefused() {
    QB query = newQuery(fields().get(0));
    for (String text : new String[] {WordModel.UNFIT, WordModel.NOTHING}) {
      IllegalArgumentException refused =
          expectThrows(
              IllegalArgumentException.class,
              () ->
                  coordinate(
                      bySeveral(query, new WeightedText("ab", 1), new WeightedText(text, 1))));
      assertThat(refused.getMessage(), containsString("[" + name() + "] on field ["));
    }
  }

  public final void testVectorsFromOtherNodesAreChecked() throws IOException {
    for (Map.Entry<Writeable, List<String>> entry : refusedStreams().entrySet()) {
      try (BytesStreamOutput out = new BytesStreamOutput()) {
        writeQuery(out, entry.getKey());
        try (StreamInput in = out.bytes().streamInput()) {
          IllegalArgumentException refused =
              expectThrows(
                  IllegalArgumentException.class,
                  () -> namedWriteableRegistry().getReader(QueryBuilder.class, name()).read(in));
          assertThat(refused.getMessage(), containsString("[" + name() + "]"));
          for (String word : entry.getValue()) {
            assertThat(refused.getMessage(), containsString(word));
          }
        }
      }
    }
  }

  private void writeQuery(StreamOutput out, Writeable vectorAndOptions) throws IOException {
    out.writeFloat(1);
    out.writeOptionalString(null);
    out.writeString(fields().get(0));
    out.writeOptionalString(null);
    out.writeList(List.<WeightedText>of());
    out.writeList(List.<LikedDocument>of());
    out.writeOptionalString(null);
    out.writeOptionalWriteable(null);
    VectorModel.UNKNOWN.writeTo(out);
    out.writeBoolean(true);
    vectorAndOptions.writeTo(out);
  }

  @Override
  public void testMustRewrite() throws IOException {
    QueryShardContext context = createShardContext();
    QB byText = newQuery(randomFrom(fields())).text(randomText(), null);
    assertOutsideOfSearch(() -> byText.toQuery(context));
    assertSame("a shard asks whether it can match", byText, byText.rewrite(context));
    withVector(newQuery(randomFrom(fields()))).toQuery(context);
  }

  private static void assertOutsideOfSearch(ThrowingRunnable use) {
    IllegalArgumentException refused = expectThrows(IllegalArgumentException.class, use);
    assertThat(refused.getMessage(), containsString("] must be part of a search"));
  }

  public final void testEncodesOnceWithTheModel() throws IOException {
    String text = randomText();
    String model = randomFrom(new String[] {null, "other"});
    QB query = newQuery(randomFrom(fields())).text(text, model).boost(3).queryName("name");
    QueriesPlugin.MODEL.calls.clear();
    QueryBuilder encoded = coordinate(query);
    assertEquals(
        List.of((model == null ? "words" : model) + ":" + text), QueriesPlugin.MODEL.calls);
    assertSame(encoded, coordinate(encoded));
    assertEquals(1, QueriesPlugin.MODEL.calls.size());
    assertEquals(3, encoded.boost(), 0);
    assertEquals("name", encoded.queryName());
    assertNotEquals(query, encoded);
  }

  public final void testTextsOfAnotherModelAreRefused() throws IOException {
    QueryShardContext context = createShardContext();
    String type = fields().get(0).substring("mapped".length());
    coordinate(newQuery("own" + type).text("ab", "any")).toQuery(context);
    withVector(newQuery("other" + type)).toQuery(context);
    QB query = newQuery("other" + type);
    QueryBuilder encoded =
        coordinate(
            randomBoolean()
                ? query.text("ab", "second")
                : query.texts(List.of(new WeightedText("ab", 1)), "second"));
    assertNotEquals(encoded, coordinate(newQuery("other" + type).text("ab", "third")));
    for (QueryBuilder sent :
        List.of(
            encoded, copyNamedWriteable(encoded, namedWriteableRegistry(), QueryBuilder.class))) {
      IllegalArgumentException refused =
          expectThrows(IllegalArgumentException.class, () -> sent.toQuery(context));
      for (String word :
          List.of(
              "[" + name() + "] on field [other" + type + "] must have",
              "[mine] with the fingerprint [" + "f".repeat(32) + "], got",
              "[second] with the fingerprint [" + WordModel.FINGERPRINT + "]",
              "[index.trident.allow_other_models]")) {
        assertThat(refused.getMessage(), containsString(word));
      }
    }
  }

  public final void testBadEncodingsAreRefused() {
    String field = fields().get(0);
    for (String text : new String[] {WordModel.UNFIT, WordModel.NOTHING}) {
      IllegalArgumentException refused =
          expectThrows(
              IllegalArgumentException.class, () -> coordinate(newQuery(field).text(text, null)));
      assertThat(refused.getMessage(), containsString("[" + name() + "] on field [" + field));
    }
    OpenSearchStatusException busy =
        expectThrows(
            OpenSearchStatusException.class,
            () -> coordinate(newQuery(field).text(WordModel.BUSY, null)));
    assertEquals(429, busy.status().getStatus());
  }

  public final void testABlankTextFindsNothing() throws IOException {
    String blank = randomFrom(" ", "\n\t", "   ");
    QueryBuilder encoded =
        coordinate(newQuery(randomFrom(fields())).text(blank, null).boost(2).queryName("blank"));
    assertEquals(new MatchNoneQueryBuilder().boost(2).queryName("blank"), encoded);
  }

  public final void testNumbersMayComeInQuotes() throws IOException {
    assertEquals(
        parseQuery(json(vectorJson() + ", \"boost\": 1.5")),
        parseQuery(json(vectorJson() + ", \"boost\": \"1.5\"")));
  }

  public final void testRefusalsRepeatLittle() {
    String name = "n".repeat(randomIntBetween(1_000, 60_000));
    for (String query :
        List.of(
            "{\"" + name() + "\": {\"" + name + "\": {\"text\": 1}}}",
            json("\"" + name + "\": 1"),
            json("\"text\": \"x\", \"boost\": \"" + name + "\""))) {
      ParsingException refused = expectThrows(ParsingException.class, () -> parseQuery(query));
      assertTrue(refused.getMessage(), refused.getMessage().length() < 1_000);
    }
  }

  public final void testUnmappedFieldMatchesNothing() throws IOException {
    QueryShardContext context = createShardContext();
    context.setAllowUnmappedFields(true);
    assertTrue(withVector(newQuery("unmapped")).toQuery(context) instanceof MatchNoDocsQuery);
  }

  public final void testOtherFieldsAreRefused() {
    for (String field : new String[] {TEXT_FIELD_NAME, SPARSE, DENSE, TOKENS}) {
      if (fields().contains(field) == false) {
        IllegalArgumentException refused =
            expectThrows(
                IllegalArgumentException.class,
                () -> withVector(newQuery(field)).toQuery(createShardContext()));
        assertThat(refused.getMessage(), containsString("[" + name() + "]"));
        assertThat(refused.getMessage(), containsString("[" + field + "]"));
      }
    }
  }
}
