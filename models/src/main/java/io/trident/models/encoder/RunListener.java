/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

/** Follows a call through its runs of the graph. Called by the thread that makes the call. */
public interface RunListener {

  /** Whether the result for an input is still wanted; asked before each run that holds it. */
  boolean wants(int input);

  /**
   * A run is done.
   *
   * @param rows texts or pairs in the run
   * @param tokens tokens in the run, padding excluded
   * @param padded tokens in the run, padding included
   * @param nanos how long it took inside ONNX Runtime, handing over tensors included
   */
  void ran(int rows, long tokens, long padded, long nanos);

  /** Wants everything and tells nobody. */
  RunListener NONE =
      new RunListener() {
        @Override
        public boolean wants(int input) {
          return true;
        }

        @Override
        public void ran(int rows, long tokens, long padded, long nanos) {}
      };
}
