/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.source;

import io.trident.query.mapper.VectorFieldType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.util.BytesRef;
import org.opensearch.common.xcontent.XContentFactory;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.xcontent.XContentBuilder;

/**
 * Puts vectors of the index where {@link LeftOutVectors} left a {@link Mark} in a stored source.
 *
 * @param reader of the segment that the source is stored in
 * @param types the type of a field of ours, by its path; null for other paths
 */
record RestoredVectors(LeafReader reader, Function<String, VectorFieldType> types) {

  private record MarkedVector(VectorFieldType type, Part mark) {}

  /**
   * The source with its vectors.
   *
   * @param source from the start of an array that it fills, as the answer does
   * @param doc the document that it is stored for
   */
  BytesRef in(BytesRef source, int doc) throws IOException {
    if (Mark.mayBeIn(source) == false) {
      return source;
    }
    SplicedSource whole = new SplicedSource(source);
    for (MarkedVector vector : marked(source)) {
      int distance = Mark.distance(vector.mark.text(source.bytes));
      whole.replace(vector.mark, json(vector.type, doc - distance));
    }
    return whole.spliced();
  }

  /** What is marked in a source; nothing where it is not plain JSON, which is stored as it came. */
  private List<MarkedVector> marked(BytesRef source) {
    List<MarkedVector> marked = new ArrayList<>();
    try {
      new FieldValues(types)
          .visit(
              new JsonCursor(source),
              (type, value) -> {
                Part vector = value.vector(source.bytes, type.derivedKey());
                if (vector != null && Mark.is(vector, source.bytes)) {
                  marked.add(new MarkedVector(type, vector));
                }
              });
    } catch (IllegalArgumentException e) {
      return List.of();
    }
    return marked;
  }

  private String json(VectorFieldType type, int doc) throws IOException {
    Object vector = type.derived(reader, doc);
    if (vector == null) {
      throw new IllegalStateException(
          "the index has no vector of field ["
              + type.name()
              + "] in document ["
              + doc
              + "] of "
              + reader);
    }
    try (XContentBuilder json = XContentFactory.jsonBuilder()) {
      return BytesReference.bytes(json.value(vector)).utf8ToString();
    }
  }
}
