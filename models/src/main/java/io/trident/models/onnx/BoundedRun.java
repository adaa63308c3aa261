/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Ends a run that takes longer than any of use: a loop in a graph may have no end, and would hold
 * its thread for ever. ONNX Runtime looks between two operators whether it is to end.
 */
final class BoundedRun implements AutoCloseable {

  /** A model of seven billion weights reads some hundred tokens in two minutes on one core. */
  static final Duration MAX_TIME = Duration.ofMinutes(10);

  private final OrtSession.RunOptions options;
  private final CompletableFuture<Void> deadline = new CompletableFuture<>();
  private boolean closed;

  BoundedRun(Duration most) throws OrtException {
    this.options = new OrtSession.RunOptions();
    deadline
        .orTimeout(most.toNanos(), TimeUnit.NANOSECONDS)
        .whenComplete(
            (done, late) -> {
              if (late != null) {
                end();
              }
            });
  }

  OrtSession.RunOptions options() {
    return options;
  }

  private synchronized void end() {
    if (closed) {
      return;
    }
    try {
      options.setTerminate(true);
    } catch (OrtException e) {
      throw new IllegalStateException("a run cannot be ended", e);
    }
  }

  @Override
  public void close() {
    deadline.complete(null);
    synchronized (this) {
      closed = true;
      options.close();
    }
  }
}
