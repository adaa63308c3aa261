/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.relevance;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.cluster.Api;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A way to search: a name and the body of a search request, in which {@code "{{text}}"} stands for
 * the text of the query.
 *
 * @param name the name in tables and files
 * @param template the body of the request
 */
record RetrievalSystem(String name, String template) {

  private static final String TEXT = "\"{{text}}\"";

  /** The systems that come with the program. */
  static List<RetrievalSystem> defaults() throws IOException {
    try (InputStream in = RetrievalSystem.class.getResourceAsStream("systems.json")) {
      return parse(Api.JSON.readTree(in));
    }
  }

  /** Systems in a file: a JSON object of name and request. */
  static List<RetrievalSystem> read(Path file) throws IOException {
    return parse(Api.JSON.readTree(Files.readString(file)));
  }

  private static List<RetrievalSystem> parse(JsonNode object) {
    List<RetrievalSystem> systems = new ArrayList<>();
    object
        .properties()
        .forEach(
            entry -> systems.add(new RetrievalSystem(entry.getKey(), entry.getValue().toString())));
    return systems;
  }

  /** The request that looks for a text. */
  String request(String text) throws IOException {
    return template.replace(TEXT, Api.JSON.writeValueAsString(text));
  }
}
