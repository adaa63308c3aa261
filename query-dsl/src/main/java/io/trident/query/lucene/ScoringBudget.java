/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import java.util.concurrent.atomic.LongAdder;

/**
 * How long a query may score the documents of one search, and how many it had time for.
 * Thread-safe.
 */
public final class ScoringBudget {

  private final long nanos;
  private final LongAdder scored = new LongAdder();
  private final LongAdder skipped = new LongAdder();
  private volatile boolean isKeptOutside;

  /** A budget of so many nanoseconds. */
  public ScoringBudget(long nanos) {
    this.nanos = nanos;
  }

  /** Rounds of hits, from the best on, for as long as it lasts from now on. */
  public BudgetedRounds rounds(int hits) {
    return rounds(hits, System.nanoTime());
  }

  /** Rounds of hits, from the best on, for as long as it lasts that started at a time. */
  BudgetedRounds rounds(int hits, long start) {
    return new BudgetedRounds(hits, start + nanos, System::nanoTime);
  }

  /** How long it is. */
  public long nanos() {
    return nanos;
  }

  /** Leaves it to who asks the query for scores: it scores whatever it is asked about. */
  public void keepOutside() {
    isKeptOutside = true;
  }

  boolean isKeptOutside() {
    return isKeptOutside;
  }

  /** Counts documents that were scored, and those that there was no time for. */
  public void count(int scoredHits, int skippedHits) {
    scored.add(scoredHits);
    skipped.add(skippedHits);
  }

  /** How many documents were scored. */
  public long scored() {
    return scored.sum();
  }

  /** How many documents there was no time for. */
  public long skipped() {
    return skipped.sum();
  }

  /** Whether it is as long as another one. */
  @Override
  public boolean equals(Object other) {
    return other instanceof ScoringBudget that && nanos == that.nanos;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(nanos);
  }
}
