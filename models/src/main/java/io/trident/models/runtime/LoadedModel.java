/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.runtime;

import io.trident.models.encoder.OnnxModel;
import java.util.concurrent.atomic.AtomicInteger;

/** A model in memory, freed when its place no longer holds it and nobody uses it. Thread-safe. */
final class LoadedModel {

  private final OnnxModel model;
  private final String state;
  private final long version;
  private final long bytes;
  private final MemoryBudget memory;

  /** The place that holds it, and those who use it. */
  private final AtomicInteger holders = new AtomicInteger(1);

  /**
   * Takes over a model.
   *
   * @param state the state of its folder just before it was loaded
   * @param version another for every loading
   * @param bytes of native memory, taken from {@code memory} and given back when it is freed
   */
  LoadedModel(OnnxModel model, String state, long version, long bytes, MemoryBudget memory) {
    this.model = model;
    this.state = state;
    this.version = version;
    this.bytes = bytes;
    this.memory = memory;
  }

  OnnxModel model() {
    return model;
  }

  String state() {
    return state;
  }

  long version() {
    return version;
  }

  /** Native memory that it takes, but for that of its runs. */
  long bytes() {
    return bytes;
  }

  /** Keeps it from being freed until {@link #release}; false when it has been already. */
  boolean acquire() {
    return holders.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
  }

  void release() {
    if (holders.decrementAndGet() == 0) {
      model.close();
      memory.release(bytes);
    }
  }
}
