/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.store;

import io.trident.models.api.ModelDescription;
import io.trident.models.api.ModelException;
import io.trident.models.api.ModelKind;
import io.trident.models.api.Representation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.junit.Before;
import org.opensearch.common.hash.MessageDigests;
import org.opensearch.core.common.unit.ByteSizeUnit;
import org.opensearch.core.common.unit.ByteSizeValue;
import org.opensearch.test.OpenSearchTestCase;

/** Copies of stored models on disk: whole, verified, and no more than fit. */
@LuceneTestCase.SuppressFileSystems("ExtrasFS") // folders are counted
public class ModelCacheTests extends OpenSearchTestCase {

  private static final ModelDescription DESCRIPTION =
      new ModelDescription(
              "mine",
              "a model",
              "none",
              "00",
              "11",
              128,
              Set.of(Representation.SPARSE, Representation.DENSE),
              Map.of(Representation.DENSE, 16),
              ModelKind.ENCODER,
              "directory",
              0,
              true,
              null,
              null)
          .stored(3);

  /** Chunks by {@code digest#number}. */
  private final Map<String, byte[]> chunks = new HashMap<>();

  private Path directory;
  private int fetched;

  @Before
  public void prepare() {
    directory = createTempDir().resolve("copies");
  }

  private ModelCache cache(long limit) {
    return new ModelCache(
        directory,
        new ByteSizeValue(limit, ByteSizeUnit.BYTES),
        (model, file, number) -> {
          fetched++;
          byte[] chunk = chunks.get(file.sha256() + "#" + number);
          if (chunk == null) {
            throw new ModelException(ModelException.Kind.UNAVAILABLE, "lacks chunk " + number);
          }
          return chunk;
        });
  }

  private StoredFile file(String name, int bytes) {
    byte[] content = new byte[bytes];
    random().nextBytes(content);
    String sha256 = HexFormat.of().formatHex(MessageDigests.sha256().digest(content));
    int size = randomIntBetween(1, bytes);
    int count = 0;
    for (int start = 0; start < bytes; start += size) {
      chunks.put(
          sha256 + "#" + count++,
          Arrays.copyOfRange(content, start, Math.min(bytes, start + size)));
    }
    return new StoredFile(name, sha256, count);
  }

  private StoredModel model(String id, int bytes) {
    return new StoredModel(
        id, 1, List.of(file("model.onnx", bytes), file("sub/a.json", 5)), DESCRIPTION);
  }

  private long copies() throws IOException {
    try (Stream<Path> folders = Files.list(directory)) {
      return folders.count();
    }
  }

  public void testACopyIsMadeOnce() throws IOException {
    StoredModel model = model("mine", randomIntBetween(1, 1000));
    Path folder = cache(10_000).folder(model);
    for (StoredFile file : model.files()) {
      assertEquals(file.sha256(), ModelCache.sha256(folder.resolve(file.name())));
    }
    int before = fetched;
    assertEquals(folder, cache(10_000).folder(model));
    assertEquals(before, fetched);
  }

  public void testADamagedCopyIsMadeAgain() throws IOException {
    StoredModel model = model("mine", 100);
    ModelCache cache = cache(10_000);
    Path graph = cache.folder(model).resolve("model.onnx");
    byte[] bytes = Files.readAllBytes(graph);
    byte[] damaged = bytes.clone();
    damaged[randomIntBetween(0, 99)] ^= 1;
    Files.write(graph, damaged);
    assertArrayEquals(bytes, Files.readAllBytes(cache.folder(model).resolve("model.onnx")));
  }

