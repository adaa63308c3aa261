/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** JSON lines in a file that only grows, so that no result is lost. */
public final class Records {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;

  /** Records in a file, which need not exist. */
  public Records(Path file) {
    this.file = file;
  }

  /** Appends a record. */
  public void add(Object entry) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.writeString(
        file,
        JSON.writeValueAsString(entry) + "\n",
        StandardCharsets.UTF_8,
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  /** All records, oldest first. */
  public List<JsonNode> read() throws IOException {
    List<JsonNode> all = new ArrayList<>();
    if (Files.exists(file)) {
      for (String line : Files.readAllLines(file)) {
        all.add(JSON.readTree(line));
      }
    }
    return all;
  }
}
