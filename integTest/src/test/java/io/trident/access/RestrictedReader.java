/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.access;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.lucene.codecs.StoredFieldsReader;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FieldInfos;
import org.apache.lucene.index.FilterDirectoryReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.PointValues;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.index.SortedNumericDocValues;
import org.apache.lucene.index.SortedSetDocValues;
import org.apache.lucene.index.StoredFieldVisitor;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.FixedBitSet;
import org.apache.lucene.util.IOBooleanSupplier;
import org.opensearch.common.lucene.index.SequentialStoredFieldsLeafReader;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.XContentBuilder;

/**
 * A segment without what is hidden. As the reader of the security plugin it knows terms, values and
 * the source, and of vectors nothing.
 */
final class RestrictedReader extends SequentialStoredFieldsLeafReader {

  /** Of the documents that a nested one belongs to, and of no other. */
  private static final String OF_ROOTS = "_primary_term";

  /** The field with the names of each document's fields. */
  private static final String NAMES = "_field_names";

  private final FieldInfos shown;
  private final Bits liveDocs;
  private final int numDocs;

  private RestrictedReader(LeafReader in, Restriction restriction) throws IOException {
    super(in);
    List<FieldInfo> fields = new ArrayList<>();
    for (FieldInfo field : in.getFieldInfos()) {
      if (Restriction.hides(field.name) == false) {
        fields.add(field);
      }
    }
    shown = new FieldInfos(fields.toArray(FieldInfo[]::new));
    switch (restriction) {
      case LOST -> {
        liveDocs = new Bits.MatchNoBits(in.maxDoc());
        numDocs = 0;
      }
      case READER -> {
        FixedBitSet live = visible(in);
        liveDocs = live;
        numDocs = live.cardinality();
      }
      default -> {
        liveDocs = in.getLiveDocs();
        numDocs = in.numDocs();
      }
    }
  }

  /** The live documents that are not hidden, nor parts of one that is. */
  private static FixedBitSet visible(LeafReader in) throws IOException {
    FixedBitSet hidden = new FixedBitSet(in.maxDoc());
    PostingsEnum postings = in.postings(new Term(Restriction.FIELD, Restriction.HIDDEN));
    if (postings != null) {
      hidden.or(postings);
    }
    FixedBitSet visible = new FixedBitSet(in.maxDoc());
    NumericDocValues roots = in.getNumericDocValues(OF_ROOTS);
    int first = 0;
    for (int root = roots.nextDoc();
        root != DocIdSetIterator.NO_MORE_DOCS;
        root = roots.nextDoc()) {
      if (hidden.get(root) == false) {
        visible.set(first, root + 1);
      }
      first = root + 1;
    }
    Bits live = in.getLiveDocs();
    for (int doc = 0; live != null && doc < in.maxDoc(); doc++) {
      if (live.get(doc) == false) {
        visible.clear(doc);
      }
    }
    return visible;
  }

  static DirectoryReader wrap(DirectoryReader in, Restriction restriction) throws IOException {
    return restriction == Restriction.NONE ? in : new Index(in, restriction);
  }

  private static final class Index extends FilterDirectoryReader {
    private final Restriction restriction;

    private Index(DirectoryReader in, Restriction restriction) throws IOException {
      super(
          in,
          new SubReaderWrapper() {
            @Override
            public LeafReader wrap(LeafReader reader) {
              try {
                return new RestrictedReader(reader, restriction);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            }
          });
      this.restriction = restriction;
    }

    @Override
    protected DirectoryReader doWrapDirectoryReader(DirectoryReader in) throws IOException {
      return new Index(in, restriction);
    }

    @Override
    public CacheHelper getReaderCacheHelper() {
      return in.getReaderCacheHelper();
    }
  }

  private boolean shows(String field) {
    return Restriction.hides(field) == false;
  }

  @Override
  public FieldInfos getFieldInfos() {
    return shown;
  }

  @Override
  public Bits getLiveDocs() {
    return liveDocs;
  }

  @Override
  public int numDocs() {
    return numDocs;
  }

  @Override
  public CacheHelper getCoreCacheHelper() {
    return in.getCoreCacheHelper();
  }

  @Override
  public CacheHelper getReaderCacheHelper() {
    return null;
  }

  @Override
  public Terms terms(String field) throws IOException {
    Terms terms = shows(field) ? in.terms(field) : null;
    return terms != null && field.equals(NAMES) ? new ShownNames(terms) : terms;
  }

  /** The names of the fields that are shown. */
  private static final class ShownNames extends FilterTerms {
    private ShownNames(Terms in) {
      super(in);
    }

