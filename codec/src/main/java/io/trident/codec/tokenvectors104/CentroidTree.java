package io.trident.codec.tokenvectors104;

import java.util.List;

/**
 * Centroids of one group of vectors: a few are clustered at once, many in two steps, so that a
 * vector is compared with about {@code 2 sqrt(n)} of {@code n}. Immutable.
 */
final class CentroidTree {

  private static final int MOST_AT_ONCE = 64;
  private static final int MOST_OF_A_CHILD = 256;

  private final float[][] centroids;
  private final CentroidTree[] children;
  private final int first;

  /**
   * Clusters a sample.
   *
   * @param sample at least {@code leaves} vectors
   * @param leaves how many centroids to make at most, 1 or more
   * @param all takes the centroids; their places there are their numbers
   */
  CentroidTree(float[][] sample, int leaves, List<float[]> all) {
    this(sample, leaves, leaves > MOST_AT_ONCE, all);
  }

  /** Two steps at most: equal vectors stay together however often they are divided. */
  private CentroidTree(float[][] sample, int leaves, boolean twoSteps, List<float[]> all) {
    first = all.size();
    centroids = KMeans.cluster(sample, twoSteps ? (int) Math.round(Math.sqrt(leaves)) : leaves);
    if (twoSteps == false) {
      children = null;
      all.addAll(List.of(centroids));
      return;
    }
    children = new CentroidTree[centroids.length];
    float[][][] parts = KMeans.divide(sample, centroids);
    for (int c = 0; c < children.length; c++) {
      float[][] part = parts[c].length == 0 ? new float[][] {centroids[c]} : parts[c];
      long share = Math.max(1, (long) leaves * part.length / sample.length);
      children[c] = new CentroidTree(part, (int) Math.min(MOST_OF_A_CHILD, share), false, all);
    }
  }

  /** The number of the centroid that a vector is given to. */
  int assign(float[] vector) {
    int nearest = centroids.length == 1 ? 0 : KMeans.nearest(centroids, vector);
    return children == null ? first + nearest : children[nearest].assign(vector);
  }
}
