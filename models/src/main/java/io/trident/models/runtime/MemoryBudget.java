/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.runtime;

/** Counts the native memory of loaded models. Thread-safe. */
public interface MemoryBudget {

  /** Has room for everything. */
  MemoryBudget UNLIMITED =
      new MemoryBudget() {
        @Override
        public boolean reserve(long bytes) {
          return true;
        }

        @Override
        public void release(long bytes) {}

        @Override
        public String toString() {
          return "unlimited";
        }
      };

  /** Takes some bytes; false, and nothing taken, when there is no room for them. */
  boolean reserve(long bytes);

  /** Gives bytes back that were taken. */
  void release(long bytes);

  /** What is taken, and of how much, for messages. */
  @Override
  String toString();
}
