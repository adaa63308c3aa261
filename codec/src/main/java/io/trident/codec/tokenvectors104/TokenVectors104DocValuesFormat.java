/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
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
 * Stores token vectors as codes that depend on nothing but the document (RaBitQ: Gao and Long,
 * SIGMOD 2024). It holds the binary doc values of {@link
 * io.trident.codec.tokenvectors.TokenVectorsField} and no other type. A merge copies the codes in
 * the order of the documents.
 *
 * <p>The format is stored in four files; integers are little-endian.
 *
 * <h2>.mvm (metadata)</h2>
 *
 * <ul>
 *   <li><b>IndexHeader</b>
 *   <li>for each field:
 *       <ul>
 *         <li><b>int</b> the number of the field
 *         <li><b>byte</b> ordinal of the {@link TokenVectorsEncoding}
 *         <li><b>byte</b> ordinal of the {@link TokenSimilarity}
 *         <li><b>short</b> dimension, 0 when no document has the field
 *         <li><b>int</b> number of documents with the field
 *         <li><b>long</b> start and <b>long</b> length of the field's part of .mvd
 *         <li><b>long</b> start and <b>long</b> length of the documents in .mvi
 *         <li><b>short</b> jump table entries of the documents, -1 when there are none
 *         <li><b>long</b> start and <b>long</b> length of the offsets in .mvi
 *         <li>the metadata of the offsets ({@link
 *             org.apache.lucene.util.packed.DirectMonotonicWriter}), in blocks of 2^16
 *         <li><b>int</b> number of centroids, 0 when there are none, and then nothing follows
 *         <li><b>long</b> start of the centroids in .mvl
 *         <li><b>long</b> start and <b>long</b> length of the lists in .mvl
 *         <li><b>long</b> start and <b>long</b> length of the lists' offsets in .mvl
 *         <li>the metadata of the lists' offsets, in blocks of 2^16
 *       </ul>
 *   <li><b>int</b> -1
 *   <li><b>Footer</b>
 * </ul>
 *
 * <h2>.mvi (documents and offsets)</h2>
 *
 * <ul>
 *   <li><b>IndexHeader</b>
 *   <li>for each field the documents that have it ({@link
 *       org.apache.lucene.codecs.lucene90.IndexedDISI}), then one offset more than there are
 *       documents, relative to the field's part of .mvd
 *   <li><b>Footer</b>
 * </ul>
 *
 * <h2>.mvd (codes)</h2>
 *
 * <ul>
 *   <li><b>IndexHeader</b>
 *   <li>for each document what {@link io.trident.codec.tokenvectors.TokenVectorsCoder} calls stored
 *   <li><b>Footer</b>
 * </ul>
 *
 * <h2>.mvl (centroids and their documents)</h2>
 *
 * Only fields with at least 2^15 tokens in the segment have any.
 *
 * <ul>
 *   <li><b>IndexHeader</b>
 *   <li>for each field
 *       <ul>
 *         <li>for each centroid the code of its rotated vector at two bits per dimension, factor
 *             first
 *         <li>for each centroid the documents that have a token near it: their number (<b>vint</b>)
 *             and, unless that is 0, the parameter r (<b>byte</b>), the number of bytes
 *             (<b>vint</b>), and those bytes: Golomb-Rice codes of the gaps between the documents,
 *             less one, lowest bits first: {@code gap >>> r} one bits, a zero bit, the r lowest
 *             bits of the gap
 *         <li>where the list of each centroid starts, relative to the first, and where the last
 *             ends
 *       </ul>
 *   <li><b>Footer</b>
 * </ul>
 *
 * <p>Tokens are divided by their id, those of rare ids together, and clustered by k-means that
 * starts from a fixed sample (TACHIOM, arXiv 2604.28142), some {@code 8 * sqrt(tokens)} centroids
 * in all, so that the same documents give the same bytes on machines that all, or none, have a
 * fused multiply-add. Centroids are trained anew by each flush and merge; they choose candidates
 * and never change a score.
 *
 * @lucene.experimental
 */
public final class TokenVectors104DocValuesFormat extends DocValuesFormat {

  /** The name by which a segment finds the format. */
  public static final String NAME = "TridentTokenVectors104";

  /** Not those of Lucene's term vectors, which OpenSearch reads through buffers unmapped. */
  static final String META_EXTENSION = "mvm";

  static final String INDEX_EXTENSION = "mvi";
  static final String DATA_EXTENSION = "mvd";
  static final String LISTS_EXTENSION = "mvl";
  static final String META_CODEC_NAME = "TridentTokenVectors104Meta";
  static final String INDEX_CODEC_NAME = "TridentTokenVectors104Index";
  static final String DATA_CODEC_NAME = "TridentTokenVectors104Data";
  static final String LISTS_CODEC_NAME = "TridentTokenVectors104Lists";
  static final int VERSION_START = 0;
  static final int VERSION_CURRENT = VERSION_START;
  static final int BLOCK_SHIFT = 16;

  /** The fewest tokens of a segment that gets centroids: a scan of fewer takes milliseconds. */
  static final int MIN_TOKENS = 1 << 15;

  private final TokenVectorsEncoding encoding;
  private final TokenSimilarity similarity;
  private final int minTokens;

  /** Two bits and the cosine; all that reading needs, since a segment names its own. */
  public TokenVectors104DocValuesFormat() {
    this(TokenVectorsEncoding.BITS_2, TokenSimilarity.COSINE);
  }

  /** Writes with the given encoding and similarity. */
  public TokenVectors104DocValuesFormat(TokenVectorsEncoding encoding, TokenSimilarity similarity) {
    this(encoding, similarity, MIN_TOKENS);
  }

  /** For tests: with centroids already for small segments. */
  TokenVectors104DocValuesFormat(
      TokenVectorsEncoding encoding, TokenSimilarity similarity, int minTokens) {
    super(NAME);
    this.encoding = encoding;
    this.similarity = similarity;
    this.minTokens = minTokens;
  }

  @Override
  public DocValuesConsumer fieldsConsumer(SegmentWriteState state) throws IOException {
    return new TokenVectors104DocValuesConsumer(state, encoding, similarity, minTokens);
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
