package io.trident.codec.tokenvectors104;

import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import java.io.IOException;
import org.apache.lucene.codecs.DocValuesConsumer;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.codecs.DocValuesProducer;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;

/**
 * Stores token vectors as codes that depend on nothing but the vector (RaBitQ: Gao and Long, SIGMOD
 * 2024). It holds the binary doc values of {@link io.trident.codec.tokenvectors.TokenVectorsField}
 * and no other type. A merge copies the codes in the order of the documents.
 *
 * <p>The format is stored in three files; integers are little-endian.
 *
 * <h2>.tvm (metadata)</h2>
 *
 * <ul>
 *   <li><b>IndexHeader</b>
 *   <li>for each field:
 *       <ul>
 *         <li><b>int32</b> the number of the field
 *         <li><b>byte</b> ordinal of the {@link TokenVectorsEncoding}
 *         <li><b>byte</b> ordinal of the {@link TokenSimilarity}
 *         <li><b>int16</b> dimension, 0 when no document has the field
 *         <li><b>int32</b> number of documents with the field
 *         <li><b>int64</b> start and <b>int64</b> length of the field's part of .tvd
 *         <li><b>int64</b> start and <b>int64</b> length of the documents in .tvi
 *         <li><b>int16</b> jump table entries of the documents, -1 when there are none
 *         <li><b>int64</b> start and <b>int64</b> length of the offsets in .tvi
 *         <li>the metadata of the offsets ({@link
 *             org.apache.lucene.util.packed.DirectMonotonicWriter}), in blocks of 2^16
 *       </ul>
 *   <li><b>int32</b> -1
 *   <li><b>Footer</b>
 * </ul>
 *
 * <h2>.tvi (documents and offsets)</h2>
 *
 * <ul>
 *   <li><b>IndexHeader</b>
 *   <li>for each field the documents that have it ({@link
 *       org.apache.lucene.codecs.lucene90.IndexedDISI}), then one offset more than there are
 *       documents, relative to the field's part of .tvd
 *   <li><b>Footer</b>
 * </ul>
 *
 * <h2>.tvd (codes)</h2>
 *
 * <ul>
 *   <li><b>IndexHeader</b>
 *   <li>for each document what {@link io.trident.codec.tokenvectors.TokenVectorsCoder} calls stored
 *   <li><b>Footer</b>
 * </ul>
 *
 * <p>Centroids and inverted lists of a first stage belong in files of their own, so that they can
 * be added without touching these three.
 *
 * @lucene.experimental
 */
public final class TokenVectors104DocValuesFormat extends DocValuesFormat {

  /** The name by which a segment finds the format. */
  public static final String NAME = "TridentTokenVectors104";

  static final String META_EXTENSION = "tvm";
  static final String INDEX_EXTENSION = "tvi";
  static final String DATA_EXTENSION = "tvd";
  static final String META_CODEC_NAME = "TridentTokenVectors104Meta";
  static final String INDEX_CODEC_NAME = "TridentTokenVectors104Index";
  static final String DATA_CODEC_NAME = "TridentTokenVectors104Data";
  static final int VERSION_START = 0;
  static final int VERSION_CURRENT = VERSION_START;
  static final int BLOCK_SHIFT = 16;

  private final TokenVectorsEncoding encoding;
  private final TokenSimilarity similarity;

  /** Two bits and the cosine; all that reading needs, since a segment names its own. */
  public TokenVectors104DocValuesFormat() {
    this(TokenVectorsEncoding.BITS_2, TokenSimilarity.COSINE);
  }

  /** Writes with the given encoding and similarity. */
  public TokenVectors104DocValuesFormat(TokenVectorsEncoding encoding, TokenSimilarity similarity) {
    super(NAME);
    this.encoding = encoding;
    this.similarity = similarity;
  }

  @Override
  public DocValuesConsumer fieldsConsumer(SegmentWriteState state) throws IOException {
    return new TokenVectors104DocValuesConsumer(state, encoding, similarity);
  }

  @Override
  public DocValuesProducer fieldsProducer(SegmentReadState state) throws IOException {
    return new TokenVectors104DocValuesProducer(state);
  }

  @Override
  public String toString() {
    return NAME + "(encoding=" + encoding + ", similarity=" + similarity + ")";
  }
}
