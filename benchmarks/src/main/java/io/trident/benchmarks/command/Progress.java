/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.command;

import java.io.PrintStream;
import java.util.Locale;

/** Says every few seconds how far a long task is. Thread-safe. */
public final class Progress {

  private static final long EVERY_NANOS = 5_000_000_000L;

  private final PrintStream out;
  private final String task;
  private final long total;
  private final long start = System.nanoTime();
  private long next = start + EVERY_NANOS;
  private long done;

  /**
   * Begins a task.
   *
   * @param total how many steps there will be, 0 when that is not known
   */
  public Progress(PrintStream out, String task, long total) {
    this.out = out;
    this.task = task;
    this.total = total;
  }

  /** Some steps are done. */
  public synchronized void add(long steps) {
    done += steps;
    long now = System.nanoTime();
    if (now >= next) {
      next = now + EVERY_NANOS;
      print(now);
    }
  }

  /** The task has ended; returns its seconds. */
  public synchronized double end() {
    long now = System.nanoTime();
    print(now);
    return (now - start) / 1e9;
  }

  private void print(long now) {
    double seconds = (now - start) / 1e9;
    out.println(
        String.format(
            Locale.ROOT,
            "%s: %,d%s in %.0f s, %.0f per second",
            task,
            done,
            total == 0 ? "" : String.format(Locale.ROOT, " of %,d", total),
            seconds,
            done / seconds));
  }
}
