package io.trident.codec;

import java.io.IOException;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.util.StringHelper;

/** Whether a failure is the fault of a file's bytes. */
public class TestChangedBytes extends LuceneTestCase {

  private static byte[] file(Directory directory) throws IOException {
    try (IndexOutput out = directory.createOutput("file", IOContext.DEFAULT)) {
      CodecUtil.writeIndexHeader(out, "Test", 0, StringHelper.randomId(), "");
      out.writeLong(random().nextLong());
      CodecUtil.writeFooter(out);
    }
    try (IndexInput in = directory.openInput("file", IOContext.DEFAULT)) {
      byte[] bytes = new byte[(int) in.length()];
      in.readBytes(bytes, 0, bytes.length);
      return bytes;
    }
  }

  public void testBytesAsTheyWereWrittenAreNotAtFault() throws IOException {
    try (Directory directory = new ByteBuffersDirectory()) {
      file(directory);
      ChangedBytes.check(directory, "file", new IllegalStateException("why"));
    }
  }

  public void testChangedBytesAreAtFaultAndTheFailureIsKept() throws IOException {
    try (Directory directory = new ByteBuffersDirectory()) {
      byte[] bytes = file(directory);
      bytes[random().nextInt(bytes.length)] ^= (byte) (1 << random().nextInt(8));
      directory.deleteFile("file");
      try (IndexOutput out = directory.createOutput("file", IOContext.DEFAULT)) {
        out.writeBytes(bytes, bytes.length);
      }
      Throwable failure = new IllegalStateException("why");
      CorruptIndexException corrupt =
          expectThrows(
              CorruptIndexException.class, () -> ChangedBytes.check(directory, "file", failure));
      assertArrayEquals(new Throwable[] {failure}, corrupt.getSuppressed());
    }
  }
}
