/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.files;

import java.io.EOFException;
import java.io.IOException;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.index.SegmentInfo;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.store.ChecksumIndexInput;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IOContext.FileOpenHint;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.util.IOUtils;

/**
 * The files that a format has in one segment. Each starts with an index header, which names its
 * codec, its version and the segment, and ends with a footer, which has its checksum.
 *
 * <pre>{@code
 * CodecFiles files = new CodecFiles(state, VERSION_START, VERSION_CURRENT);
 * int version = files.readMeta("mvm", "FormatMeta", (meta, current) -> readFields(meta));
 * IndexInput data = files.open("mvd", "FormatData", version, FileTypeHint.DATA);
 * }</pre>
 */
public final class CodecFiles {

  private final Directory directory;
  private final IOContext context;
  private final SegmentInfo segment;
  private final String suffix;
  private final int minVersion;
  private final int maxVersion;

  private CodecFiles(
      Directory directory,
      IOContext context,
      SegmentInfo segment,
      String suffix,
      int minVersion,
      int maxVersion) {
    this.directory = directory;
    this.context = context;
    this.segment = segment;
    this.suffix = suffix;
    this.minVersion = minVersion;
    this.maxVersion = maxVersion;
  }

  /** Files that are written in a version. */
  public CodecFiles(SegmentWriteState state, int version) {
    this(state.directory, state.context, state.segmentInfo, state.segmentSuffix, version, version);
  }

  /** Files that may be read when they have one of the versions. */
  public CodecFiles(SegmentReadState state, int minVersion, int maxVersion) {
    this(
        state.directory,
        state.context,
        state.segmentInfo,
        state.segmentSuffix,
        minVersion,
        maxVersion);
  }

  private String name(String extension) {
    return IndexFileNames.segmentFileName(segment.name, suffix, extension);
  }

  /** Creates a file and writes its header. */
  public IndexOutput create(String extension, String codec) throws IOException {
    IndexOutput out = directory.createOutput(name(extension), context);
    boolean success = false;
    try {
      CodecUtil.writeIndexHeader(out, codec, maxVersion, segment.getId(), suffix);
      success = true;
      return out;
    } finally {
      if (success == false) {
        IOUtils.closeWhileHandlingException(out);
      }
    }
  }

  /** Reads a file whole. */
  public interface MetaReader {

    /**
     * Reads what lies between the header and the footer.
     *
     * @param version that of the header
     */
    void read(IndexInput meta, int version) throws IOException;
  }

  /**
   * Has a file read whole, after its checksum has been compared: whatever length it gives is one
   * that was written.
   *
   * @return its version
   * @throws CorruptIndexException when its bytes are not those that were written
   */
  public int readMeta(String extension, String codec, MetaReader reader) throws IOException {
    String name = name(extension);
    try (IndexInput whole = directory.openInput(name, IOContext.READONCE)) {
      CodecUtil.checksumEntireFile(whole);
    }
    try (ChecksumIndexInput meta = directory.openChecksumInput(name)) {
      int version = checkHeader(meta, codec, minVersion, maxVersion);
      reader.read(meta, version);
      CodecUtil.checkFooter(meta);
      return version;
    }
  }

  /**
   * Opens a file and checks its header, and that its footer is there.
   *
   * @param metaVersion the version of the metadata
   * @param hints how the file is going to be read
   */
  public IndexInput open(String extension, String codec, int metaVersion, FileOpenHint... hints)
      throws IOException {
    IndexInput in = directory.openInput(name(extension), context.withHints(hints));
    boolean success = false;
    try {
      checkNameLength(in, codec);
      int version = checkHeader(in, codec, Integer.MIN_VALUE, Integer.MAX_VALUE);
      if (version != metaVersion) {
        throw new CorruptIndexException(
            "version must be that of the metadata, [" + metaVersion + "], got [" + version + "]",
            in);
      }
      CodecUtil.retrieveChecksum(in);
      success = true;
      return in;
    } catch (EOFException e) {
      throw new CorruptIndexException("file ends inside its header", in, e);
    } finally {
      if (success == false) {
        IOUtils.closeWhileHandlingException(in);
      }
    }
  }

  /** Lucene makes room for a codec's name of any length that the file gives. */
  private static void checkNameLength(IndexInput in, String codec) throws IOException {
    in.seek(Integer.BYTES);
    int length = in.readVInt();
    if (length != codec.length()) {
      throw new CorruptIndexException(
          "codec's name must have [" + codec.length() + "] bytes, got [" + length + "]", in);
    }
    in.seek(0);
  }

  private int checkHeader(IndexInput in, String codec, int least, int most) throws IOException {
    return CodecUtil.checkIndexHeader(in, codec, least, most, segment.getId(), suffix);
  }
}
