/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.mapper;

import io.trident.codec.TridentCodec;
import java.io.IOException;
import java.util.Arrays;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.PostingsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** Writes wide vectors through our codec, and opens them by the names that segments keep. */
public class TestWideVectorsFormat extends LuceneTestCase {

  private record Formats(KnnVectorsFormat knnVectorsFormat) implements TridentCodec.FieldFormats {
    @Override
    public PostingsFormat postingsFormat(String field) {
      return null;
    }

    @Override
    public DocValuesFormat docValuesFormat(String field) {
      return null;
    }

    @Override
    public KnnVectorsFormat knnVectorsFormat(String field) {
      return knnVectorsFormat;
    }
  }

  private static float[] vector(int dimension) {
    float[] vector = new float[dimension];
    Arrays.fill(vector, 0.5f);
    vector[random().nextInt(dimension)] = 1;
    return vector;
  }

  /** Writes two segments and merges them. */
  private static void write(Directory directory, KnnVectorsFormat format, float[]... vectors)
      throws IOException {
    IndexWriterConfig config =
        new IndexWriterConfig()
            .setCodec(new TridentCodec(TestUtil.getDefaultCodec(), new Formats(format)));
    try (IndexWriter writer = new IndexWriter(directory, config)) {
      for (float[] vector : vectors) {
        Document document = new Document();
        document.add(new KnnFloatVectorField("v", vector));
        writer.addDocument(document);
        writer.commit();
      }
      writer.forceMerge(1);
    }
  }

  public void testOurCodecTakesUpTo4096Dimensions() throws IOException {
    for (DenseEncoding encoding : DenseEncoding.values()) {
      int dimension = random().nextBoolean() ? 4096 : TestUtil.nextInt(random(), 1025, 4096);
      float[][] vectors = {vector(dimension), vector(dimension)};
      try (Directory directory = newDirectory()) {
        write(directory, encoding.format(16, 100), vectors);
        try (DirectoryReader reader = DirectoryReader.open(directory)) {
          FloatVectorValues values = getOnlyLeafReader(reader).getFloatVectorValues("v");
          for (int i = 0; i < vectors.length; i++) {
            assertArrayEquals(vectors[i], values.vectorValue(i), 0);
          }
        }
        float[] wider = vector(4097);
        expectThrows(
            IllegalArgumentException.class,
            () -> write(directory, encoding.format(16, 100), wider));
      }
    }
  }

  public void testLuceneAloneTakesNoMoreThan1024() throws IOException {
    try (Directory directory = newDirectory()) {
      write(directory, null, vector(1024));
      float[] wide = vector(1025);
      IllegalArgumentException refused =
          expectThrows(IllegalArgumentException.class, () -> write(directory, null, wide));
      assertTrue(refused.getMessage(), refused.getMessage().contains("[1024]"));
    }
  }
}
