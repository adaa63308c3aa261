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
import io.trident.models.api.Encoding;
import io.trident.models.api.Representation;
import io.trident.models.api.Side;
import io.trident.models.api.SparseVector;
import io.trident.models.folder.ModelFolder;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.Test;

/** The embedded models say what the scripts that made them say. */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // the JDK keeps the thread of its deadlines
public class EmbeddedModelsTests extends RandomizedTest {

  private static final float DELTA = 2e-4f;

  private static JsonNode expected;
  private static OnnxModel encoder;
  private static OnnxModel crossEncoder;

  @BeforeClass
  public static void open() throws IOException {
    try (InputStream stream =
        EmbeddedModelsTests.class.getResourceAsStream("embedded-models.json")) {
      expected = new ObjectMapper().readTree(stream);
    }
    encoder = OnnxModel.load(new ModelFolder.Embedded("trident-mini"), 1);
    crossEncoder = OnnxModel.load(new ModelFolder.Embedded("trident-mini-reranker"), 1);
  }

  @AfterClass
  public static void close() {
    encoder.close();
    crossEncoder.close();
    encoder = null;
    crossEncoder = null;
    expected = null;
  }

  @Test
  public void testEncoderGivesWhatItsScriptsGive() {
    List<Encoding> encodings =
        encoder
            .encoder()
            .encode(texts(), Side.DOCUMENT, EnumSet.allOf(Representation.class), RunListener.NONE);
    for (int i = 0; i < encodings.size(); i++) {
      JsonNode wanted = expected.get("texts").get(i);
      assertWeights(wanted.get("sparse"), encodings.get(i).sparse());
      float[] dense = floats(wanted.get("dense"));
      assertArrayEquals(dense, encodings.get(i).dense(), DELTA);
      float[] token = floats(wanted.get("first_token"));
      float[] values = encodings.get(i).tokens().values();
      assertEquals(token.length, encodings.get(i).tokens().dimension());
      assertArrayEquals(token, Arrays.copyOf(values, token.length), DELTA);
    }
  }

  @Test
  public void testQueriesWeighTheirDocumentFrequencies() {
    List<Encoding> encodings =
        encoder
            .encoder()
            .encode(
                List.of(expected.get("query").asText()),
                Side.QUERY,
                EnumSet.of(Representation.SPARSE),
                RunListener.NONE);
    assertWeights(expected.get("query_weights"), encodings.get(0).sparse());
  }

  @Test
  public void testCrossEncoderGivesWhatItsScriptsGive() {
    String query = expected.get("query").asText();
    List<Float> scores =
        crossEncoder
            .crossEncoder()
            .score(
                texts().stream().map(text -> new OnnxCrossEncoder.Pair(query, text)).toList(),
                RunListener.NONE);
    for (int i = 0; i < scores.size(); i++) {
      float wanted = (float) expected.get("texts").get(i).get("score").asDouble();
      assertEquals(wanted, scores.get(i), 1e-3f);
    }
  }

  private static List<String> texts() {
    return StreamSupport.stream(expected.get("texts").spliterator(), false)
        .map(text -> text.get("text").asText())
        .toList();
  }

  private static void assertWeights(JsonNode wanted, SparseVector vector) {
    Map<String, Float> found = new HashMap<>();
    for (int i = 0; i < vector.size(); i++) {
      found.put(vector.tokens().get(i), vector.weight(i));
    }
    assertEquals(wanted.size(), found.size());
    for (Map.Entry<String, JsonNode> entry : wanted.properties()) {
      assertEquals(
          entry.getKey(),
          (float) entry.getValue().asDouble(),
          found.getOrDefault(entry.getKey(), 0f),
          DELTA);
    }
  }

  private static float[] floats(JsonNode array) {
    float[] floats = new float[array.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) array.get(i).asDouble();
    }
    return floats;
  }
}
