package io.trident.models.runtime;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotSame;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;
import io.trident.models.api.ModelException;
import io.trident.models.folder.ModelFolder;
import io.trident.models.tokenizer.TextTokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.Before;
import org.junit.Test;

/** When models are loaded, and what is remembered of those that cannot be. */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // ONNX Runtime keeps threads of its own
public class ModelStoreTests extends RandomizedTest {

  private Path directory;

  @Before
  public void prepare() throws IOException {
    directory = newTempDir();
    TextTokenizer.prepare(directory.resolve("native"));
  }

  private static ModelException problem(ModelStore store, String id) {
    return assertThrows(ModelException.class, () -> store.get(id));
  }

  private Path copyEmbedded(String id, String as) throws IOException {
    Path folder = Files.createDirectories(directory.resolve(as));
    for (String file : List.of("model.onnx", "tokenizer.json", "idf.json", "trident.json")) {
      try (InputStream in = new ModelFolder.Embedded(id).open(file).orElseThrow()) {
        Files.copy(in, folder.resolve(file));
      }
    }
    return folder;
  }

  @Test
  public void testAProblemIsRememberedUntilAFileChanges() throws IOException {
    Path folder = copyEmbedded("trident-mini", "mine");
    Path config = folder.resolve("trident.json");
    String good = Files.readString(config);
    Files.writeString(config, "{\"kind\": \"nonsense\"}");
    try (ModelStore store = new ModelStore(directory, 1)) {
      ModelException first = problem(store, "mine");
      assertEquals(ModelException.Kind.INVALID_MODEL, first.kind());
      ModelException second = problem(store, "mine");
      assertSame("not read again", first, second.getCause());
      assertEquals(first.getMessage(), second.getMessage());
      Files.writeString(folder.resolve("notes.txt"), "a file that was not there");
      ModelException third = problem(store, "mine");
      assertNotSame("read again", first, third.getCause());
      Files.writeString(config, good);
      assertSame(store.get("mine"), store.get("mine"));
    }
  }

  @Test
  public void testAModelThatIsTakenAwayIsNotFound() throws IOException {
    Path folder = Files.createDirectories(directory.resolve("gone"));
    try (ModelStore store = new ModelStore(directory, 1)) {
      assertTrue(store.has("gone"));
      assertEquals(ModelException.Kind.INVALID_MODEL, problem(store, "gone").kind());
      Files.delete(folder);
      assertFalse(store.has("gone"));
      assertEquals(ModelException.Kind.NOT_FOUND, problem(store, "gone").kind());
    }
  }

  @Test
  public void testIdsOutsideOfTheDirectoryAreNotFound() throws IOException {
    Files.createDirectories(directory.resolve("models"));
    copyEmbedded("trident-mini", "outside");
    try (ModelStore store = new ModelStore(directory.resolve("models"), 1)) {
      for (String id : List.of("../outside", "..", ".", "", "/", "none", "../../etc")) {
        assertFalse(id, store.has(id));
        assertEquals(id, ModelException.Kind.NOT_FOUND, problem(store, id).kind());
      }
      assertEquals(Set.of("trident-mini", "trident-mini-reranker"), store.ids());
    }
  }

  @Test
  public void testNothingIsLoadedAfterClosing() {
    ModelStore store = new ModelStore(directory, 1);
    store.close();
    assertEquals("the node is shutting down", problem(store, "trident-mini").getMessage());
  }
}
