/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.mapper;

import io.trident.codec.tokenvectors.TokenVectorsField;
import io.trident.models.api.Excerpt;
import io.trident.models.api.TokenVectors;
import java.util.List;
import java.util.Map;

/**
 * Reads a value of {@code token_vectors} from the source of a document before it is indexed, in the
 * forms that {@link TokenVectorsFieldMapper} takes. Immutable.
 *
 * @param field the field's path
 * @param dimension of its vectors
 */
public record TokenValue(String field, int dimension) {

  private static final List<String> KEYS =
      List.of(
          TokenVectorsFieldMapper.VECTORS,
          TokenVectorsFieldMapper.TOKEN_IDS,
          TokenVectorsFieldMapper.STARTS,
          TokenVectorsFieldMapper.ENDS);

  /** A value of a field with that mapping, which must be one of {@code token_vectors}. */
  public static TokenValue of(String field, Map<String, Object> mapping) {
    if (TokenVectorsFieldMapper.CONTENT_TYPE.equals(mapping.get("type")) == false) {
      throw new IllegalArgumentException(
          "field ["
              + field
              + "] must be mapped as ["
              + TokenVectorsFieldMapper.CONTENT_TYPE
              + "] before its first document comes, got the type ["
              + mapping.get("type")
              + "]");
    }
    return new TokenValue(field, Integer.parseInt(String.valueOf(mapping.get("dimension"))));
  }

  /**
   * The vectors, with zeros for ids and places that are not given; null when they are codes.
   *
   * @param value what JSON was read into
   */
  public TokenVectors read(Object value) {
    Object only = value instanceof List<?> list && list.size() == 1 ? list.get(0) : value;
    if (only instanceof Map<?, ?> object) {
      return read(object);
    }
    return vectors(value, Map.of());
  }

  private TokenVectors read(Map<?, ?> object) {
    if (KEYS.containsAll(object.keySet()) == false) {
      throw new IllegalArgumentException(
          "field ["
              + field
              + "] must have no keys but "
              + KEYS
              + ", got ["
              + Excerpt.of(object.keySet())
              + "]");
    }
    Object vectors = object.isEmpty() ? List.of() : object.get(TokenVectorsFieldMapper.VECTORS);
    if (vectors instanceof String text) {
      return TokenCodes.is(text) ? null : tokens(parser().parseBase64(text, dimension), object);
    }
    return vectors(vectors, object);
  }

  private TokenVectors vectors(Object value, Map<?, ?> object) {
    if (value instanceof List<?> rows) {
      checkCount(rows.size());
      return tokens(rows.stream().map(row -> parser().readVector(row, dimension)).toList(), object);
    }
    throw new IllegalArgumentException(
        "field [" + field + "] must be an array of vectors, got [" + Excerpt.of(value) + "]");
  }

  private TokenVectors tokens(List<float[]> vectors, Map<?, ?> object) {
    checkCount(vectors.size());
    float[] flat = new float[vectors.size() * dimension];
    for (int i = 0; i < vectors.size(); i++) {
      System.arraycopy(vectors.get(i), 0, flat, i * dimension, dimension);
    }
    int[] ids = numbers(object, TokenVectorsFieldMapper.TOKEN_IDS, vectors.size());
    int[] starts = numbers(object, TokenVectorsFieldMapper.STARTS, vectors.size());
    int[] ends = numbers(object, TokenVectorsFieldMapper.ENDS, vectors.size());
    try {
      return new TokenVectors(dimension, flat, ids, starts, ends);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("field [" + field + "]: " + e.getMessage(), e);
    }
  }

  private int[] numbers(Map<?, ?> object, String key, int count) {
    if (object.containsKey(key) == false) {
      return new int[count];
    }
    if (object.get(key) instanceof List<?> numbers
        && numbers.size() == count
        && numbers.stream().allMatch(Integer.class::isInstance)) {
      return numbers.stream().mapToInt(Integer.class::cast).toArray();
    }
    throw new IllegalArgumentException(
        "field ["
            + field
            + "] must have one whole number in ["
            + key
            + "] per vector, got ["
            + Excerpt.of(object.get(key))
            + "] for ["
            + count
            + "] vectors");
  }

  private void checkCount(int count) {
    if (count > TokenVectorsField.MAX_TOKENS) {
      throw new IllegalArgumentException(
          "field ["
              + field
              + "] must have at most "
              + TokenVectorsField.MAX_TOKENS
              + " vectors, got ["
              + count
              + "]");
    }
  }

  private VectorParser parser() {
    return new VectorParser("field [" + field + "]");
  }
}
