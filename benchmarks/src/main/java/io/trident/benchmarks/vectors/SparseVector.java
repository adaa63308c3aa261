/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.vectors;

/**
 * A learned sparse vector.
 *
 * @param tokens token ids, ascending in documents
 * @param weights their weights, positive
 */
public record SparseVector(int[] tokens, float[] weights) {

  /** As a JSON object of token and weight. */
  public String json() {
    StringBuilder json = new StringBuilder(tokens.length * 14).append('{');
    for (int i = 0; i < tokens.length; i++) {
      json.append(i == 0 ? "\"" : ",\"").append(tokens[i]).append("\":").append(weights[i]);
    }
    return json.append('}').toString();
  }
}
