/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors104;

import io.trident.codec.tokenvectors.TokenVectorsCoder;
import java.util.Arrays;
import org.apache.lucene.util.BytesRef;

/**
 * Divides tokens into groups that are clustered apart: those of a frequent token id have a group of
 * their own, the others share one (token-aware clustering: TACHIOM, arXiv 2604.28142). Without ids
 * there is one group. Says how many centroids each gets and which of its vectors are its sample.
 * Not thread-safe.
 */
final class TokenGroups {

  /** Ids are told apart up to this number, and modulo it beyond. */
  private static final int MAX_IDS = 1 << 18;

  /**
   * Tokens of an id from which on it has a group of its own, of two centroids: see docs/adr/0007.
   */
  private static final int OWN_GROUP = 64;

  /** Points of the sample per centroid, at most; and the fewest tokens per centroid. */
  private static final int POINTS = 32;

  /**
   * A group's share of the centroids grows with this power of its size: less than in proportion, so
   * that a frequent token does not take them all. See docs/adr/0007.
   */
  private static final double SHARE_POWER = 0.75;

  private int[] counts = new int[1 << 10];
  private int[] groupOf;
  private int[] sizes;
  private int[] leaves;
  private int points;
  private long tokens;

  /** Counts the tokens of a coded value, before {@link #divide}. */
  void count(BytesRef coded) {
    for (int id : TokenVectorsCoder.ids(coded)) {
      count(id);
    }
  }

  private void count(int id) {
    int key = id % MAX_IDS;
    if (key >= counts.length) {
      counts = Arrays.copyOf(counts, Math.max(key + 1, counts.length * 2));
    }
    counts[key]++;
    tokens++;
  }

  /** How many tokens were counted. */
  long tokens() {
    return tokens;
  }

  /**
   * Makes the groups.
   *
   * @param centroids about how many there shall be in all
   * @param most points that the samples may have in all
   */
  void divide(int centroids, int most) {
    points = Math.max(1, Math.min(POINTS, most / centroids));
    groupOf = new int[counts.length];
    sizes = new int[counts.length + 1];
    int groups = 1;
    for (int key = 0; key < counts.length; key++) {
      groupOf[key] = counts[key] < OWN_GROUP ? 0 : groups++;
      sizes[groupOf[key]] += counts[key];
    }
    sizes = Arrays.copyOf(sizes, groups);
    leaves = new int[groups];
    double sum = 0;
    for (int size : sizes) {
      sum += weight(size);
    }
    for (int group = 0; group < groups; group++) {
      long share = Math.round(centroids * weight(sizes[group]) / sum);
      leaves[group] = (int) Math.max(1, Math.min(sizes[group] / POINTS, share));
    }
  }

  private static double weight(int size) {
    return Math.pow(size, SHARE_POWER);
  }

  /** The number of groups. */
  int groups() {
    return sizes.length;
  }

  /** The group of a token id. */
  int group(int id) {
    return groupOf[id % MAX_IDS];
  }

  /** The tokens of a group. */
  int size(int group) {
    return sizes[group];
  }

  /** The centroids of a group, at least 1. */
  int leaves(int group) {
    return leaves[group];
  }

  /** Sampling stride: every n-th token of a group is in its sample. */
  int stride(int group) {
    return Math.max(1, sizes[group] / (leaves[group] * points));
  }
}
