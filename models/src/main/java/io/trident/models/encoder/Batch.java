/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * The inputs of one run, padded to one length.
 *
 * @param ids token ids, [rows][length]
 * @param mask 1 for the tokens to attend to, 0 for others and for padding
 * @param types which text of a pair a token is of
 */
record Batch(long[][] ids, long[][] mask, long[][] types) {

  /**
   * Tokens in a run at most, padding included, unless one row alone has more. More of them are no
   * faster on a core: what the layers pass on no longer fits its cache, and needs more memory.
   */
  static final int TOKENS_PER_RUN = 512;

  /**
   * Lengths are rounded up to multiples of this, longer ones to four lengths a power of two. ONNX
   * Runtime keeps memory for every shape that it meets, so there are few of them.
   */
  private static final int STEP = 8;

  /**
   * Stands for the tokens that a model takes: rows are not padded, and each is in a run of its own.
   */
  private static final int ALONE = 0;

  /**
   * One row: a text or a pair.
   *
   * @param ids its token ids
   * @param types which text of a pair each is of
   * @param attended how many of the tokens are attended to; those after them are not
   */
  record Row(long[] ids, long[] types, int attended) {

    int length() {
      return ids.length;
    }
  }

  /**
   * What to split rows by: what a row is read as must not depend on the others of its run, nor on
   * padding.
   *
   * @param dependsOnBatch whether it would
   * @param maxTokens the tokens that the model takes
   */
  static int room(boolean dependsOnBatch, int maxTokens) {
    return dependsOnBatch ? ALONE : maxTokens;
  }

  /** The length that rows are padded to. */
  static int bucket(int length, int maxTokens) {
    int step = Math.max(STEP, Integer.highestOneBit(Math.max(1, length - 1)) / 4);
    int bucket = Math.max(1, (length + step - 1) / step) * step;
    return Math.max(length, Math.min(maxTokens, bucket));
  }

  /**
   * Calls with the numbers of the rows that make up each run: rows of one bucket, shortest first.
   *
   * @param tokensPerRun tokens per run at most, padding included, unless one row alone has more
   * @param maxTokens as {@link #room} says
   */
  static void split(List<Row> rows, int tokensPerRun, int maxTokens, Consumer<List<Integer>> run) {
    List<Integer> order =
        IntStream.range(0, rows.size())
            .boxed()
            .sorted(Comparator.comparingInt(row -> rows.get(row).length()))
            .toList();
    List<Integer> batch = new ArrayList<>();
    int length = 0;
    for (int row : order) {
      int bucket = bucket(rows.get(row).length(), maxTokens);
      boolean fits =
          maxTokens != ALONE && bucket == length && (batch.size() + 1) * bucket <= tokensPerRun;
      if (batch.isEmpty() == false && fits == false) {
        run.accept(batch);
        batch = new ArrayList<>();
      }
      batch.add(row);
      length = bucket;
    }
    if (batch.isEmpty() == false) {
      run.accept(batch);
    }
  }

  static Batch of(List<Row> rows, int maxTokens) {
    int longest = rows.stream().mapToInt(Row::length).max().orElse(1);
    int length = bucket(longest, maxTokens);
    long[][] ids = new long[rows.size()][];
    long[][] mask = new long[rows.size()][length];
    long[][] types = new long[rows.size()][];
    for (int i = 0; i < ids.length; i++) {
      Row row = rows.get(i);
      ids[i] = Arrays.copyOf(row.ids, length);
      types[i] = Arrays.copyOf(row.types, length);
      Arrays.fill(mask[i], 0, row.attended, 1);
    }
    return new Batch(ids, mask, types);
  }

  /** One of the rows, several times. */
  Batch copies(int row, int count) {
    long[][] copiedIds = new long[count][];
    long[][] copiedMask = new long[count][];
    long[][] copiedTypes = new long[count][];
    Arrays.fill(copiedIds, ids[row]);
    Arrays.fill(copiedMask, mask[row]);
    Arrays.fill(copiedTypes, types[row]);
    return new Batch(copiedIds, copiedMask, copiedTypes);
  }

  /** Tokens in all rows, padding included. */
  long padded() {
    return (long) ids.length * ids[0].length;
  }
}
