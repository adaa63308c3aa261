/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import io.trident.models.api.TokenVectors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/**
 * Hierarchical clustering of token vectors by Ward's method, which merges the two clusters whose
 * merging adds least to the squared distances from their means, until as many are left as are
 * wanted. Finds the merges along chains of nearest neighbours, in time and memory that grow with
 * the square of the tokens; so a long text is cut into equal stretches of at most {@link #STRETCH}
 * tokens. Stateless.
 */
final class TokenPooling {

  /** Tokens that are clustered together at most. */
  static final int STRETCH = 1 << 10;

  /** Dimensions of which distances are added up at once. */
  private static final int COLUMNS = 4;

  private TokenPooling() {}

  private record Merge(int one, int other, float height) {}

  /**
   * Clusters tokens.
   *
   * @param clusters how many to make, from 1 to the number of tokens; one more a stretch at most
   * @return the tokens of each cluster, ascending, in the order of their first ones
   */
  static List<int[]> pool(TokenVectors tokens, int clusters) {
    List<int[]> groups = new ArrayList<>();
    int stretches = (tokens.count() + STRETCH - 1) / STRETCH;
    int left = clusters;
    for (int stretch = 0, from = 0, to; stretch < stretches; stretch++, from = to) {
      to = (int) ((stretch + 1L) * tokens.count() / stretches);
      int share = (int) ((long) left * (to - from) / (tokens.count() - from));
      int wanted = Math.clamp(share, 1, to - from);
      left -= wanted;
      groups.addAll(pool(tokens, from, to, wanted));
    }
    return groups;
  }

  private static List<int[]> pool(TokenVectors tokens, int from, int to, int clusters) {
    int count = to - from;
    List<Merge> merges = merges(distances(tokens, from, count));
    merges.sort(Comparator.comparing(Merge::height)); // stable, so that ties go by the chain
    int[] parent = new int[count];
    Arrays.setAll(parent, i -> i);
    for (Merge merge : merges.subList(0, count - clusters)) {
      int one = root(parent, merge.one);
      int other = root(parent, merge.other);
      parent[Math.max(one, other)] = Math.min(one, other);
    }
    TreeMap<Integer, List<Integer>> groups = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      groups.computeIfAbsent(root(parent, i), key -> new ArrayList<>()).add(from + i);
    }
    return groups.values().stream()
        .map(group -> group.stream().mapToInt(token -> token).toArray())
        .toList();
  }

  private static int root(int[] parent, int of) {
    int at = of;
    while (parent[at] != at) {
      at = parent[at];
    }
    return at;
  }

  /** The squared distances of vectors that are brought to length 1. */
  private static float[][] distances(TokenVectors tokens, int from, int count) {
    float[][] columns = columns(tokens, from, count);
    float[][] distances = new float[count][count];
    for (int i = 0; i < count; i++) {
      for (int d = 0; d < columns.length; d += COLUMNS) {
        addSquares(columns[d], columns[d + 1], columns[d + 2], columns[d + 3], i, distances[i]);
      }
      for (int j = 0; j < i; j++) {
        distances[j][i] = distances[i][j];
      }
    }
    return distances;
  }

  /** The vectors dimension by dimension, with zeros up to a multiple of {@link #COLUMNS}. */
  private static float[][] columns(TokenVectors tokens, int from, int count) {
    int dimension = tokens.dimension();
    float[][] columns = new float[(dimension + COLUMNS - 1) / COLUMNS * COLUMNS][count];
    for (int i = 0; i < count; i++) {
      int start = (from + i) * dimension;
      float[] vector = unit(Arrays.copyOfRange(tokens.values(), start, start + dimension));
      for (int d = 0; d < dimension; d++) {
        columns[d][i] = vector[d];
      }
    }
    return columns;
  }

  /**
   * Adds what some dimensions add to the distances of a vector from those before it. A loop of its
   * own over what lies side by side, which the compiler makes SIMD of.
   */
  private static void addSquares(
      float[] one, float[] two, float[] three, float[] four, int vector, float[] sums) {
    float a = one[vector];
    float b = two[vector];
    float c = three[vector];
    float d = four[vector];
    for (int i = 0; i < vector; i++) {
      float toA = one[i] - a;
      float toB = two[i] - b;
      float toC = three[i] - c;
      float toD = four[i] - d;
      sums[i] = sums[i] + toA * toA + toB * toB + toC * toC + toD * toD;
    }
  }

  private static float[] unit(float[] vector) {
    double square = 0;
    for (float value : vector) {
      square += (double) value * value;
    }
    float scale = square == 0 ? 1 : (float) (1 / Math.sqrt(square));
    for (int d = 0; d < vector.length; d++) {
      vector[d] *= scale;
    }
    return vector;
  }

  /** All merges down to one cluster; a cluster goes by the smallest of its tokens. */
  private static List<Merge> merges(float[][] distances) {
    int count = distances.length;
    int[] sizes = new int[count];
    Arrays.fill(sizes, 1);
    List<Merge> merges = new ArrayList<>();
    int[] chain = new int[count];
    int length = 0;
    while (merges.size() < count - 1) {
      if (length == 0) {
        chain[length++] = first(sizes);
      }
      int last = chain[length - 1];
      int before = length > 1 ? chain[length - 2] : -1;
      int nearest = nearest(distances[last], sizes, last, before);
      if (nearest == before) {
        length -= 2;
        merges.add(new Merge(last, before, distances[last][before]));
        merge(distances, sizes, Math.min(last, before), Math.max(last, before));
      } else {
        chain[length++] = nearest;
      }
    }
    return merges;
  }

  private static int first(int[] sizes) {
    int i = 0;
    while (sizes[i] == 0) {
      i++;
    }
    return i;
  }

  /** The nearest cluster; of equally near ones the one before in the chain, so that it ends. */
  private static int nearest(float[] distances, int[] sizes, int of, int before) {
    int nearest = before;
    float least = before < 0 ? Float.POSITIVE_INFINITY : distances[before];
    for (int i = 0; i < sizes.length; i++) {
      if (sizes[i] > 0 && i != of && (nearest < 0 || distances[i] < least)) {
        least = distances[i];
        nearest = i;
      }
    }
    return nearest;
  }

  /** Ward's distances after a merge (Lance and Williams). */
  private static void merge(float[][] distances, int[] sizes, int into, int gone) {
    float between = distances[into][gone];
    for (int k = 0; k < sizes.length; k++) {
      if (sizes[k] > 0 && k != into && k != gone) {
        float distance =
            ((sizes[into] + sizes[k]) * distances[into][k]
                    + (sizes[gone] + sizes[k]) * distances[gone][k]
                    - sizes[k] * between)
                / (sizes[into] + sizes[gone] + sizes[k]);
        distances[into][k] = distance;
        distances[k][into] = distance;
      }
    }
    sizes[into] += sizes[gone];
    sizes[gone] = 0;
  }
}
