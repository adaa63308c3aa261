package io.trident.codec.tokenvectors;

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

  /** An index is read by the same rotation by which it was written. */
  public void testItDependsOnTheDimensionAlone() {
    int dimension = TestUtil.nextInt(random(), 1, 300);
    float[] one = gaussian(dimension);
    float[] same = one.clone();
    new RandomRotation(dimension).rotate(one);
    new RandomRotation(dimension).rotate(same);
    assertArrayEquals(one, same, 0);
  }
}
