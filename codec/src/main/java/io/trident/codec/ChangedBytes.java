package io.trident.codec;

import java.io.IOException;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;

/** Tells what went wrong while a file was read that is read whole, under its checksum. */
public final class ChangedBytes {

  private ChangedBytes() {}

  /**
   * Returns when the file's bytes are those that were written: what failed is not their fault.
   *
   * @param failure how reading them failed, which is kept with what is thrown
   * @throws CorruptIndexException when they are others, whatever reading them came to
   */
  public static void check(Directory directory, String file, Throwable failure) throws IOException {
    try (IndexInput whole = directory.openInput(file, IOContext.READONCE)) {
      CodecUtil.checksumEntireFile(whole);
    } catch (CorruptIndexException e) {
      e.addSuppressed(failure);
      throw e;
    }
  }
}
