package io.trident.query.mapper;

import java.io.IOException;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;

/** Reads arrays of numbers as vectors, and says what is wrong with those that are none. */
final class VectorParser {

  private VectorParser() {}

  /**
   * Reads one vector; the parser stands on the start of the array.
   *
   * @param field the field's name, for messages
   * @param dimension how many finite numbers the vector must have
   */
  static float[] parseVector(XContentParser parser, String field, int dimension)
      throws IOException {
    if (parser.currentToken() != Token.START_ARRAY) {
      throw new IllegalArgumentException(
          "field ["
              + field
              + "] must be an array of "
              + dimension
              + " numbers, got ["
              + parser.currentToken()
              + "]");
    }
    float[] vector = new float[dimension];
    int count = 0;
    for (Token token = parser.nextToken(); token != Token.END_ARRAY; token = parser.nextToken()) {
      if (token != Token.VALUE_NUMBER) {
        throw new IllegalArgumentException(
            "field ["
                + field
                + "]: element ["
                + count
                + "] of a vector must be a number, got ["
                + token
                + "]");
      }
      float value = parser.floatValue();
      if (Float.isFinite(value) == false) {
        throw new IllegalArgumentException(
            "field ["
                + field
                + "]: element ["
                + count
                + "] of a vector must be finite, got ["
                + value
                + "]");
      }
      if (count < dimension) {
        vector[count] = value;
      }
      count++;
    }
    if (count != dimension) {
      throw new IllegalArgumentException(
          "field ["
              + field
              + "]: a vector must have "
              + dimension
              + " dimensions, got ["
              + count
              + "]");
    }
    return vector;
  }

  /** Refuses a vector without direction. */
  static void refuseZero(float[] vector, String field) {
    for (float value : vector) {
      if (value != 0) {
        return;
      }
    }
    throw new IllegalArgumentException(
        "field [" + field + "]: a vector must not be all zeros with cosine similarity");
  }
}
