/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.disk;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/** How many writes a disk has room for. Thread-safe. */
final class Room {

  /** Room for all writes. */
  static final int ENOUGH = Integer.MAX_VALUE;

  private final AtomicInteger left = new AtomicInteger(ENOUGH);

  void set(int writes) {
    left.set(writes);
  }

  /** Takes the room of one write. */
  void take() throws IOException {
    if (left.getAndUpdate(writes -> writes == ENOUGH || writes == 0 ? writes : writes - 1) == 0) {
      throw new IOException("No space left on device");
    }
  }
}
