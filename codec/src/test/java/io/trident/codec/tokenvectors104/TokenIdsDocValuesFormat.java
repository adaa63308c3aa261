/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors104;

import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import io.trident.codec.tokenvectors.TokenVectorsField;
import io.trident.codec.tokenvectors.TokenVectorsValues;
import java.io.IOException;
import java.util.Arrays;
import org.apache.lucene.codecs.DocValuesConsumer;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.codecs.DocValuesProducer;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.DocValuesSkipper;
import org.apache.lucene.index.DocValuesType;
import org.apache.lucene.index.EmptyDocValuesProducer;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FilterBinaryDocValues;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.index.SortedNumericDocValues;
import org.apache.lucene.index.SortedSetDocValues;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.IOUtils;

/**
 * Keeps any binary doc values as token ids of a document's token vectors, a byte an id, and the
 * other types as Lucene does. So Lucene's tests of binary doc values become tests of token vectors.
 */
public final class TokenIdsDocValuesFormat extends DocValuesFormat {

  private static final int DIMENSION = 8;

  private final DocValuesFormat ours =
      new TokenVectors104DocValuesFormat(TokenVectorsEncoding.BITS_1, TokenSimilarity.DOT_PRODUCT);
  private final DocValuesFormat others = TestUtil.getDefaultDocValuesFormat();

  /** For the service loader. */
  public TokenIdsDocValuesFormat() {
    super("TridentTestTokenIds");
  }

  private static BytesRef toTokens(BytesRef bytes) {
    int[] ids = new int[bytes.length];
    Arrays.setAll(ids, i -> bytes.bytes[bytes.offset + i] & 0xFF);
    return new TokenVectorsField("f", DIMENSION, new float[ids.length * DIMENSION], ids)
        .binaryValue();
  }

  private static BytesRef toBytes(TokenVectorsValues values) throws IOException {
    byte[] bytes = new byte[values.tokenCount()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) values.tokenId(i);
    }
    return new BytesRef(bytes);
  }

  @Override
  public DocValuesConsumer fieldsConsumer(SegmentWriteState state) throws IOException {
    DocValuesConsumer tokens = ours.fieldsConsumer(state);
    boolean success = false;
    try {
      Consumer consumer = new Consumer(tokens, others.fieldsConsumer(state));
      success = true;
      return consumer;
    } finally {
      if (success == false) {
        IOUtils.closeWhileHandlingException(tokens);
      }
    }
  }

  @Override
  public DocValuesProducer fieldsProducer(SegmentReadState state) throws IOException {
    DocValuesProducer tokens = ours.fieldsProducer(state);
    boolean success = false;
    try {
      Producer producer = new Producer(tokens, others.fieldsProducer(state));
      success = true;
      return producer;
    } finally {
      if (success == false) {
        IOUtils.closeWhileHandlingException(tokens);
      }
    }
  }

  private static final class Consumer extends DocValuesConsumer {
    private final DocValuesConsumer tokens;
    private final DocValuesConsumer others;

    private Consumer(DocValuesConsumer tokens, DocValuesConsumer others) {
      this.tokens = tokens;
      this.others = others;
    }

    @Override
    public void addBinaryField(FieldInfo field, DocValuesProducer values) throws IOException {
      tokens.addBinaryField(
          field,
          new EmptyDocValuesProducer() {
            @Override
            public BinaryDocValues getBinary(FieldInfo info) throws IOException {
              return new FilterBinaryDocValues(values.getBinary(info)) {
                @Override
                public BytesRef binaryValue() throws IOException {
                  return toTokens(in.binaryValue());
                }
              };
            }
          });
    }

    @Override
    public void addNumericField(FieldInfo field, DocValuesProducer values) throws IOException {
      others.addNumericField(field, values);
    }

    @Override
    public void addSortedField(FieldInfo field, DocValuesProducer values) throws IOException {
      others.addSortedField(field, values);
    }

    @Override
    public void addSortedNumericField(FieldInfo field, DocValuesProducer values)
        throws IOException {
      others.addSortedNumericField(field, values);
    }

    @Override
    public void addSortedSetField(FieldInfo field, DocValuesProducer values) throws IOException {
      others.addSortedSetField(field, values);
    }

    @Override
    public void close() throws IOException {
      IOUtils.close(tokens, others);
    }
  }

  private static final class Producer extends DocValuesProducer {
    private final DocValuesProducer tokens;
    private final DocValuesProducer others;

    private Producer(DocValuesProducer tokens, DocValuesProducer others) {
      this.tokens = tokens;
      this.others = others;
    }

    @Override
    public BinaryDocValues getBinary(FieldInfo field) throws IOException {
      TokenVectorsValues values = (TokenVectorsValues) tokens.getBinary(field);
      return new FilterBinaryDocValues(values) {
        @Override
        public BytesRef binaryValue() throws IOException {
          return toBytes(values);
        }
      };
    }

    @Override
    public NumericDocValues getNumeric(FieldInfo field) throws IOException {
      return others.getNumeric(field);
    }

    @Override
    public SortedDocValues getSorted(FieldInfo field) throws IOException {
      return others.getSorted(field);
    }

    @Override
    public SortedNumericDocValues getSortedNumeric(FieldInfo field) throws IOException {
      return others.getSortedNumeric(field);
    }

    @Override
    public SortedSetDocValues getSortedSet(FieldInfo field) throws IOException {
      return others.getSortedSet(field);
    }

    @Override
    public DocValuesSkipper getSkipper(FieldInfo field) throws IOException {
      return field.getDocValuesType() == DocValuesType.BINARY ? null : others.getSkipper(field);
    }

    @Override
    public void checkIntegrity() throws IOException {
      tokens.checkIntegrity();
      others.checkIntegrity();
    }

    @Override
    public void close() throws IOException {
      IOUtils.close(tokens, others);
    }
  }
}
