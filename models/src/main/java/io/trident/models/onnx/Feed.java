/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.HashMap;
import java.util.Map;

/** The inputs of one run, in native memory until it is closed. Used by one thread. */
final class Feed implements AutoCloseable {

  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final Map<String, OnnxTensor> tensors = new HashMap<>();

  Map<String, OnnxTensor> tensors() {
    return tensors;
  }

  /**
   * Adds whole numbers.
   *
   * @param rows [batch][length]
   * @param type INT64 or INT32
   */
  void put(String name, long[][] rows, OnnxJavaType type) throws OrtException {
    int length = rows[0].length;
    long[] shape = {rows.length, length};
    if (type == OnnxJavaType.INT64) {
      LongBuffer buffer = LongBuffer.allocate(rows.length * length);
      for (long[] row : rows) {
        buffer.put(row);
      }
      tensors.put(name, OnnxTensor.createTensor(environment, buffer.flip(), shape));
    } else {
      IntBuffer buffer = IntBuffer.allocate(rows.length * length);
      for (long[] row : rows) {
        for (long value : row) {
          buffer.put((int) value);
        }
      }
      tensors.put(name, OnnxTensor.createTensor(environment, buffer.flip(), shape));
    }
  }

  /** Adds an output of another run. */
  void put(String name, OnnxGraph.Output output) throws OrtException {
    tensors.put(
        name,
        OnnxTensor.createTensor(environment, FloatBuffer.wrap(output.values()), output.shape()));
  }

  @Override
  public void close() {
    tensors.values().forEach(OnnxTensor::close);
  }
}
