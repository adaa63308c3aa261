/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.mapper;

import io.trident.codec.impacts.ImpactVectorField;
import io.trident.models.api.Excerpt;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.apache.lucene.util.UnicodeUtil;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;

/**
 * Reads vectors from JSON, for fields and for queries, and says what is wrong with those that are
 * none.
 *
 * @param subject whose vectors are read, such as {@code field [title]}; messages begin with it
 */
public record VectorParser(String subject) {

  /** Begins a text of numbers of two bytes. */
  private static final String HALVES = "float16:";

  /**
   * Reads a vector of a known dimension; the parser stands on the start of the array.
   *
   * @param dimension how many finite numbers the vector must have
   */
  public float[] parseVector(XContentParser parser, int dimension) throws IOException {
    float[] vector = parseVectorOrNone(parser, dimension);
    if (vector == null) {
      throw refused("a vector must have " + dimension + " dimensions", 0);
    }
    return vector;
  }

  /** Reads a vector of a known dimension, or null for an empty array. */
  float[] parseVectorOrNone(XContentParser parser, int dimension) throws IOException {
    float[] vector = new float[dimension];
    int count = parseNumbers(parser, vector);
    if (count != dimension && count != 0) {
      throw refused("a vector must have " + dimension + " dimensions", count);
    }
    return count == 0 ? null : vector;
  }

  /**
   * Reads a vector of any dimension from 1; the parser stands on the start of the array.
   *
   * @param maxDimension the most finite numbers that the vector may have
   */
  public float[] parseVectorUpTo(XContentParser parser, int maxDimension) throws IOException {
    float[] vector = new float[maxDimension];
    return Arrays.copyOf(vector, checkDimension(parseNumbers(parser, vector), maxDimension));
  }

  /**
   * Reads vectors that come as one text: the bits of all their numbers, four bytes each, the lowest
   * first, in base64, or two bytes each behind {@code float16:}.
   *
   * @param dimension of each vector
   */
  List<float[]> parseBase64(String text, int dimension) {
    FloatBuffer numbers = decode(text);
    List<float[]> vectors = new ArrayList<>();
    while (numbers.hasRemaining()) {
      if (numbers.remaining() < dimension) {
        throw refused("a vector must have " + dimension + " dimensions", numbers.remaining());
      }
      float[] vector = new float[dimension];
      numbers.get(vector);
      checkFinite(vector);
      vectors.add(vector);
    }
    return vectors;
  }

  private FloatBuffer decode(String text) {
    return text.startsWith(HALVES)
        ? floats(decode(text.substring(HALVES.length()), Short.BYTES).asShortBuffer())
        : decode(text, Float.BYTES).asFloatBuffer();
  }

  private ByteBuffer decode(String text, int width) {
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw refused("vectors must be an array or base64", e.getMessage());
    }
    if (bytes.length % width != 0) {
      throw refused(
          "vectors in base64 must have " + width + " bytes per number", bytes.length + " bytes");
    }
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static FloatBuffer floats(ShortBuffer halves) {
    float[] floats = new float[halves.remaining()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = Float.float16ToFloat(halves.get(i));
    }
    return FloatBuffer.wrap(floats);
  }

  /** Refuses a dimension that is not from 1 to a maximum. */
  public int checkDimension(int dimension, int maxDimension) {
    if (dimension < 1 || dimension > maxDimension) {
      throw refused("a vector must have 1 to " + maxDimension + " dimensions", dimension);
    }
    return dimension;
  }

