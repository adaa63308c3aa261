/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.dense;

import io.trident.query.mapper.DenseEncoding;
import io.trident.query.mapper.VectorReduction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;

/** Vectors in one segment, as a field keeps them whose mapping says so; documents by number. */
final class DenseIndex implements AutoCloseable {

  private static final String WHOLE = "whole";
  private static final String REDUCED = "reduced";
  private static final int CONNECTIONS = 16;
  private static final int BEAM = 100;
  private static final double BUFFER_MB = 1024;

  private final float[][] documents;
  private final Directory directory;
  private final DirectoryReader reader;
  private final IndexSearcher searcher;
  private final VectorReduction reduction;
  private final DenseEncoding encoding;

  DenseIndex(Path folder, float[][] documents, VectorReduction reduction, DenseEncoding encoding)
      throws IOException {
    this.documents = documents;
    this.reduction = reduction;
    this.encoding = encoding;
    directory = FSDirectory.open(folder);
    IndexWriterConfig config =
        new IndexWriterConfig()
            .setCodec(codec(encoding.format(CONNECTIONS, BEAM)))
            .setOpenMode(IndexWriterConfig.OpenMode.CREATE)
            .setMergePolicy(NoMergePolicy.INSTANCE)
            .setUseCompoundFile(false)
            .setRAMBufferSizeMB(BUFFER_MB);
    try (IndexWriter writer = new IndexWriter(directory, config)) {
      for (float[] vector : documents) {
        Document document = new Document();
        document.add(new KnnFloatVectorField(WHOLE, vector, VectorSimilarityFunction.COSINE));
        if (reduction != null) {
          document.add(
              new KnnFloatVectorField(REDUCED, reduction.reduce(vector), reduction.similarity()));
        }
        writer.addDocument(document);
      }
    }
    reader = DirectoryReader.open(directory);
    searcher = new IndexSearcher(reader);
  }

  private Lucene104Codec codec(KnnVectorsFormat format) {
    KnnVectorsFormat withoutGraph = DenseEncoding.withoutGraph();
    return new Lucene104Codec() {
      @Override
      public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
        return field.equals(REDUCED) || reduction == null ? format : withoutGraph;
      }
    };
  }

  /** Bytes per document of what is compared while the graph is searched. */
  long bytes() throws IOException {
    String field = reduction == null ? WHOLE : REDUCED;
    int dimension = reader.leaves().get(0).reader().getFloatVectorValues(field).dimension();
    if (encoding == DenseEncoding.FLOAT32) {
      return (long) dimension * Float.BYTES;
    }
    long bytes = 0;
    for (String file : directory.listAll()) {
      bytes += file.endsWith(".veq") ? directory.fileLength(file) : 0;
    }
    return Math.round((double) bytes / reader.maxDoc());
  }

  /** The nearest of some candidates, as the whole vectors choose them. */
  List<Integer> search(float[] vector, int k, int candidates) throws IOException {
    KnnFloatVectorQuery query =
        reduction == null
            ? new KnnFloatVectorQuery(WHOLE, vector, candidates)
            : new KnnFloatVectorQuery(REDUCED, reduction.reduce(vector), candidates);
    return Arrays.stream(searcher.search(query, candidates).scoreDocs)
        .map(hit -> hit.doc)
        .sorted(
            Comparator.comparingDouble(
                document -> -VectorSimilarityFunction.COSINE.compare(vector, documents[document])))
        .limit(k)
        .toList();
  }

  @Override
  public void close() throws IOException {
    reader.close();
    directory.close();
  }
}
