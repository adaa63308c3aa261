/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import io.trident.models.api.Encoding;
import io.trident.models.api.Representation;
import io.trident.models.api.SparseVector;
import io.trident.models.api.TokenVectors;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Where vectors are written to; null for a representation that is not wanted.
 *
 * @param sparse the path of an {@code impact_vector}
 * @param dense the path of a {@code dense_vector}
 * @param tokens the path of a {@code token_vectors}
 */
record EncodeTargets(String sparse, String dense, String tokens) {

  /**
   * Between these a vector's largest number lies when it is written by two bytes: all numbers of it
   * that matter are normal ones then. A vector of length 1 has one of at least 1/32.
   */
  private static final float MIN_HALF = 1f / 256;

  private static final float MAX_HALF = 1 << 15;

  private static final String VECTORS = "vectors";

  /** A number in a list. */
  private static final int BYTES_PER_NUMBER = 20;

  /** A token and its weight in a map. */
  private static final int BYTES_PER_IMPACT = 100;

  /** The representations that are wanted. */
  Set<Representation> representations() {
    Set<Representation> wanted = EnumSet.noneOf(Representation.class);
    if (sparse != null) {
      wanted.add(Representation.SPARSE);
    }
    if (dense != null) {
      wanted.add(Representation.DENSE);
    }
    if (tokens != null) {
      wanted.add(Representation.TOKENS);
    }
    return wanted;
  }

  /** The paths that are written to. */
  List<String> paths() {
    return Stream.of(sparse, dense, tokens).filter(Objects::nonNull).toList();
  }

  /**
   * An encoding's vectors by their paths, as the field types take them. A text without a token has
   * no dense vector. What is an object stands in an array: where a document is updated with a part
   * of it, objects are merged, and arrays replaced.
   *
   * @param units the number of the first token vector of each unit, or null to write none
   * @param codes gives the text of token vectors that are written as their codes, else null
   */
  Map<String, Object> values(Encoding encoding, int[] units, Function<TokenVectors, String> codes) {
    Map<String, Object> values = new LinkedHashMap<>();
    if (sparse != null) {
      values.put(sparse, List.of(impacts(encoding.sparse())));
    }
    if (dense != null) {
      values.put(dense, isZero(encoding.dense()) ? null : list(encoding.dense()));
    }
    if (tokens != null) {
      values.put(tokens, List.of(tokenVectors(encoding.tokens(), units, codes)));
    }
    return values;
  }

  /** About how many bytes of heap what was written for an encoding takes. */
  long bytes(Encoding encoding, Map<String, Object> values) {
    long bytes = 0;
    if (sparse != null) {
      bytes += BYTES_PER_IMPACT * (long) encoding.sparse().size();
    }
    if (dense != null) {
      bytes += BYTES_PER_NUMBER * (long) encoding.dense().length;
    }
    if (tokens != null) {
      Map<?, ?> value = (Map<?, ?>) ((List<?>) values.get(tokens)).get(0);
      bytes += ((String) value.get(VECTORS)).length();
      bytes += encoding.tokens().count() * 3L * BYTES_PER_NUMBER;
    }
    return bytes;
  }

  private static boolean isZero(float[] vector) {
    for (float value : vector) {
      if (value != 0) {
        return false;
      }
    }
    return true;
  }

  private static Map<String, Object> impacts(SparseVector vector) {
    Map<String, Object> impacts = new LinkedHashMap<>();
    for (int i = 0; i < vector.size(); i++) {
      impacts.put(vector.tokens().get(i), vector.weight(i));
    }
    return impacts;
  }

  private static List<Object> list(float[] values) {
    List<Object> list = new ArrayList<>(values.length);
    for (float value : values) {
      list.add(value);
    }
    return list;
  }

  private static List<Object> list(int[] values) {
    return Arrays.stream(values).<Object>mapToObj(value -> value).toList();
  }

  /**
   * The bits of numbers: as decimals they would be longer, and each be printed and parsed. Two
   * bytes per number, which are right to 1/2048, where no vector is too long or too short for that,
   * else four.
   */
  private static String base64(TokenVectors vectors) {
    float[] values = vectors.values();
    int length = vectors.count() * vectors.dimension();
    boolean halves = fitsHalves(values, length, vectors.dimension());
    int width = halves ? Short.BYTES : Float.BYTES;
    ByteBuffer bytes = ByteBuffer.allocate(length * width).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < length; i++) {
      if (halves) {
        bytes.putShort(Float.floatToFloat16(values[i]));
      } else {
        bytes.putFloat(values[i]);
      }
    }
    return (halves ? "float16:" : "") + Base64.getEncoder().encodeToString(bytes.array());
  }

  private static boolean fitsHalves(float[] values, int length, int dimension) {
    for (int from = 0; from < length; from += dimension) {
      float largest = 0;
      for (int i = from; i < from + dimension; i++) {
        largest = Math.max(largest, Math.abs(values[i]));
      }
      if (largest < MIN_HALF || largest > MAX_HALF) {
        return false;
      }
    }
    return true;
  }

  /**
   * A value of a field of token vectors.
   *
   * @param units the first vector of each unit, or null
   */
  static Map<String, Object> tokenVectors(
      TokenVectors vectors, int[] units, Function<TokenVectors, String> codes) {
    Map<String, Object> value = new LinkedHashMap<>();
    String coded = codes.apply(vectors);
    value.put(VECTORS, coded == null ? base64(vectors) : coded);
    if (coded == null) {
      value.put("token_ids", list(vectors.tokenIds()));
    }
    value.put("starts", list(vectors.starts()));
    value.put("ends", list(vectors.ends()));
    if (units != null) {
      value.put("units", list(units));
    }
    return value;
  }
}
