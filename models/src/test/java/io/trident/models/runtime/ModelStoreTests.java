/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
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
import io.trident.models.folder.EmbeddedModels;
import io.trident.models.folder.ModelDirectory;
import io.trident.models.folder.ModelFolder;
import io.trident.models.folder.ModelSource;
import io.trident.models.onnx.GraphOptions;
import io.trident.models.tokenizer.TextTokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
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

  private static ModelStore store(Path directory, LongSupplier clock) {
    return new ModelStore(
        List.of(new ModelDirectory(directory), new EmbeddedModels()),
        GraphOptions.onCpu(1),
        MemoryBudget.UNLIMITED,
        clock);
  }

  private static ModelStore store(Path directory) {
    return store(directory, System::nanoTime);
  }

  private static ModelException problem(ModelStore store, String id) {
    return assertThrows(ModelException.class, () -> store.use(id, loaded -> loaded));
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
    try (ModelStore store = store(directory)) {
      ModelException first = problem(store, "mine");
      assertEquals(ModelException.Kind.INVALID_MODEL, first.kind());
      ModelException second = problem(store, "mine");
      assertSame("not read again", first, second.getCause());
      assertEquals(first.getMessage(), second.getMessage());
      Files.writeString(folder.resolve("notes.txt"), "a file that was not there");
      ModelException third = problem(store, "mine");
      assertNotSame("read again", first, third.getCause());
      Files.writeString(config, good);
      assertEquals(version(store), version(store));
    }
  }

  @Test
  public void testAModelThatIsTakenAwayIsNotFound() throws IOException {
    Path folder = Files.createDirectories(directory.resolve("gone"));
    try (ModelStore store = store(directory)) {
      assertTrue(store.has("gone"));
      assertEquals(ModelException.Kind.INVALID_MODEL, problem(store, "gone").kind());
      Files.delete(folder);
      assertFalse(store.has("gone"));
      assertEquals(ModelException.Kind.NOT_FOUND, problem(store, "gone").kind());
    }
  }

  /** A source whose models change when a test says so. */
  private static final class Announcing implements ModelSource {
    private final Map<String, ModelFolder> folders = new HashMap<>();
    private Consumer<String> told;

    @Override
    public Set<String> ids() {
      return folders.keySet();
    }

    @Override
    public Optional<ModelFolder> folder(String id) {
      return Optional.ofNullable(folders.get(id));
    }

    @Override
    public void onChange(Consumer<String> listener) {
      told = listener;
    }
  }

  @Test
  public void testAnAnnouncedChangeIsTakenOverAtOnce() throws IOException {
    Announcing source = new Announcing();
    Path first = copyEmbedded("trident-mini", "first");
    Path second = copyEmbedded("trident-mini", "second");
    describe(first, "first");
    describe(second, "second");
    AtomicLong clock = new AtomicLong(randomLong());
    source.folders.put("mine", new ModelFolder.OnDisk("mine", first));
    try (ModelStore store =
        new ModelStore(
            List.of(source), GraphOptions.onCpu(1), MemoryBudget.UNLIMITED, clock::get)) {
      source.told.accept("mine");
      assertEquals("first", description(store));
      long version = store.version("mine");
      source.folders.put("mine", new ModelFolder.OnDisk("mine", second));
      assertEquals("first", description(store));
      source.told.accept("mine");
      assertEquals("its cached encodings are not good any more", -1, store.version("mine"));
      assertEquals("second", description(store));
      assertTrue(store.version("mine") > version);
      source.folders.clear();
      assertTrue("nobody has said so yet", store.has("mine"));
      source.told.accept("mine");
      assertFalse(store.has("mine"));
      assertEquals(ModelException.Kind.NOT_FOUND, problem(store, "mine").kind());
    }
  }

  /** Files of a stored model that are sent again are as they were: only the source knows. */
  @Test
  public void testAProblemIsForgottenWhenTheSourceTellsOfAChange() throws IOException {
    Announcing source = new Announcing();
    Path files = copyEmbedded("trident-mini", "files");
    source.folders.put(
        "mine",
        new ModelFolder() {
          @Override
          public String id() {
            return "mine";
          }

          @Override
          public Optional<InputStream> open(String file) throws IOException {
            return new OnDisk(files).open(file);
          }

          @Override
          public String state() {
            return "always the same";
          }

          @Override
          public String source() {
            return "index";
          }
        });
    Path aside = Files.move(files.resolve("tokenizer.json"), directory.resolve("aside"));
    try (ModelStore store =
        new ModelStore(
            List.of(source), GraphOptions.onCpu(1), MemoryBudget.UNLIMITED, System::nanoTime)) {
      assertEquals(ModelException.Kind.INVALID_MODEL, problem(store, "mine").kind());
      Files.move(aside, files.resolve("tokenizer.json"));
      assertEquals("remembered", ModelException.Kind.INVALID_MODEL, problem(store, "mine").kind());
      source.told.accept("mine");
      assertEquals(version(store), version(store));
    }
  }

  @Test
  public void testAModelWhoseFilesAreTakenAwayIsListedWhileItIsUsed() throws IOException {
    Path folder = copyEmbedded("trident-mini", "mine");
    try (ModelStore store = store(directory)) {
      long version = version(store);
      Files.move(folder, directory.resolveSibling(directory.getFileName() + "-aside"));
      assertEquals(version, version(store));
      assertTrue(store.ids().toString(), store.ids().contains("mine"));
      assertTrue(store.isLoaded("mine"));
      assertTrue(store.glance("mine").loaded());
    }
  }

  /** Room for some bytes. */
  private static final class Bounded implements MemoryBudget {
    private final long limit;
    private long used;

    private Bounded(long limit) {
      this.limit = limit;
    }

    @Override
    public boolean reserve(long bytes) {
      if (used + bytes > limit) {
        return false;
      }
      used += bytes;
      return true;
    }

    @Override
    public void release(long bytes) {
      used -= bytes;
    }

    @Override
    public String toString() {
      return "[" + used + "] of [" + limit + "]";
    }
  }

  @Test
  public void testAModelThatDoesNotFitWaitsForOthersToBeIdle() throws IOException {
    Path folder = copyEmbedded("trident-mini", "one");
    copyEmbedded("trident-mini", "two");
    long size = Files.size(folder.resolve("model.onnx"));
    Bounded memory = new Bounded(size + randomLongBetween(0, size - 1));
    AtomicLong clock = new AtomicLong(randomLong());
    ModelStore store =
        new ModelStore(
            List.of(new ModelDirectory(directory)), GraphOptions.onCpu(1), memory, clock::get);
    store.use("one", loaded -> loaded);
    assertEquals(size, memory.used);
    assertEquals(size, store.bytes("one"));
    ModelException e = problem(store, "two");
    assertEquals(ModelException.Kind.REJECTED, e.kind());
    assertTrue(e.getMessage(), e.getMessage().contains("[" + size + "] of ["));
    clock.addAndGet(ModelStore.IDLE_NANOS);
    store.use("two", loaded -> loaded);
    assertEquals(size, memory.used);
    assertEquals(0, store.bytes("one"));
    Files.writeString(directory.resolve("one/trident.json"), "{}");
    clock.addAndGet(ModelStore.IDLE_NANOS);
    assertEquals(ModelException.Kind.INVALID_MODEL, problem(store, "one").kind());
    store.close();
    assertEquals("all is given back", 0, memory.used);
  }

  @Test
  public void testIdsOutsideOfTheDirectoryAreNotFound() throws IOException {
    Files.createDirectories(directory.resolve("models"));
    copyEmbedded("trident-mini", "outside");
    try (ModelStore store = store(directory.resolve("models"))) {
      for (String id : List.of("../outside", "..", ".", "", "/", "none", "../../etc")) {
        assertFalse(id, store.has(id));
        assertEquals(id, ModelException.Kind.NOT_FOUND, problem(store, id).kind());
      }
      assertEquals(new EmbeddedModels().ids(), store.ids());
    }
  }

  @Test
  public void testANodeWithoutModelsSaysWhatToDo() {
    try (ModelStore store =
        new ModelStore(
            List.of(), GraphOptions.onCpu(1), MemoryBudget.UNLIMITED, System::nanoTime)) {
      String message = problem(store, "trident-small").getMessage();
      assertTrue(message, message.startsWith("no model [trident-small]; the node has none"));
      assertTrue(message, message.contains("[config/trident/models]"));
      assertTrue(message, message.contains("[trident.default_encoder]"));
    }
  }

  @Test
  public void testNothingIsLoadedAfterClosing() {
    ModelStore store = store(directory);
    store.close();
    assertEquals("the node is shutting down", problem(store, "trident-mini").getMessage());
  }

  private static long version(ModelStore store) {
    return store.use("mine", LoadedModel::version);
  }

  private static void describe(Path folder, String line) throws IOException {
    Path config = folder.resolve("trident.json");
    String described =
        Files.readString(config)
            .replaceFirst("\"description\": \"[^\"]*\"", "\"description\": \"" + line + "\"");
    Files.writeString(config, described);
  }

  private static String description(ModelStore store) {
    return store.use("mine", loaded -> loaded.model().describe().description());
  }

  @Test
  public void testChangedFilesAreTakenOverWhenTheyChangeNoMore() throws IOException {
    Path folder = copyEmbedded("trident-mini", "mine");
    describe(folder, "first");
    AtomicLong clock = new AtomicLong(randomLong());
    try (ModelStore store = store(directory, clock::get)) {
      assertEquals(-1, store.version("mine"));
      assertEquals("first", description(store));
      long first = store.version("mine");
      describe(folder, "the second");
      assertEquals("not looked at yet", "first", description(store));
      clock.addAndGet(ModelStore.LOOK_NANOS);
      assertEquals("looked at once", "first", description(store));
      describe(folder, "another second");
      clock.addAndGet(ModelStore.LOOK_NANOS);
      assertEquals("has changed since", "first", description(store));
      clock.addAndGet(ModelStore.LOOK_NANOS);
      assertEquals("another second", description(store));
      assertTrue(store.version("mine") > first);
      describe(folder, "the third");
      assertEquals("who asks is told at once", "the third", store.describe("mine").description());
    }
  }

  @Test
  public void testABrokenChangeLeavesTheFormerModel() throws IOException {
    Path folder = copyEmbedded("trident-mini", "mine");
    describe(folder, "good");
    AtomicLong clock = new AtomicLong(randomLong());
    try (ModelStore store = store(directory, clock::get)) {
      assertEquals("good", description(store));
      Files.writeString(folder.resolve("trident.json"), "{}");
      for (int i = 0; i < 4; i++) {
        clock.addAndGet(ModelStore.LOOK_NANOS);
        assertEquals("good", description(store));
      }
      ModelException told = assertThrows(ModelException.class, () -> store.describe("mine"));
      assertTrue(told.getMessage(), told.getMessage().contains("[kind]"));
      assertEquals("good", description(store));
    }
  }

  @Test
  public void testTheFormerModelIsFreedAfterItsUse() throws IOException {
    Path folder = copyEmbedded("trident-mini", "mine");
    ModelStore store = store(directory);
    int tokens =
        store.use(
            "mine",
            former -> {
              change(folder);
              store.describe("mine");
              assertTrue(store.version("mine") > former.version());
              if (randomBoolean()) {
                store.close();
              }
              return former.model().tokenizer().tokenize("rivers and lakes").length();
            });
    assertTrue(tokens >= 3);
    store.close();
  }

  private static void change(Path folder) {
    try {
      describe(folder, "changed under way");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
