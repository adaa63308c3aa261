/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.trident.models.folder.ModelFolder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A file of tensors as Hugging Face's safetensors has them: the length of a JSON header in 8 bytes,
 * the header with the type, shape and place of each tensor, and their values, little-endian. Small
 * files of F32, F16 and BF16 are read. Not thread-safe.
 */
final class Safetensors {

  /** Longer than the headers of files with a few tensors are: 1 MiB. */
  private static final int MAX_HEADER_BYTES = 1 << 20;

  /** More than vocabularies have tokens. */
  private static final int MAX_SIZE = 1 << 20;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final ModelFolder folder;
  private final String file;
  private final JsonNode header;
  private final ByteBuffer values;

  private Safetensors(ModelFolder folder, String file, JsonNode header, ByteBuffer values) {
    this.folder = folder;
    this.file = file;
    this.header = header;
    this.values = values;
  }

  /**
   * Reads a file whole.
   *
   * @throws io.trident.models.api.ModelException INVALID_MODEL when it is malformed
   */
  static Safetensors read(ModelFolder folder, String file) {
    ByteBuffer bytes = ByteBuffer.wrap(folder.read(file)).order(ByteOrder.LITTLE_ENDIAN);
    long length = bytes.remaining() < Long.BYTES ? -1 : bytes.getLong();
    int longest = Math.min(MAX_HEADER_BYTES, bytes.remaining());
    if (length < 0 || length > longest) {
      throw folder.invalid(
          "must have a header of at most ["
              + longest
              + "] bytes in ["
              + file
              + "], got ["
              + length
              + "]",
          null);
    }
    try {
      JsonNode header = JSON.readTree(bytes.array(), bytes.position(), (int) length);
      if (header.isObject() == false) {
        throw folder.invalid("must have an object as the header of [" + file + "]", null);
      }
      bytes.position(bytes.position() + (int) length);
      return new Safetensors(folder, file, header, bytes.slice().order(ByteOrder.LITTLE_ENDIAN));
    } catch (IOException e) {
      throw folder.invalid("has a malformed header in [" + file + "]: " + e.getMessage(), e);
    }
  }

  boolean has(String tensor) {
    return header.has(tensor);
  }

  /** A tensor of one dimension. */
  float[] vector(String tensor) {
    int size = shape(tensor, 1)[0];
    return values(tensor, 1, size).floats(0, size);
  }

  /** A tensor of one dimension, of a size. */
  float[] vector(String tensor, int size) {
    float[] vector = vector(tensor);
    if (vector.length != size) {
      throw invalid(tensor, "of [" + size + "]", "[" + vector.length + "]");
    }
    return vector;
  }

  /** A tensor of two dimensions, by rows. */
  float[][] matrix(String tensor) {
    int[] shape = shape(tensor, 2);
    Values read = values(tensor, shape[0], shape[1]);
    float[][] rows = new float[shape[0]][];
    for (int r = 0; r < rows.length; r++) {
      rows[r] = read.floats(r * shape[1], shape[1]);
    }
    return rows;
  }

  private int[] shape(String tensor, int rank) {
    JsonNode shape = header.path(tensor).path("shape");
    int[] sizes = new int[shape.size()];
    boolean fits = sizes.length == rank;
    for (int i = 0; i < sizes.length; i++) {
      long size = whole(shape.get(i));
      fits &= size >= 0 && size <= MAX_SIZE;
      sizes[i] = (int) size;
    }
    if (fits == false) {
      throw invalid(
          tensor, "of [" + rank + "] dimensions of up to [" + MAX_SIZE + "]", "[" + shape + "]");
    }
    return sizes;
  }

  /** A whole number; -1 for what is none. */
  private static long whole(JsonNode node) {
    return node.isIntegralNumber() && node.canConvertToLong() ? node.longValue() : -1;
  }

  private enum Type {
    F32,
    F16,
    BF16;

    private int bytes() {
      return this == F32 ? Float.BYTES : Short.BYTES;
    }
  }

  /** Finds a tensor's values, which must be as many as its shape says, before any is read. */
  private Values values(String tensor, int rows, int columns) {
    JsonNode described = header.path(tensor);
    String name = described.path("dtype").asText();
    Type type =
        Arrays.stream(Type.values())
            .filter(known -> known.name().equals(name))
            .findFirst()
            .orElseThrow(() -> invalid(tensor, "of F32, F16 or BF16", "[" + name + "]"));
    long start = whole(described.path("data_offsets").path(0));
    long end = whole(described.path("data_offsets").path(1));
    long bytes = (long) rows * columns * type.bytes();
    if (start < 0 || end > values.limit() || end - start != bytes) {
      throw invalid(
          tensor,
          "of [" + bytes + "] bytes inside of the file",
          "bytes [" + start + "] to [" + end + "] of [" + values.limit() + "]");
    }
    return new Values(type, (int) start);
  }

  /** The values of a tensor, the first of which is at a place. */
  private final class Values {
    private final Type type;
    private final int start;

    private Values(Type type, int start) {
      this.type = type;
      this.start = start;
    }

    private float[] floats(int from, int count) {
      float[] floats = new float[count];
      for (int i = 0; i < count; i++) {
        int at = start + (from + i) * type.bytes();
        floats[i] =
            switch (type) {
              case F32 -> values.getFloat(at);
              case F16 -> Float.float16ToFloat(values.getShort(at));
              case BF16 -> Float.intBitsToFloat(values.getShort(at) << 16);
            };
      }
      return floats;
    }
  }

  private RuntimeException invalid(String tensor, String wanted, String got) {
    return folder.invalid(
        "must have a tensor [" + tensor + "] " + wanted + " in [" + file + "], got " + got, null);
  }
}
