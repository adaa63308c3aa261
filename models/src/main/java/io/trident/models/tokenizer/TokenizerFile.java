/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.tokenizer;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A {@code tokenizer.json}, read before the native library reads it. Its vocabulary is read token
 * by token and its merges are counted, since a tree of them would take a hundred bytes for each;
 * what is left says how texts are taken apart, and is small.
 */
final class TokenizerFile {

  /** The largest part of published files but for those that are lists is a map of 300 kB. */
  private static final int MAX_PART_BYTES = 1 << 20;

  /** Published vocabularies have some thousand; the native library keeps an automaton of them. */
  private static final int MAX_ADDED = 1 << 16;

  /** The key of what is joined. */
  static final String MERGES = "merges";

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY).build();

  private final byte[] json;
  private final ObjectNode steps = JSON.createObjectNode();
  private final List<JsonNode> added = new ArrayList<>();
  private Vocabulary vocabulary;

  private TokenizerFile(byte[] json) {
    this.json = json;
  }

  /**
   * Reads a file.
   *
   * @throws IOException when it is no JSON
   * @throws IllegalArgumentException when it has no vocabulary, or too much of something
   */
  static TokenizerFile read(byte[] json) throws IOException {
    TokenizerFile file = new TokenizerFile(json);
    try (JsonParser parser = JSON.createParser(json)) {
      file.read(parser);
    }
    if (file.vocabulary == null) {
      throw new IllegalArgumentException("must have a [model.vocab]");
    }
    file.added.forEach(file.vocabulary::add);
    return file;
  }

  Vocabulary vocabulary() {
    return vocabulary;
  }

  /** All but the vocabulary and the added tokens, with the number of merges. */
  JsonNode steps() {
    return steps;
  }

  private void read(JsonParser parser) throws IOException {
    parser.nextToken();
    for (String name = next(parser); name != null; name = next(parser)) {
      if (name.equals("model") && parser.currentToken() == JsonToken.START_OBJECT) {
        model(parser);
      } else if (name.equals("added_tokens") && parser.currentToken() == JsonToken.START_ARRAY) {
        added(parser);
      } else {
        put(steps, name, part(parser));
      }
    }
  }

  private void model(JsonParser parser) throws IOException {
    ObjectNode model = JSON.createObjectNode();
    for (String name = next(parser); name != null; name = next(parser)) {
      switch (name) {
        case "vocab" -> vocabulary(parser);
        case MERGES -> model.put(MERGES, merges(parser));
        default -> put(model, name, part(parser));
      }
    }
    put(steps, "model", model);
  }

  /** The name of the next key, with the parser at its value; null at the end of the object. */
  private static String next(JsonParser parser) throws IOException {
    String name = parser.nextFieldName();
    if (name != null) {
      parser.nextToken();
    } else if (parser.currentToken() != JsonToken.END_OBJECT) {
      throw new IllegalArgumentException("must be an object");
    }
    return name;
  }

  private static void put(ObjectNode object, String name, JsonNode value) {
    if (object.replace(name, value) != null) {
      throw new IllegalArgumentException("must have [" + name + "] once");
    }
  }

  /** What is small, as a tree. */
  private JsonNode part(JsonParser parser) throws IOException {
    long start = parser.currentTokenLocation().getByteOffset();
    parser.skipChildren();
    parser.finishToken();
    long end = parser.currentLocation().getByteOffset();
    if (start < 0 || end - start > MAX_PART_BYTES) {
      throw new IllegalArgumentException(
          "must be in UTF-8, with parts of at most ["
              + MAX_PART_BYTES
              + "] bytes, got ["
              + (end - start)
              + "]");
    }
    return JSON.readTree(json, (int) start, (int) (end - start));
  }

  private void added(JsonParser parser) throws IOException {
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      added.add(part(parser));
      if (added.size() > MAX_ADDED) {
        throw new IllegalArgumentException("must have at most [" + MAX_ADDED + "] added tokens");
      }
    }
  }

  /** How many pairs are joined, of which each takes native memory. */
  private static int merges(JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw new IllegalArgumentException("must have an array of [model.merges]");
    }
    int count = 0;
    for (; parser.nextToken() != JsonToken.END_ARRAY; count++) {
      if (count == Vocabulary.MAX_SIZE) {
        throw new IllegalArgumentException("must have at most [" + count + "] merges, got more");
      }
      parser.skipChildren();
    }
    return count;
  }

  private void vocabulary(JsonParser parser) throws IOException {
    if (vocabulary != null) {
      throw new IllegalArgumentException("must have [model.vocab] once");
    }
    vocabulary = new Vocabulary();
    if (parser.currentToken() == JsonToken.START_OBJECT) { // WordPiece, BPE
      for (String token = next(parser); token != null; token = next(parser)) {
        vocabulary.put(
            parser.currentToken() == JsonToken.VALUE_NUMBER_INT ? parser.getIntValue() : -1, token);
      }
    } else if (parser.currentToken() == JsonToken.START_ARRAY) { // Unigram: a token and its score
      for (int id = 0; parser.nextToken() != JsonToken.END_ARRAY; id++) {
        vocabulary.put(id, scored(parser));
      }
    } else {
      throw new IllegalArgumentException("must have a [model.vocab]");
    }
  }

  /** A token in an array with its score. */
  private static String scored(JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY
        || parser.nextToken() != JsonToken.VALUE_STRING) {
      throw new IllegalArgumentException("must have tokens with scores in [model.vocab]");
    }
    String token = parser.getText();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      parser.skipChildren();
    }
    return token;
  }
}
