/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotEquals;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;
import io.trident.models.api.Representation;
import io.trident.models.api.Side;
import io.trident.models.folder.EmbeddedModels;
import io.trident.models.folder.ModelFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.Test;

/** A fingerprint tells models apart by what decides their outputs, and by nothing else. */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // ONNX Runtime keeps threads of its own
public class FingerprintTests extends RandomizedTest {

  private static final String CONFIG =
      """
      {"kind": "encoder", "description": "one", "license": "MIT", "max_tokens": 30,
       "query_graph": "query_encoder.onnx",
       "sparse": {"output": "logits", "query": {"reading": "idf"}},
       "dense": {"output": "last_hidden_state", "query_map": "query_map.json", "document_map": "document_map.json"}}
      """;

  /** The same with other keys for people, in another order. */
  private static final String REWRITTEN =
      """
      {"dense": {"document_map": "document_map.json", "query_map": "query_map.json", "output": "last_hidden_state"}, "kind": "encoder",
       "sparse": {"query": {"reading": "idf"}, "output": "logits"},
       "query_graph": "query_encoder.onnx", "max_tokens": 30, "license": "none"}
      """;

  private static String fingerprint(ModelFolder folder) {
    try (OnnxModel model = OnnxModel.load(folder, 1)) {
      return model.describe().fingerprint();
    }
  }

  @Test
  public void testFilesThatDecideNothingDoNotCount() {
    MemoryFolder folder = MemoryFolder.encoder(CONFIG);
    String fingerprint = fingerprint(folder);
    assertEquals(fingerprint, fingerprint(folder.with("README.md", "text")));
    assertEquals(fingerprint, fingerprint(folder.without("projection.safetensors")));
    assertEquals(fingerprint, fingerprint(folder.with(ModelFolder.CONFIG, REWRITTEN)));
  }

  @Test
  public void testEachFileThatDecidesCounts() {
    MemoryFolder folder = MemoryFolder.encoder(CONFIG);
    String fingerprint = fingerprint(folder);
    for (String file : List.of("vocab.txt", "idf.json", "query_map.json", ModelFolder.CONFIG)) {
      String content = new String(folder.files().get(file), StandardCharsets.UTF_8);
      String changed =
          file.equals("vocab.txt")
              ? content + "\nanother"
              : content.replaceFirst("[0-9]([,}\\]])", "9$1");
      assertNotEquals(content, changed);
      assertNotEquals(file, fingerprint, fingerprint(folder.with(file, changed)));
    }
    for (String graph : List.of(ModelFolder.GRAPH, "query_encoder.onnx")) {
      assertNotEquals(graph, fingerprint, fingerprint(withUnknownField(folder, graph)));
    }
  }

  /** A graph of other bytes, which ONNX Runtime reads as it did the former. */
  private static MemoryFolder withUnknownField(MemoryFolder folder, String graph) {
    byte[] bytes = folder.files().get(graph);
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 3);
    longer[bytes.length] = (byte) 0xf8; // field 31, a number
    longer[bytes.length + 1] = 1;
    longer[bytes.length + 2] = randomByte() > 0 ? (byte) 1 : 2;
    Map<String, byte[]> files = new HashMap<>(folder.files());
    files.put(graph, longer);
    return new MemoryFolder(files);
  }

  @Test
  public void testWhereFilesLieDoesNotCount() throws IOException {
    MemoryFolder folder = MemoryFolder.encoder(CONFIG);
    Path path = newTempDir().resolve("another-id");
    for (Map.Entry<String, byte[]> file : folder.files().entrySet()) {
      Path target = path.resolve(file.getKey());
      Files.createDirectories(target.getParent());
      Files.write(target, file.getValue());
    }
    assertEquals(fingerprint(folder), fingerprint(new ModelFolder.OnDisk(path)));
  }

  @Test
  public void testEncodingsSayTheirModel() {
    try (OnnxModel model = OnnxModel.load(MemoryFolder.encoder(CONFIG), 1)) {
      for (Side side : Side.values()) {
        model
            .encoder()
            .encode(List.of("a", "b"), side, Set.of(Representation.SPARSE), RunListener.NONE)
            .forEach(
                encoding -> assertEquals(model.describe().fingerprint(), encoding.fingerprint()));
      }
    }
  }

  /**
   * Indices keep these. A model whose weights are trained anew needs a new name: under its old one,
   * every index that was made with it would be refused.
   */
  @Test
  public void testEmbeddedModelsKeepTheirFingerprints() {
    Map<String, String> released =
        Map.of(
            "trident-mini", "d0dfb685d98964b9cec0f49e8fb0b87f",
            "trident-small", "207b847f0c92b4aa1925e7c754a81131");
    released.forEach(
        (id, fingerprint) ->
            assertEquals(
                id, fingerprint, fingerprint(new EmbeddedModels().folder(id).orElseThrow())));
  }
}