    @Override
    public TermsEnum iterator() throws IOException {
      return new FilterTermsEnum(in.iterator()) {
        private boolean shows(BytesRef name) {
          return Restriction.hides(name.utf8ToString()) == false;
        }

        @Override
        public BytesRef next() throws IOException {
          BytesRef name = in.next();
          while (name != null && shows(name) == false) {
            name = in.next();
          }
          return name;
        }

        @Override
        public boolean seekExact(BytesRef name) throws IOException {
          return shows(name) && in.seekExact(name);
        }

        @Override
        public IOBooleanSupplier prepareSeekExact(BytesRef name) throws IOException {
          return shows(name) ? in.prepareSeekExact(name) : null;
        }
      };
    }
  }

  @Override
  public NumericDocValues getNumericDocValues(String field) throws IOException {
    return shows(field) ? in.getNumericDocValues(field) : null;
  }

  @Override
  public BinaryDocValues getBinaryDocValues(String field) throws IOException {
    return shows(field) ? in.getBinaryDocValues(field) : null;
  }

  @Override
  public SortedDocValues getSortedDocValues(String field) throws IOException {
    return shows(field) ? in.getSortedDocValues(field) : null;
  }

  @Override
  public SortedNumericDocValues getSortedNumericDocValues(String field) throws IOException {
    return shows(field) ? in.getSortedNumericDocValues(field) : null;
  }

  @Override
  public SortedSetDocValues getSortedSetDocValues(String field) throws IOException {
    return shows(field) ? in.getSortedSetDocValues(field) : null;
  }

  @Override
  public NumericDocValues getNormValues(String field) throws IOException {
    return shows(field) ? in.getNormValues(field) : null;
  }

  @Override
  public PointValues getPointValues(String field) throws IOException {
    return shows(field) ? in.getPointValues(field) : null;
  }

  @Override
  public StoredFields storedFields() throws IOException {
    StoredFields stored = in.storedFields();
    return new StoredFields() {
      @Override
      public void prefetch(int doc) throws IOException {
        stored.prefetch(doc);
      }

      @Override
      public void document(int doc, StoredFieldVisitor visitor) throws IOException {
        stored.document(doc, new Shown(visitor));
      }
    };
  }

  @Override
  protected StoredFieldsReader doGetSequentialStoredFieldsReader(StoredFieldsReader reader) {
    return new Sequential(reader);
  }

  private static final class Sequential extends StoredFieldsReader {
    private final StoredFieldsReader reader;

    private Sequential(StoredFieldsReader reader) {
      this.reader = reader;
    }

    @Override
    public void document(int doc, StoredFieldVisitor visitor) throws IOException {
      reader.document(doc, new Shown(visitor));
    }

    @Override
    public StoredFieldsReader clone() {
      return new Sequential(reader.clone());
    }

    @Override
    public void checkIntegrity() throws IOException {
      reader.checkIntegrity();
    }

    @Override
    public void close() throws IOException {
      reader.close();
    }
  }

  /** Takes hidden fields out of what is stored. */
  private static final class Shown extends StoredFieldVisitor {
    private final StoredFieldVisitor visitor;

    private Shown(StoredFieldVisitor visitor) {
      this.visitor = visitor;
    }

    @Override
    public Status needsField(FieldInfo field) throws IOException {
      return Restriction.hides(field.name) ? Status.NO : visitor.needsField(field);
    }

    @Override
    public void binaryField(FieldInfo field, byte[] value) throws IOException {
      visitor.binaryField(field, field.name.equals("_source") ? shown(value) : value);
    }

    private static byte[] shown(byte[] source) throws IOException {
      Map<String, Object> map =
          XContentHelper.convertToMap(new BytesArray(source), true, MediaTypeRegistry.JSON).v2();
      map.keySet().removeIf(Restriction::hides);
      try (XContentBuilder json = XContentBuilder.builder(XContentType.JSON.xContent())) {
        return BytesReference.toBytes(BytesReference.bytes(json.map(map)));
      }
    }

    @Override
    public void stringField(FieldInfo field, String value) throws IOException {
      visitor.stringField(field, value);
    }

    @Override
    public void intField(FieldInfo field, int value) throws IOException {
      visitor.intField(field, value);
    }

    @Override
    public void longField(FieldInfo field, long value) throws IOException {
      visitor.longField(field, value);
    }

    @Override
    public void floatField(FieldInfo field, float value) throws IOException {
      visitor.floatField(field, value);
    }

    @Override
    public void doubleField(FieldInfo field, double value) throws IOException {
      visitor.doubleField(field, value);
    }
  }
}
