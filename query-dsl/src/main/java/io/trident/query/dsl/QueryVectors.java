/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import io.trident.models.api.TokenVectors;
import io.trident.query.mapper.TokenVectorsFieldMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;

/**
 * The vectors of a {@code max_sim}. The arrays are not copied.
 *
 * @param dimension dimensions of each, at least 1
 * @param values the vectors one after the other
 * @param ids the id of each vector's token, or none at all
 * @param words the part of the text that each vector stands for, or none at all
 */
record QueryVectors(int dimension, float[] values, int[] ids, List<String> words) {

  private static final int[] NO_IDS = {};

  /** Vectors that are all of one dimension, and of which nothing else is known. */
  static QueryVectors of(float[][] rows) {
    return new QueryVectors(rows[0].length, flat(rows), NO_IDS, List.of());
  }

  /** What a model made of a text. */
  static QueryVectors of(TokenVectors tokens, String text) {
    List<String> words = new ArrayList<>();
    for (int i = 0; i < tokens.count(); i++) {
      words.add(text.substring(tokens.starts()[i], tokens.ends()[i])); // empty for a marker
    }
    return new QueryVectors(tokens.dimension(), tokens.values(), tokens.tokenIds(), words);
  }

  /** What a field gives as its stored value. */
  static QueryVectors stored(Map<?, ?> value) {
    float[][] rows =
        StoredVectors.list(value.get(TokenVectorsFieldMapper.VECTORS)).stream()
            .map(StoredVectors::numbers)
            .toArray(float[][]::new);
    int[] ids =
        StoredVectors.list(value.get(TokenVectorsFieldMapper.TOKEN_IDS)).stream()
            .mapToInt(id -> ((Number) id).intValue())
            .toArray();
    return new QueryVectors(rows[0].length, flat(rows), ids, Collections.nCopies(rows.length, ""));
  }

  private static float[] flat(float[][] rows) {
    float[] values = new float[rows.length * rows[0].length];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, values, i * rows[0].length, rows[0].length);
    }
    return values;
  }

  /** The same vectors, of tokens with these ids. */
  QueryVectors withIds(int[] tokenIds) {
    return new QueryVectors(dimension, values, tokenIds, words);
  }

  /** The vectors of several, of one dimension, side by side. */
  static QueryVectors all(List<QueryVectors> parts) {
    float[] values = new float[parts.stream().mapToInt(part -> part.values.length).sum()];
    int[] ids = parts.stream().flatMapToInt(part -> Arrays.stream(part.ids)).toArray();
    List<String> words = parts.stream().flatMap(part -> part.words.stream()).toList();
    int next = 0;
    for (QueryVectors part : parts) {
      System.arraycopy(part.values, 0, values, next, part.values.length);
      next += part.values.length;
    }
    return new QueryVectors(parts.get(0).dimension, values, ids, words);
  }

  /** Whether vectors and ids are equal; words tell no queries apart. */
  boolean same(QueryVectors other) {
    return dimension == other.dimension
        && Arrays.equals(values, other.values)
        && Arrays.equals(ids, other.ids);
  }

  void toXContent(XContentBuilder builder) throws IOException {
    builder.startArray(TokenVectorsFieldMapper.VECTORS);
    for (int start = 0; start < values.length; start += dimension) {
      builder.value(Arrays.copyOfRange(values, start, start + dimension));
    }
    builder.endArray();
    if (ids.length > 0) {
      builder.array(TokenVectorsFieldMapper.TOKEN_IDS, ids);
    }
  }

  static QueryVectors read(StreamInput in) throws IOException {
    return new QueryVectors(
        in.readVInt(), in.readFloatArray(), in.readVIntArray(), in.readStringList());
  }

  void write(StreamOutput out) throws IOException {
    out.writeVInt(dimension);
    out.writeFloatArray(values);
    out.writeVIntArray(ids);
    out.writeStringCollection(words);
  }
}
