/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.vectors;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Learned sparse vectors in a folder. {@code docs.bin} holds for every document a little-endian
 * <b>int</b> n, n <b>int</b>s (token ids, ascending) and n <b>float</b>s (weights); {@code
 * queries_exp.jsonl} and {@code queries_short.jsonl} hold a JSON object of token id to weight per
 * line.
 *
 * @param folder where the files are
 */
public record FileVectors(Path folder) implements DataSet {

  @Override
  public String name() {
    return folder.toAbsolutePath().normalize().getFileName().toString();
  }

  @Override
  public int documents(int limit, Consumer consumer) throws IOException {
    try (DataInputStream in =
        new DataInputStream(
            new BufferedInputStream(Files.newInputStream(folder.resolve("docs.bin")), 1 << 20))) {
      for (int number = 0; number < limit; number++) {
        int size;
        try {
          size = readInt(in);
        } catch (EOFException e) {
          return number;
        }
        consumer.accept(
            number, new Item(null, readVector(in, size), null, null, number / Item.GROUP));
      }
    }
    return limit;
  }

  private static SparseVector readVector(DataInputStream in, int size) throws IOException {
    int[] tokens = new int[size];
    float[] weights = new float[size];
    for (int i = 0; i < size; i++) {
      tokens[i] = readInt(in);
    }
    for (int i = 0; i < size; i++) {
      weights[i] = Float.intBitsToFloat(readInt(in));
    }
    return new SparseVector(tokens, weights);
  }

  private static int readInt(DataInputStream in) throws IOException {
    return Integer.reverseBytes(in.readInt());
  }

  @Override
  public List<Item> queries(boolean expanded, int limit, int documents) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    List<Item> queries = new ArrayList<>();
    Path file = folder.resolve(expanded ? "queries_exp.jsonl" : "queries_short.jsonl");
    try (BufferedReader reader = Files.newBufferedReader(file)) {
      for (String line = reader.readLine();
          line != null && queries.size() < limit;
          line = reader.readLine()) {
        int group = queries.size() % Math.max(1, documents / Item.GROUP);
        queries.add(new Item(null, parse(mapper.readTree(line)), null, null, group));
      }
    }
    return queries;
  }

  private static SparseVector parse(JsonNode object) {
    int[] tokens = new int[object.size()];
    float[] weights = new float[object.size()];
    int i = 0;
    for (var field : object.properties()) {
      tokens[i] = Integer.parseInt(field.getKey());
      weights[i++] = field.getValue().floatValue();
    }
    return new SparseVector(tokens, weights);
  }
}
