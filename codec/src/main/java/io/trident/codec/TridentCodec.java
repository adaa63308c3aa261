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
    postingsFormat = new Postings(delegate.postingsFormat(), formats::postingsFormat);
    docValuesFormat = new DocValues(delegate.docValuesFormat(), formats::docValuesFormat);
    knnVectorsFormat = new Vectors(delegate.knnVectorsFormat(), formats::knnVectorsFormat);
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
    private final PostingsFormat delegate;
    private final Function<String, PostingsFormat> own;

    private Postings(PostingsFormat delegate, Function<String, PostingsFormat> own) {
      this.delegate = delegate;
      this.own = own;
    }

    @Override
    public PostingsFormat getPostingsFormatForField(String field) {
      PostingsFormat format = own.apply(field);
      if (format != null) {
        return format;
      }
      return delegate instanceof PerFieldPostingsFormat perField
          ? perField.getPostingsFormatForField(field)
          : delegate;
    }
  }

  private static final class DocValues extends PerFieldDocValuesFormat {
    private final DocValuesFormat delegate;
    private final Function<String, DocValuesFormat> own;

    private DocValues(DocValuesFormat delegate, Function<String, DocValuesFormat> own) {
      this.delegate = delegate;
      this.own = own;
    }

    @Override
    public DocValuesFormat getDocValuesFormatForField(String field) {
      DocValuesFormat format = own.apply(field);
      if (format != null) {
        return format;
      }
      return delegate instanceof PerFieldDocValuesFormat perField
          ? perField.getDocValuesFormatForField(field)
          : delegate;
    }
  }

  private static final class Vectors extends PerFieldKnnVectorsFormat {
    private final KnnVectorsFormat delegate;
    private final Function<String, KnnVectorsFormat> own;

    private Vectors(KnnVectorsFormat delegate, Function<String, KnnVectorsFormat> own) {
      this.delegate = delegate;
      this.own = own;
    }

    @Override
    public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
      KnnVectorsFormat format = own.apply(field);
      if (format != null) {
        return format;
      }
      return delegate instanceof PerFieldKnnVectorsFormat perField
          ? perField.getKnnVectorsFormatForField(field)
          : delegate;
    }
  }
}
