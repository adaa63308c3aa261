/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.Test;

/** The graph in 8 bits gives what the script that trained it gives in floats. */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // ONNX Runtime and JNA keep threads of their own
public class SmallEncoderTests extends RandomizedTest {

  /** What 8 bits may cost: of a cosine, and of a weight. */
  private static final double DENSE_DELTA = 0.01;

  private static final double TOKEN_DELTA = 0.03;
  private static final float WEIGHT_DELTA = 0.15f;

  private static JsonNode expected;
  private static OnnxModel model;

  @BeforeClass
  public static void open() throws IOException {
    try (InputStream stream = SmallEncoderTests.class.getResourceAsStream("small-encoder.json")) {
      expected = new ObjectMapper().readTree(stream);
    }
    model = OnnxModel.load(new ModelFolder.Embedded("trident-small"), 1);
  }

  @AfterClass
  public static void close() {
    model.close();
    model = null;
    expected = null;
  }

  @Test
  public void testVectorsAreCloseToThoseOfTheScriptInAnyOrderOfTexts() {
    List<Integer> order = new ArrayList<>(IntStream.range(0, expected.size()).boxed().toList());
    Collections.shuffle(order, getRandom());
    List<Encoding> encodings =
        model
            .encoder()
            .encode(
                order.stream().map(i -> expected.get(i).get("text").asText()).toList(),
                Side.DOCUMENT,
                EnumSet.allOf(Representation.class),
                RunListener.NONE);
    for (int i = 0; i < encodings.size(); i++) {
      JsonNode wanted = expected.get(order.get(i));
      Encoding found = encodings.get(i);
      assertEquals(1, cosine(wanted.get("dense"), found.dense()), DENSE_DELTA);
      assertEquals(wanted.get("tokens").intValue(), found.tokens().count());
      float[] first = Arrays.copyOf(found.tokens().values(), found.tokens().dimension());
      assertEquals(1, cosine(wanted.get("first_token"), first), TOKEN_DELTA);
      assertWeights(wanted.get("sparse"), found.sparse());
    }
  }

  private static double cosine(JsonNode wanted, float[] found) {
    assertEquals(wanted.size(), found.length);
    double dot = 0;
    double one = 0;
    double other = 0;
    for (int i = 0; i < found.length; i++) {
      double value = wanted.get(i).doubleValue();
      dot += value * found[i];
      one += value * value;
      other += (double) found[i] * found[i];
    }
    return dot / Math.sqrt(one * other);
  }

  /** Terms with small weights may be there or not. */
  private static void assertWeights(JsonNode wanted, SparseVector vector) {
    Map<String, Float> found = new HashMap<>();
    for (int i = 0; i < vector.size(); i++) {
      found.put(vector.tokens().get(i), vector.weight(i));
    }
    assertTrue(found.size() > 0);
    Set<String> terms = new TreeSet<>(found.keySet());
    wanted.fieldNames().forEachRemaining(terms::add);
    for (String term : terms) {
      float weight = wanted.path(term).floatValue();
      assertEquals(term, weight, found.getOrDefault(term, 0f), WEIGHT_DELTA);
    }
  }
}
