/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin;

import io.trident.models.runtime.MemoryBudget;
import org.apache.lucene.util.SetOnce;
import org.opensearch.core.common.breaker.CircuitBreaker;

/**
 * The circuit breaker that counts the native memory of models. It never asks its parent, which
 * guards the heap. Thread-safe.
 */
final class ModelsBreaker implements MemoryBudget {

  /** The name in the node's statistics. */
  static final String NAME = "trident_models";

  private final SetOnce<CircuitBreaker> breaker = new SetOnce<>();

  /** Takes over the breaker, which the node makes before the plugin's components. */
  void set(CircuitBreaker made) {
    breaker.set(made);
  }

  @Override
  public synchronized boolean reserve(long bytes) {
    CircuitBreaker counting = breaker.get();
    if (counting.getUsed() + bytes > counting.getLimit()) {
      return false;
    }
    counting.addWithoutBreaking(bytes);
    return true;
  }

  @Override
  public void release(long bytes) {
    breaker.get().addWithoutBreaking(-bytes);
  }

  @Override
  public String toString() {
    return "["
        + breaker.get().getUsed()
        + "] of ["
        + breaker.get().getLimit()
        + "], the limit of ["
        + TridentSettings.MODEL_MEMORY.getKey()
        + "]";
  }
}
