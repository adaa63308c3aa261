/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import io.trident.models.api.Excerpt;
import io.trident.models.folder.ModelFolder;
import java.util.ArrayList;
import java.util.List;

/** Linear maps, one after the other; none leave a vector as it is. Thread-safe. */
final class Layers {

  /** Weights of all maps together, in floats on the heap: 128 MiB. Published ones have 1 MiB. */
  private static final long MAX_WEIGHTS = 1L << 25;

  private final List<LinearMap> maps;
  private final int width;

  private Layers(List<LinearMap> maps, int width) {
    this.maps = maps;
    this.width = width;
  }

  /**
   * Reads maps.
   *
   * @param files of each map, in order
   * @param width the dimensions that go in
   * @throws io.trident.models.api.ModelException INVALID_MODEL
   */
  static Layers read(ModelFolder folder, List<String> files, int width) {
    List<LinearMap> maps = new ArrayList<>(files.size());
    int given = width;
    long weights = 0;
    for (String file : files) {
      LinearMap map = LinearMap.read(folder, file, given);
      weights += (long) given * map.dimension();
      if (weights > MAX_WEIGHTS) {
        throw folder.invalid(
            "must have layers of at most ["
                + MAX_WEIGHTS
                + "] weights in "
                + Excerpt.of(files)
                + ", got more",
            null);
      }
      given = map.dimension();
      maps.add(map);
    }
    return new Layers(List.copyOf(maps), width);
  }

  /** Dimensions that come out. */
  int dimension() {
    return maps.isEmpty() ? width : maps.getLast().dimension();
  }

  float[] apply(float[] vector) {
    float[] mapped = vector;
    for (LinearMap map : maps) {
      mapped = map.apply(mapped);
    }
    return mapped;
  }

  /**
   * Maps a vector to the first of the dimensions that come out.
   *
   * @param from where the vector starts
   * @param to where its map starts, whose values are 0
   * @param kept how many dimensions are wanted
   */
  void apply(float[] vectors, int from, float[] mapped, int to, int kept) {
    if (maps.isEmpty()) {
      System.arraycopy(vectors, from, mapped, to, kept);
      return;
    }
    float[] given = vectors;
    int start = from;
    for (LinearMap map : maps.subList(0, maps.size() - 1)) {
      float[] next = new float[map.dimension()];
      map.apply(given, start, next, 0, next.length);
      given = next;
      start = 0;
    }
    maps.getLast().apply(given, start, mapped, to, kept);
  }
}
