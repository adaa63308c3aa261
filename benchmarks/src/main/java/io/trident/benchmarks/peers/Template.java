/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.peers;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.benchmarks.vectors.Item;
import io.trident.benchmarks.vectors.SparseVector;
import io.trident.cluster.Api;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * JSON in which strings stand for what a document or query has: {@code "{{text}}"}, {@code
 * "{{sparse}}"}, {@code "{{dense}}"}, {@code "{{tokens}}"}, {@code "{{tokens_base64}}"} for the
 * token vectors as base64 of 32-bit floats, {@code "{{token_ids}}"} and {@code "{{group}}"}, {@code
 * "{{features}}"} for the sparse vector as one {@code rank_feature} query per token of the field
 * {@code s}, and {@code "{{k}}"} for how many hits are wanted. Immutable.
 */
final class Template {

  private static final int DIGITS = 14;

  private final String json;

  Template(JsonNode json) {
    this.json = json.toString();
  }

  /** The JSON of one document or query. */
  String fill(Item item, int k) throws IOException {
    String filled = json;
    if (has("text")) {
      filled = filled.replace(mark("text"), Api.JSON.writeValueAsString(item.text()));
    }
    if (has("sparse")) {
      filled = filled.replace(mark("sparse"), item.sparse().json());
    }
    if (has("features")) {
      filled = filled.replace(mark("features"), features(item.sparse()));
    }
    if (has("dense")) {
      filled = filled.replace(mark("dense"), json(item.dense()));
    }
    if (has("tokens")) {
      filled = filled.replace(mark("tokens"), json(item.tokens().vectors()));
    }
    if (has("tokens_base64")) {
      filled = filled.replace(mark("tokens_base64"), '"' + base64(item.tokens().vectors()) + '"');
    }
    if (has("token_ids")) {
      filled = filled.replace(mark("token_ids"), Arrays.toString(item.tokens().ids()));
    }
    return filled
        .replace(mark("group"), Integer.toString(item.group()))
        .replace(mark("k"), Integer.toString(k));
  }

  /** Whether it wants something of a document or query, by name. */
  boolean has(String name) {
    return json.contains(mark(name));
  }

  private static String mark(String name) {
    return "\"{{" + name + "}}\"";
  }

  private static String features(SparseVector vector) {
    List<String> queries = new ArrayList<>();
    for (int i = 0; i < vector.tokens().length; i++) {
      queries.add(
          "{\"rank_feature\":{\"field\":\"s."
              + vector.tokens()[i]
              + "\",\"linear\":{},\"boost\":"
              + vector.weights()[i]
              + "}}");
    }
    return queries.toString();
  }

  private static String json(float[] vector) {
    StringBuilder json = new StringBuilder(vector.length * DIGITS);
    append(json, vector);
    return json.toString();
  }

  private static String json(float[][] vectors) {
    StringBuilder json = new StringBuilder(vectors.length * vectors[0].length * DIGITS).append('[');
    for (int i = 0; i < vectors.length; i++) {
      json.append(i == 0 ? "" : ",");
      append(json, vectors[i]);
    }
    return json.append(']').toString();
  }

  private static String base64(float[][] vectors) {
    ByteBuffer bits =
        ByteBuffer.allocate(vectors.length * vectors[0].length * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    for (float[] vector : vectors) {
      for (float value : vector) {
        bits.putFloat(value);
      }
    }
    return Base64.getEncoder().encodeToString(bits.array());
  }

  private static void append(StringBuilder json, float[] vector) {
    json.append('[');
    for (int i = 0; i < vector.length; i++) {
      json.append(i == 0 ? "" : ",").append(vector[i]);
    }
    json.append(']');
  }
}
