package io.trident.query.fusion;

import io.trident.models.api.Excerpt;
import io.trident.query.mapper.TokenVectorsFieldMapper;
import io.trident.query.mapper.VectorFieldType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
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
            + "] must have [diversify] by a [field] of vectors, got ["
            + Excerpt.of(field)
            + "], which is "
            + (type == null ? "not mapped" : "of type [" + type.typeName() + "]"));
  }

  void setNextReader(LeafReaderContext context) throws IOException {
    leaf = context;
    roots = documents.getBitSet(context);
  }

  /**
   * The vector of a document and the objects in it: a list of numbers, or a map from tokens to
   * numbers; null when it has none.
   */
  Object of(int doc) throws IOException {
    Map<String, Double> sum = new TreeMap<>();
    int first = doc == 0 || roots == null ? 0 : roots.prevSetBit(doc - 1) + 1;
    boolean numbered = false;
    for (int part = first; part <= doc; part++) {
      for (Object value : type.storedValues(leaf.reader(), part)) {
        for (Object vector : vectors(value)) {
          numbered = vector instanceof List;
          add(vector instanceof List<?> list ? numbered(list) : (Map<?, ?>) vector, sum);
        }
      }
    }
    if (sum.isEmpty()) {
      return null;
    }
    Map<String, Object> rounded = new LinkedHashMap<>();
    sum.forEach((key, value) -> rounded.put(key, value.floatValue()));
    return numbered ? List.copyOf(rounded.values()) : rounded;
  }

  private Collection<?> vectors(Object value) {
    return type.typeName().equals(TokenVectorsFieldMapper.CONTENT_TYPE)
        ? (Collection<?>) ((Map<?, ?>) value).get(TokenVectorsFieldMapper.VECTORS)
        : List.of(value);
  }

  /** The dimensions as keys whose order is theirs. */
  private static Map<String, Object> numbered(List<?> vector) {
    Map<String, Object> numbered = new LinkedHashMap<>();
    for (Object value : new ArrayList<>(vector)) {
      numbered.put(String.valueOf((char) numbered.size()), value);
    }
    return numbered;
  }

  private static void add(Map<?, ?> vector, Map<String, Double> sum) {
    double squares = 0;
    for (Object value : vector.values()) {
      squares += Math.pow(((Number) value).doubleValue(), 2);
    }
    double length = squares == 0 ? 1 : Math.sqrt(squares);
    vector.forEach(
        (key, value) ->
            sum.merge((String) key, ((Number) value).doubleValue() / length, Double::sum));
  }
}
