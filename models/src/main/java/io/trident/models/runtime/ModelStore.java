package io.trident.models.runtime;

import io.trident.models.api.ModelDescription;
import io.trident.models.api.ModelException;
import io.trident.models.encoder.OnnxModel;
import io.trident.models.folder.ModelFolder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The models of a node: those embedded in the plugin, and the folders of one directory, which is
 * looked at anew whenever a model is not loaded. A folder wins over an embedded model of its name.
 *
 * <p>Each model is loaded when it is first asked for, under a lock of its own: a large one does not
 * hold up the others. What is wrong with a broken one is remembered until a file of its folder
 * changes.
 *
 * <p>A model whose files have changed, and change no more, is loaded anew by one of those who use
 * it, while the others use the former one, which is freed after them. When the new one is broken,
 * the former stays. Thread-safe.
 */
final class ModelStore implements AutoCloseable {

  private static final String EMBEDDED_INDEX = "/io/trident/models/embedded/index.txt";

  /** How long files must have been as they are, and how often they are looked at. */
  static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(5);

  private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

  private final Path directory;
  private final int threadsPerRun;
  private final Set<String> embedded = embedded();

  private final LongSupplier nanoTime;
  private final AtomicLong versions = new AtomicLong();

  /** Of models that are, or once were, there; so its size is bounded. */
  private final Map<String, Slot> slots = new ConcurrentHashMap<>();

  private volatile boolean closed;

  ModelStore(Path directory, int threadsPerRun) {
    this(directory, threadsPerRun, System::nanoTime);
  }

  /**
   * Loads nothing yet.
   *
   * @param nanoTime the clock that says when to look for changed files
   */
  ModelStore(Path directory, int threadsPerRun, LongSupplier nanoTime) {
    this.directory = directory;
    this.threadsPerRun = threadsPerRun;
    this.nanoTime = nanoTime;
  }

