/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.mapper;

import java.lang.reflect.Constructor;
import java.util.Arrays;
import java.util.List;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104HnswScalarQuantizedVectorsFormat;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;

/** How a {@code dense_vector} is stored beside its HNSW graph: Lucene's own formats. */
public enum DenseEncoding {
  /** Unquantised. */
  FLOAT32("float32", null, 1),
  /** One byte per dimension. */
  BITS_8("8bit", "UNSIGNED_BYTE", 1),
  /** Half a byte per dimension. */
  BITS_4("4bit", "PACKED_NIBBLE", 3),
  /** One bit per dimension, compared with a query of four bits. */
  BITS_1("1bit", "SINGLE_BIT_QUERY_NIBBLE", 10);

  /**
   * A graph is made of segments where a search for so many neighbours would visit fewer vectors
   * than all, {@code n > 500 ln(n)}, that is from 4,168 on. Smaller ones are scanned, exactly and
   * in some tenths of a millisecond; each flush and each merge of flushes would make a graph of
   * them that the next merge throws away.
   */
  private static final int GRAPH_THRESHOLD = 500;

  /** At least so many times {@code k} candidates where they are found in reduced dimensions. */
  private static final float REDUCED_OVERSAMPLE = 5;

  private final String label;
  private final String lucene;
  private final float oversample;

  DenseEncoding(String label, String lucene, float oversample) {
    this.label = label;
    this.lucene = lucene;
    this.oversample = oversample;
  }

  /** How many times {@code k} candidates a search compares by their floats unless it says so. */
  float oversample(boolean reduced) {
    return reduced ? Math.max(oversample, REDUCED_OVERSAMPLE) : oversample;
  }

  /** The name in a mapping. */
  public String label() {
    return label;
  }

  /** All names, the default first. */
  static List<String> labels() {
    return Arrays.stream(values()).map(DenseEncoding::label).toList();
  }

  static DenseEncoding of(String label) {
    return Arrays.stream(values()).filter(e -> e.label.equals(label)).findFirst().orElseThrow();
  }

  /** The format to write vectors with that are only compared one by one, without a graph. */
  public static KnnVectorsFormat withoutGraph() {
    return new WideVectorsFormat(
        new Lucene99HnswVectorsFormat(
            Lucene99HnswVectorsFormat.DEFAULT_MAX_CONN,
            Lucene99HnswVectorsFormat.DEFAULT_BEAM_WIDTH,
            Lucene99HnswVectorsFormat.DEFAULT_NUM_MERGE_WORKER,
            null,
            Integer.MAX_VALUE));
  }

  /** The format to write with. */
  public KnnVectorsFormat format(int maxConnections, int beamWidth) {
    return new WideVectorsFormat(
        this == FLOAT32
            ? new Lucene99HnswVectorsFormat(
                maxConnections,
                beamWidth,
                Lucene99HnswVectorsFormat.DEFAULT_NUM_MERGE_WORKER,
                null,
                GRAPH_THRESHOLD)
            : quantised(maxConnections, beamWidth));
  }

  /**
   * Lucene 10.5 moved the enum of encodings to another package, so that no one source names it in
   * 10.4 and 10.5; the constructor that takes it is the same.
   */
  @SuppressWarnings({"unchecked", "rawtypes"})
  private KnnVectorsFormat quantised(int maxConnections, int beamWidth) {
    try {
      for (Constructor<?> constructor :
          Lucene104HnswScalarQuantizedVectorsFormat.class.getConstructors()) {
        Class<?>[] types = constructor.getParameterTypes();
        if (types.length == 6 && types[0].isEnum()) {
          Enum<?> encoding = Enum.valueOf((Class) types[0], lucene);
          return (KnnVectorsFormat)
              constructor.newInstance(
                  encoding,
                  maxConnections,
                  beamWidth,
                  Lucene99HnswVectorsFormat.DEFAULT_NUM_MERGE_WORKER,
                  null,
                  GRAPH_THRESHOLD);
        }
      }
      throw new IllegalStateException("Lucene's quantised HNSW format takes no encoding");
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Lucene's quantised HNSW format cannot be made", e);
    }
  }
}