  public void testNothingIsLeftOfAFetchThatFails() throws IOException {
    StoredModel model = model("mine", 100);
    StoredFile graph = model.files().get(0);
    String damaged = graph.sha256() + "#" + randomIntBetween(0, graph.chunks() - 1);
    byte[] chunk = chunks.get(damaged).clone();
    chunk[0] ^= 1;
    chunks.put(damaged, chunk);
    ModelException e = expectThrows(ModelException.class, () -> cache(10_000).folder(model));
    assertEquals("mended by another upload", ModelException.Kind.UNAVAILABLE, e.kind());
    assertTrue(e.getMessage(), e.getMessage().contains("[" + graph.sha256() + "]"));
    chunks.remove(damaged);
    e = expectThrows(ModelException.class, () -> cache(10_000).folder(model));
    assertTrue(e.getMessage(), e.getMessage().startsWith("lacks chunk"));
    e = expectThrows(ModelException.class, () -> cache(50).folder(model("large", 100)));
    assertTrue(e.getMessage(), e.getMessage().contains("[50]"));
    assertEquals(ModelException.Kind.INVALID_MODEL, e.kind());
    assertEquals(0, copies());
  }

  public void testACopyThatMakesWayWhileItIsReadIsNotTheModelsFault() throws IOException {
    StoredModel model = model("mine", 100);
    ModelCache cache = cache(10_000);
    StoredFolder folder = new StoredFolder(model, cache);
    assertEquals(100, folder.read("model.onnx").length);
    assertEquals(ModelException.Kind.INVALID_MODEL, folder.invalid("is bad", null).kind());
    cache.retain(Set.of());
    ModelException e = expectThrows(ModelException.class, () -> folder.read("model.onnx"));
    assertEquals(ModelException.Kind.UNAVAILABLE, e.kind());
    assertEquals(100, new StoredFolder(model, cache).read("model.onnx").length);
  }

  public void testWhatIsBeingFetchedTakesRoom() throws IOException {
    ModelCache cache = cache(300);
    cache.folder(model("first", 100));
    Path fetching = cache.fetch(model("second", 100));
    cache.folder(model("third", 100));
    assertEquals("the first has made way", 2, copies());
    assertTrue(Files.isDirectory(fetching));
  }

  public void testTheLongestUnusedMakesRoom() throws IOException {
    ModelCache cache = cache(350);
    StoredModel first = model("first", 100);
    StoredModel second = model("second", 100);
    Files.setLastModifiedTime(cache.folder(first), FileTime.fromMillis(1_000));
    Files.setLastModifiedTime(cache.folder(second), FileTime.fromMillis(500));
    Path third = cache.folder(model("third", 150));
    assertTrue(Files.isDirectory(third));
    assertEquals(2, copies());
    int before = fetched;
    cache.folder(first);
    assertEquals("the first is still there", before, fetched);
  }

  public void testWhatIsNotStoredIsRemoved() throws IOException {
    ModelCache cache = cache(10_000);
    StoredModel kept = model("kept", 10);
    cache.folder(model("gone", 10));
    cache.folder(kept);
    Path unfinished = cache.fetch(kept);
    cache.retain(Set.of(kept));
    assertEquals("an upload under way stays", 2, copies());
    assertTrue(Files.isDirectory(unfinished));
    cache(10_000);
    assertEquals("until the node starts again", 1, copies());
  }

  public void testAModelIsReadAsItWasWritten() {
    StoredModel model = new StoredModel("mine", 3, List.of(file("model.onnx", 9)), DESCRIPTION);
    assertEquals(model, StoredModel.of(model.toMap()));
    assertNotEquals(model.digest(), model("mine", 9).digest());
  }

  public void testNamesThatLeadElsewhereAreRefused() {
    String sha256 = "0".repeat(64);
    for (String name :
        new String[] {"", "/etc/passwd", "../x", "a/../x", ".hidden", "a//b", "a/"}) {
      assertEquals(
          ModelException.Kind.BAD_REQUEST,
          expectThrows(ModelException.class, () -> new StoredFile(name, sha256, 1)).kind());
    }
    for (String wrong : new String[] {"", "xyz", "A".repeat(64), "0".repeat(63)}) {
      expectThrows(ModelException.class, () -> new StoredFile("a", wrong, 1));
    }
    expectThrows(ModelException.class, () -> new StoredFile("a", sha256, 0));
  }
}
