/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.published;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/** What {@code ./trident model add} makes, and what it refuses before anything is fetched. */
public class ModelCommandTests {

  @Rule public final TemporaryFolder folder = new TemporaryFolder();

  private Path node;
  private Path models;

  @Before
  public void makeNode() throws IOException {
    node = folder.newFolder("node").toPath();
    Files.createDirectories(node.resolve("config"));
    Files.createFile(node.resolve("config/opensearch.yml"));
    models = node.resolve("config/trident/models");
  }

  private String refused(String... arguments) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
      assertFalse(0 == ModelCommand.run(arguments, out));
    }
    assertFalse(Files.exists(models.resolve("nope")));
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private Path archive(Map<String, String> entries) throws IOException {
    Path archive = folder.newFile().toPath();
    try (OutputStream out = Files.newOutputStream(archive);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, String> entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue().getBytes(StandardCharsets.UTF_8));
      }
    }
    return archive;
  }

  private static PublishedModel model(Path archive) throws IOException, NoSuchAlgorithmException {
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(archive));
    return new PublishedModel(
        "small",
        "group:name:1",
        HexFormat.of().formatHex(digest),
        Map.of("model.onnx", "small-q.onnx", "tokenizer.json", "small-q-tokenizer.json"),
        "{}".getBytes(StandardCharsets.UTF_8));
  }

  @Test
  public void testAnUnknownNameListsTheNames() throws IOException {
    String said = refused("add", "nope", "--node", node.toString());
    for (String id : PublishedModel.ids()) {
      assertTrue(said, said.contains(id));
    }
    assertTrue(refused().contains("bge-small-en-v1.5"));
  }

  @Test
  public void testAFolderThatIsNoNodeIsRefused() throws IOException {
    String missing = node.resolve("none").toString();
    String said = refused("add", "e5-small-v2", "--node", missing);
    assertTrue(said, said.contains("[config/opensearch.yml]") && said.contains(missing));
  }

  @Test
  public void testAModelThatIsThereIsLeftAlone() throws IOException {
    Path there = Files.createDirectories(models.resolve("e5-small-v2"));
    String said = refused("add", "e5-small-v2", "--node", node.toString());
    assertTrue(said, said.contains("is there already") && said.contains(there.toString()));
  }

  @Test
  public void testAnArchiveBecomesAFolder() throws IOException, NoSuchAlgorithmException {
    Path archive =
        archive(Map.of("small-q.onnx", "graph", "small-q-tokenizer.json", "words", "README", "x"));
    PublishedModel model = model(archive);
    model.unpack(archive, model.target(node));
    try (Stream<Path> files = Files.list(models.resolve("small"))) {
      assertEquals(
          List.of("model.onnx", "tokenizer.json", "trident.json"),
          files.map(file -> file.getFileName().toString()).sorted().toList());
    }
    assertEquals("graph", Files.readString(models.resolve("small/model.onnx")));
    assertEquals("words", Files.readString(models.resolve("small/tokenizer.json")));
    assertThrows(IllegalArgumentException.class, () -> model.target(node));
  }

  @Test
  public void testAnotherArchiveIsRefused() throws IOException, NoSuchAlgorithmException {
    PublishedModel model = model(archive(Map.of("small-q.onnx", "graph")));
    Path other = archive(Map.of("small-q.onnx", "another graph"));
    IOException e = assertThrows(IOException.class, () -> model.unpack(other, model.target(node)));
    assertTrue(e.getMessage(), e.getMessage().contains(model.sha256()));
    assertFalse(Files.exists(models.resolve("small")));
  }

  @Test
  public void testEveryPublishedModelIsDescribed() throws IOException {
    for (String id : PublishedModel.ids()) {
      PublishedModel model = PublishedModel.of(id);
      assertEquals(id, 3, model.artifact().split(":", -1).length);
      assertTrue(id, model.sha256().matches("[0-9a-f]{64}"));
      assertFalse(id, model.files().containsValue(null));
    }
  }
}
