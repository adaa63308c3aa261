/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.runtime;

import io.trident.models.api.Excerpt;
import io.trident.models.api.ModelDescription;
import io.trident.models.api.ModelException;
import io.trident.models.encoder.ModelReport;
import io.trident.models.encoder.OnnxModel;
import io.trident.models.folder.ModelFolder;
import io.trident.models.folder.ModelSource;
import io.trident.models.onnx.GraphOptions;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * The models of a node. Their sources are looked at anew whenever a model is not loaded, and the
 * first that has it wins.
 *
 * <p>Each model is loaded when it is first asked for, under a lock of its own: a large one does not
 * hold up the others. What is wrong with a broken one is remembered until a file of its folder
 * changes, or its source says that it has; what may pass by itself is not remembered.
 *
 * <p>A model whose files have changed, and change no more, is loaded anew by one of those who use
 * it, while the others use the former one, which is freed after them. When the new one is broken,
 * the former stays. Thread-safe.
 */
final class ModelStore implements AutoCloseable {

  /** How long files must have been as they are, and how often they are looked at. */
  static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** How long a model must have been unused to make way for another. */
  static final long IDLE_NANOS = TimeUnit.MINUTES.toNanos(5);

  private final List<ModelSource> sources;
  private final GraphOptions options;
  private final MemoryBudget memory;
  private final LongSupplier nanoTime;
  private final AtomicLong versions = new AtomicLong();

  /** Of models that are, or once were, there; so its size is bounded. */
  private final Map<String, Slot> slots = new ConcurrentHashMap<>();

  private volatile boolean closed;

  ModelStore(List<ModelSource> sources, GraphOptions options, MemoryBudget memory) {
    this(sources, options, memory, System::nanoTime);
  }

  /**
   * Loads nothing yet.
   *
   * @param sources the first that has a model gives it
   * @param memory counts what loaded models take
   * @param nanoTime the clock that says when to look for changed files
   */
  ModelStore(
      List<ModelSource> sources, GraphOptions options, MemoryBudget memory, LongSupplier nanoTime) {
    this.sources = List.copyOf(sources);
    this.options = options;
    this.memory = memory;
    this.nanoTime = nanoTime;
    this.sources.forEach(source -> source.onChange(this::changed));
  }

  /** The ids of all models, also of those that are used though their files were taken away. */
  SortedSet<String> ids() {
    SortedSet<String> ids = new TreeSet<>();
    sources.forEach(source -> ids.addAll(source.ids()));
    slots.keySet().stream().filter(this::isLoaded).forEach(ids::add);
    return ids;
  }

  /** Whether a model is in memory. */
  boolean isLoaded(String id) {
    Slot slot = slots.get(id);
    return slot != null && slot.loaded != null;
  }

  /** Whether a model is there, loaded or not, broken or not. */
  boolean has(String id) {
    return isLoaded(id) || folder(id) != null;
  }

  private ModelFolder folder(String id) {
    return sources.stream().flatMap(source -> source.folder(id).stream()).findFirst().orElse(null);
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
   * Uses a model that is loaded; null, and nothing done, when it is not, or its files are to be
   * looked at first.
   *
   * @param use gets the model, which must not be kept
   */
  <R> R useIfLoaded(String id, Function<LoadedModel, R> use) {
    Slot slot = slots.get(id);
    LoadedModel loaded = slot == null ? null : slot.acquireLoaded();
    return loaded == null ? null : use(loaded, use);
  }

  /**
   * Describes a model as its files are now; loaded when it is not yet, or they have changed.
   *
   * @throws ModelException NOT_FOUND or INVALID_MODEL
   */
  ModelDescription describe(String id) {
    return use(slot(id), true, loaded -> loaded.model().describe());
  }

  /**
   * Describes a model without loading it, where its source knows enough of it.
   *
   * @throws ModelException NOT_FOUND or INVALID_MODEL
   */
  ModelDescription glance(String id) {
    ModelFolder folder = folder(id);
    Slot slot = slots.get(id);
    boolean known = folder != null && folder.description().isPresent();
    return known && (slot == null || slot.isUntouched(folder.state()))
        ? folder.description().get()
        : describe(id);
  }

  /**
   * Reads and loads a model's files anew.
   *
   * @throws ModelException NOT_FOUND
   */
  ModelReport report(String id) {
    ModelFolder folder = folder(id);
    if (folder == null) {
      throw notFound(id);
    }
    return ModelReport.of(folder);
  }

  /** A source has, or no longer has, a model: the next use finds what is there. */
  private void changed(String id) {
    Slot slot = slots.get(id);
    if (slot != null && folder(id) == null) {
      slot.unload();
    } else if (slot != null) {
      slot.changes.incrementAndGet();
      slot.changed = true;
    }
  }

  private static <R> R use(Slot slot, boolean asItIsNow, Function<LoadedModel, R> use) {
    return use(slot.acquire(asItIsNow), use);
  }

  private static <R> R use(LoadedModel loaded, Function<LoadedModel, R> use) {
    try {
      return use.apply(loaded);
    } finally {
      loaded.release();
    }
  }

  /**
   * Another number whenever a model has been loaded anew; -1 when it is not loaded, or its files
   * are to be looked at first.
   */
  long version(String id) {
    Slot slot = slots.get(id);
    LoadedModel loaded = slot == null ? null : slot.loaded;
    return loaded == null || slot.isDue() ? -1 : loaded.version();
  }

  /** Native memory that a model takes, but for that of its runs; 0 when it is not loaded. */
  long bytes(String id) {
    Slot slot = slots.get(id);
    LoadedModel loaded = slot == null ? null : slot.loaded;
    return loaded == null ? 0 : loaded.bytes();
  }

  private void reserve(String id, long bytes) {
    boolean reserved = memory.reserve(bytes);
    for (Slot other : slots.values()) {
      if (reserved) {
        return;
      }
      reserved = other.makeWay() && memory.reserve(bytes);
    }
    if (reserved == false) {
      throw new ModelException(
          ModelException.Kind.REJECTED,
          "model [" + id + "] needs [" + bytes + "] bytes of native memory; taken are " + memory);
    }
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
        ModelException.Kind.NOT_FOUND,
        "no model ["
            + Excerpt.of(id)
            + "]; the node has "
            + (ids().isEmpty()
                ? "none, as its plugin was built without models: put one into"
                    + " [config/trident/models] and name it, in [trident.default_encoder] for all"
                    + " requests"
                : ids()));
  }

