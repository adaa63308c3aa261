/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.tokens;

import io.trident.models.api.TokenVectors;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A text with its token vectors, as it is kept in a file between runs.
 *
 * @param id the text's name in judgements
 * @param text what was encoded
 * @param tokens its vectors
 */
record EncodedText(String id, String text, TokenVectors tokens) {

  /** Appends the text to a file. */
  void write(DataOutputStream out) throws IOException {
    write(id, out);
    write(text, out);
    out.writeInt(tokens.dimension());
    out.writeInt(tokens.count());
    ByteBuffer bytes =
        ByteBuffer.allocate(Integer.BYTES * (3 * tokens.count() + tokens.values().length));
    for (int[] numbers : new int[][] {tokens.tokenIds(), tokens.starts(), tokens.ends()}) {
      for (int number : numbers) {
        bytes.putInt(number);
      }
    }
    for (float value : tokens.values()) {
      bytes.putFloat(value);
    }
    out.write(bytes.array());
  }

  /** Reads the next text of a file; null at its end. */
  static EncodedText read(DataInputStream in) throws IOException {
    String id;
    try {
      id = readString(in);
    } catch (EOFException e) {
      return null;
    }
    String text = readString(in);
    int dimension = in.readInt();
    int count = in.readInt();
    ByteBuffer bytes = ByteBuffer.wrap(in.readNBytes(Integer.BYTES * count * (3 + dimension)));
    int[] ids = readInts(bytes, count);
    int[] starts = readInts(bytes, count);
    int[] ends = readInts(bytes, count);
    float[] values = new float[count * dimension];
    bytes.asFloatBuffer().get(values);
    return new EncodedText(id, text, new TokenVectors(dimension, values, ids, starts, ends));
  }

  private static int[] readInts(ByteBuffer in, int count) {
    int[] numbers = new int[count];
    in.asIntBuffer().get(numbers);
    in.position(in.position() + Integer.BYTES * count);
    return numbers;
  }

  private static void write(String string, DataOutputStream out) throws IOException {
    byte[] bytes = string.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static String readString(DataInputStream in) throws IOException {
    return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
  }
}
