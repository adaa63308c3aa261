/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors;

import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.tests.util.LuceneTestCase;

/** From which token a code goes on, against all that are near enough. */
public class TestPreviousTokens extends LuceneTestCase {

  private static final int DIMENSION = 12;

  private static float[] vector() {
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = (float) random().nextGaussian();
    }
    return vector;
  }

  private static double left(float[] vector, float[] earlier) {
    double sum = 0;
    for (int i = 0; i < DIMENSION; i++) {
      double part = vector[i] - (earlier == null ? 0 : 0.75 * earlier[i]);
      sum += part * part;
    }
    return sum;
  }

  public void testTheShareThatLeavesLeastIsTaken() {
    PreviousTokens previous = new PreviousTokens(DIMENSION);
    for (int document = 0; document < 3; document++) {
      previous.clear();
      List<float[]> tokens = new ArrayList<>();
      for (int token = 0; token < 80; token++) {
        float[] vector = vector();
        if (token > 0 && random().nextBoolean()) { // like one of the last 40
          float[] alike = tokens.get(Math.max(0, token - 1 - random().nextInt(40)));
          for (int i = 0; i < DIMENSION; i++) {
            vector[i] = alike[i] + vector[i] / 10;
          }
        }
        assertNearest(previous, tokens, vector);
        previous.add(vector);
        tokens.add(vector);
      }
    }
  }

  private static void assertNearest(PreviousTokens previous, List<float[]> tokens, float[] vector) {
    int nearest = previous.nearest(vector);
    assertTrue(nearest >= 0 && nearest <= Math.min(31, tokens.size()));
    double least = left(vector, nearest == 0 ? null : tokens.get(tokens.size() - nearest));
    for (int distance = 0; distance <= Math.min(31, tokens.size()); distance++) {
      float[] earlier = distance == 0 ? null : tokens.get(tokens.size() - distance);
      assertTrue(least <= left(vector, earlier) * (1 + 1e-5));
      float[] share = previous.share(distance);
      for (int i = 0; i < DIMENSION; i++) {
        assertEquals(distance == 0 ? 0 : 0.75f * earlier[i], share[i], 0);
      }
    }
  }

  public void testBeforeTheFirstTokenThereIsNothing() {
    PreviousTokens previous = new PreviousTokens(DIMENSION);
    for (int document = 0; document < 2; document++) {
      assertEquals(0, previous.nearest(vector()));
      for (int distance = 0; distance <= 31; distance++) {
        assertArrayEquals(new float[DIMENSION], previous.share(distance), 0);
      }
      previous.add(vector());
      previous.clear();
    }
  }
}
