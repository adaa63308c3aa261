/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.peers;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** Whether the ratios of measurements that were repeated agree. */
final class Repetition {

  private static final double ALLOWED = 0.15;

  private final List<List<Ratios>> all = new ArrayList<>();

  /** Takes a measurement of the same pairs as the others. */
  void add(PeersReport report) {
    all.add(report.ratios());
  }

  /** Prints how far each pair's ratios are from those of the first measurement. */
  void print(PrintStream out) {
    for (int time = 1; time < all.size(); time++) {
      int agreeing = 0;
      for (int pair = 0; pair < all.get(0).size(); pair++) {
        Ratios first = all.get(0).get(pair);
        List<Double> differences = first.differences(all.get(time).get(pair));
        agreeing += Collections.max(differences) <= ALLOWED ? 1 : 0;
        StringBuilder line = new StringBuilder("repeated, " + first.pair() + " differs by");
        for (int i = 0; i < differences.size(); i++) {
          line.append(
              String.format(
                  Locale.ROOT, " %.0f %% (%s)", 100 * differences.get(i), Ratios.NAMES.get(i)));
        }
        out.println(line);
      }
      out.println(
          String.format(
              Locale.ROOT,
              "%d of %d pairs agree within %.0f %% in mean, median, throughput and processor time",
              agreeing,
              all.get(0).size(),
              100 * ALLOWED));
    }
  }
}
