/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts104;

import io.trident.codec.impacts.ImpactTerms;
import java.io.IOException;
import org.apache.lucene.codecs.FieldsConsumer;
import org.apache.lucene.codecs.FieldsProducer;
import org.apache.lucene.codecs.PostingsFormat;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;

/**
 * Stores learned sparse vectors for block-max pruning. The terms of a field are tokens, a term's
 * frequency in a document is the token's impact there.
 *
 * <p>The layout follows Block-Max Pruning (Mallia, Suel and Tonellotto, SIGIR 2024): documents are
 * cut into blocks of 128 consecutive documents. A frequent term has a directory with its largest
 * impact in every block, so that the bounds of all blocks are summed without reading a posting; the
 * postings of a block are found through the directory and lie together. A rare term, with fewer
 * postings than there are blocks, is a list that is read whole. Impacts are kept as they are given,
 * whatever their size; those of 8 bits, the rule, take one byte.
 *
 * <p>Only fields indexed with {@code DOCS} or {@code DOCS_AND_FREQS} are held so. Any other field
 * goes to the format that {@link PostingsFormat#forName} finds under the name that the metadata
 * carries. Vectors of an {@link io.trident.codec.impacts.ImpactVectorField} come to a flush whole
 * and are inverted here. No layout of a segment depends on anything but its postings: merging the
 * same input gives the same bytes.
 *
 * <p>The format is stored within three files. Integers are little-endian; {@code vint} and {@code
 * vlong} are Lucene's variable-length encodings. Every file starts with {@link
 * org.apache.lucene.codecs.CodecUtil#writeIndexHeader} and ends with {@link
 * org.apache.lucene.codecs.CodecUtil#writeFooter}.
 *
 * <h2>.imm (metadata) file</h2>
 *
 * Read whole, under its checksum, when a segment is opened. One record a field, in ascending order
 * of names:
 *
 * <ul>
 *   <li><b>int</b> the field's number; -1 ends the records
 *   <li><b>vlong</b> how many terms the field has
 *   <li><b>vlong</b> the sum of all frequencies; equal to the next number for a field without
 *       frequencies
 *   <li><b>vlong</b> the number of postings
 *   <li><b>vint</b> how many documents have a term
 *   <li><b>long</b>, <b>long</b> start and length of the terms' bytes in the .imi file
 *   <li><b>long</b>, <b>long</b> start and length of the terms' entries in the .imi file
 *   <li><b>long</b>, <b>long</b> start and length of the postings in the .imd file
 *   <li>twice, for the ends of the terms' bytes and for the ends of the entries: the metadata of a
 *       {@link org.apache.lucene.util.packed.DirectMonotonicWriter} with blocks of 2^10 values,
 *       then <b>long</b>, <b>long</b> start and length of its values in the .imi file
 * </ul>
 *
 * After the records: <b>byte</b> 1 when the segment has fields of the delegate, then its name as a
 * <b>string</b>; else 0. Then <b>long</b> the length of the .imi file and <b>long</b> that of the
 * .imd file.
 *
 * <h2>.imi (index) file</h2>
 *
 * For each field:
 *
 * <ul>
 *   <li>the entries of its terms, in the order of the terms. An entry is
 *       <ul>
 *         <li><b>vint</b> the number of documents with the term
 *         <li><b>vlong</b> the sum of the frequencies, less that number
 *         <li><b>vlong</b> where its postings start, from the start of the field's postings
 *         <li><b>vint</b> the largest impact
 *         <li>only when the term is frequent, that is when it has more postings than the segment
 *             has blocks and no impact over 255: for each block a <b>byte</b>, the largest impact
 *             in it or 0; then for each group of 16 blocks an <b>int</b>, unsigned, where its bytes
 *             end, from the start of the term's postings
 *       </ul>
 *   <li>the bytes of its terms, one after the other, in ascending order
 *   <li>the values of the two monotonic sequences
 * </ul>
 *
 * <h2>.imd (data) file</h2>
 *
 * The postings: field by field and term by term. Those of a frequent term come in groups of 16
 * blocks. A group without a posting takes no byte; any other has 16 <b>byte</b>s, the length of the
 * postings of each block (0 for blocks after the last), then the postings of its blocks, each in
 * one of two layouts, told apart by the length:
 *
 * <ul>
 *   <li>up to 16 postings: for each a <b>byte</b>, the document's place in the block; then for each
 *       a <b>byte</b>, the impact
 *   <li>17 and more: 16 <b>byte</b>s, one bit per document of the block; then for each posting a
 *       <b>byte</b>, the impact
 * </ul>
 *
 * Any other term has for each chunk of 2^16 documents of the segment a <b>vint</b>, its postings in
 * the chunk; then for each posting a <b>short</b>, the lower half of the document; then for each
 * posting the impact, a <b>byte</b>, or an <b>int</b> when one is over 255.
 *
 * @lucene.experimental
 */
public final class Impacts104PostingsFormat extends PostingsFormat {

  /** The name under which segments ask for this format. */
  public static final String NAME = "TridentImpacts104";

  static final String META_EXTENSION = "imm";
  static final String META_CODEC = "TridentImpacts104Meta";
  static final String INDEX_EXTENSION = "imi";
  static final String INDEX_CODEC = "TridentImpacts104Index";
  static final String DATA_EXTENSION = "imd";
  static final String DATA_CODEC = "TridentImpacts104Data";
  static final int VERSION_START = 0;
  static final int VERSION_CURRENT = VERSION_START;

  /** Values per block of the monotonic sequences, as a power of two. */
  static final int MONOTONIC_SHIFT = 10;

  /** Blocks whose postings are read together: 16. */
  static final int BLOCKS_PER_GROUP = 16;

  /**
   * Up to so many postings of a block are pairs: 16, beyond which one bit per document is shorter.
   */
  static final int MAX_PAIRS = 16;

  /** Bytes with one bit per document of a block. */
  static final int MASK_BYTES = ImpactTerms.BLOCK_SIZE / Byte.SIZE;

  /** Documents a chunk of a list, as a power of two. */
  static final int CHUNK_SHIFT = 16;

  /** The format that holds what this one does not: Lucene's default of its version. */
  private static final String DELEGATE = "Lucene104";

  /** How many groups a number of blocks takes. */
  static int groupCount(int blockCount) {
    return (blockCount - 1) / BLOCKS_PER_GROUP + 1;
  }

  /** Makes the format; also called by Lucene's service loader. */
  public Impacts104PostingsFormat() {
    super(NAME);
  }

  @Override
  public FieldsConsumer fieldsConsumer(SegmentWriteState state) throws IOException {
    return new Impacts104Writer(state, PostingsFormat.forName(DELEGATE));
  }

  @Override
  public FieldsProducer fieldsProducer(SegmentReadState state) throws IOException {
    return new Impacts104Reader(state);
  }
}
