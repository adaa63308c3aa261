/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors104;

import io.trident.codec.tokenvectors.CodedTokens;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Clusters a sample of the token vectors of one field, group by group. One pass over the values; on
 * the heap are the sample and the centroids. Not thread-safe.
 */
final class CentroidTrainer {

  private final CodedTokens tokens;
  private final TokenGroups groups;
  private final int dimension;

  /** How many tokens of each group have gone by. */
  private final int[] seen;

  private final List<List<float[]>> samples = new ArrayList<>();

  /**
   * Makes a trainer.
   *
   * @param tokens reads values of the field
   * @param groups which tokens are clustered together, and which of them are the sample
   */
  CentroidTrainer(CodedTokens tokens, TokenGroups groups, int dimension) {
    this.tokens = tokens;
    this.groups = groups;
    this.dimension = dimension;
    this.seen = new int[groups.groups()];
    for (int group = 0; group < seen.length; group++) {
      samples.add(new ArrayList<>());
    }
  }

  /**
   * The centroids of each group; null for one without tokens. Their numbers go on from group to
   * group.
   */
  CentroidTree[] train(CodedValues values) throws IOException {
    values.forEach(
        (doc, value) -> {
          tokens.reset(value);
          for (int token = 0; token < tokens.count(); token++) {
            sample(token);
          }
        });
    CentroidTree[] trees = new CentroidTree[groups.groups()];
    int centroids = 0;
    for (int group = 0; group < trees.length; group++) {
      if (samples.get(group).isEmpty() == false) {
        float[][] sample = samples.set(group, null).toArray(new float[0][]);
        int leaves = Math.min(groups.leaves(group), sample.length);
        trees[group] = new CentroidTree(sample, leaves, centroids);
        centroids = trees[group].end();
      }
    }
    return trees;
  }

  private void sample(int token) {
    int group = groups.group(tokens.id(token));
    if (seen[group]++ % groups.stride(group) == 0) {
      float[] vector = new float[dimension];
      tokens.vector(token, vector);
      samples.get(group).add(vector);
    }
  }
}
