package io.trident.benchmarks.sparse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Learned sparse vectors in files. {@code docs.bin} holds for every document a little-endian
 * <b>int</b> n, n <b>int</b>s (token ids, ascending) and n <b>float</b>s (weights); a file of
 * queries holds a JSON object of token id to weight a line.
 */
final class SparseCollection {

  /** A vector: token ids and their weights. */
  record Vector(int[] tokens, float[] weights) {}

  /** Takes the documents of a collection in order. */
  interface Consumer {
    void accept(Vector vector) throws IOException;
  }

  private final Path folder;

  SparseCollection(Path folder) {
    this.folder = folder;
  }

  /** Streams the first {@code limit} documents; returns how many there were. */
  int documents(int limit, Consumer consumer) throws IOException {
    try (DataInputStream in =
        new DataInputStream(
            new BufferedInputStream(Files.newInputStream(folder.resolve("docs.bin")), 1 << 20))) {
      for (int doc = 0; doc < limit; doc++) {
        int size;
        try {
          size = readInt(in);
        } catch (EOFException e) {
          return doc;
        }
        consumer.accept(readVector(in, size));
      }
    }
    return limit;
  }

  private static Vector readVector(DataInputStream in, int size) throws IOException {
    int[] tokens = new int[size];
    float[] weights = new float[size];
    for (int i = 0; i < size; i++) {
      tokens[i] = readInt(in);
    }
    for (int i = 0; i < size; i++) {
      weights[i] = Float.intBitsToFloat(readInt(in));
    }
    return new Vector(tokens, weights);
  }

  private static int readInt(DataInputStream in) throws IOException {
    return Integer.reverseBytes(in.readInt());
  }

  /** Reads the first {@code limit} queries of a file. */
  List<Vector> queries(String file, int limit) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    List<Vector> queries = new ArrayList<>();
    try (BufferedReader reader =
        Files.newBufferedReader(folder.resolve(file), StandardCharsets.UTF_8)) {
      for (String line = reader.readLine();
          line != null && queries.size() < limit;
          line = reader.readLine()) {
        JsonNode object = mapper.readTree(line);
        int[] tokens = new int[object.size()];
        float[] weights = new float[object.size()];
        int i = 0;
        for (var field : object.properties()) {
          tokens[i] = Integer.parseInt(field.getKey());
          weights[i++] = field.getValue().floatValue();
        }
        queries.add(new Vector(tokens, weights));
      }
    }
    return queries;
  }
}
