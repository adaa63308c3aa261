/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.onnx;

import java.util.List;

/** What a graph takes and gives. */
public record GraphSignature(List<Tensor> inputs, List<Tensor> outputs) {

  /**
   * An input or output.
   *
   * @param type the type of its elements, as ONNX Runtime calls it
   * @param shape a number for each fixed dimension, a name or {@code ?} for each that varies
   */
  public record Tensor(String name, String type, List<Object> shape) {}
}
