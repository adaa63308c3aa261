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
import io.trident.models.folder.ModelFolder;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.Test;

/** The graph in 8 bits ranks as the script that trained it does in floats. */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // ONNX Runtime and JNA keep threads of their own
public class SmallRerankerTests extends RandomizedTest {

  /** What 8 bits may cost a score. */
  private static final float DELTA = 1f;

  private static JsonNode expected;
  private static OnnxModel model;

  @BeforeClass
  public static void open() throws IOException {
    try (InputStream stream = SmallRerankerTests.class.getResourceAsStream("small-reranker.json")) {
      expected = new ObjectMapper().readTree(stream);
    }
    model = OnnxModel.load(new ModelFolder.Embedded("trident-small-reranker"), 1);
  }

  @AfterClass
  public static void close() {
    model.close();
    model = null;
    expected = null;
  }

  @Test
  public void testScoresAreCloseToThoseOfTheScript() {
    List<Float> scores = scores(order());
    for (int i = 0; i < scores.size(); i++) {
      assertEquals(expected.get(i).get("score").floatValue(), scores.get(i), DELTA);
    }
  }

  @Test
  public void testTheOrderOfTheTextsDoesNotMatter() {
    List<Integer> shuffled = new ArrayList<>(order());
    Collections.shuffle(shuffled, getRandom());
    List<Float> scores = scores(shuffled);
    int best =
        IntStream.range(0, scores.size()).boxed().max(Comparator.comparing(scores::get)).get();
    assertTrue(expected.get(shuffled.get(best)).get("relevant").booleanValue());
  }

  private static List<Integer> order() {
    return IntStream.range(0, expected.size()).boxed().toList();
  }

  private static List<Float> scores(List<Integer> numbers) {
    return model
        .crossEncoder()
        .score(
            numbers.stream()
                .map(expected::get)
                .map(
                    pair ->
                        new OnnxCrossEncoder.Pair(
                            pair.get("query").asText(), pair.get("text").asText()))
                .toList(),
            RunListener.NONE);
  }
}
