/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.collection;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.trident.benchmarks.command.Arguments;
import io.trident.demo.JavadocCorpus;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Writes the class comments of Lucene and OpenSearch as a corpus, for machines that have no other.
 * It has no titles, which would be names of types, and no questions.
 */
public final class JavadocCollection {

  private static final Map<String, String> OPTIONS = Map.of("files", "", "out", "javadoc");

  private JavadocCollection() {}

  /** Runs the program. */
  public static void main(String[] line) throws IOException {
    Arguments arguments = Arguments.parse(line, OPTIONS);
    ObjectMapper mapper = new ObjectMapper();
    List<JavadocCorpus.Document> documents = JavadocCorpus.read(arguments.path("files"));
    Path file = Files.createDirectories(arguments.path("out")).resolve("corpus.jsonl");
    try (BufferedWriter lines = Files.newBufferedWriter(file)) {
      for (JavadocCorpus.Document document : documents) {
        lines.write(
            mapper
                .createObjectNode()
                .put("_id", document.id())
                .put("title", "")
                .put("text", document.text())
                .toString());
        lines.newLine();
      }
    }
    System.out.println(documents.size() + " documents in " + file);
  }
}
