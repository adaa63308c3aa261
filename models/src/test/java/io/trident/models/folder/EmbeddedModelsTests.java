/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.folder;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.Test;

/** The files of the embedded models are those that were committed. */
public class EmbeddedModelsTests {

  private static final String EMBEDDED = "/io/trident/models/embedded/";

  /** The digests in {@code SHA256SUMS}, by file. */
  private static Map<String, String> digests() throws IOException {
    try (InputStream in = EmbeddedModelsTests.class.getResourceAsStream(EMBEDDED + "SHA256SUMS")) {
      Map<String, String> digests = new TreeMap<>();
      new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .forEach(line -> digests.put(line.substring(66), line.substring(0, 64)));
      return digests;
    }
  }

  @Test
  public void testEveryFileHasItsDigest() throws IOException, URISyntaxException {
    Map<String, String> found = new TreeMap<>();
    for (String id : new EmbeddedModels().ids()) {
      ModelFolder folder = new EmbeddedModels().folder(id).orElseThrow();
      Path path = Path.of(EmbeddedModelsTests.class.getResource(EMBEDDED + id).toURI());
      try (Stream<Path> files = Files.list(path)) {
        for (Path file : files.toList()) {
          String name = file.getFileName().toString();
          found.put(id + "/" + name, folder.sha256(name));
        }
      }
    }
    assertEquals(
        "make SHA256SUMS anew when a model is meant to change: sha256sum */* > SHA256SUMS",
        digests(),
        found);
  }

  @Test
  public void testAModelWithoutFilesIsNotListed() {
    Set<String> listed = new TreeSet<>(new EmbeddedModels().ids());
    assertTrue(listed.toString(), listed.contains("trident-mini"));
    EmbeddedModels none = new EmbeddedModels(id -> false);
    assertEquals(Set.of(), none.ids());
    listed.forEach(id -> assertFalse(none.folder(id).isPresent()));
  }

  @Test
  public void testOfEachKindThereIsASmallAndAMiniModel() {
    assertEquals(
        Set.of("trident-mini", "trident-mini-reranker", "trident-small", "trident-small-reranker"),
        new EmbeddedModels().ids().stream().collect(Collectors.toSet()));
  }
}
