/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

/**
 * A query that scores by itself and by the queries inside of it, but by no statistics of the index:
 * shards need not share theirs for its scores to be comparable.
 */
public interface StatisticsFree {

  /** Whether this is so of the query with the options that it has. */
  default boolean isStatisticsFree() {
    return true;
  }
}
