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
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The models of a node: those embedded in the plugin, and the folders of one directory, which is
 * looked at anew whenever a model is not known yet. A folder wins over an embedded model of its
 * name. Each model is loaded once, when it is first asked for. Thread-safe.
 */
final class ModelStore implements AutoCloseable {

  private static final String EMBEDDED_INDEX = "/io/trident/models/embedded/index.txt";
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

  private final Path directory;
  private final int threadsPerRun;
  private final Map<String, OnnxModel> loaded = new HashMap<>();
  private boolean closed;

  ModelStore(Path directory, int threadsPerRun) {
    this.directory = directory;
    this.threadsPerRun = threadsPerRun;
  }

  /** The folders of all models, by id. */
  SortedMap<String, ModelFolder> folders() {
    SortedMap<String, ModelFolder> folders = new TreeMap<>();
    for (String id : embedded()) {
      folders.put(id, new ModelFolder.Embedded(id));
    }
    if (directory != null && Files.isDirectory(directory)) {
      try (Stream<Path> paths = Files.list(directory)) {
        paths
            .filter(Files::isDirectory)
            .filter(path -> ID.matcher(path.getFileName().toString()).matches())
            .map(ModelFolder.OnDisk::new)
            .forEach(folder -> folders.put(folder.id(), folder));
      } catch (IOException e) {
        throw new UncheckedIOException("models in [" + directory + "] cannot be listed", e);
      }
    }
    return folders;
  }

  private static List<String> embedded() {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                ModelStore.class.getResourceAsStream(EMBEDDED_INDEX), StandardCharsets.UTF_8))) {
      return reader.lines().map(String::trim).filter(line -> line.isEmpty() == false).toList();
    } catch (IOException e) {
      throw new UncheckedIOException("the list of embedded models cannot be read", e);
    }
  }

  /**
   * A model, loaded when it is not yet.
   *
   * @throws ModelException NOT_FOUND or INVALID_MODEL
   */
  synchronized OnnxModel get(String id) {
    if (closed) {
      throw new ModelException(ModelException.Kind.FAILED, "the node is shutting down");
    }
    OnnxModel model = loaded.get(id);
    if (model == null) {
      SortedMap<String, ModelFolder> folders = folders();
      ModelFolder folder = folders.get(id);
      if (folder == null) {
        throw new ModelException(
            ModelException.Kind.NOT_FOUND,
            "no model [" + id + "]; the node has " + folders.keySet());
      }
      model = OnnxModel.load(folder, threadsPerRun);
      loaded.put(id, model);
    }
    return model;
  }

  @Override
  public synchronized void close() {
    closed = true;
    Collection<OnnxModel> models = List.copyOf(loaded.values());
    loaded.clear();
    models.forEach(OnnxModel::close);
  }
}
