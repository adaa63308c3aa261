/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import io.trident.models.folder.ModelFolder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;

/**
 * The map of a model's dense vectors to fewer dimensions that its folder may have. No output
 * depends on it: mappings of fields take it, and keep it.
 */
final class ReducedMap {

  /** The file, whose tensor {@code linear.weight} has a row for each dimension that remains. */
  static final String FILE = "reduced.safetensors";

  private ReducedMap() {}

  /**
   * Reads the map, as a mapping says it: numbers of two bytes in base64.
   *
   * @param width the dimensions of dense vectors, or null when the model gives none
   * @return null when there is none
   * @throws io.trident.models.api.ModelException INVALID_MODEL when it does not fit the vectors
   */
  static String read(ModelFolder folder, Integer width) {
    if (folder.has(FILE) == false) {
      return null;
    }
    if (width == null) {
      throw folder.invalid("must have no [" + FILE + "] without dense vectors", null);
    }
    float[][] rows = Safetensors.read(folder, FILE).matrix("linear.weight");
    int remaining = Matrix.of(folder, FILE, rows, width).dimension();
    if (remaining >= width) {
      throw folder.invalid(
          "must have fewer than [" + width + "] rows in [" + FILE + "], got [" + remaining + "]",
          null);
    }
    return "float16:" + Base64.getEncoder().encodeToString(halves(folder, rows, width));
  }

  private static byte[] halves(ModelFolder folder, float[][] rows, int width) {
    ByteBuffer halves =
        ByteBuffer.allocate(rows.length * width * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float[] row : rows) {
      for (float value : row) {
        short half = Float.floatToFloat16(value);
        if (Float.isFinite(Float.float16ToFloat(half)) == false) {
          throw folder.invalid(
              "must have numbers of at most [65504] in [" + FILE + "], got [" + value + "]", null);
        }
        halves.putShort(half);
      }
    }
    return halves.array();
  }
}
