/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.runtime;

import io.trident.models.api.Encoding;
import io.trident.models.api.Representation;
import java.util.Set;

/** Keeps the encodings of the latest queries, but for very long ones. Thread-safe. */
final class QueryCache {

  /** In UTF-16 units: people type less, and a key of megabytes is no use. */
  private static final int LONGEST = 4_096;

  /** What an encoding depends on. */
  record Key(String model, long version, String text, Set<Representation> wanted) {}

  private final LatestValues<Key, Encoding> encodings;

  QueryCache(int size) {
    encodings = new LatestValues<>(size);
  }

  Encoding get(Key key) {
    return encodings.get(key);
  }

  void put(Key key, Encoding encoding) {
    if (key.text.length() <= LONGEST) {
      encodings.put(key, encoding);
    }
  }
}
