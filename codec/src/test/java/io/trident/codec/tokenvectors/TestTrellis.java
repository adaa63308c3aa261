/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors;

import io.trident.codec.encoding.CodeLevels;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** Compares the path that is found with all paths, and its error with what theory promises. */
public class TestTrellis extends LuceneTestCase {

  private static float[] normal(int dimension) {
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = (float) random().nextGaussian();
    }
    return vector;
  }

  private static double distance(float[] vector, double unit, byte[] code) {
    double sum = 0;
    for (int d = 0; d < vector.length; d++) {
      double error = vector[d] * unit - CodeLevels.of(code, 0, d, 2);
      sum += error * error;
    }
    return sum;
  }

  /** The code of a vector, whose levels are checked. */
  private static byte[] encode(Trellis trellis, float[] vector) {
    byte[] code = new byte[(vector.length + 3) / 4];
    float[] levels = new float[vector.length];
    trellis.encode(vector, code, 0, levels);
    for (int d = 0; d < vector.length; d++) {
      assertEquals(CodeLevels.of(code, 0, d, 2), levels[d], 0);
    }
    return code;
  }

  public void testNoPathIsCloser() {
    int dimension = TestUtil.nextInt(random(), 1, 7);
    for (int i = 0; i < 20; i++) {
      float[] vector = normal(dimension);
      double unit = Math.sqrt(dimension) / (0.83 * VectorCoder.norm(vector, 0, vector.length));
      byte[] code = encode(new Trellis(dimension), vector);
      double found = distance(vector, unit, code);
      for (int other = 0; other < 1 << (2 * dimension); other++) {
        byte[] path = {(byte) other, (byte) (other >>> 8)};
        assertTrue(found <= distance(vector, unit, path) + 1e-4);
      }
    }
  }

  /** Four levels without a trellis leave 0.1175 of normal values at best, by Lloyd and Max. */
  public void testErrorIsAQuarterLessThanThatOfFourLevels() {
    int dimension = 128;
    Trellis trellis = new Trellis(dimension);
    double error = 0;
    double square = 0;
    for (int i = 0; i < 200; i++) {
      float[] vector = normal(dimension);
      double norm = VectorCoder.norm(vector, 0, dimension);
      double unit = Math.sqrt(dimension) / (0.83 * norm);
      byte[] code = encode(trellis, vector);
      error += distance(vector, unit, code) / (unit * unit);
      square += norm * norm;
    }
    assertEquals(0.087, error / square, 0.003);
  }

  /** The same bits again, after another vector: nothing is left of it where no path is better. */
  public void testVectorsOfAnyLength() {
    Trellis trellis = new Trellis(9);
    for (float value : new float[] {0, 1, 1e-42f, -1e-20f, 1e20f, Float.MAX_VALUE}) {
      float[] vector = new float[9];
      vector[random().nextInt(9)] = value;
      byte[] code = encode(trellis, vector);
      encode(trellis, normal(9));
      assertArrayEquals(code, encode(trellis, vector));
    }
  }
}
