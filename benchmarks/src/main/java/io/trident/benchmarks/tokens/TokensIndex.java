/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.tokens;

import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import io.trident.codec.tokenvectors.TokenVectorsField;
import io.trident.codec.tokenvectors104.TokenVectors104DocValuesFormat;
import io.trident.models.api.TokenVectors;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;

/** An index of one segment with the token vectors of a collection, in its order. */
final class TokensIndex implements AutoCloseable {

  /** The field. */
  static final String FIELD = "tokens";

  private final Directory directory;
  private final DirectoryReader reader;
  private final long bytes;
  private final double nanos;
  private long tokens;
  private long vectors;

  /**
   * Writes an index in the place of another one.
   *
   * @param most how many documents at most
   * @param reduction what becomes of a text's vectors
   */
  TokensIndex(
      Path folder,
      EncodedCollection collection,
      int most,
      TokenVectorsEncoding encoding,
      UnaryOperator<EncodedText> reduction)
      throws IOException {
    long start = processorTime();
    directory = new MMapDirectory(Files.createDirectories(folder));
    try (IndexWriter writer = new IndexWriter(directory, config(encoding))) {
      collection.documents(
          most,
          text -> {
            TokenVectors reduced = reduction.apply(text).tokens();
            tokens += text.tokens().count();
            vectors += reduced.count();
            writer.addDocument(document(reduced));
          });
      writer.forceMerge(1);
    }
    nanos = processorTime() - start;
    reader = DirectoryReader.open(directory);
    long sum = 0;
    for (String file : directory.listAll()) {
      sum += directory.fileLength(file);
    }
    bytes = sum;
  }

  /** Nanoseconds of the processor that this thread has used. */
  static long processorTime() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  /** Writes one segment after the other, and merges them in the thread that writes. */
  static IndexWriterConfig config(TokenVectorsEncoding encoding) {
    DocValuesFormat format = new TokenVectors104DocValuesFormat(encoding, TokenSimilarity.COSINE);
    return new IndexWriterConfig()
        .setOpenMode(IndexWriterConfig.OpenMode.CREATE)
        .setMergeScheduler(new SerialMergeScheduler())
        .setRAMBufferSizeMB(256)
        .setCodec(
            new Lucene104Codec() {
              @Override
              public DocValuesFormat getDocValuesFormatForField(String field) {
                return format;
              }
            });
  }

  /** A document of one text. */
  static Document document(TokenVectors vectors) {
    Document document = new Document();
    document.add(
        new TokenVectorsField(FIELD, vectors.dimension(), vectors.values(), vectors.tokenIds()));
    return document;
  }

  DirectoryReader reader() {
    return reader;
  }

  /** All bytes of the index. */
  long bytes() {
    return bytes;
  }

  /** Nanoseconds of the processor for each vector, from reading to the one segment. */
  double nanosOfAVector() {
    return nanos / vectors;
  }

  /** How many tokens the model gave. */
  long tokens() {
    return tokens;
  }

  /** How many vectors were indexed. */
  long vectors() {
    return vectors;
  }

  @Override
  public void close() throws IOException {
    reader.close();
    directory.close();
  }
}
