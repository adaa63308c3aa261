/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.mapper;

import io.trident.models.api.Excerpt;
import io.trident.models.api.ModelDescription;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.index.mapper.MapperParsingException;

/**
 * What a mapping says of reduced dimensions. The map stands in the mapping itself, so that all
 * shards have the same one for as long as the index lives, wherever it is restored.
 *
 * @param dimension how many dimensions remain
 * @param map {@link #TRUNCATE}, or the model whose folder the rows were taken from, or null
 * @param rows those of the map, as numbers in base64, or null with {@link #TRUNCATE}
 */
public record ReducedVectors(int dimension, String map, String rows) {

  /** The parameter. */
  static final String REDUCED = "reduced";

  /** Keeps the first dimensions. */
  static final String TRUNCATE = "truncate";

  private static final String DIMENSION = "dimension";
  private static final String MAP = "map";
  private static final String ROWS = "rows";

  /** The most numbers of a map: half a million, 1 MB in halves, all of it in the cluster state. */
  private static final int MAX_NUMBERS = 1 << 19;

  private static final Set<String> KEYS = new TreeSet<>(Set.of(DIMENSION, MAP, ROWS));

  /** The Lucene field with the reduced vectors begins so. It is in no mapping. */
  private static final String PREFIX = "_trident_reduced.";

  /** The Lucene field with the reduced vectors of a field. */
  static String luceneField(String field) {
    return PREFIX + field;
  }

  /** The mapped field that a Lucene field belongs to. */
  static String mappedField(String luceneField) {
    return luceneField.startsWith(PREFIX) ? luceneField.substring(PREFIX.length()) : luceneField;
  }

  /**
   * The model whose map a mapping of a field names without having its rows, or null.
   *
   * @param mapping what the mapping has under the field's name
   */
  public static Object modelWithoutRows(Map<String, Object> mapping) {
    return mapping.get(REDUCED) instanceof Map<?, ?> reduced
            && reduced.containsKey(ROWS) == false
            && TRUNCATE.equals(reduced.get(MAP)) == false
        ? reduced.get(MAP)
        : null;
  }

  /**
   * Adds the rows of a model to such a mapping.
   *
   * @throws MapperParsingException naming the field and the model when that has none
   */
  public static void addRows(String field, Map<String, Object> mapping, ModelDescription model) {
    if (model.reducedMap() == null) {
      throw new MapperParsingException(
          "field ["
              + field
              + "] must name a model in [map] whose folder has the file [reduced.safetensors], got ["
              + model.id()
              + "]");
    }
    Map<String, Object> reduced = new LinkedHashMap<>();
    ((Map<?, ?>) mapping.get(REDUCED)).forEach((key, value) -> reduced.put(key.toString(), value));
    reduced.put(ROWS, model.reducedMap());
    mapping.put(REDUCED, reduced);
  }

  /**
   * Reads the value of the parameter.
   *
   * @throws IllegalArgumentException saying what was expected and what came
   */
  static ReducedVectors parse(Object value) {
    if (value instanceof Map<?, ?> object && KEYS.containsAll(object.keySet())) {
      return new ReducedVectors(
          dimension(object.get(DIMENSION)), text(object, MAP), text(object, ROWS));
    }
    throw refused("must be an object of " + KEYS, value);
  }

  private static int dimension(Object value) {
    try {
      return new BigDecimal(String.valueOf(value)).intValueExact();
    } catch (NumberFormatException | ArithmeticException e) {
      throw refused("must have a [dimension] that is a whole number", value);
    }
  }

  private static String text(Map<?, ?> object, String key) {
    Object value = object.get(key);
    if (value == null || value instanceof String) {
      return (String) value;
    }
    throw refused("must have a text as [" + key + "]", value);
  }

  /**
   * The map.
   *
   * @param width the dimensions of whole vectors
   * @param similarity how whole vectors compare
   * @throws IllegalArgumentException saying what was expected and what came
   */
  VectorReduction reduction(int width, VectorSimilarityFunction similarity) {
    if (dimension < 1 || dimension >= width) {
      throw refused(
          "must have a [dimension] of at least 1 and less than the field's, [" + width + "]",
          dimension);
    }
    if (TRUNCATE.equals(map)) {
      if (rows != null) {
        throw refused("must have no [rows] beside the [map] [truncate]", rows);
      }
      return new VectorReduction(dimension, null, similarity);
    }
    if (rows == null) {
      throw refused(
          "must have the [map] [truncate], or [rows]. A request that creates an index, changes a"
              + " mapping or puts a template adds those of the model that [map] names;"
              + " [dynamic_templates] and the mapping of a rollover must say them",
          map);
    }
    return new VectorReduction(dimension, rows(width), similarity);
  }

  private float[][] rows(int width) {
    long numbers = (long) dimension * width;
    if (numbers > MAX_NUMBERS) {
      throw refused("must have [rows] of at most " + MAX_NUMBERS + " numbers", numbers);
    }
    VectorParser vectors = new VectorParser("must have numbers as [" + ROWS + "]");
    List<float[]> parsed = vectors.parseBase64(rows, width);
    if (parsed.size() != dimension) {
      throw refused("must have as many [rows] as its [dimension], " + dimension, parsed.size());
    }
    parsed.forEach(row -> vectors.checkLength(row, true));
    return parsed.toArray(float[][]::new);
  }

  void toXContent(XContentBuilder builder) throws IOException {
    builder.startObject(REDUCED).field(DIMENSION, dimension);
    if (map != null) {
      builder.field(MAP, map);
    }
    if (rows != null) {
      builder.field(ROWS, rows);
    }
    builder.endObject();
  }

  private static IllegalArgumentException refused(String expected, Object got) {
    return new IllegalArgumentException(expected + ", got [" + Excerpt.of(got) + "]");
  }
}
