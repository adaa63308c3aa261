/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.sparse;

import io.trident.benchmarks.vectors.DataSet;
import io.trident.benchmarks.vectors.SparseVector;
import io.trident.codec.impacts.ImpactQuantizer;
import io.trident.codec.impacts.ImpactVectorField;
import io.trident.codec.impacts104.Impacts104PostingsFormat;
import io.trident.query.lucene.LearnedSparseQuery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.lucene.codecs.PostingsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.FeatureField;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LogDocMergePolicy;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.search.SortedNumericSortField;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;

/** The ways to store and search learned sparse vectors that are compared. */
enum SparseIndex {

  /** What neural-search builds for {@code rank_features}: feature fields in a Boolean query. */
  FEATURES {
    @Override
    void add(Document document, SparseVector vector) {
      for (int i = 0; i < vector.tokens().length; i++) {
        document.add(
            new FeatureField(FIELD, Integer.toString(vector.tokens()[i]), vector.weights()[i]));
      }
    }

    @Override
    Query query(SparseVector vector, int hits) {
      BooleanQuery.Builder query = new BooleanQuery.Builder();
      for (int i = 0; i < vector.tokens().length; i++) {
        query.add(
            FeatureField.newLinearQuery(
                FIELD, Integer.toString(vector.tokens()[i]), vector.weights()[i]),
            Occur.SHOULD);
      }
      return query.build();
    }

    @Override
    IndexWriterConfig config() {
      return new IndexWriterConfig();
    }
  },

  /** An impact field and the query of ours. */
  IMPACTS {
    @Override
    void add(Document document, SparseVector vector) {
      document.add(new ImpactVectorField(FIELD, names(vector), impacts(vector)));
    }

    @Override
    Query query(SparseVector vector, int hits) {
      return exact(vector, hits);
    }

    @Override
    IndexWriterConfig config() {
      PostingsFormat format = new Impacts104PostingsFormat();
      return new IndexWriterConfig()
          .setCodec(
              new Lucene104Codec() {
                @Override
                public PostingsFormat getPostingsFormatForField(String field) {
                  return format;
                }
              });
    }
  },

  /** The same, sorted so that documents with the same heaviest tokens are neighbours. */
  ORDERED {
    @Override
    void add(Document document, SparseVector vector) {
      document.add(
          new ImpactVectorField(
              FIELD, names(vector), impacts(vector), ImpactVectorField.ORDERED_TYPE));
    }

    @Override
    Query query(SparseVector vector, int hits) {
      return exact(vector, hits);
    }

    @Override
    IndexWriterConfig config() {
      return IMPACTS
          .config()
          .setIndexSort(new Sort(new SortedNumericSortField(FIELD, SortField.Type.LONG)));
    }
  };

  private static final String FIELD = "sparse";
  private static final ImpactQuantizer QUANTIZER =
      new ImpactQuantizer(ImpactQuantizer.DEFAULT_MAX_WEIGHT);

  abstract void add(Document document, SparseVector vector);

  abstract Query query(SparseVector vector, int hits);

  abstract IndexWriterConfig config();

  /** The query of ours. */
  static LearnedSparseQuery exact(SparseVector vector, int hits) {
    return new LearnedSparseQuery(FIELD, names(vector), vector.weights(), QUANTIZER).keeping(hits);
  }

  private static List<String> names(SparseVector vector) {
    return Arrays.stream(vector.tokens()).mapToObj(Integer::toString).toList();
  }

  private static int[] impacts(SparseVector vector) {
    int[] impacts = new int[vector.weights().length];
    for (int i = 0; i < impacts.length; i++) {
      impacts[i] = QUANTIZER.quantize(vector.weights()[i]);
    }
    return impacts;
  }

  /** Opens the index of the first {@code limit} documents, and builds it when it is not there. */
  Directory open(Path indices, DataSet collection, int limit) throws IOException {
    Path path = indices.resolve(name().toLowerCase(java.util.Locale.ROOT) + "-" + limit);
    Path done = path.resolve("built");
    Directory directory = FSDirectory.open(path);
    if (Files.exists(done) == false) {
      long start = System.nanoTime();
      build(directory, collection, limit);
      Files.writeString(done, Long.toString(System.nanoTime() - start));
    }
    return directory;
  }

  private void build(Directory directory, DataSet collection, int limit) throws IOException {
    IndexWriterConfig config =
        config().setOpenMode(IndexWriterConfig.OpenMode.CREATE).setRAMBufferSizeMB(256);
    config.setUseCompoundFile(false);
    config.setMergePolicy(new LogDocMergePolicy()); // keeps the documents' numbers, to be compared
    try (IndexWriter writer = new IndexWriter(directory, config)) {
      collection.documents(
          limit,
          (number, item) -> {
            Document document = new Document();
            add(document, item.sparse());
            writer.addDocument(document);
          });
      writer.forceMerge(1);
    }
  }

  /** How long the build took, in seconds. */
  static double buildSeconds(Path indices, SparseIndex index, int limit) throws IOException {
    String nanos =
        Files.readString(
            indices.resolve(
                index.name().toLowerCase(java.util.Locale.ROOT) + "-" + limit + "/built"));
    return Long.parseLong(nanos) / 1e9;
  }
}
