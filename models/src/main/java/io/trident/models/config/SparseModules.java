/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.config;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trident.models.folder.ModelFolder;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Sparse vectors of a masked language model (SPLADE), with or without inference for queries, and of
 * an autoencoder.
 */
final class SparseModules {

  private static final String IDF = "idf.json";

  /** Of an autoencoder that does not say it. */
  private static final int DEFAULT_K = 8;

  private SparseModules() {}

  /** A model that says nothing but its architecture, or that it has a table for queries. */
  static void write(ModelFolder folder, ObjectNode sparse) {
    sparse.put("output", "logits");
    sparse.put("reading", SparseReading.MAX_LOGITS.toString());
    sparse.put("saturation", Saturation.LOG.toString());
    if (folder.has(IDF)) {
      writeTable(IDF, sparse);
    }
  }

  /** Says how documents are read. */
  static void write(PublishedModule pooling, ObjectNode sparse) {
    write(pooling.folder(), sparse);
    SparseReading reading =
        pooling.oneOf(
            "pooling_strategy",
            "max",
            Map.of("max", SparseReading.MAX_LOGITS, "sum", SparseReading.SUM_LOGITS));
    sparse.put("reading", reading.toString());
    Saturation saturation =
        pooling.oneOf(
            "activation_function",
            "relu",
            Map.of("relu", Saturation.LOG, "log1p_relu", Saturation.LOG_LOG));
    sparse.put("saturation", saturation.toString());
  }

  /** Says how queries are read. */
  static void writeQueries(PublishedModule table, ObjectNode sparse) {
    String named = table.options().path("path").asText();
    String file =
        Stream.of(table.file(PublishedModule.WEIGHTS), table.file(named), named, IDF)
            .filter(name -> name.endsWith(".safetensors") || name.endsWith(".json"))
            .filter(table.folder()::has)
            .findFirst()
            .orElseGet(table::weights);
    writeTable(file, sparse);
  }

  /** Says how a dense vector is encoded. */
  static void writeAutoencoder(PublishedModule autoencoder, ObjectNode sparse) {
    sparse.put("reading", SparseReading.AUTOENCODER.toString());
    sparse.put("autoencoder", autoencoder.weights());
    sparse.put("top_k", autoencoder.options().path("k").asInt(DEFAULT_K));
  }

  /** Queries have no weights for signs of the model, so those of documents would count nothing. */
  private static void writeTable(String file, ObjectNode sparse) {
    sparse.put("special_tokens", false);
    sparse.putObject("query").put("reading", QueryReading.IDF.toString()).put("file", file);
  }
}
