/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.config;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.trident.models.api.ModelException;
import io.trident.models.encoder.MemoryFolder;
import io.trident.models.folder.ModelFolder;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.Test;

/** Published folders are read as {@code trident_export} reads them: it is given the same ones. */
public class PublishedConfigTests extends RandomizedTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private static List<Path> golden() throws IOException, URISyntaxException {
    Path folder = Path.of(PublishedConfigTests.class.getResource("published").toURI());
    try (Stream<Path> cases = Files.list(folder)) {
      return cases.sorted().toList();
    }
  }

  private static MemoryFolder published(JsonNode described) throws IOException {
    Map<String, byte[]> files = new HashMap<>();
    for (Map.Entry<String, JsonNode> file : described.path("files").properties()) {
      files.put(file.getKey(), JSON.writeValueAsBytes(file.getValue()));
    }
    return new MemoryFolder(files);
  }

  @Test
  public void testReadsWhatTheExportReads() throws IOException, URISyntaxException {
    assertTrue(golden().size() > 5);
    for (Path golden : golden()) {
      JsonNode expected = JSON.readTree(golden.toFile());
      Map<String, byte[]> written =
          Map.of(ModelFolder.CONFIG, JSON.writeValueAsBytes(expected.path("config")));
      assertEquals(
          golden.toString(),
          ModelConfig.read(new MemoryFolder(written)).toMap(),
          ModelConfig.read(published(expected)).toMap());
    }
  }

  @Test
  public void testModulesThatAreNotUnderstoodAreRefusedByName() throws IOException {
    JsonNode cases;
    try (InputStream in = PublishedConfigTests.class.getResourceAsStream("refused.json")) {
      cases = JSON.readTree(in);
    }
    for (JsonNode refused : cases) {
      MemoryFolder folder = published(refused);
      String name = refused.path("name").asText();
      ModelException e =
          assertThrows(name, ModelException.class, () -> ModelConfig.read(folder).toMap());
      assertEquals(name, ModelException.Kind.INVALID_MODEL, e.kind());
      for (JsonNode word : refused.path("because")) {
        assertTrue(name + ": " + e.getMessage(), e.getMessage().contains(word.asText()));
      }
    }
  }
}
