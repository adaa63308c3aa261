/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.runtime;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Keeps the values that were put or asked for last. Thread-safe. */
final class LatestValues<K, V> {

  private final Map<K, V> values;

  /**
   * Keeps nothing yet.
   *
   * @param size how many values at most
   */
  LatestValues(int size) {
    values =
        Collections.synchronizedMap(
            new LinkedHashMap<>(16, 0.75f, true) {
              @Override
              protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > size;
              }
            });
  }

  /** The value of a key, or null. */
  V get(K key) {
    return values.get(key);
  }

  void put(K key, V value) {
    values.put(key, value);
  }
}
