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

  private static double squareDistance(float[] one, float[] other) {
    double sum = 0;
    for (int i = 0; i < one.length; i++) {
      sum += Math.pow((double) one[i] - other[i], 2);
    }
    return sum;
  }

  public void testNearestIsNearerThanAllOthers() {
    float[][] points = sample(random().nextInt(60));
    float[][] centroids = sample(1 + random().nextInt(90));
    int[] nearest = new CentroidColumns(centroids).nearest(points);
    assertEquals(points.length, nearest.length);
    for (int p = 0; p < points.length; p++) {
      double found = squareDistance(points[p], centroids[nearest[p]]);
      for (float[] centroid : centroids) {
        assertTrue(found <= squareDistance(points[p], centroid) + 1e-4);
      }
    }
  }

  public void testTogetherAsOneByOne() {
    float[][] sample = sample(2000);
    CentroidTree tree = new CentroidTree(sample, 300, new ArrayList<>());
    int[] together = tree.assign(sample);
    for (int i = 0; i < 50; i++) {
      int v = random().nextInt(sample.length);
      assertEquals(together[v], tree.assign(new float[][] {sample[v]})[0]);
    }
  }

  public void testEqualVectorsHaveFewCentroids() {
    List<float[]> all = new ArrayList<>();
    CentroidTree tree = new CentroidTree(new float[5000][16], 500, all);
    assertEquals(1, all.size());
    assertArrayEquals(new int[2], tree.assign(new float[2][16]));
  }

  public void testManyAreAsNearAsFew() {
    float[][] sample = sample(4000);
    double before = Double.POSITIVE_INFINITY;
    for (int leaves : new int[] {1, 8, 64, 400}) {
      List<float[]> all = new ArrayList<>();
      CentroidTree tree = new CentroidTree(sample, leaves, all);
      assertTrue(all.size() + " for " + leaves, all.size() <= leaves * 2);
      double sum = 0;
      int[] assigned = tree.assign(sample);
      for (int v = 0; v < sample.length; v++) {
        sum += squareDistance(sample[v], all.get(assigned[v]));
      }
      assertTrue(leaves + ": " + sum + " after " + before, sum < before);
      before = sum;
    }
  }
}
