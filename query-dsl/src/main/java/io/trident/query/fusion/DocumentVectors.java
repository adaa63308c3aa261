/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.models.api.Excerpt;
import io.trident.query.mapper.TokenVectorsFieldMapper;
import io.trident.query.mapper.VectorFieldType;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.join.BitSetProducer;
import org.apache.lucene.util.BitSet;
import org.opensearch.common.lucene.search.Queries;
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.search.lookup.SourceLookup;

/**
 * Reads one vector per document from the index: that of a field, or, of several vectors, the sum of
 * their directions, which has the greatest mean cosine to them. A document has several in {@code
 * token_vectors}, and when the field is in nested objects. Not thread-safe.
 */
final class DocumentVectors {

  private final VectorFieldType type;
  private final BitSetProducer documents;
  private LeafReaderContext leaf;
  private BitSet roots;

  private DocumentVectors(VectorFieldType type, BitSetProducer documents) {
    this.type = type;
    this.documents = documents;
  }

  /** Reads a field of an index. */
  static DocumentVectors of(String field, QueryShardContext context) {
    MappedFieldType type = context.fieldMapper(field);
    if (type instanceof VectorFieldType vectors) {
      return new DocumentVectors(vectors, context.bitsetFilter(Queries.newNonNestedFilter()));
    }
    throw new IllegalArgumentException(
        "["
            + FusionQueryBuilder.NAME
            + "] must have [collapse] and [diversify] by a [field] of vectors, got ["
            + Excerpt.of(field)
            + "], which is "
            + (type == null ? "not mapped" : "of type [" + type.typeName() + "]"));
  }

  void setNextReader(LeafReaderContext context) throws IOException {
    leaf = context;
    roots = documents.getBitSet(context);
  }

  /**
   * The vector of a document and the objects in it, by what looks up its source: a list of numbers,
   * or a map from tokens to numbers; null when it has none.
   */
  Object of(SourceLookup source) throws IOException {
    int doc = source.docId();
    TreeMap<Object, Double> sum = new TreeMap<>(); // by token or by dimension
    int first = doc == 0 || roots == null ? 0 : roots.prevSetBit(doc - 1) + 1;
    for (Object value : type.storedValues(leaf.reader(), first, source)) {
      for (Object vector : vectors(value)) {
        add(vector instanceof List<?> list ? byDimension(list) : (Map<?, ?>) vector, sum);
      }
    }
    if (sum.isEmpty()) {
      return null;
    }
    if (sum.firstKey() instanceof Integer) {
      return sum.values().stream().map(Double::floatValue).toList();
    }
    Map<String, Object> weights = new LinkedHashMap<>();
    sum.forEach((token, weight) -> weights.put((String) token, weight.floatValue()));
    return weights;
  }

  private Collection<?> vectors(Object value) {
    return type.typeName().equals(TokenVectorsFieldMapper.CONTENT_TYPE)
        ? (Collection<?>) ((Map<?, ?>) value).get(TokenVectorsFieldMapper.VECTORS)
        : List.of(value);
  }

  private static Map<Integer, Object> byDimension(List<?> vector) {
    Map<Integer, Object> values = new HashMap<>();
    vector.forEach(value -> values.put(values.size(), value));
    return values;
  }

  private static void add(Map<?, ?> vector, Map<Object, Double> sum) {
    double squares = 0;
    for (Object value : vector.values()) {
      squares += Math.pow(((Number) value).doubleValue(), 2);
    }
    double length = squares == 0 ? 1 : Math.sqrt(squares);
    vector.forEach(
        (key, value) -> sum.merge(key, ((Number) value).doubleValue() / length, Double::sum));
  }
}
