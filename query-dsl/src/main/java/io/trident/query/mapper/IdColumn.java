/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.mapper;

import java.io.IOException;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.util.BytesRef;
import org.opensearch.index.fieldvisitor.IdOnlyFieldVisitor;
import org.opensearch.index.mapper.ParseContext;
import org.opensearch.index.mapper.Uid;

/**
 * The {@code _id} of documents that have one of Trident's fields, as a doc value. OpenSearch keeps
 * it as a stored field, of which each costs to decompress a block: too much for the hundreds that
 * the legs of a fusion read. For one thread.
 */
public final class IdColumn {

  /** The field of the column: one encoded {@link Uid} per document. It is in no mapping. */
  static final String FIELD = "_trident_id";

  private final BinaryDocValues column;
  private final StoredFields stored;
  private final IdOnlyFieldVisitor visitor = new IdOnlyFieldVisitor();

  private IdColumn(BinaryDocValues column, StoredFields stored) {
    this.column = column;
    this.stored = stored;
  }

  /** Gives a document that is parsed its value, unless it has it. */
  static void add(ParseContext context) {
    ParseContext.Document document = context.rootDoc();
    String id = context.sourceToParse().id();
    if (id != null && document.getByKey(FIELD) == null) {
      document.addWithKey(FIELD, new BinaryDocValuesField(FIELD, Uid.encodeId(id)));
    }
  }

  /** The column of a segment. */
  public static IdColumn of(LeafReader reader) throws IOException {
    return new IdColumn(reader.getBinaryDocValues(FIELD), reader.storedFields());
  }

  /**
   * The {@code _id} of a document; from its stored field when it has none of Trident's fields.
   *
   * @param doc the document, not before that of an earlier call
   */
  public String id(int doc) throws IOException {
    if (column != null && column.advanceExact(doc)) {
      BytesRef id = column.binaryValue();
      return Uid.decodeId(id.bytes, id.offset, id.length);
    }
    visitor.reset();
    stored.document(doc, visitor);
    return visitor.getId();
  }
}