  /** What to throw when the node goes down. */
  static ModelException shuttingDown() {
    return new ModelException(ModelException.Kind.FAILED, "the node is shutting down");
  }

  /**
   * Why files were not loaded.
   *
   * @param state how they were
   * @param changes how many changes the source had told of before they were read
   */
  private record Refusal(ModelException problem, String state, int changes) {}

  /** The place of one model. */
  private final class Slot {
    private final String id;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile LoadedModel loaded;

    /** Whether the files are new for certain, and all there. */
    private volatile boolean changed;

    private volatile long lastUsed;

    /** When the files were last looked at; changed under the lock. */
    private volatile long lookedAt;

    /** How the files were when they were last looked at. Under the lock. */
    private String seen;

    /** How often the source has said that the files are others, or are there again. */
    private final AtomicInteger changes = new AtomicInteger();

    /** What was wrong with the files when they were last loaded. Under the lock. */
    private Refusal refusal;

    private Slot(String id) {
      this.id = id;
    }

    /** Whether files of a state have neither been loaded nor been refused. */
    private boolean isUntouched(String state) {
      lock.lock();
      try {
        return (loaded == null || state.equals(loaded.state()) == false)
            && isRefused(state) == false;
      } finally {
        lock.unlock();
      }
    }

    /** Whether files of a state have been refused, and nobody has said since that they changed. */
    private boolean isRefused(String state) {
      return refusal != null && state.equals(refusal.state) && refusal.changes == changes.get();
    }

    /** Whether the files are to be looked at. */
    private boolean isDue() {
      return changed || nanoTime.getAsLong() - lookedAt >= LOOK_NANOS;
    }

    /** The model as {@link #acquire} gives it, when it is there without a look at its files. */
    private LoadedModel acquireLoaded() {
      LoadedModel current = loaded;
      if (current == null || isDue() || current.acquire() == false) {
        return null;
      }
      lastUsed = nanoTime.getAsLong();
      return current;
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
        } else if (isDue() && lock.tryLock()) {
          try {
            boolean now = changed;
            changed = false;
            load(now);
          } catch (ModelException e) {
            // remembered, and told to who asks for a description; the former model is good
          } finally {
            lock.unlock();
          }
        }
        current = loaded;
        lastUsed = nanoTime.getAsLong();
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
      if (isRefused(state)) {
        ModelException problem = refusal.problem;
        throw new ModelException(problem.kind(), problem.getMessage(), problem);
      }
      LoadedModel former = loaded;
      int before = changes.get();
      try {
        loaded = load(folder, state);
      } catch (ModelException e) {
        if (e.kind() == ModelException.Kind.INVALID_MODEL) {
          refusal = new Refusal(e, state, before);
        }
        throw e;
      }
      if (former != null) {
        former.release();
      }
    }

    private LoadedModel load(ModelFolder folder, String state) {
      long bytes = OnnxModel.graphBytes(folder);
      reserve(id, bytes);
      LoadedModel made = null;
      try {
        OnnxModel model = OnnxModel.load(folder, options);
        made = new LoadedModel(model, state, versions.incrementAndGet(), bytes, memory);
        return made;
      } finally {
        if (made == null) {
          memory.release(bytes);
        }
      }
    }

    /** Unloads a model that nobody has used for long, unless it is at work now. */
    private boolean makeWay() {
      if (loaded == null
          || nanoTime.getAsLong() - lastUsed < IDLE_NANOS
          || lock.tryLock() == false) {
        return false;
      }
      try {
        unload();
        return true;
      } finally {
        lock.unlock();
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
