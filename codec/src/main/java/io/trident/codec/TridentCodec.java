/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec;

import java.util.function.Function;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.codecs.FilterCodec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.PostingsFormat;
import org.apache.lucene.codecs.perfield.PerFieldDocValuesFormat;
import org.apache.lucene.codecs.perfield.PerFieldKnnVectorsFormat;
import org.apache.lucene.codecs.perfield.PerFieldPostingsFormat;

/**
 * Writes as another codec does, but for the fields that have formats of their own.
 *
 * <p>The codec exists for writing alone: it keeps the name of the codec that it wraps, which is the
 * one that opens the segment. A field's format is found when reading by the SPI name that Lucene's
 * per-field formats keep in the field's attributes, so nothing but that format is needed then.
 *
 * <p>Where the wrapped codec has one format for all fields, as that of star trees has for doc
 * values, it opens the segment with it, and so it writes with it, too: no field has its own there.
 */
public final class TridentCodec extends FilterCodec {

  private final PostingsFormat postingsFormat;
  private final DocValuesFormat docValuesFormat;
  private final KnnVectorsFormat knnVectorsFormat;

  /**
   * Wraps a codec.
   *
   * @param delegate the codec for everything else
   * @param formats the formats of a field's own
   */
  public TridentCodec(Codec delegate, FieldFormats formats) {
    super(delegate.getName(), delegate);
    postingsFormat =
        delegate.postingsFormat() instanceof PerFieldPostingsFormat perField
            ? new Postings(perField, formats::postingsFormat)
            : delegate.postingsFormat();
    docValuesFormat =
        delegate.docValuesFormat() instanceof PerFieldDocValuesFormat perField
            ? new DocValues(perField, formats::docValuesFormat)
            : delegate.docValuesFormat();
    knnVectorsFormat =
        delegate.knnVectorsFormat() instanceof PerFieldKnnVectorsFormat perField
            ? new Vectors(perField, formats::knnVectorsFormat)
            : delegate.knnVectorsFormat();
  }

  /** Tells the formats that a field is to be written with. Thread-safe. */
  public interface FieldFormats {

    /** The field's postings format, or null for that of the wrapped codec. */
    PostingsFormat postingsFormat(String field);

    /** The field's doc-values format, or null for that of the wrapped codec. */
    DocValuesFormat docValuesFormat(String field);

    /** The field's vectors format, or null for that of the wrapped codec. */
    KnnVectorsFormat knnVectorsFormat(String field);
  }

  @Override
  public PostingsFormat postingsFormat() {
    return postingsFormat;
  }

  @Override
  public DocValuesFormat docValuesFormat() {
    return docValuesFormat;
  }

  @Override
  public KnnVectorsFormat knnVectorsFormat() {
    return knnVectorsFormat;
  }

  /** Per-field formats do not nest, so that of the wrapped codec is asked for the field's. */
  private static final class Postings extends PerFieldPostingsFormat {
    private final PerFieldPostingsFormat delegate;
    private final Function<String, PostingsFormat> own;

    private Postings(PerFieldPostingsFormat delegate, Function<String, PostingsFormat> own) {
      this.delegate = delegate;
      this.own = own;
    }

    @Override
    public PostingsFormat getPostingsFormatForField(String field) {
      PostingsFormat format = own.apply(field);
      return format == null ? delegate.getPostingsFormatForField(field) : format;
    }
  }

  private static final class DocValues extends PerFieldDocValuesFormat {
    private final PerFieldDocValuesFormat delegate;
    private final Function<String, DocValuesFormat> own;

    private DocValues(PerFieldDocValuesFormat delegate, Function<String, DocValuesFormat> own) {
      this.delegate = delegate;
      this.own = own;
    }

    @Override
    public DocValuesFormat getDocValuesFormatForField(String field) {
      DocValuesFormat format = own.apply(field);
      return format == null ? delegate.getDocValuesFormatForField(field) : format;
    }
  }

  private static final class Vectors extends PerFieldKnnVectorsFormat {
    private final PerFieldKnnVectorsFormat delegate;
    private final Function<String, KnnVectorsFormat> own;

    private Vectors(PerFieldKnnVectorsFormat delegate, Function<String, KnnVectorsFormat> own) {
      this.delegate = delegate;
      this.own = own;
    }

    @Override
    public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
      KnnVectorsFormat format = own.apply(field);
      return format == null ? delegate.getKnnVectorsFormatForField(field) : format;
    }
  }
}
