/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.collection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/**
 * A folder with {@code corpus.jsonl}, {@code queries.jsonl} and {@code qrels.tsv}, each optionally
 * with {@code .gz}. Lines of the first two are objects with {@code _id}, {@code text} and, of the
 * corpus, {@code title}; the last has the columns query, document and grade under a header.
 *
 * @param folder where the files are
 */
public record TextCollection(Path folder) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Takes the documents of a collection in order. */
  public interface Consumer {
    /** Takes one document. */
    void accept(Passage passage) throws IOException;
  }

  private interface Line {
    void accept(String line) throws IOException;
  }

  /** The folder's name. */
  public String name() {
    return folder.toAbsolutePath().normalize().getFileName().toString();
  }

  /** Streams the first {@code limit} documents. */
  public void passages(long limit, Consumer consumer) throws IOException {
    lines(
        "corpus.jsonl",
        limit,
        line -> {
          JsonNode node = JSON.readTree(line);
          consumer.accept(
              new Passage(
                  required(node, "_id", line),
                  node.path("title").asText(""),
                  node.path("text").asText("")));
        });
  }

  /**
   * Reads questions.
   *
   * @param name the file's name without {@code .jsonl}
   */
  public List<Question> questions(String name) throws IOException {
    List<Question> questions = new ArrayList<>();
    lines(
        name + ".jsonl",
        Long.MAX_VALUE,
        line -> {
          JsonNode node = JSON.readTree(line);
          questions.add(new Question(required(node, "_id", line), required(node, "text", line)));
        });
    return questions;
  }

  /** The grade of every judged document, by query. */
  public Map<String, Map<String, Integer>> judgements() throws IOException {
    Map<String, Map<String, Integer>> judgements = new LinkedHashMap<>();
    lines(
        "qrels.tsv",
        Long.MAX_VALUE,
        line -> {
          String[] columns = line.split("\t", -1);
          if (columns.length != 3) {
            throw new IllegalArgumentException(
                "[qrels.tsv] must have three columns, got [" + line + "]");
          }
          if (columns[2].strip().matches("-?[0-9]+")) { // not the header
            judgements
                .computeIfAbsent(columns[0], query -> new HashMap<>())
                .put(columns[1], Integer.valueOf(columns[2].strip()));
          }
        });
    return judgements;
  }

  private static String required(JsonNode node, String key, String line) {
    if (node.path(key).isTextual() == false) {
      throw new IllegalArgumentException("[" + key + "] must be a string in [" + line + "]");
    }
    return node.get(key).textValue();
  }

  private void lines(String name, long limit, Line consumer) throws IOException {
    try (BufferedReader reader = open(name)) {
      long count = 0;
      for (String line = reader.readLine();
          line != null && count < limit;
          line = reader.readLine()) {
        if (line.isBlank() == false) {
          consumer.accept(line);
          count++;
        }
      }
    }
  }

  private BufferedReader open(String name) throws IOException {
    Path plain = folder.resolve(name);
    Path zipped = folder.resolve(name + ".gz");
    if (Files.exists(plain)) {
      return Files.newBufferedReader(plain);
    }
    if (Files.exists(zipped) == false) {
      throw new NoSuchFileException(plain + " or " + zipped);
    }
    InputStream in = new GZIPInputStream(Files.newInputStream(zipped), 1 << 16);
    return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
  }
}
