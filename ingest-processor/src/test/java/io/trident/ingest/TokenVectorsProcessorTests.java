/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import io.trident.models.api.TokenVectors;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.opensearch.OpenSearchParseException;
import org.opensearch.ingest.IngestDocument;
import org.opensearch.test.OpenSearchTestCase;

/** Vectors that come with documents are pooled and coded where they stand. */
public class TokenVectorsProcessorTests extends OpenSearchTestCase {

  private static final int DIMENSION = 3;

  /** A field that takes arrays of vectors, and gives as codes how many there are. */
  private static final class Field implements TargetFields {
    @Override
    public boolean isMapped(String index, String path) {
      return true;
    }

    @Override
    public String codes(String index, String path, TokenVectors vectors) {
      return index + "/" + path + ":" + vectors.count();
    }

    @Override
    public TokenVectors tokenVectors(String index, String path, Object value) {
      if (value instanceof String) {
        return null;
      }
      List<?> rows = (List<?>) value;
      float[] flat = new float[rows.size() * DIMENSION];
      for (int i = 0; i < flat.length; i++) {
        flat[i] = ((Number) ((List<?>) rows.get(i / DIMENSION)).get(i % DIMENSION)).floatValue();
      }
      int[] zeros = new int[rows.size()];
      return new TokenVectors(DIMENSION, flat, zeros, zeros, zeros);
    }
  }

  private static TokenVectorsProcessor processor(Map<String, Object> options) {
    Map<String, Object> config = new HashMap<>(options);
    config.putIfAbsent("field", "patches");
    TokenVectorsProcessor made =
        new TokenVectorsProcessor.Factory(new Field()).create(Map.of(), "tag", null, config);
    assertTrue(config.isEmpty());
    return made;
  }

  private static Map<String, Object> run(Map<String, Object> options, Map<String, Object> source) {
    IngestDocument document =
        new IngestDocument("pages", "1", null, null, null, new HashMap<>(source));
    return processor(options).execute(document).getSourceAndMetadata();
  }

  private static List<Float> row(float... values) {
    List<Float> row = new ArrayList<>();
    for (float value : values) {
      row.add(value);
    }
    return row;
  }

  public void testAlikeVectorsBecomeOne() {
    List<List<Float>> distinct = List.of(row(1, 0, 0), row(0, 1, 0), row(0, 0.5f, -1));
    int copies = randomIntBetween(1, 5);
    List<List<Float>> given = new ArrayList<>();
    Collections.nCopies(copies, distinct).forEach(given::addAll);
    Collections.shuffle(given, random());
    given.add(randomIntBetween(0, given.size()), row(0, 0, 0));
    Object written =
        run(Map.of("pool_factor", copies, "token_format", "float16"), Map.of("patches", given))
            .get("patches");
    Map<?, ?> value = (Map<?, ?>) ((List<?>) written).get(0);
    assertEquals(Set.of("vectors"), value.keySet());
    assertEquals(new TreeSet<>(texts(distinct)), new TreeSet<>(texts(halves(value))));
    assertEquals(distinct.size(), halves(value).size());
  }

  private static List<String> texts(List<List<Float>> rows) {
    return rows.stream().map(List::toString).toList();
  }

  private static List<List<Float>> halves(Map<?, ?> value) {
    String text = value.get("vectors").toString();
    assertTrue(text.startsWith("float16:"));
    ByteBuffer bytes =
        ByteBuffer.wrap(Base64.getDecoder().decode(text.substring("float16:".length())))
            .order(ByteOrder.LITTLE_ENDIAN);
    List<List<Float>> rows = new ArrayList<>();
    while (bytes.hasRemaining()) {
      List<Float> row = new ArrayList<>();
      for (int d = 0; d < DIMENSION; d++) {
        row.add(Float.float16ToFloat(bytes.getShort()));
      }
      rows.add(row);
    }
    return rows;
  }

  public void testWritesCodesOfTheFieldWhereItStands() {
    List<List<Float>> some = List.of(row(1, 0, 0), row(0, 1, 0));
    Map<String, Object> first = new HashMap<>(Map.of("patches", some));
    Map<String, Object> second = new HashMap<>(Map.of("patches", "codes:AA", "title", "t"));
    Map<String, Object> source =
        run(Map.of("field", "pages.patches"), Map.of("pages", List.of(first, second)));
    assertEquals(
        List.of(
            Map.of("patches", List.of(Map.of("vectors", "pages/pages.patches:2"))),
            Map.of("patches", "codes:AA", "title", "t")),
        source.get("pages"));
    assertEquals(
        List.of(Map.of("vectors", "pages/patches:1")),
        run(Map.of("max_vectors", 1), Map.of("patches", some)).get("patches"));
  }

  public void testDocumentsWithoutVectorsPassWhenTheyMay() {
    assertEquals("t", run(Map.of(), Map.of("title", "t")).get("title"));
    IllegalArgumentException refused =
        expectThrows(
            IllegalArgumentException.class,
            () -> run(Map.of("ignore_missing", false), Map.of("title", "t")));
    assertEquals(
        "[token_vectors] must have vectors in [patches], found none", refused.getMessage());
  }

  public void testRefusesWrongOptions() {
    assertRefused(
        Map.of("token_format", "float8"),
        "[token_format] must be one of [codes, float16], got [float8]");
    assertRefused(
        Map.of("pool_factor", 0.5),
        "[pool_factor] a pool factor and the most vectors must be at least [1], got [0.5] and"
            + " [32767]");
  }

  private static void assertRefused(Map<String, Object> options, String message) {
    OpenSearchParseException refused =
        expectThrows(OpenSearchParseException.class, () -> processor(options));
    assertEquals(message, refused.getMessage());
  }
}
