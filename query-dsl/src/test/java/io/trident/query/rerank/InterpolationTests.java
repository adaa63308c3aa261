/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.rerank;

import java.util.Arrays;
import org.apache.lucene.tests.util.LuceneTestCase;

/** The weighted mean of two stages' scores. */
public class InterpolationTests extends LuceneTestCase {

  private static float[] randomScores(int size, double scale) {
    float[] scores = new float[size];
    for (int i = 0; i < size; i++) {
      scores[i] = (float) (scale * random().nextGaussian());
    }
    return scores;
  }

  public void testWithoutWeightTheModelsScoresStayAsTheyAre() {
    float[] second = randomScores(5, 100);
    assertArrayEquals(second, new Interpolation(0).combine(randomScores(5, 1), second), 0);
  }

  public void testDoesNotDependOnTheScalesOfTheStages() {
    int size = random().nextInt(2, 30);
    float[] first = randomScores(size, 1);
    float[] second = randomScores(size, 1);
    float[] moved = new float[size];
    for (int i = 0; i < size; i++) {
      moved[i] = 8 * second[i] - 3;
    }
    Interpolation interpolation = new Interpolation(random().nextFloat(0.01f, 1));
    float[] combined = interpolation.combine(first, second);
    assertArrayEquals(combined, interpolation.combine(first, moved), 1e-4f);
    for (float score : combined) {
      assertTrue(Arrays.toString(combined), score > 0 && score <= 1);
    }
  }

  public void testTheHitThatIsBestInBothStagesIsBest() {
    int size = random().nextInt(1, 30);
    float[] first = randomScores(size, 1);
    float[] second = randomScores(size, 1);
    int best = random().nextInt(size);
    first[best] = 10;
    second[best] = 10;
    float[] combined = new Interpolation(random().nextFloat(0.01f, 1)).combine(first, second);
    assertEquals(1, combined[best], 1e-6f);
    for (int i = 0; i < size; i++) {
      assertTrue(combined[i] <= combined[best]);
    }
  }

  public void testOneHitOrEqualScoresOfAStage() {
    float[] equal = {2, 2, 2};
    float[] second = {1, 3, 2};
    float[] combined = new Interpolation(0.5f).combine(equal, second);
    assertArrayEquals(new float[] {0.5005f, 1, 0.75f}, combined, 1e-6f);
    assertArrayEquals(
        new float[] {1}, new Interpolation(0.5f).combine(new float[] {7}, new float[] {-3}), 0);
  }

  public void testAFirstScoreThatIsMissingCountsAsTheLeast() {
    float[] first = {Float.NaN, 4, 2};
    float[] combined = new Interpolation(1).combine(first, new float[3]);
    assertArrayEquals(new float[] {0.001f, 1, 0.001f}, combined, 1e-6f);
  }
}
