package io.trident.models.encoder;

import java.util.Arrays;
import java.util.List;

/** The inputs of one run, padded to one length. */
record Batch(long[][] ids, long[][] mask, long[][] types) {

  /**
   * Lengths are rounded up to a multiple of this, because ONNX Runtime keeps memory for every shape
   * that it meets.
   */
  private static final int BUCKET = 16;

  /** One row: the ids and type ids of the tokens of a text or a pair. */
  record Row(long[] ids, long[] types) {}

  static Batch of(List<Row> rows, int maxTokens) {
    int longest = rows.stream().mapToInt(row -> row.ids.length).max().orElse(1);
    int length = Math.max(longest, Math.min(maxTokens, (longest + BUCKET - 1) / BUCKET * BUCKET));
    long[][] ids = new long[rows.size()][];
    long[][] mask = new long[rows.size()][length];
    long[][] types = new long[rows.size()][];
    for (int i = 0; i < ids.length; i++) {
      Row row = rows.get(i);
      ids[i] = Arrays.copyOf(row.ids, length);
      types[i] = Arrays.copyOf(row.types, length);
      Arrays.fill(mask[i], 0, row.ids.length, 1);
    }
    return new Batch(ids, mask, types);
  }
}
