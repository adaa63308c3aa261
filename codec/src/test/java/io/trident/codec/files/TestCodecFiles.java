/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.files;

import io.trident.codec.IndexFiles;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.FieldInfos;
import org.apache.lucene.index.SegmentInfo;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.InfoStream;
import org.apache.lucene.util.StringHelper;
import org.apache.lucene.util.Version;

public class TestCodecFiles extends LuceneTestCase {

  private static SegmentInfo segment(Directory directory) {
    return new SegmentInfo(
        directory,
        Version.LATEST,
        Version.LATEST,
        "_0",
        1,
        false,
        false,
        Codec.getDefault(),
        Map.of(),
        StringHelper.randomId(),
        Map.of(),
        null);
  }

  /** Writes a file of random bytes, and says how to read it. */
  private static CodecFiles written(Directory directory) throws IOException {
    SegmentInfo segment = segment(directory);
    try (IndexOutput out =
        new CodecFiles(
                new SegmentWriteState(
                    InfoStream.NO_OUTPUT,
                    directory,
                    segment,
                    FieldInfos.EMPTY,
                    null,
                    IOContext.DEFAULT,
                    "s"),
                2)
            .create("meta", "Codec")) {
      for (int i = random().nextInt(20); i >= 0; i--) {
        out.writeLong(random().nextLong());
      }
      CodecUtil.writeFooter(out);
    }
    return new CodecFiles(
        new SegmentReadState(directory, segment, FieldInfos.EMPTY, IOContext.DEFAULT, "s"), 1, 3);
  }

  private static void readsWrongly(IndexInput meta, int version) {
    throw new IllegalStateException("why");
  }

  public void testAFailureOverBytesAsTheyWereWrittenIsNotTheirs() throws IOException {
    try (Directory directory = new ByteBuffersDirectory()) {
      CodecFiles files = written(directory);
      IllegalStateException failure =
          expectThrows(
              IllegalStateException.class,
              () -> files.readMeta("meta", "Codec", TestCodecFiles::readsWrongly));
      assertEquals("why", failure.getMessage());
    }
  }

  public void testChangedBytesAreNeverRead() throws IOException {
    try (Directory directory = new ByteBuffersDirectory()) {
      CodecFiles files = written(directory);
      IndexFiles.change(directory, "meta", bytes -> IndexFiles.flip(bytes, random()));
      CorruptIndexException corrupt =
          expectThrows(
              CorruptIndexException.class,
              () -> files.readMeta("meta", "Codec", TestCodecFiles::readsWrongly));
      assertEquals(0, corrupt.getSuppressed().length);
    }
  }

  /** Gigabytes of memory would be taken for it. */
  public void testTheLengthThatAFileGivesToTheNameOfItsCodecIsNotBelieved() throws IOException {
    try (Directory directory = new ByteBuffersDirectory()) {
      CodecFiles files = written(directory);
      IndexFiles.change(
          directory,
          "meta",
          bytes -> {
            Arrays.fill(bytes, Integer.BYTES, Integer.BYTES + 4, (byte) 0xff);
            bytes[Integer.BYTES + 4] = (byte) TestUtil.nextInt(random(), 0, 7);
            return bytes;
          });
      CorruptIndexException corrupt =
          expectThrows(CorruptIndexException.class, () -> files.open("meta", "Codec", 2));
      assertTrue(corrupt.getMessage(), corrupt.getMessage().contains("codec's name must have [5]"));
    }
  }
}
