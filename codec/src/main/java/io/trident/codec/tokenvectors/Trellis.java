package io.trident.codec.tokenvectors;

import io.trident.codec.encoding.CodeLevels;
import java.util.Arrays;

/**
 * Finds the path through the trellis of two bits a dimension ({@link CodeLevels}) that comes
 * closest to a vector, by the algorithm of Viterbi: for each state the cheapest path that ends
 * there, one dimension after the other. A state is the lower bits of the last three dimensions, the
 * last one's lowest. Part of the index format. Not thread-safe.
 */
final class Trellis implements Quantizer {

  private static final int STATES = 8;

  /** The levels' size for values whose mean square is 1: found best for normal ones. */
  private static final double SIZE = 0.83;

  /**
   * For each state and each lower bit before its own three, which of two states it is come from:
   * the two levels to choose from.
   */
  private static final float[][] LEVELS = new float[2 * STATES][2];

  static {
    for (int path = 0; path < 2 * STATES; path++) {
      int window = 0;
      for (int back = 0; back < 4; back++) {
        window |= ((path >>> back) & 1) << (6 - 2 * back);
      }
      LEVELS[path][0] = CodeLevels.ofWindow(window);
      LEVELS[path][1] = CodeLevels.ofWindow(window | 1 << 7);
    }
  }

  private final byte[][] choices;
  private float[] costs = new float[STATES];
  private float[] next = new float[STATES];

  Trellis(int dimension) {
    choices = new byte[dimension][STATES];
  }

  @Override
  public void encode(float[] vector, byte[] out, int offset) {
    float unit = unit(vector);
    Arrays.fill(costs, Float.POSITIVE_INFINITY);
    costs[0] = 0;
    for (int d = 0; d < vector.length; d++) {
      step(vector[d] * unit, choices[d]);
    }
    int state = 0;
    for (int i = 1; i < STATES; i++) {
      state = costs[i] < costs[state] ? i : state;
    }
    for (int d = vector.length - 1; d >= 0; d--) {
      int choice = choices[d][state];
      int bits = (state & 1) | (choice & 2);
      out[offset + d / 4] |= (byte) (bits << (d % 4 * 2));
      state = (state >>> 1) | ((choice & 1) << 2);
    }
  }

  /** What turns a vector's values into levels; 0 when they are too small to tell apart. */
  private static float unit(float[] vector) {
    double unit = Math.sqrt(vector.length) / (SIZE * VectorCoder.norm(vector, 0, vector.length));
    return unit > Float.MAX_VALUE ? 0 : (float) unit;
  }

  /**
   * Goes on by one dimension.
   *
   * @param choice takes for each state the lower bit that leaves its window (bit 0) and the higher
   *     bit of the dimension (bit 1)
   */
  private void step(float value, byte[] choice) {
    for (int state = 0; state < STATES; state++) {
      float least = Float.POSITIVE_INFINITY;
      for (int oldest = 0; oldest < 2; oldest++) {
        int path = state | (oldest << 3);
        float low = value - LEVELS[path][0];
        float high = value - LEVELS[path][1];
        boolean higher = high * high < low * low;
        float cost = costs[path >>> 1] + (higher ? high * high : low * low);
        if (cost < least) {
          least = cost;
          choice[state] = (byte) (oldest | (higher ? 2 : 0));
        }
      }
      next[state] = least;
    }
    float[] spare = costs;
    costs = next;
    next = spare;
  }
}
