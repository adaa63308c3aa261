/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors;

import java.util.SplittableRandom;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** That the rotation is one, for every dimension. */
public class TestRandomRotation extends LuceneTestCase {

  private static float[] gaussian(int dimension) {
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = (float) random().nextGaussian();
    }
    return vector;
  }

  private static double dot(float[] one, float[] other) {
    double sum = 0;
    for (int i = 0; i < one.length; i++) {
      sum += (double) one[i] * other[i];
    }
    return sum;
  }

  public void testAnglesAndLengthsStayAndItCanBeUndone() {
    for (int i = 0; i < 50; i++) {
      int dimension = TestUtil.nextInt(random(), 1, 300);
      RandomRotation rotation = new RandomRotation(dimension);
      float[] one = gaussian(dimension);
      float[] other = gaussian(dimension);
      float[] turned = one.clone();
      float[] otherTurned = other.clone();
      rotation.rotate(turned);
      rotation.rotate(otherTurned);
      double error = 1e-4 * dimension;
      assertEquals(dot(one, one), dot(turned, turned), error);
      assertEquals(dot(one, other), dot(turned, otherTurned), error);
      rotation.unrotate(turned);
      assertArrayEquals(one, turned, 1e-4f);
    }
  }

  /** Also of a vector that lies along one axis. */
  public void testALengthIsSpreadOverAllDimensions() {
    for (int dimension : new int[] {32, 100, 128, 1000}) {
      RandomRotation rotation = new RandomRotation(dimension);
      for (int axis : new int[] {0, random().nextInt(dimension), dimension - 1}) {
        float[] vector = new float[dimension];
        vector[axis] = 1;
        rotation.rotate(vector);
        for (float value : vector) {
          assertTrue(Math.abs(value) < 6 / Math.sqrt(dimension));
        }
      }
    }
  }

  /**
   * An index is read by the same rotation by which it was written. Here it is made by the
   * definition of the transform, with signs of the JDK's SplitMix64.
   */
  public void testItIsThatOfTheFormat() {
    for (int i = 0; i < 20; i++) {
      int dimension = TestUtil.nextInt(random(), 1, 100);
      float[] vector = gaussian(dimension);
      double[] expected = new double[dimension];
      for (int d = 0; d < dimension; d++) {
        expected[d] = vector[d];
      }
      int window = Integer.highestOneBit(dimension);
      for (int round = 0; round < 6; round++) {
        for (int d = 0; d < dimension; d++) {
          long number = 0x5472_6964_656e_7431L + ((long) dimension << 32) + round * dimension + d;
          expected[d] *= mixed(number) < 0 ? -1 : 1;
        }
        transform(expected, round % 2 == 0 ? 0 : dimension - window, window);
      }
      new RandomRotation(dimension).rotate(vector);
      for (int d = 0; d < dimension; d++) {
        assertEquals(expected[d], vector[d], 1e-4);
      }
    }
  }

  /** What SplitMix64 makes of a multiple of its constant. */
  private static long mixed(long number) {
    return new SplittableRandom((number - 1) * 0x9E3779B97F4A7C15L).nextLong();
  }

  private static void transform(double[] vector, int from, int window) {
    double[] out = new double[window];
    for (int i = 0; i < window; i++) {
      for (int j = 0; j < window; j++) {
        out[i] += vector[from + j] * (Integer.bitCount(i & j) % 2 == 0 ? 1 : -1);
      }
    }
    for (int i = 0; i < window; i++) {
      vector[from + i] = out[i] / Math.sqrt(window);
    }
  }

  public void testManyVectorsAreRotatedAsOneByOne() {
    int dimension = TestUtil.nextInt(random(), 1, 100);
    int count = TestUtil.nextInt(random(), 1, 20);
    float[][] rows = new float[dimension][count];
    float[][] vectors = new float[count][];
    for (int i = 0; i < count; i++) {
      vectors[i] = gaussian(dimension);
      for (int d = 0; d < dimension; d++) {
        rows[d][i] = vectors[i][d];
      }
    }
    RandomRotation rotation = new RandomRotation(dimension);
    rotation.rotate(rows);
    for (int i = 0; i < count; i++) {
      rotation.rotate(vectors[i]);
      for (int d = 0; d < dimension; d++) {
        assertEquals(vectors[i][d], rows[d][i], 0);
      }
    }
  }
}
