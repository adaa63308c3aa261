package io.trident.codec.tokenvectors;

import com.carrotsearch.randomizedtesting.generators.RandomPicks;
import io.trident.codec.encoding.MaxSimKernel;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** What a code says of the dot product with any vector, against the vectors themselves. */
public class TestVectorCoder extends LuceneTestCase {

  private static final int PAIRS = 4_000;

  private static float[] unit(int dimension) {
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = (float) random().nextGaussian();
    }
    return scaled(vector, 1 / VectorCoder.norm(vector, 0, dimension));
  }

  private static float[] scaled(float[] vector, double by) {
    float[] out = new float[vector.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) (vector[i] * by);
    }
    return out;
  }

  /** A unit vector whose cosine with another is given. */
  private static float[] neighbour(float[] vector, double cosine) {
    float[] other = unit(vector.length);
    double along = dot(vector, other);
    for (int i = 0; i < other.length; i++) {
      other[i] -= (float) (along * vector[i]);
    }
    double side = Math.sqrt(1 - cosine * cosine) / VectorCoder.norm(other, 0, other.length);
    float[] out = new float[vector.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) (cosine * vector[i] + side * other[i]);
    }
    return out;
  }

  private static double dot(float[] one, float[] other) {
    double sum = 0;
    for (int i = 0; i < one.length; i++) {
      sum += (double) one[i] * other[i];
    }
    return sum;
  }

  /** The dot product of a query vector with what the code of a vector stands for. */
  private static double estimate(
      TokenSimilarity similarity, int bits, float[] query, float[] vector) {
    int dimension = query.length;
    int length = QueryTokenVectors.codeLength(dimension, bits);
    TokenVectorsEncoding encoding = TokenVectorsEncoding.of(bits + "bit");
    FactorCode factor = FactorCode.of(encoding, similarity, dimension);
    byte[] code = new byte[encoding.bytes(dimension, similarity)];
    VectorCoder coder = new VectorCoder(dimension, encoding, similarity);
    coder.encode(vector, 0, code, 0);
    float[] levels = new float[length * 8 / bits];
    MaxSimKernel.best().unpack(code, factor.bytes(), length, bits, levels, 0);
    float[][] rotated = coder.rotateQueries(query, 1);
    double sum = 0;
    for (int level = 0; level < levels.length; level++) {
      int d = MaxSimKernel.dimensionOf(level, length, bits);
      sum += d < dimension ? levels[level] * rotated[d][0] : 0;
    }
    return sum * factor.read(code, 0);
  }

  /**
   * The mean error of many pairs is nothing but chance: five standard errors, and the thousandth
   * that the factor is rounded by. The error's spread is at most what the paper says of one bit.
   */
  public void testEstimatesAreUnbiased() {
    for (int bits = 1; bits <= 8; bits *= 2) {
      int dimension = TestUtil.nextInt(random(), 48, 200);
      TokenSimilarity by = RandomPicks.randomFrom(random(), TokenSimilarity.values());
      double cosine = random().nextDouble() * 1.8 - 0.9;
      double sum = 0;
      double squares = 0;
      for (int i = 0; i < PAIRS; i++) {
        float[] query = unit(dimension);
        double error = estimate(by, bits, query, neighbour(query, cosine)) - cosine;
        sum += error;
        squares += error * error;
      }
      double spread = Math.sqrt(squares / PAIRS);
      String what = bits + " bits, " + dimension + " dimensions, cosine " + cosine;
      assertEquals(what, 0, sum / PAIRS, 5 * spread / Math.sqrt(PAIRS) + 1e-3);
      assertTrue(what + ": " + spread, spread < 0.9 / Math.sqrt(dimension) / (1 << (bits - 1)));
    }
  }

  /** A vector's own dot product is its squared length at every width, but for the factor's bits. */
  public void testTheSameVectorIsExact() {
    for (int bits = 1; bits <= 8; bits *= 2) {
      int dimension = TestUtil.nextInt(random(), 8, 300);
      double length = Math.exp(random().nextGaussian() * 3);
      float[] vector = scaled(unit(dimension), length);
      assertEquals(
          length * length,
          estimate(TokenSimilarity.DOT_PRODUCT, bits, vector, vector),
          1.5e-3 * length * length);
      float[] unit = scaled(vector, 1 / length);
      double cosine = estimate(TokenSimilarity.COSINE, bits, unit, unit);
      assertEquals(1, cosine, bits == 1 ? 2e-2 : 1.5e-3);
    }
  }

  public void testManyAreRotatedAsOneByOne() {
    int dimension = TestUtil.nextInt(random(), 8, 300);
    RandomRotation rotation = new RandomRotation(dimension);
    float[][] rows = new float[dimension][7];
    float[][] vectors = new float[7][];
    for (int v = 0; v < vectors.length; v++) {
      vectors[v] = unit(dimension);
      for (int d = 0; d < dimension; d++) {
        rows[d][v] = vectors[v][d];
      }
    }
    rotation.rotate(rows);
    for (int v = 0; v < vectors.length; v++) {
      rotation.rotate(vectors[v]);
      for (int d = 0; d < dimension; d++) {
        assertEquals(vectors[v][d], rows[d][v], 0);
      }
    }
  }

  public void testFactorKeepsAThousandth() {
    for (int i = 0; i < 10_000; i++) {
      float factor = (float) Math.pow(2, random().nextDouble() * 120 - 60);
      float packed = VectorCoder.unpackFactor(VectorCoder.packFactor(factor));
      assertEquals(factor, packed, factor * 1e-3);
    }
    assertEquals(0, VectorCoder.unpackFactor(VectorCoder.packFactor(0)), 0);
  }
}
