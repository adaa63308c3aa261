/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.models.folder.ModelFolder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** A model whose files a test makes up. */
public record MemoryFolder(Map<String, byte[]> files) implements ModelFolder {

  /** The small encoder of {@code python/trident_fixtures/readings.py}. */
  public static MemoryFolder encoder(String config) {
    return readings("encoder.onnx", config);
  }

  /** The small cross-encoder of {@code python/trident_fixtures/readings.py}. */
  public static MemoryFolder crossEncoder(String config) {
    return readings("cross_encoder.onnx", config);
  }

  /** The small encoder and decoder of {@code python/trident_fixtures/readings.py}. */
  static MemoryFolder sequenceToSequence(String config) {
    return readings("sequence_to_sequence.onnx", config);
  }

  /** A small encoder and a decoder, each a graph, of the same script. */
  public static MemoryFolder encoderAndDecoder(String config) {
    Map<String, byte[]> files = new HashMap<>();
    files.put(ENCODER, resource(ENCODER));
    files.put(DECODER, resource(DECODER));
    files.put("vocab.txt", resource("vocab.txt"));
    files.put(CONFIG, config.getBytes(StandardCharsets.UTF_8));
    return new MemoryFolder(files);
  }

  /**
   * A folder of {@code python/trident_fixtures/published.py}.
   *
   * @param described the graph, the files with their content, and the weights with their resource
   */
  static MemoryFolder published(JsonNode described) {
    Map<String, byte[]> files = new HashMap<>();
    files.put(PUBLISHED_GRAPH, bytes(described.get("graph").asText()));
    files.put("vocab.txt", resource("vocab.txt"));
    for (Map.Entry<String, JsonNode> file : described.get("files").properties()) {
      files.put(file.getKey(), file.getValue().toString().getBytes(StandardCharsets.UTF_8));
    }
    for (Map.Entry<String, JsonNode> file : described.get("weights").properties()) {
      files.put(file.getKey(), bytes(file.getValue().asText()));
    }
    return new MemoryFolder(files);
  }

  private static MemoryFolder readings(String graph, String config) {
    Map<String, byte[]> files = new HashMap<>();
    files.put(GRAPH, resource(graph));
    files.put("query_encoder.onnx", resource("query_encoder.onnx"));
    files.put("vocab.txt", resource("vocab.txt"));
    files.put("idf.json", resource("idf.json"));
    files.put("query_map.json", resource("query_map.json"));
    files.put("document_map.json", resource("document_map.json"));
    files.put("projection.safetensors", resource("projection.safetensors"));
    files.put("2_Dense/model.safetensors", resource("2_Dense/model.safetensors"));
    files.put("2_Dense/config.json", resource("2_Dense/config.json"));
    files.put(CONFIG, config.getBytes(StandardCharsets.UTF_8));
    return new MemoryFolder(files);
  }

  static byte[] resource(String name) {
    return bytes("readings/" + name);
  }

  static byte[] bytes(String name) {
    try (InputStream in = MemoryFolder.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(name, e);
    }
  }

  /** The same with another file. */
  public MemoryFolder with(String file, String content) {
    Map<String, byte[]> changed = new HashMap<>(files);
    changed.put(file, content.getBytes(StandardCharsets.UTF_8));
    return new MemoryFolder(changed);
  }

  /** The same without a file. */
  public MemoryFolder without(String file) {
    Map<String, byte[]> changed = new HashMap<>(files);
    changed.remove(file);
    return new MemoryFolder(changed);
  }

  @Override
  public String id() {
    return "readings";
  }

  @Override
  public Optional<InputStream> open(String file) {
    return Optional.ofNullable(files.get(file)).map(ByteArrayInputStream::new);
  }

  @Override
  public String source() {
    return "memory";
  }

  @Override
  public String state() {
    return "";
  }
}
