/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;

/** What graphs run on. */
public enum ExecutionProvider {
  /** The processor, with ONNX Runtime's own kernels. */
  CPU,
  /** An NVIDIA accelerator, its first; what it cannot run falls back to the processor. */
  CUDA;

  /** The provider of a name in lower case. */
  public static ExecutionProvider of(String name) {
    return Arrays.stream(values())
        .filter(provider -> provider.toString().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "an execution provider must be one of "
                        + Arrays.toString(values())
                        + ", got ["
                        + name
                        + "]"));
  }

  /**
   * Refuses a provider that this ONNX Runtime was built without.
   *
   * @throws IllegalArgumentException saying which library has it
   */
  public void check() {
    Set<OrtProvider> available = OrtEnvironment.getAvailableProviders();
    if (this == CUDA && available.contains(OrtProvider.CUDA) == false) {
      throw new IllegalArgumentException(
          "the execution provider ["
              + this
              + "] needs the library onnxruntime_gpu in place of onnxruntime in the plugin's"
              + " folder, and CUDA; this ONNX Runtime has "
              + available);
    }
  }

  void addTo(OrtSession.SessionOptions options) throws OrtException {
    if (this == CUDA) {
      options.addCUDA(0);
    }
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