  private static Set<String> embedded() {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                ModelStore.class.getResourceAsStream(EMBEDDED_INDEX), StandardCharsets.UTF_8))) {
      return reader
          .lines()
          .map(String::trim)
          .filter(line -> line.isEmpty() == false)
          .collect(Collectors.toUnmodifiableSet());
    } catch (IOException e) {
      throw new UncheckedIOException("the list of embedded models cannot be read", e);
    }
  }

  /** The ids of all models. */
  SortedSet<String> ids() {
    SortedSet<String> ids = new TreeSet<>(embedded);
    if (directory != null && Files.isDirectory(directory)) {
      try (Stream<Path> paths = Files.list(directory)) {
        paths
            .filter(Files::isDirectory)
            .map(path -> path.getFileName().toString())
            .filter(id -> ID.matcher(id).matches())
            .forEach(ids::add);
      } catch (IOException e) {
        throw new UncheckedIOException("models in [" + directory + "] cannot be listed", e);
      }
    }
    return ids;
  }

  /** Whether a model is there, loaded or not, broken or not. */
  boolean has(String id) {
    Slot slot = slots.get(id);
    return (slot != null && slot.loaded != null) || folder(id) != null;
  }

  private ModelFolder folder(String id) {
    if (directory != null && ID.matcher(id).matches() && Files.isDirectory(directory.resolve(id))) {
      return new ModelFolder.OnDisk(directory.resolve(id));
    }
    return embedded.contains(id) ? new ModelFolder.Embedded(id) : null;
  }

  /**
   * Uses a model, which is loaded when it is not yet.
   *
   * @param use gets the model, which must not be kept
   * @throws ModelException NOT_FOUND or INVALID_MODEL
   */
  <R> R use(String id, Function<LoadedModel, R> use) {
    return use(slot(id), false, use);
  }

  /**
   * Describes a model as its files are now; loaded when it is not yet, or they have changed.
   *
   * @throws ModelException NOT_FOUND or INVALID_MODEL
   */
  ModelDescription describe(String id) {
    return use(slot(id), true, loaded -> loaded.model().describe());
  }

  private static <R> R use(Slot slot, boolean asItIsNow, Function<LoadedModel, R> use) {
    LoadedModel loaded = slot.acquire(asItIsNow);
    try {
      return use.apply(loaded);
    } finally {
      loaded.release();
    }
  }

  /** Another number whenever a model has been loaded anew; -1 when it is not loaded. */
  long version(String id) {
    Slot slot = slots.get(id);
    LoadedModel loaded = slot == null ? null : slot.loaded;
    return loaded == null ? -1 : loaded.version();
  }

  private Slot slot(String id) {
    Slot slot = slots.get(id);
    if (slot == null) {
      if (folder(id) == null) {
        throw notFound(id);
      }
      slot = slots.computeIfAbsent(id, Slot::new);
    }
    return slot;
  }

  /** What to throw for an id that no model has. */
  ModelException notFound(String id) {
    return new ModelException(
        ModelException.Kind.NOT_FOUND, "no model [" + id + "]; the node has " + ids());
  }

  /** What to throw when the node goes down. */
  static ModelException shuttingDown() {
    return new ModelException(ModelException.Kind.FAILED, "the node is shutting down");
  }

  /** The place of one model. */
  private final class Slot {
    private final String id;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile LoadedModel loaded;

    /** When the files were last looked at; changed under the lock. */
    private volatile long lookedAt;

    /** How the files were when they were last looked at. Under the lock. */
    private String seen;

    /** What was wrong with the files, and how they were. Under the lock. */
    private ModelException problem;

    private String problemState;

    private Slot(String id) {
      this.id = id;
    }

    /** The model, kept from being freed until it is released. */
    private LoadedModel acquire(boolean asItIsNow) {
      while (true) {
        LoadedModel current = loaded;
        if (current == null || asItIsNow) {
          lock.lock();
          try {
            load(true);
          } finally {
            lock.unlock();
          }
        } else if (nanoTime.getAsLong() - lookedAt >= LOOK_NANOS && lock.tryLock()) {
          try {
            load(false);
          } catch (ModelException e) {
            // remembered, and told to who asks for a description; the former model is good
          } finally {
            lock.unlock();
          }
        }
        current = loaded;
        if (current != null && current.acquire()) {
          return current;
        }
      }
    }

    /**
     * Loads the model when its files have changed.
     *
     * @param now else only when they are as they were when they were last looked at
     */
    private void load(boolean now) {
      if (closed) {
        throw shuttingDown();
      }
      ModelFolder folder = folder(id);
      if (folder == null && loaded == null) {
        throw notFound(id);
      }
      if (folder == null) {
        return; // what has been taken away is used until the node ends
      }
      lookedAt = nanoTime.getAsLong();
      String state = folder.state(); // before the files are read: a later change is seen
      boolean settled = now || state.equals(seen);
      seen = state;
      if (settled && (loaded == null || state.equals(loaded.state()) == false)) {
        replace(folder, state);
      }
    }

    private void replace(ModelFolder folder, String state) {
      if (problem != null && state.equals(problemState)) {
        throw new ModelException(problem.kind(), problem.getMessage(), problem);
      }
      LoadedModel former = loaded;
      try {
        OnnxModel model = OnnxModel.load(folder, threadsPerRun);
        loaded = new LoadedModel(model, state, versions.incrementAndGet());
      } catch (ModelException e) {
        problem = e;
        problemState = state;
        throw e;
      }
      if (former != null) {
        former.release();
      }
    }

    private void unload() {
      lock.lock();
      try {
        LoadedModel former = loaded;
        loaded = null;
        if (former != null) {
          former.release();
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /** Frees the models, those in use after their use. */
  @Override
  public void close() {
    closed = true; // whoever comes later loads nothing
    slots.values().forEach(Slot::unload);
  }
}
