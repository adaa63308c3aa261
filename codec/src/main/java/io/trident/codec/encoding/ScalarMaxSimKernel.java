package io.trident.codec.encoding;

/** The twin without SIMD instructions. */
public final class ScalarMaxSimKernel implements MaxSimKernel {

  @Override
  public void unpack(byte[] codes, int from, int length, int bits, float[] levels, int to) {
    int mask = (1 << bits) - 1;
    float middle = mask / 2f;
    int at = to;
    for (int shift = 0; shift < Byte.SIZE; shift += bits, at += length) {
      for (int i = 0; i < length; i++) {
        levels[at + i] = ((codes[from + i] >>> shift) & mask) - middle;
      }
    }
  }

  @Override
  public void max(
      float[] levels, float[] factors, int tokens, int width, float[] columns, float[] best) {
    for (int token = 0; token < tokens; token += TOKEN_BLOCK) {
      for (int query = 0; query < best.length; query += 2) {
        max(levels, factors, token, width, columns, best, query);
      }
    }
  }

  /** Four tokens with two query vectors, the sums in eight registers. */
  private static void max(
      float[] levels,
      float[] factors,
      int token,
      int width,
      float[] columns,
      float[] best,
      int query) {
    int a = token * width;
    int b = a + width;
    int c = b + width;
    int d = c + width;
    float a0 = 0;
    float a1 = 0;
    float b0 = 0;
    float b1 = 0;
    float c0 = 0;
    float c1 = 0;
    float d0 = 0;
    float d1 = 0;
    int lane = query % QUERY_BLOCK;
    int column = (query - lane) * width + lane;
    for (int i = 0; i < width; i++, column += QUERY_BLOCK) {
      float one = columns[column];
      float two = columns[column + 1];
      a0 += levels[a + i] * one;
      a1 += levels[a + i] * two;
      b0 += levels[b + i] * one;
      b1 += levels[b + i] * two;
      c0 += levels[c + i] * one;
      c1 += levels[c + i] * two;
      d0 += levels[d + i] * one;
      d1 += levels[d + i] * two;
    }
    float ab = Math.max(factors[token] * a0, factors[token + 1] * b0);
    float cd = Math.max(factors[token + 2] * c0, factors[token + 3] * d0);
    best[query] = Math.max(best[query], Math.max(ab, cd));
    ab = Math.max(factors[token] * a1, factors[token + 1] * b1);
    cd = Math.max(factors[token + 2] * c1, factors[token + 3] * d1);
    best[query + 1] = Math.max(best[query + 1], Math.max(ab, cd));
  }
}
