/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.peers;

import java.util.Arrays;

/** The latencies of one system, in the order of measurement, and how right its answers were. */
final class Measured {

  private double[] millis = new double[256];
  private int count;
  private double took;
  private double recall;
  private int checked;
  private long searches;
  private double seconds;
  private double processorSeconds;

  /** Takes a latency. */
  void add(double latency, long serverMillis) {
    if (count == millis.length) {
      millis = Arrays.copyOf(millis, 2 * count);
    }
    millis[count++] = latency;
    took += serverMillis;
  }

  /** Takes the recall of one query. */
  void addRecall(double value) {
    recall += value;
    checked++;
  }

  /**
   * Takes what two clients reached in a slice of time.
   *
   * @param sent how many searches
   * @param time in how many seconds
   * @param processorTime seconds of the node's processor meanwhile
   */
  void addThroughput(int sent, double time, double processorTime) {
    searches += sent;
    seconds += time;
    processorSeconds += processorTime;
  }

  /** How many searches two clients have sent. */
  long searches() {
    return searches;
  }

  /**
   * Processor time of the node per search, in milliseconds, with all that the node does besides.
   */
  double processor() {
    return 1000 * processorSeconds / searches;
  }

  /** The mean latency, in milliseconds. */
  double mean() {
    return Arrays.stream(millis, 0, count).average().orElse(Double.NaN);
  }

  /**
   * A latency that the given share of searches does not exceed, in milliseconds.
   *
   * @param share from 0 to 1
   */
  double percentile(double share) {
    double[] sorted = Arrays.copyOf(millis, count);
    Arrays.sort(sorted);
    return count == 0 ? Double.NaN : sorted[Math.min(count - 1, (int) (share * count))];
  }

  /** The mean of what the server said it took, in milliseconds, of each search rounded down. */
  double took() {
    return took / count;
  }

  /** The mean recall; not a number when answers are not checked. */
  double recall() {
    return checked == 0 ? Double.NaN : recall / checked;
  }

  /** Searches per second of one client that waits for each answer. */
  double throughputOfOne() {
    return 1000 / mean();
  }

  /** Searches per second of two clients. */
  double throughputOfTwo() {
    return searches / seconds;
  }

  /** How many latencies there are. */
  int count() {
    return count;
  }
}
