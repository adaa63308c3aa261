/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.folder;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import io.trident.models.api.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.Before;
import org.junit.Test;

/** A folder gives its own files and no others, wherever links lead. */
public class FolderLinksTests extends RandomizedTest {

  private Path root;
  private ModelFolder folder;

  @Before
  public void prepare() throws IOException {
    root = newTempDir();
    Files.write(root.resolve("secret"), new byte[] {1});
    Path files = Files.createDirectories(root.resolve("models/mine/onnx"));
    Files.write(files.resolve("model.onnx"), new byte[] {2});
    folder = new ModelFolder.OnDisk(files.getParent());
  }

  private Path at(String file) {
    return root.resolve("models/mine").resolve(file);
  }

  private void assertRefused(String file) {
    ModelException e = assertThrows(ModelException.class, () -> folder.read(file));
    assertEquals(ModelException.Kind.INVALID_MODEL, e.kind());
    assertTrue(e.getMessage(), e.getMessage().contains("got a link elsewhere"));
    assertThrows(ModelException.class, () -> folder.has(file));
    assertThrows(ModelException.class, () -> folder.sha256(file));
  }

  @Test
  public void testLinksThatLeadOutAreRefused() throws IOException {
    Files.createSymbolicLink(at("vocab.txt"), root.resolve("secret"));
    Files.createSymbolicLink(at("folder"), root);
    Files.createSymbolicLink(at("chain"), at("vocab.txt"));
    assertRefused("vocab.txt");
    assertRefused("folder/secret");
    assertRefused("chain");
  }

  @Test
  public void testLinksInsideAreFollowed() throws IOException {
    Files.createSymbolicLink(at("model.onnx"), at("onnx/model.onnx"));
    assertArrayEquals(new byte[] {2}, folder.read("model.onnx"));
  }

  /** A folder may be kept elsewhere as a whole. */
  @Test
  public void testTheFolderItselfMayBeALink() throws IOException {
    Path link = Files.createSymbolicLink(root.resolve("models/linked"), at("."));
    assertArrayEquals(new byte[] {2}, new ModelFolder.OnDisk(link).read("onnx/model.onnx"));
  }

  @Test
  public void testWhatIsNoFileOfTheFolderIsMissing() throws IOException {
    Files.createSymbolicLink(at("dangling"), root.resolve("none"));
    for (String file : new String[] {"../../secret", "/etc/passwd", "onnx", "dangling", "a\0b"}) {
      assertFalse(file, folder.has(file));
    }
  }
}
