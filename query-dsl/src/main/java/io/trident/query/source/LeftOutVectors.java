/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.source;

import io.trident.query.mapper.VectorFieldType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Function;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.util.BytesRef;
import org.opensearch.index.mapper.ParseContext;
import org.opensearch.index.mapper.SourceFieldMapper;

/**
 * Leaves vectors that the index holds out of the stored source of a document, and a {@link Mark} in
 * their place. All other bytes stay as they were sent. A source that is no plain JSON stays whole,
 * and so do fields of which it has not as many values as the index, and vectors that the index
 * holds in another form.
 *
 * @param types the type of a field whose vectors are left out, by its path; null for other paths
 */
record LeftOutVectors(Function<String, VectorFieldType> types) {

  /**
   * Changes what is stored of a document.
   *
   * @param documents the nested ones and, last, the one with the source
   */
  void leaveOutOf(List<ParseContext.Document> documents) {
    Map<String, Queue<Held>> held = held(documents);
    if (held.isEmpty()) {
      return;
    }
    List<IndexableField> fields = documents.get(documents.size() - 1).getFields();
    for (int i = 0; i < fields.size(); i++) {
      String name = fields.get(i).name();
      BytesRef source = isSource(name) ? fields.get(i).binaryValue() : null;
      BytesRef rest = source == null ? null : rest(source, held);
      if (rest != null) {
        fields.set(i, new StoredField(name, rest));
      }
    }
  }

  static boolean isSource(String field) {
    return SourceFieldMapper.NAME.equals(field)
        || SourceFieldMapper.RECOVERY_SOURCE_NAME.equals(field);
  }

  /** What a document before the last one holds of a field. */
  private record Held(int distance, IndexableField field) {}

  private Map<String, Queue<Held>> held(List<ParseContext.Document> documents) {
    Map<String, Queue<Held>> held = new HashMap<>();
    for (int i = 0; i < documents.size(); i++) {
      for (IndexableField field : documents.get(i)) {
        if (types.apply(field.name()) != null) {
          held.computeIfAbsent(field.name(), name -> new ArrayDeque<>())
              .add(new Held(documents.size() - 1 - i, field));
        }
      }
    }
    return held;
  }

  /** The vector of a value. */
  private record Vector(VectorFieldType type, Part part) {}

  /**
   * What stays of a source, or null when that is all. Documents that hold one field all have the
   * same depth, so that they stand in the order of the source.
   */
  private BytesRef rest(BytesRef source, Map<String, Queue<Held>> held) {
    List<Vector> vectors = new ArrayList<>();
    Map<String, Integer> counts = new HashMap<>();
    try {
      new FieldValues(types)
          .visit(
              new JsonCursor(source),
              (type, value) -> {
                vectors.add(new Vector(type, value.vector(source.bytes, type.derivedKey())));
                counts.merge(type.name(), 1, Integer::sum);
              });
    } catch (IllegalArgumentException e) {
      return null; // no plain JSON
    }
    Map<String, Queue<Held>> left = new HashMap<>();
    held.forEach(
        (field, all) -> {
          if (counts.getOrDefault(field, 0) == all.size()) {
            left.put(field, new ArrayDeque<>(all));
          }
        });
    return left.isEmpty() ? null : write(source, vectors, left);
  }

  private static BytesRef write(
      BytesRef source, List<Vector> vectors, Map<String, Queue<Held>> left) {
    SplicedSource rest = new SplicedSource(source);
    for (Vector vector : vectors) {
      Queue<Held> all = left.get(vector.type.name());
      Held held = all == null ? null : all.remove();
      if (held != null
          && vector.part != null
          && vector.type.derives(vector.part.text(source.bytes), held.field)) {
        rest.replace(vector.part, Mark.of(held.distance));
      }
    }
    return rest.spliced();
  }
}
