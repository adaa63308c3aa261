/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import java.util.function.LongSupplier;

/**
 * Deals hits that are to be scored into rounds, those that come first before the others, until
 * there is no time for another. The first round has {@value #FIRST_ROUND} hits and is always run;
 * each further one has as many as the rate of the one before lets expect to end in time, and at
 * most twice as many as that one had, because a rate that few hits gave says little of many. For
 * one use; not thread-safe.
 */
public final class BudgetedRounds {

  static final int FIRST_ROUND = 2;

  private final int hits;
  private final long end;
  private final LongSupplier clock;
  private int dealt;
  private int round;
  private long start;

  /**
   * Deals nothing yet.
   *
   * @param hits how many there are
   * @param end when the last round should be over, by the clock
   * @param clock tells nanoseconds
   */
  public BudgetedRounds(int hits, long end, LongSupplier clock) {
    this.hits = hits;
    this.end = end;
    this.clock = clock;
  }

  /** How many hits the next round has, now that the one before is over; 0 when none follows. */
  public int next() {
    long now = clock.getAsLong();
    round = Math.min(hits - dealt, dealt == 0 ? FIRST_ROUND : room(now));
    dealt += round;
    start = now;
    return round;
  }

  private int room(long now) {
    double nanosPerHit = Math.max(1, now - start) / (double) round;
    return (int) Math.clamp((long) ((end - now) / nanosPerHit), 0, 2L * round);
  }

  /** How many hits were dealt. */
  public int dealt() {
    return dealt;
  }
}
