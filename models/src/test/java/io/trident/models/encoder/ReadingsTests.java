/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trident.models.api.Encoding;
import io.trident.models.api.Representation;
import io.trident.models.api.Side;
import io.trident.models.api.SparseVector;
import io.trident.models.api.TokenVectors;
import io.trident.models.tokenizer.TextTokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.StreamSupport;
import org.junit.BeforeClass;
import org.junit.Test;

/**
 * Every reading of a graph's outputs gives what {@code python/trident_fixtures/readings.py}
 * computes for it in numpy, and published folders what {@code published.py} does, alone and in a
 * padded batch.
 */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // ONNX Runtime keeps threads of its own
public class ReadingsTests extends RandomizedTest {

  private static final float DELTA = 2e-5f;
  private static final ObjectMapper JSON = new ObjectMapper();

  private static JsonNode expected;

  @BeforeClass
  public static void read() throws IOException {
    TextTokenizer.prepare(Files.createTempDirectory("trident-native"));
    expected = JSON.readTree(MemoryFolder.resource("expected.json"));
  }

  private static ObjectNode config(String kind, JsonNode part) {
    ObjectNode config = JSON.createObjectNode().put("kind", kind);
    config.set("max_tokens", expected.get("max_tokens"));
    config.setAll((ObjectNode) part);
    return config;
  }

  private static List<String> texts(String key) {
    return StreamSupport.stream(expected.get(key).spliterator(), false)
        .map(JsonNode::asText)
        .toList();
  }

  @Test
  public void testEncoders() {
    for (JsonNode reading : expected.get("encoders")) {
      String config = config("encoder", reading.get("config")).toString();
      try (OnnxModel model = OnnxModel.load(MemoryFolder.encoder(config), 1)) {
        check(model, texts("texts"), Side.DOCUMENT, reading, "documents");
        check(model, texts("queries"), Side.QUERY, reading, "queries");
      }
    }
  }

  @Test
  public void testPublishedFoldersGiveWhatTheirModulesSay() throws IOException {
    try (InputStream in = ReadingsTests.class.getResourceAsStream("published/expected.json")) {
      for (JsonNode published : JSON.readTree(in)) {
        try (OnnxModel model = OnnxModel.load(MemoryFolder.published(published), 1)) {
          check(model, texts("texts"), Side.DOCUMENT, published, "documents");
          check(model, texts("queries"), Side.QUERY, published, "queries");
        }
      }
    }
  }

  private void check(OnnxModel model, List<String> texts, Side side, JsonNode reading, String key) {
    List<Integer> chosen = new ArrayList<>();
    for (int i = randomIntBetween(1, 2 * texts.size()); i > 0; i--) {
      chosen.add(randomIntBetween(0, texts.size() - 1));
    }
    Set<Representation> wanted = model.encoder().representations();
    List<Encoding> encodings =
        model
            .encoder()
            .encode(chosen.stream().map(texts::get).toList(), side, wanted, RunListener.NONE);
    for (int i = 0; i < chosen.size(); i++) {
      String text = texts.get(chosen.get(i));
      String what = reading.get("name").asText() + ", " + side + " [" + text + "]";
      check(what, reading.get(key).get(chosen.get(i)), encodings.get(i));
    }
  }

  private static void check(String what, JsonNode wanted, Encoding found) {
    if (found.sparse() != null) {
      checkSparse(what, wanted, found.sparse());
    } else if (found.dense() != null) {
      assertArrayEquals(what, floats(wanted), found.dense(), DELTA);
    } else {
      checkTokens(what, wanted, found.tokens());
    }
  }

  private static void checkSparse(String what, JsonNode wanted, SparseVector found) {
    Map<String, Float> weights = new HashMap<>();
    for (int i = 0; i < found.size(); i++) {
      weights.put(found.tokens().get(i), found.weight(i));
    }
    Map<String, JsonNode> entries = new TreeMap<>();
    wanted.properties().forEach(entry -> entries.put(entry.getKey(), entry.getValue()));
    assertEquals(what, List.copyOf(entries.keySet()), found.tokens());
    entries.forEach(
        (token, weight) -> {
          float value = weight.floatValue();
          assertEquals(what + token, value, weights.get(token), DELTA * Math.max(1, value));
        });
  }

  private static void checkTokens(String what, JsonNode wanted, TokenVectors found) {
    List<Integer> ids = new ArrayList<>();
    wanted.get("ids").forEach(id -> ids.add(id.asInt()));
    for (int i = 0; i < ids.size(); i++) {
      assertEquals(what, (int) ids.get(i), found.tokenIds()[i]);
      assertEquals(what, wanted.get("spans").get(i).get(0).asInt(), found.starts()[i]);
      assertEquals(what, wanted.get("spans").get(i).get(1).asInt(), found.ends()[i]);
      float[] vector = new float[found.dimension()];
      System.arraycopy(found.values(), i * vector.length, vector, 0, vector.length);
      assertArrayEquals(what, floats(wanted.get("vectors").get(i)), vector, DELTA);
    }
    assertEquals(what, ids.size(), found.count());
  }

  private static float[] floats(JsonNode array) {
    float[] floats = new float[array.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = array.get(i).floatValue();
    }
    return floats;
  }

  @Test
  public void testCrossEncoders() {
    JsonNode inputs =
        JSON.createObjectNode()
            .put("ids", "input_ids")
            .put("mask", "attention_mask")
            .put("types", "token_type_ids");
    for (JsonNode reading : expected.get("cross_encoders")) {
      ObjectNode config = config("cross_encoder", reading.get("config"));
      config.set("inputs", inputs);
      try (OnnxModel model = OnnxModel.load(MemoryFolder.crossEncoder(config.toString()), 1)) {
        check(model, reading);
      }
    }
  }

  @Test
  public void testDecodersForPairsAndForTextsAlone() {
    for (JsonNode reading : expected.get("decoders")) {
      String config = config("cross_encoder", reading.get("config")).toString();
      try (OnnxModel model = OnnxModel.load(MemoryFolder.sequenceToSequence(config), 1)) {
        check(model, reading);
        assertEquals(config.contains("{query}") == false, model.crossEncoder().judgesTextsAlone());
      }
    }
  }

  private static void check(OnnxModel model, JsonNode reading) {
    List<String> queries = texts("queries");
    List<String> texts = texts("texts");
    List<OnnxCrossEncoder.Pair> pairs = new ArrayList<>();
    List<Float> wanted = new ArrayList<>();
    for (int i = randomIntBetween(1, 20); i > 0; i--) {
      int query = randomIntBetween(0, queries.size() - 1);
      int text = randomIntBetween(0, texts.size() - 1);
      pairs.add(new OnnxCrossEncoder.Pair(queries.get(query), texts.get(text)));
      wanted.add(reading.get("scores").get(query).get(text).floatValue());
    }
    List<Float> found = model.crossEncoder().score(pairs, RunListener.NONE);
    for (int i = 0; i < pairs.size(); i++) {
      String what = reading.get("name").asText() + " " + pairs.get(i);
      assertEquals(what, wanted.get(i), found.get(i), DELTA);
    }
  }
}
