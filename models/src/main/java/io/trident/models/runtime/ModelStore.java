package io.trident.models.runtime;

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
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The models of a node: those embedded in the plugin, and the folders of one directory, which is
 * looked at anew whenever a model is not loaded. A folder wins over an embedded model of its name.
 *
 * <p>Each model is loaded once, when it is first asked for, under a lock of its own: a large one
 * does not hold up the others. What is wrong with a broken one is remembered until a file of its
 * folder changes. Thread-safe.
 */
final class ModelStore implements AutoCloseable {

  private static final String EMBEDDED_INDEX = "/io/trident/models/embedded/index.txt";
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

  private final Path directory;
  private final int threadsPerRun;
  private final Set<String> embedded = embedded();

  /** Of models that are, or once were, there; so its size is bounded. */
  private final Map<String, Slot> slots = new ConcurrentHashMap<>();

  private volatile boolean closed;

  ModelStore(Path directory, int threadsPerRun) {
    this.directory = directory;
    this.threadsPerRun = threadsPerRun;
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
    return (slot != null && slot.model != null) || folder(id) != null;
  }

  private ModelFolder folder(String id) {
    if (directory != null && ID.matcher(id).matches() && Files.isDirectory(directory.resolve(id))) {
      return new ModelFolder.OnDisk(directory.resolve(id));
    }
    return embedded.contains(id) ? new ModelFolder.Embedded(id) : null;
  }

  /**
   * A model, loaded when it is not yet.
   *
   * @throws ModelException NOT_FOUND or INVALID_MODEL
   */
  OnnxModel get(String id) {
    Slot slot = slots.get(id);
    if (slot == null) {
      if (folder(id) == null) {
        throw notFound(id);
      }
      slot = slots.computeIfAbsent(id, Slot::new);
    }
    OnnxModel model = slot.model;
    return model == null ? slot.load() : model;
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
    private volatile OnnxModel model;
    private ModelException problem;
    private String problemState;

    private Slot(String id) {
      this.id = id;
    }

    private synchronized OnnxModel load() {
      if (closed) {
        throw shuttingDown();
      }
      if (model == null) {
        ModelFolder folder = folder(id);
        if (folder == null) {
          throw notFound(id);
        }
        String state = folder.state(); // before the files are read: a later change is seen
        if (problem != null && state.equals(problemState)) {
          throw new ModelException(problem.kind(), problem.getMessage(), problem);
        }
        model = load(folder, state);
      }
      return model;
    }

    private OnnxModel load(ModelFolder folder, String state) {
      try {
        return OnnxModel.load(folder, threadsPerRun);
      } catch (ModelException e) {
        problem = e;
        problemState = state;
        throw e;
      }
    }

    private synchronized void unload() {
      if (model != null) {
        model.close();
        model = null;
      }
    }
  }

  /** Frees the models; none may be in use. */
  @Override
  public void close() {
    closed = true; // whoever comes later loads nothing
    slots.values().forEach(Slot::unload);
  }
}
