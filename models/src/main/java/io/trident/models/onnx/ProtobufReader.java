/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.onnx;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * Reads the fields of protobuf messages one by one. What protobuf calls groups is refused, and
 * whatever leads out of the message it is in. Not thread-safe.
 */
final class ProtobufReader {

  /** The end of a message that ends with the stream. */
  static final long UNBOUNDED = Long.MAX_VALUE;

  private static final int VARINT = 0;
  private static final int EIGHT_BYTES = 1;
  private static final int DELIMITED = 2;
  private static final int FOUR_BYTES = 5;
  private static final long MAX_TAG = 0xFFFF_FFFFL;

  private final InputStream in;
  private long position;
  private long tag;

  ProtobufReader(InputStream in) {
    this.in = in;
  }

  /**
   * Goes on to the next field.
   *
   * @param end where the message ends, or {@link #UNBOUNDED}
   * @return false at its end
   */
  boolean next(long end) throws IOException {
    if (position == end) {
      return false;
    }
    int first = in.read();
    if (first < 0 && end == UNBOUNDED) {
      return false;
    }
    tag = varint(first);
    if (tag < 0 || tag > MAX_TAG || field() == 0) {
      throw malformed("a field cannot have the tag [" + tag + "]");
    }
    return true;
  }

  /** Bytes that have been read. */
  long position() {
    return position;
  }

  /** The field's number. */
  int field() {
    return (int) (tag >>> 3);
  }

  /** Whether the field holds a message or a text. */
  boolean isDelimited() {
    return (tag & 7) == DELIMITED;
  }

  /** Whether the field holds a whole number. */
  boolean isNumber() {
    return (tag & 7) == VARINT;
  }

  /** The whole number that the field holds. */
  long number() throws IOException {
    return varint(in.read());
  }

  /** Where the message ends that the field holds. */
  long enter(long end) throws IOException {
    long length = varint(in.read());
    if (length < 0 || length > end - position) {
      throw malformed("a field cannot have [" + length + "] bytes");
    }
    return position + length;
  }

  /** The text that the field holds. */
  String text(long end, int maxBytes) throws IOException {
    long length = enter(end) - position;
    if (length > maxBytes) {
      throw malformed("a text must have at most [" + maxBytes + "] bytes, got [" + length + "]");
    }
    byte[] bytes = in.readNBytes((int) length);
    if (bytes.length < length) {
      throw new EOFException("it ends inside of a text");
    }
    position += length;
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Passes over the field. */
  void skip(long end) throws IOException {
    switch ((int) tag & 7) {
      case VARINT -> varint(in.read());
      case EIGHT_BYTES -> pass(Long.BYTES);
      case FOUR_BYTES -> pass(Integer.BYTES);
      case DELIMITED -> pass(enter(end) - position);
      default -> throw malformed("a field cannot have the tag [" + tag + "]");
    }
    if (position > end) {
      throw malformed("a field leads out of its message");
    }
  }

  private void pass(long bytes) throws IOException {
    try {
      in.skipNBytes(bytes);
    } catch (EOFException e) {
      throw new EOFException("it ends inside of a field");
    }
    position += bytes;
  }

  private long varint(int first) throws IOException {
    long value = 0;
    int next = first;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      if (next < 0) {
        throw new EOFException("it ends inside of a number");
      }
      position++;
      value |= (long) (next & 0x7F) << shift;
      if (next < 0x80) {
        return value;
      }
      next = in.read();
    }
    throw malformed("a number has more than ten bytes");
  }

  private IOException malformed(String what) {
    return new IOException("it is no ONNX graph: " + what + " before byte [" + position + "]");
  }
}
