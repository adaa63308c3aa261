/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.source;

import io.trident.query.mapper.VectorFieldType;
import java.io.IOException;
import java.util.function.Function;
import org.apache.lucene.codecs.StoredFieldsReader;
import org.apache.lucene.index.CodecReader;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.StoredFieldDataInput;
import org.apache.lucene.index.StoredFieldVisitor;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.util.BytesRef;
import org.opensearch.common.lucene.index.DerivedSourceLeafReader;
import org.opensearch.common.lucene.index.SequentialStoredFieldsLeafReader;

/**
 * Reads a segment with its vectors in the sources of documents. OpenSearch's recoveries know a
 * reader that derives sources by its class, and would pass by any other.
 */
final class RestoringLeafReader extends DerivedSourceLeafReader {

  private final RestoredVectors vectors;

  RestoringLeafReader(LeafReader in, Function<String, VectorFieldType> types) {
    super(
        in,
        doc -> {
          throw new IllegalStateException("a source is never derived as a whole here");
        });
    vectors = new RestoredVectors(in, types);
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
        stored.document(doc, new Restoring(doc, visitor));
      }
    };
  }

  @Override
  public StoredFieldsReader getSequentialStoredFieldsReader() throws IOException {
    return switch (in) {
      case CodecReader codec -> new Sequential(codec.getFieldsReader().getMergeInstance());
      case SequentialStoredFieldsLeafReader sequential ->
          new Sequential(sequential.getSequentialStoredFieldsReader());
      default -> throw new IOException("expected a segment's reader, got [" + in + "]");
    };
  }

  private final class Sequential extends StoredFieldsReader {
    private final StoredFieldsReader stored;

    private Sequential(StoredFieldsReader stored) {
      this.stored = stored;
    }

    @Override
    public void document(int doc, StoredFieldVisitor visitor) throws IOException {
      stored.document(doc, new Restoring(doc, visitor));
    }

    @Override
    public StoredFieldsReader clone() {
      return new Sequential(stored.clone());
    }

    @Override
    public void checkIntegrity() throws IOException {
      stored.checkIntegrity();
    }

    @Override
    public void close() throws IOException {
      stored.close();
    }
  }

  /** Hands on what is stored of a document, its source with vectors. */
  private final class Restoring extends StoredFieldVisitor {
    private final int doc;
    private final StoredFieldVisitor visitor;

    private Restoring(int doc, StoredFieldVisitor visitor) {
      this.doc = doc;
      this.visitor = visitor;
    }

    @Override
    public Status needsField(FieldInfo field) throws IOException {
      return visitor.needsField(field);
    }

    @Override
    public void binaryField(FieldInfo field, byte[] value) throws IOException {
      BytesRef stored = new BytesRef(value);
      BytesRef whole = LeftOutVectors.isSource(field.name) ? vectors.in(stored, doc) : stored;
      visitor.binaryField(field, whole.bytes);
    }

    @Override
    public void binaryField(FieldInfo field, StoredFieldDataInput value) throws IOException {
      byte[] bytes = new byte[value.getLength()];
      value.getDataInput().readBytes(bytes, 0, bytes.length);
      binaryField(field, bytes);
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
