/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.rerank;

import static org.hamcrest.Matchers.containsString;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContent;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.test.AbstractWireSerializingTestCase;

/** The options of the extension {@code cross_encoder}, between nodes and from JSON. */
public class CrossEncoderExtBuilderTests
    extends AbstractWireSerializingTestCase<CrossEncoderExtBuilder> {

  @Override
  protected Writeable.Reader<CrossEncoderExtBuilder> instanceReader() {
    return CrossEncoderExtBuilder::new;
  }

  @Override
  protected CrossEncoderExtBuilder createTestInstance() {
    int window = randomIntBetween(1, CrossEncoderExtBuilder.MAX_WINDOW);
    return new CrossEncoderExtBuilder(
        randomList(1, CrossEncoderExtBuilder.MAX_STAGES, () -> randomStage(window)));
  }

  private static CrossEncoderExtBuilder.Options randomStage(int window) {
    int tokens = randomBoolean() ? 0 : randomIntBetween(8, 500);
    return new CrossEncoderExtBuilder.Options(
        randomAlphaOfLengthBetween(1, 20),
        randomList(1, 3, () -> randomAlphaOfLength(5)),
        randomBoolean() ? null : randomAlphaOfLength(6),
        window,
        tokens,
        tokens == 0 || randomBoolean() ? 0 : randomIntBetween(1, 5),
        randomFrom(0f, 1f, randomFloat()),
        randomBoolean() ? null : TimeValue.timeValueMillis(randomIntBetween(1, 5_000)),
        randomBoolean());
  }

  @Override
  protected CrossEncoderExtBuilder mutateInstance(CrossEncoderExtBuilder instance) {
    List<CrossEncoderExtBuilder.Options> stages = new ArrayList<>(instance.stages());
    CrossEncoderExtBuilder.Options last = stages.remove(stages.size() - 1);
    stages.add(
        new CrossEncoderExtBuilder.Options(
            last.query() + "?",
            last.fields(),
            last.model(),
            last.window(),
            last.passageTokens(),
            last.passageCount(),
            last.firstStageWeight(),
            last.budget(),
            last.keepRanking()));
    return new CrossEncoderExtBuilder(stages);
  }

  private CrossEncoderExtBuilder parse(String json) throws IOException {
    try (XContentParser parser = createParser(JsonXContent.jsonXContent, json)) {
      parser.nextToken();
      return CrossEncoderExtBuilder.fromXContent(parser);
    }
  }

  public void testReadsWhatItWrites() throws IOException {
    for (int i = 0; i < 20; i++) {
      CrossEncoderExtBuilder written = createTestInstance();
      try (XContentBuilder json = JsonXContent.contentBuilder().startObject()) {
        written.toXContent(json, ToXContent.EMPTY_PARAMS).endObject();
        try (XContentParser parser =
            createParser(JsonXContent.jsonXContent, BytesReference.bytes(json))) {
          parser.nextToken();
          parser.nextToken();
          assertEquals(CrossEncoderExtBuilder.NAME, parser.currentName());
          parser.nextToken();
          assertEquals(written, CrossEncoderExtBuilder.fromXContent(parser));
        }
      }
    }
  }

  public void testPassagesHaveDefaults() throws IOException {
    CrossEncoderExtBuilder.Options options =
        parse("{\"query\": \"q\", \"field\": \"f\", \"passages\": {}}").stages().get(0);
    assertEquals(64, options.passageTokens());
    assertEquals(2, options.passageCount());
  }

  public void testDefaults() throws IOException {
    CrossEncoderExtBuilder.Options options =
        parse("{\"query\": \"q\", \"field\": \"f\"}").stages().get(0);
    assertEquals(
        new CrossEncoderExtBuilder.Options("q", List.of("f"), null, 20, 0, 0, null, null, false),
        options);
    assertEquals(0.8f, options.completed(null, new SearchRequest(), null).firstStageWeight(), 0);
    assertEquals(0.3f, options.completed(null, new SearchRequest(), 0.3f).firstStageWeight(), 0);
    CrossEncoderExtBuilder.Options own =
        parse("{\"query\": \"q\", \"field\": \"f\", \"first_stage_weight\": 0}").stages().get(0);
    assertEquals(0f, own.completed(null, new SearchRequest(), 0.3f).firstStageWeight(), 0);
  }

  public void testTextAndFieldsMayBeThoseOfTheSearch() throws IOException {
    CrossEncoderExtBuilder.Options options = parse("{}").stages().get(0);
    assertNull(options.query());
    assertEquals(List.of(), options.fields());
    IllegalArgumentException refused =
        expectThrows(
            IllegalArgumentException.class,
            () -> options.completed(null, new SearchRequest(), null));
    assertTrue(refused.getMessage(), refused.getMessage().contains("[query]"));
  }

  public void testAnArrayHasAStageForEachOfItsObjects() throws IOException {
    List<CrossEncoderExtBuilder.Options> stages =
        parse("[{\"window\": 100, \"model\": \"small\"}, {\"budget\": \"80ms\"}]").stages();
    assertEquals(2, stages.size());
    assertEquals("small", stages.get(0).model());
    assertEquals(20, stages.get(1).window());
    assertEquals(TimeValue.timeValueMillis(80), stages.get(1).budget());
    assertNull(stages.get(0).budget());
  }

  public void testRefusals() {
    String rest = ", \"query\": \"q\", \"field\": \"f\"}";
    Map<String, List<String>> refused = new LinkedHashMap<>();
    refused.put("\"text\"", List.of("an object", "VALUE_STRING"));
    refused.put("[]", List.of("1 to 3 stages", "[0]"));
    refused.put("[[]]", List.of("an object", "START_ARRAY"));
    refused.put("[{}, {}, {}, {}]", List.of("1 to 3 stages", "[4]"));
    refused.put("[{\"window\": 10}, {\"window\": 20}]", List.of("[window]", "[20] after [10]"));
    refused.put("{\"budget\": \"0ms\"" + rest, List.of("[budget]", "more than 0"));
    refused.put("{\"budget\": \"-1\"" + rest, List.of("[budget]", "more than 0"));
    refused.put("{\"budget\": \"soon\"" + rest, List.of("[budget]", "80ms", "[soon]"));
    refused.put("{\"budget\": 80" + rest, List.of("[budget]", "a string"));
    refused.put("{\"query\": \"\"}", List.of("[query]"));
    refused.put("{\"query\": null, \"field\": \"f\"}", List.of("[query]", "a string"));
    refused.put("{\"query\": {}, \"field\": \"f\"}", List.of("[query]", "a string"));
    refused.put("{\"query\": \"q\", \"field\": null}", List.of("[field]", "a string"));
    refused.put("{\"query\": \"q\", \"field\": [1]}", List.of("a string", "VALUE_NUMBER"));
    refused.put("{\"model\": null" + rest, List.of("[model]", "a string"));
    refused.put("{\"window\": \"many\"" + rest, List.of("[window]", "a whole number"));
    refused.put("{\"window\": 0" + rest, List.of("[window]", "[0]"));
    refused.put("{\"window\": 1001" + rest, List.of("[window]", "[1001]"));
    refused.put("{\"passage_tokens\": 7" + rest, List.of("[passage_tokens]", "[7]"));
    refused.put("{\"passages\": {\"tokens\": 7}" + rest, List.of("[passage_tokens]", "[7]"));
    refused.put("{\"passages\": {\"count\": 0}" + rest, List.of("[count]", "[0]"));
    refused.put("{\"passages\": {\"count\": 101}" + rest, List.of("[count]", "[101]"));
    refused.put("{\"passages\": {\"by\": \"luck\"}" + rest, List.of("[words]", "[luck]"));
    refused.put("{\"passages\": {\"size\": 1}" + rest, List.of("[passages]", "[size]"));
    refused.put("{\"passage_tokens\": 9, \"passages\": {}" + rest, List.of("one of", "[passages]"));
    refused.put("{\"first_stage_weight\": 1.01" + rest, List.of("[first_stage_weight]", "[1.01]"));
    refused.put("{\"first_stage_weight\": -1" + rest, List.of("[first_stage_weight]", "[-1.0]"));
    refused.put("{\"first_stage_weight\": \"all\"" + rest, List.of("a number"));
    refused.put("{\"on_failure\": \"ignore\"" + rest, List.of("[on_failure]", "[ignore]"));
    refused.put("{\"on_failure\": false" + rest, List.of("[on_failure]", "a string"));
    for (String field : List.of("", "te*", "*")) {
      refused.put(
          "{\"query\": \"q\", \"field\": \"" + field + "\"}",
          List.of("[field]", "patterns", "[" + field + "]"));
    }
    refused.put("{\"bogus\": 1" + rest, List.of("[bogus]"));
    refused.forEach(
        (json, words) -> {
          ParsingException e = expectThrows(ParsingException.class, json, () -> parse(json));
          assertThat(e.getMessage(), containsString("[cross_encoder]"));
          for (String word : words) {
            assertThat(json, e.getMessage(), containsString(word));
          }
        });
  }
}