  /**
   * Reads a vector of a known dimension from what JSON was read into.
   *
   * @param dimension how many finite numbers the vector must have
   */
  float[] readVector(Object value, int dimension) {
    if (value instanceof List<?> == false) {
      throw refused("a vector must be an array of numbers", value);
    }
    List<?> numbers = (List<?>) value;
    if (numbers.size() != dimension) {
      throw refused("a vector must have " + dimension + " dimensions", numbers.size());
    }
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      if (numbers.get(i) instanceof Number == false) {
        throw refused("element [" + i + "] of a vector must be a number", numbers.get(i));
      }
      vector[i] = ((Number) numbers.get(i)).floatValue();
    }
    checkFinite(vector);
    return vector;
  }

  /** Reads an array; counts numbers that do not fit the vector, but drops them. */
  private int parseNumbers(XContentParser parser, float[] vector) throws IOException {
    if (parser.currentToken() != Token.START_ARRAY) {
      throw refused("a vector must be an array of numbers", parser.currentToken());
    }
    int count = 0;
    for (Token token = parser.nextToken(); token != Token.END_ARRAY; token = parser.nextToken()) {
      if (token != Token.VALUE_NUMBER) {
        throw refused("element [" + count + "] of a vector must be a number", token);
      }
      float value = parser.floatValue();
      checkFinite(value, count);
      if (count < vector.length) {
        vector[count] = value;
      }
      count++;
    }
    return count;
  }

  private void checkFinite(float value, int index) {
    if (Float.isFinite(value) == false) {
      throw refused("element [" + index + "] of a vector must be finite", value);
    }
  }

  /** Refuses numbers that are not finite. */
  public void checkFinite(float[] values) {
    for (int i = 0; i < values.length; i++) {
      checkFinite(values[i], i);
    }
  }

  /**
   * Refuses vectors whose squared length overflows a float, and with the cosine those that have
   * none or one so small that it is lost.
   */
  public void checkLength(float[] vector, boolean cosine) {
    float squaredLength = 0;
    for (float value : vector) {
      squaredLength += value * value;
    }
    if (Float.isFinite(squaredLength) == false) {
      throw refused("the squared length of a vector must be finite", squaredLength);
    }
    if (cosine && squaredLength == 0) {
      throw refused(
          "a vector must not be all zeros with cosine similarity: its squared length must be positive",
          squaredLength);
    }
  }

  /**
   * Reads an object of tokens and weights into a map, where a token keeps its largest weight; the
   * parser stands on the start of the object. A weight of 0 says that the token is absent.
   */
  public void parseWeights(XContentParser parser, Map<String, Float> weights) throws IOException {
    parseWeights(parser, weights, false);
  }

  /** Reads such an object, where null may say, too, that a token is absent. */
  void parseWeights(XContentParser parser, Map<String, Float> weights, boolean nullIsAbsent)
      throws IOException {
    while (parser.nextToken() != Token.END_OBJECT) {
      String token = parser.currentName();
      Token value = parser.nextToken();
      if (nullIsAbsent && value == Token.VALUE_NULL) {
        continue;
      }
      if (value != Token.VALUE_NUMBER) {
        throw refused(
            "the weight of token [" + Excerpt.of(token) + "] must be a number",
            value == Token.VALUE_STRING ? parser.text() : value);
      }
      addWeight(token, parser.floatValue(), weights);
    }
  }

  /** Adds the weight of a token to a map, where it keeps its largest weight. */
  public void addWeight(String token, float weight, Map<String, Float> weights) {
    if (weight >= 0 == false || Float.isInfinite(weight)) {
      throw refused(
          "the weight of token [" + Excerpt.of(token) + "] must not be negative and must be finite",
          weight);
    }
    checkToken(token);
    if (weight > 0) {
      weights.merge(token, weight, Math::max);
    }
  }

  /** Refuses a token that is empty, or too long for an index. */
  public void checkToken(String token) {
    int length = UnicodeUtil.calcUTF16toUTF8Length(token, 0, token.length());
    if (length == 0 || length > ImpactVectorField.MAX_TOKEN_BYTES) {
      throw refused(
          "a token must have 1 to " + ImpactVectorField.MAX_TOKEN_BYTES + " bytes", length);
    }
  }

  /** Refuses more tokens than a sparse vector may have. */
  public void checkTokens(int tokens) {
    if (tokens > ImpactVectorFieldMapper.MAX_TOKENS) {
      throw refused("must have at most " + ImpactVectorFieldMapper.MAX_TOKENS + " tokens", tokens);
    }
  }

  private IllegalArgumentException refused(String expected, Object got) {
    return new IllegalArgumentException(
        subject + ": " + expected + ", got [" + Excerpt.of(got) + "]");
  }
}
