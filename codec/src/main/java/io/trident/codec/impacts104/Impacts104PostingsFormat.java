package io.trident.codec.impacts104;

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
 * <p>The layout follows Block-Max Pruning (Mallia, Suel and Tonellotto, SIGIR 2024) and superblock
 * pruning (Carlson, Xie, He and Yang, SIGIR 2025, arXiv 2504.17045): documents are cut into windows
 * of 1024 consecutive documents and windows into 64 blocks of 16; for every term there is a maximum
 * a window and a maximum a block. A term's postings of one window are contiguous, so that a query
 * reads the windows whose bound is promising, and in them the promising blocks, and nothing else.
 * Impacts are kept as they are given, whatever their size; those of 8 bits, the rule, take one
 * byte.
 *
 * <p>Only fields indexed with {@code DOCS} or {@code DOCS_AND_FREQS} are held so. Any other field
 * goes to the format that {@link PostingsFormat#forName} finds under the name that the metadata
 * carries. No layout of a segment depends on anything but its postings: merging the same input
 * gives the same bytes.
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
 *   <li><b>long</b>, <b>long</b> start and length of the windows' directories in the .imi file
 *   <li><b>long</b>, <b>long</b> start and length of the postings in the .imd file
 *   <li>twice, for the ends of the terms' bytes and for the ends of the directories: the metadata
 *       of a {@link org.apache.lucene.util.packed.DirectMonotonicWriter} with blocks of 2^10
 *       values, then <b>long</b>, <b>long</b> start and length of its values in the .imi file
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
 *   <li>the directories of its terms, in the order of the terms. A directory is
 *       <ul>
 *         <li><b>vint</b> the number of documents with the term
 *         <li><b>vlong</b> the sum of the frequencies, less that number
 *         <li><b>vlong</b> where its postings start, from the start of the field's postings
 *         <li><b>vint</b> the number of its windows
 *         <li>for each window in ascending order: <b>vint</b> its number less that of the one
 *             before (-1 for the first), less 1; <b>vint</b> the largest impact in it; <b>vint</b>
 *             {@code (postings - 1) * 4 + layout}; and for layout 1 a <b>byte</b>, the number of
 *             blocks less 1
 *       </ul>
 *   <li>the bytes of its terms, one after the other, in ascending order
 *   <li>the values of the two monotonic sequences
 * </ul>
 *
 * <h2>.imd (data) file</h2>
 *
 * The postings: field by field, term by term, window by window. A window's postings have one of
 * three layouts:
 *
 * <ul>
 *   <li>0, few postings: for each <b>short</b> the document's place in the window, <b>byte</b> its
 *       impact
 *   <li>1, blocks: <b>long</b> the blocks with postings, one bit each; for each of them, ascending,
 *       <b>byte</b> its largest impact; for each of them <b>short</b> its documents, one bit each;
 *       then <b>byte</b> an impact a posting. Chosen when it is shorter than layout 0.
 *   <li>2, wide: when an impact is over 255, for each posting <b>short</b> the place, <b>int</b>
 *       the impact
 * </ul>
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

  /** Values a block of the monotonic sequences, as a power of two. */
  static final int MONOTONIC_SHIFT = 10;

  static final int LAYOUT_FEW = 0;
  static final int LAYOUT_BLOCKS = 1;
  static final int LAYOUT_WIDE = 2;

  /** The format that holds what this one does not: Lucene's default of its version. */
  private static final String DELEGATE = "Lucene104";

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
