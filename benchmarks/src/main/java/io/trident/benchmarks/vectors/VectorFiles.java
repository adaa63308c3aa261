/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.vectors;

import io.trident.benchmarks.collection.TextCollection;
import io.trident.benchmarks.command.Arguments;
import io.trident.benchmarks.command.Progress;
import io.trident.models.api.Representation;
import java.io.BufferedOutputStream;
import java.io.BufferedWriter;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * Writes the sparse vectors of a corpus as the files that {@link FileVectors} reads: those that
 * {@link TextVectors} makes, or those of a model.
 */
public final class VectorFiles {

  private static final Map<String, String> OPTIONS =
      Map.of(
          "corpus", "",
          "documents", "100000",
          "queries", "1000",
          "out", "vectors",
          "model", "", // of the plugin, or of the folder "models"
          "models", "models",
          "files", "");

  private VectorFiles() {}

  /** Runs the program. */
  public static void main(String[] line) throws IOException {
    Arguments arguments = Arguments.parse(line, OPTIONS);
    DataSet texts = new TextVectors(new TextCollection(arguments.path("corpus")));
    String model = arguments.text("model");
    if (model.isEmpty()) {
      write(arguments, texts);
    } else {
      try (TextEncoder encoder = new TextEncoder(arguments.path("models"), model)) {
        write(arguments, new ModelVectors(texts, encoder, Set.of(Representation.SPARSE), 0, 0));
      }
    }
  }

  private static void write(Arguments arguments, DataSet data) throws IOException {
    int documents = arguments.number("documents");
    Path out = Files.createDirectories(arguments.path("out"));
    Progress progress = new Progress(System.out, "vectors of " + data.name(), documents);
    try (DataOutputStream file =
        new DataOutputStream(
            new BufferedOutputStream(Files.newOutputStream(out.resolve("docs.bin")), 1 << 20))) {
      data.documents(
          documents,
          (number, document) -> {
            write(file, document.sparse());
            progress.add(1);
          });
    }
    int queries = arguments.number("queries");
    write(out.resolve("queries_exp.jsonl"), data, true, queries, documents);
    write(out.resolve("queries_short.jsonl"), data, false, queries, documents);
    progress.end();
  }

  private static void write(DataOutputStream file, SparseVector vector) throws IOException {
    file.writeInt(Integer.reverseBytes(vector.tokens().length));
    for (int token : vector.tokens()) {
      file.writeInt(Integer.reverseBytes(token));
    }
    for (float weight : vector.weights()) {
      file.writeInt(Integer.reverseBytes(Float.floatToRawIntBits(weight)));
    }
  }

  private static void write(Path file, DataSet data, boolean expanded, int limit, int documents)
      throws IOException {
    try (BufferedWriter lines = Files.newBufferedWriter(file)) {
      for (Item query : data.queries(expanded, limit, documents)) {
        lines.write(query.sparse().json());
        lines.newLine();
      }
    }
  }
}
