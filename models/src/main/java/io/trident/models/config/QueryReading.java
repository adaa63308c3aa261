/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.config;

import java.util.Locale;
import java.util.Optional;

/** How a query's sparse vector is made: without inference, or as {@link SparseReading} has it. */
public enum QueryReading {
  /** Each distinct token of the query, with its weight from a table. */
  IDF(null),
  /** Each with weight 1. */
  BINARY(null),
  /** {@link SparseReading#MAX_LOGITS}. */
  MAX_LOGITS(SparseReading.MAX_LOGITS),
  /** {@link SparseReading#SUM_LOGITS}. */
  SUM_LOGITS(SparseReading.SUM_LOGITS),
  /** {@link SparseReading#TOKEN_WEIGHTS}. */
  TOKEN_WEIGHTS(SparseReading.TOKEN_WEIGHTS),
  /** {@link SparseReading#WORD_WEIGHTS}. */
  WORD_WEIGHTS(SparseReading.WORD_WEIGHTS),
  /** {@link SparseReading#VOCABULARY}. */
  VOCABULARY(SparseReading.VOCABULARY),
  /** {@link SparseReading#DIMENSIONS}. */
  DIMENSIONS(SparseReading.DIMENSIONS),
  /** {@link SparseReading#AUTOENCODER}. */
  AUTOENCODER(SparseReading.AUTOENCODER);

  private final SparseReading ofGraph;

  QueryReading(SparseReading ofGraph) {
    this.ofGraph = ofGraph;
  }

  /** How an output of the graph is read; empty without inference. */
  public Optional<SparseReading> ofGraph() {
    return Optional.ofNullable(ofGraph);
  }

  /** The name in JSON. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
