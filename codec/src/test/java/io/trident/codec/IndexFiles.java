/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.store.ByteBuffersDataOutput;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.ByteBuffersIndexOutput;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;

/** The bytes of an index's files: those kept from an old version, and those to be damaged. */
public final class IndexFiles {

  private IndexFiles() {}

  /** An index out of a zipped resource. */
  public static Directory unzip(Class<?> test, String resource) throws IOException {
    Directory directory = new ByteBuffersDirectory();
    try (InputStream stream = test.getResourceAsStream(resource);
        ZipInputStream zip = new ZipInputStream(stream)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        write(directory, entry.getName(), zip.readAllBytes());
      }
    }
    return directory;
  }

  /** A file's bytes. */
  public static byte[] read(Directory directory, String name) throws IOException {
    try (IndexInput in = directory.openInput(name, IOContext.READONCE)) {
      byte[] bytes = new byte[(int) in.length()];
      in.readBytes(bytes, 0, bytes.length);
      return bytes;
    }
  }

  private static void write(Directory directory, String name, byte[] bytes) throws IOException {
    try (IndexOutput out = directory.createOutput(name, IOContext.DEFAULT)) {
      out.writeBytes(bytes, bytes.length);
    }
  }

  /**
   * What is between the header, which has the segment's id, and the footer.
   *
   * @param codec the longest codec name of the format's files
   */
  public static byte[] body(Directory directory, String name, String codec) throws IOException {
    String suffix = name.substring(name.indexOf('_', 1) + 1, name.lastIndexOf('.'));
    byte[] bytes = read(directory, name);
    return Arrays.copyOfRange(
        bytes, CodecUtil.indexHeaderLength(codec, suffix), bytes.length - CodecUtil.footerLength());
  }

  /** Changes the bytes of the first file with an extension. */
  public static void change(Directory directory, String extension, UnaryOperator<byte[]> by)
      throws IOException {
    String name = name(directory, extension);
    replace(directory, name, by.apply(read(directory, name)));
  }

  /** The first file with an extension. */
  public static String name(Directory directory, String extension) throws IOException {
    return Arrays.stream(directory.listAll())
        .filter(file -> file.endsWith("." + extension))
        .findFirst()
        .orElseThrow();
  }

  /** Puts other bytes in place of a file's. */
  public static void replace(Directory directory, String name, byte[] bytes) throws IOException {
    directory.deleteFile(name);
    write(directory, name, bytes);
  }

  /** Flips one bit. */
  public static byte[] flip(byte[] bytes, Random random) {
    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    return bytes;
  }

  /** The bytes with a footer that fits them, as if they had been written so. */
  public static byte[] withFooter(byte[] bytes) {
    int length = bytes.length - CodecUtil.footerLength();
    ByteBuffersDataOutput out = new ByteBuffersDataOutput();
    try (IndexOutput checked = new ByteBuffersIndexOutput(out, "f", "f")) {
      checked.writeBytes(bytes, length);
      CodecUtil.writeFooter(checked);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return out.toArrayCopy();
  }
}
