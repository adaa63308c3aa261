package io.trident.codec.tokenvectors104;

import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.tests.util.LuceneTestCase;

/** Vectors are given to centroids near them, also when they cannot be told apart. */
public class TestCentroidTree extends LuceneTestCase {

  private static float[][] sample(int count) {
    float[][] sample = new float[count][16];
    for (float[] vector : sample) {
      for (int i = 0; i < vector.length; i++) {
        vector[i] = (float) random().nextGaussian();
      }
    }
    return sample;
  }

  public void testEqualVectorsHaveFewCentroids() {
    List<float[]> all = new ArrayList<>();
    CentroidTree tree = new CentroidTree(new float[5000][16], 500, all);
    assertEquals(1, all.size());
    assertEquals(0, tree.assign(new float[16]));
  }

  public void testManyAreAsNearAsFew() {
    float[][] sample = sample(4000);
    double before = Double.POSITIVE_INFINITY;
    for (int leaves : new int[] {1, 8, 64, 400}) {
      List<float[]> all = new ArrayList<>();
      CentroidTree tree = new CentroidTree(sample, leaves, all);
      assertTrue(all.size() + " for " + leaves, all.size() <= leaves * 2);
      double sum = 0;
      for (float[] vector : sample) {
        float[] centroid = all.get(tree.assign(vector));
        for (int i = 0; i < vector.length; i++) {
          sum += Math.pow((double) vector[i] - centroid[i], 2);
        }
      }
      assertTrue(leaves + ": " + sum + " after " + before, sum < before);
      before = sum;
    }
  }
}
