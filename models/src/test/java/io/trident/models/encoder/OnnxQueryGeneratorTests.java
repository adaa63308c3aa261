/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trident.models.api.ModelException;
import io.trident.models.api.ModelKind;
import io.trident.models.api.QueryPrediction;
import io.trident.models.folder.ModelFolder;
import io.trident.models.tokenizer.TextTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.StreamSupport;
import org.junit.BeforeClass;
import org.junit.Test;

/**
 * Predicted queries are those that {@code python/trident_fixtures/readings.py} computes in numpy,
 * and drawn with the probabilities that it gives.
 */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // ONNX Runtime keeps threads of its own
public class OnnxQueryGeneratorTests extends RandomizedTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private static JsonNode expected;
  private static List<String> texts;

  @BeforeClass
  public static void read() throws IOException {
    TextTokenizer.prepare(Files.createTempDirectory("trident-native"));
    expected = JSON.readTree(MemoryFolder.resource("expected.json"));
    texts =
        StreamSupport.stream(expected.get("texts").spliterator(), false)
            .map(JsonNode::asText)
            .toList();
  }

  private static String config(String kind, JsonNode part) {
    ObjectNode config = JSON.createObjectNode().put("kind", kind);
    config.set("max_tokens", expected.get("max_tokens"));
    return config.setAll((ObjectNode) part).toString();
  }

  private static OnnxModel load(JsonNode reading) {
    String config = config("query_generator", reading.get("config"));
    return OnnxModel.load(MemoryFolder.encoderAndDecoder(config), 1);
  }

  private static List<List<String>> predict(
      OnnxModel model, List<String> of, QueryPrediction prediction) {
    return model.queryGenerator().predict(of, prediction, RunListener.NONE);
  }

  @Test
  public void testTheLikeliestQueries() {
    for (JsonNode reading : expected.get("query_generators")) {
      try (OnnxModel model = load(reading)) {
        assertEquals(ModelKind.QUERY_GENERATOR, model.describe().kind());
        for (Map.Entry<String, JsonNode> wanted : reading.get("likeliest").properties()) {
          int most = Integer.parseInt(wanted.getKey());
          int count = randomIntBetween(1, 12);
          List<List<String>> found =
              predict(model, texts, new QueryPrediction(count, most, 1, randomLong()));
          for (int i = 0; i < texts.size(); i++) {
            assertEquals(count, found.get(i).size());
            for (String query : found.get(i)) {
              assertEquals(texts.get(i), wanted.getValue().get(i).asText(), query);
            }
          }
        }
      }
    }
  }

  @Test
  public void testFirstWordsAreAsLikelyAsTheModelSays() {
    JsonNode reading = expected.get("query_generators").get(0);
    try (OnnxModel model = load(reading)) {
      int text = randomIntBetween(0, texts.size() - 1);
      Map<String, Integer> counts = new HashMap<>();
      int draws = 2_000;
      for (int seed = 0; seed < draws / 100; seed++) {
        predict(model, List.of(texts.get(text)), new QueryPrediction(100, 1, 4, seed))
            .get(0)
            .forEach(query -> counts.merge(query.replace("##", ""), 1, Integer::sum));
      }
      JsonNode wanted = reading.get("first_words").get(text);
      for (Map.Entry<String, Integer> count : counts.entrySet()) {
        double share = wanted.path(count.getKey()).asDouble();
        double deviation = Math.sqrt(draws * share * (1 - share));
        assertEquals(count.getKey(), draws * share, count.getValue(), 5 * deviation);
      }
    }
  }

  @Test
  public void testASeedGivesTheSameQueriesInAnyCompany() {
    try (OnnxModel model = load(expected.get("query_generators").get(1))) {
      QueryPrediction prediction = new QueryPrediction(randomIntBetween(1, 20), 5, 8, randomLong());
      List<List<String>> together = predict(model, texts, prediction);
      for (int i = 0; i < texts.size(); i++) {
        assertEquals(together.get(i), predict(model, List.of(texts.get(i)), prediction).get(0));
      }
    }
    List<String> several = new ArrayList<>();
    try (OnnxModel model = load(expected.get("query_generators").get(0))) {
      predict(model, texts, new QueryPrediction(20, 5, 8, 1)).forEach(several::addAll);
    }
    assertTrue("queries vary", several.stream().distinct().count() > 20);
  }

  @Test
  public void testJudgesMayHaveTwoGraphsToo() {
    for (JsonNode reading : expected.get("query_generators")) {
      String config = config("cross_encoder", reading.get("judge"));
      try (OnnxModel model = OnnxModel.load(MemoryFolder.encoderAndDecoder(config), 1)) {
        List<Float> found =
            model
                .crossEncoder()
                .score(
                    texts.stream().map(text -> new OnnxCrossEncoder.Pair(null, text)).toList(),
                    RunListener.NONE);
        for (int i = 0; i < texts.size(); i++) {
          assertEquals(reading.get("scores").get(i).floatValue(), found.get(i), 2e-5f);
        }
      }
    }
  }

  /** One graph, which reads the text anew with every token. */
  @Test
  public void testOneGraphPredictsToo() {
    String config =
        "{\"kind\": \"query_generator\", \"max_tokens\": 32,"
            + " \"decoder_start\": \"[PAD]\", \"decoder_end\": \"[SEP]\"}";
    try (OnnxModel model = OnnxModel.load(MemoryFolder.sequenceToSequence(config), 1)) {
      List<List<String>> queries = predict(model, texts, new QueryPrediction(2, 4, 1, 0));
      assertEquals(texts.size(), queries.size());
      queries.forEach(pair -> assertEquals(pair.get(0), pair.get(1)));
    }
  }

  @Test
  public void testAnEncoderWithoutAMaskReadsTextsAloneAndUnpadded() {
    String config =
        config("query_generator", expected.get("query_generators").get(0).get("config"));
    Map<String, byte[]> files = new HashMap<>(MemoryFolder.encoderAndDecoder(config).files());
    files.put(ModelFolder.ENCODER, MemoryFolder.bytes("published/unmasked.onnx"));
    AtomicInteger runs = new AtomicInteger();
    RunListener listener =
        new RunListener() {
          @Override
          public boolean wants(int number) {
            return true;
          }

          @Override
          public void ran(int count, long tokens, long padded, long nanos) {
            assertEquals(1, count);
            assertEquals(tokens, padded);
            runs.incrementAndGet();
          }
        };
    try (OnnxModel model = OnnxModel.load(new MemoryFolder(files), 1)) {
      model.queryGenerator().predict(texts, new QueryPrediction(2, 2, 2, 0), listener);
    }
    assertEquals(texts.size(), runs.get());
  }

  private static void refused(MemoryFolder folder, String... words) {
    ModelException e = assertThrows(ModelException.class, () -> OnnxModel.load(folder, 1));
    assertEquals(ModelException.Kind.INVALID_MODEL, e.kind());
    for (String word : words) {
      assertTrue(e.getMessage(), e.getMessage().contains(word));
    }
  }

  @Test
  public void testWhatCannotGenerateIsRefused() {
    String config =
        "{\"kind\": \"query_generator\", \"decoder_start\": \"[PAD]\", \"decoder_end\": \"[SEP]\"";
    refused(MemoryFolder.encoder(config + "}"), "[decoder_input_ids]", "[decoder_model.onnx]");
    refused(MemoryFolder.encoderAndDecoder(config + ", \"template\": \"x\"}"), "[{text}]");
    refused(MemoryFolder.encoderAndDecoder(config + ", \"reading\": \"logit\"}"), "[reading]");
    refused(
        MemoryFolder.encoderAndDecoder("{\"kind\": \"query_generator\"}"),
        "[decoder_start]",
        "[<pad>]");
    refused(MemoryFolder.encoderAndDecoder(config + "}").without("decoder_model.onnx"), "decoder");
  }

  @Test
  public void testPredictionsHaveBounds() {
    for (int[] wrong : new int[][] {{0, 1, 1}, {1, 0, 1}, {1, 1, 0}, {101, 1, 1}, {1, 513, 1}}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> new QueryPrediction(wrong[0], wrong[1], wrong[2], 0));
    }
  }
}
