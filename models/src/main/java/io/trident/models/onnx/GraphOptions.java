/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.onnx;

/**
 * How graphs are run.
 *
 * @param threads threads that one run may use, at least 1
 * @param provider what they run on
 */
public record GraphOptions(int threads, ExecutionProvider provider) {

  /** On the processor. */
  public static GraphOptions onCpu(int threads) {
    return new GraphOptions(threads, ExecutionProvider.CPU);
  }
}
