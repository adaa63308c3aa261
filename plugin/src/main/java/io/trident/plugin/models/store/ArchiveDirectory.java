/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * How large the list of entries at the end of a ZIP says that it is. The record that says so is
 * followed by a comment, in which a hostile archive may hide another such record; readers differ in
 * which they take, so the largest counts. Archives of more than 4 GiB have a second record, of 64
 * bits, before the first.
 */
final class ArchiveDirectory {

  private static final int END = 0x06054b50;
  private static final int END_BYTES = 22;
  private static final int END_SIZE = 12;
  private static final int MAX_COMMENT_BYTES = 0xFFFF;

  /** A size that is in the second record; without one, the JDK refuses it as too large. */
  private static final int IN_LARGE_END = -1;

  private static final int LOCATOR = 0x07064b50;
  private static final int LOCATOR_BYTES = 20;
  private static final int LOCATOR_PLACE = 8;
  private static final int LARGE_END = 0x06064b50;
  private static final int LARGE_END_BYTES = 56;
  private static final int LARGE_END_SIZE = 40;

  private ArchiveDirectory() {}

  /** The bytes of the list; 0 for what is no ZIP. */
  static long bytes(Path archive) throws IOException {
    try (FileChannel file = FileChannel.open(archive)) {
      long start = Math.max(0, file.size() - END_BYTES - MAX_COMMENT_BYTES - LOCATOR_BYTES);
      ByteBuffer end = read(file, start, (int) (file.size() - start));
      long most = 0;
      for (int at = 0; at + END_BYTES <= end.limit(); at++) {
        if (end.getInt(at) == END && end.getInt(at + END_SIZE) != IN_LARGE_END) {
          most = Math.max(most, Integer.toUnsignedLong(end.getInt(at + END_SIZE)));
        }
        if (end.getInt(at) == LOCATOR) {
          most = Math.max(most, large(file, end.getLong(at + LOCATOR_PLACE)));
        }
      }
      return most;
    }
  }

  private static long large(FileChannel file, long place) throws IOException {
    if (place < 0 || place > file.size() - LARGE_END_BYTES) {
      return 0;
    }
    ByteBuffer end = read(file, place, LARGE_END_BYTES);
    long size = end.getLong(LARGE_END_SIZE);
    return end.getInt(0) == LARGE_END ? size < 0 ? Long.MAX_VALUE : size : 0;
  }

  private static ByteBuffer read(FileChannel file, long place, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining() && file.read(bytes, place + bytes.position()) >= 0) {}
    return bytes.flip();
  }
}
