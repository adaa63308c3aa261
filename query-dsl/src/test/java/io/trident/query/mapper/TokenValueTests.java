/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.mapper;

import io.trident.codec.tokenvectors.CodedDocument;
import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import io.trident.models.api.TokenVectors;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.opensearch.test.OpenSearchTestCase;

/** All forms of a value say the same, and what is none is refused. */
public class TokenValueTests extends OpenSearchTestCase {

  private static final int DIMENSION = 8;

  private static final Map<String, Object> MAPPING =
      Map.of("type", "token_vectors", "dimension", DIMENSION);

  private static TokenVectors read(Object value) {
    return TokenValue.of("patches", MAPPING).read(value);
  }

  private static List<List<Object>> rows(float[] flat) {
    List<List<Object>> rows = new ArrayList<>();
    for (int i = 0; i < flat.length; i++) {
      if (i % DIMENSION == 0) {
        rows.add(new ArrayList<>());
      }
      rows.get(i / DIMENSION).add(randomBoolean() ? (Object) flat[i] : (Object) (double) flat[i]);
    }
    return rows;
  }

  private static String base64(float[] flat) {
    ByteBuffer bytes =
        ByteBuffer.allocate(flat.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(flat);
    return Base64.getEncoder().encodeToString(bytes.array());
  }

  public void testAllFormsSayTheSame() {
    int count = randomIntBetween(1, 1_030);
    float[] flat = new float[count * DIMENSION];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = (float) random().nextGaussian();
    }
    int[] ids = random().ints(count, 0, 30_000).toArray();
    List<Integer> list = Arrays.stream(ids).boxed().toList();
    for (Object value :
        List.of(
            rows(flat),
            Map.of("vectors", rows(flat)),
            List.of(Map.of("vectors", rows(flat), "token_ids", list)),
            Map.of("vectors", base64(flat), "token_ids", list, "starts", list, "ends", list))) {
      TokenVectors tokens = read(value);
      assertArrayEquals(flat, tokens.values(), 0);
      boolean hasIds = value.toString().contains("token_ids");
      assertArrayEquals(hasIds ? ids : new int[count], tokens.tokenIds());
      boolean hasPlaces = value.toString().contains("starts");
      assertArrayEquals(hasPlaces ? ids : new int[count], tokens.ends());
    }
  }

  public void testNothingIsNoVector() {
    for (Object value : List.of(List.of(), Map.of(), Map.of("vectors", ""))) {
      assertEquals(0, read(value).count());
    }
  }

  public void testCodesAreLeftAlone() {
    CodedDocument coded =
        CodedDocument.encode(
            TokenVectorsEncoding.BITS_1,
            TokenSimilarity.COSINE,
            DIMENSION,
            new float[] {1, 2, 3, 4, 5, 6, 7, 8},
            new int[1]);
    assertNull(read(Map.of("vectors", TokenCodes.write(coded.value()))));
  }

  public void testRefusesWhatIsNone() {
    List<Object> row = List.of(1, 2, 3, 4, 5, 6, 7, 8);
    assertRefused("x", "field [patches] must be an array of vectors, got [x]");
    assertRefused(
        Map.of("ends", List.of()), "field [patches] must be an array of vectors, got [null]");
    assertRefused(
        Map.of("vector", List.of(row)),
        "field [patches] must have no keys but [vectors, token_ids, starts, ends], got [[vector]]");
    assertRefused(
        List.of(row, List.of(1)), "field [patches]: a vector must have 8 dimensions, got [1]");
    assertRefused(
        List.of(row, 7), "field [patches]: a vector must be an array of numbers, got [7]");
    assertRefused(
        List.of(List.of(1, 2, 3, 4, 5, 6, 7, "8")),
        "field [patches]: element [7] of a vector must be a number, got [8]");
    assertRefused(
        Map.of("vectors", List.of(row), "ends", List.of(1, 2)),
        "field [patches] must have one whole number in [ends] per vector, got [[1, 2]] for [1]"
            + " vectors");
    IllegalArgumentException refused =
        expectThrows(
            IllegalArgumentException.class,
            () -> TokenValue.of("patches", Map.of("type", "float")));
    assertEquals(
        "field [patches] must be mapped as [token_vectors] before its first document comes, got the"
            + " type [float]",
        refused.getMessage());
  }

  private static void assertRefused(Object value, String message) {
    IllegalArgumentException refused =
        expectThrows(IllegalArgumentException.class, () -> read(value));
    assertEquals(message, refused.getMessage());
  }
}
