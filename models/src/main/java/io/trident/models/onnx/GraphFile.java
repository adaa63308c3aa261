/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.onnx;

import io.trident.models.api.Excerpt;
import io.trident.models.api.ModelException;
import io.trident.models.folder.ModelFolder;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a graph needs besides itself. ONNX Runtime opens whatever file a graph names for weights, so
 * a graph is read here first, and refused when it names another than one of its own folder, or
 * operators that are not ONNX Runtime's, or when its {@link GraphFunctions} have no end.
 *
 * <p>All of the graph's messages that may hold a tensor or a node are visited, each once, without
 * keeping any: time is linear in the number of messages, and weights inside the graph are skipped.
 */
final class GraphFile {

  /** As deep as protobuf itself reads messages within messages. */
  private static final int MAX_DEPTH = 100;

  /** The types of elements that ONNX has. */
  private static final int MAX_TYPE = 23;

  /** Longer than the paths of files may be. */
  private static final int MAX_TEXT_BYTES = 4_096;

  /**
   * ONNX Runtime takes some names with it for addresses in its own memory, though files may have
   * them.
   */
  private static final String NO_FILE = "*";

  private final ModelFolder folder;
  private final String graph;
  private final ProtobufReader reader;
  private final Set<Path> files = new HashSet<>();
  private final GraphFunctions functions = new GraphFunctions();

  private GraphFile(ModelFolder folder, String graph, InputStream in) {
    this.folder = folder;
    this.graph = graph;
    this.reader = new ProtobufReader(in);
  }

  /** The messages of ONNX's schema that a tensor or a node may be in, with the texts to read. */
  private enum Message {
    MODEL,
    TRAINING,
    FUNCTION(1, 10, 13),
    GRAPH,
    NODE(4, 7, 8),
    ATTRIBUTE,
    SPARSE_TENSOR,
    TENSOR,
    ENTRY(1, 2),
    VALUE,
    TYPE,
    TENSOR_TYPE,
    LIST_TYPE,
    MAP_TYPE;

    private final Set<Integer> texts;

    /** The field with the type of a tensor; 0 for none. */
    private final int type;

    Message(Integer... texts) {
      this.texts = Set.of(texts);
      this.type = name().equals("TENSOR") ? 2 : name().equals("TENSOR_TYPE") ? 1 : 0;
    }

    /** What a field of the message holds; null for what holds no tensor. */
    private Message of(int field) {
      return switch (this) {
        case MODEL ->
            switch (field) {
              case 7 -> GRAPH;
              case 20 -> TRAINING;
              case 25 -> FUNCTION;
              default -> null;
            };
        case TRAINING -> field == 1 || field == 2 ? GRAPH : null;
        case FUNCTION ->
            switch (field) {
              case 7 -> NODE;
              case 11 -> ATTRIBUTE;
              case 12 -> VALUE;
              default -> null;
            };
        case GRAPH ->
            switch (field) {
              case 1 -> NODE;
              case 5 -> TENSOR;
              case 11, 12, 13 -> VALUE;
              case 15 -> SPARSE_TENSOR;
              default -> null;
            };
        case NODE -> field == 5 ? ATTRIBUTE : null;
        case ATTRIBUTE ->
            switch (field) {
              case 5, 10 -> TENSOR;
              case 6, 11 -> GRAPH;
              case 14, 15 -> TYPE;
              case 22, 23 -> SPARSE_TENSOR;
              default -> null;
            };
        case SPARSE_TENSOR -> field == 1 || field == 2 ? TENSOR : null;
        case TENSOR -> field == 13 ? ENTRY : null;
        case VALUE -> field == 2 ? TYPE : null;
        case TYPE ->
            switch (field) {
              case 1, 8 -> TENSOR_TYPE;
              case 4, 9 -> LIST_TYPE;
              case 5 -> MAP_TYPE;
              default -> null;
            };
        case LIST_TYPE -> field == 1 ? TYPE : null;
        case MAP_TYPE -> field == 2 ? TYPE : null;
        case ENTRY, TENSOR_TYPE -> null;
      };
    }
  }

  /**
   * The bytes of a graph and of the files in which it has weights; 0 when the graph is missing.
   *
   * @throws ModelException INVALID_MODEL when the graph is malformed, or has weights elsewhere than
   *     in files of its folder
   */
  static long bytes(ModelFolder folder, String graph) {
    try (InputStream in = folder.open(graph).orElse(null)) {
      if (in == null) {
        return 0;
      }
      GraphFile data = new GraphFile(folder, graph, new BufferedInputStream(in));
      data.visit(Message.MODEL, ProtobufReader.UNBOUNDED, 0);
      data.functions.check();
      long bytes = data.reader.position();
      for (Path file : data.files) {
        bytes += Files.size(file);
      }
      return bytes;
    } catch (IOException e) {
      throw folder.invalid(
          "has a graph [" + graph + "] that cannot be loaded: " + e.getMessage(), e);
    }
  }

  private void visit(Message message, long end, int depth) throws IOException {
    if (depth > MAX_DEPTH) {
      throw new IOException("its messages are more than [" + MAX_DEPTH + "] deep");
    }
    if (message == Message.FUNCTION) {
      functions.begin();
    }
    Map<Integer, String> texts = new HashMap<>();
    message.texts.forEach(field -> texts.put(field, ""));
    while (reader.next(end)) {
      Message part = reader.isDelimited() ? message.of(reader.field()) : null;
      if (part != null) {
        visit(part, reader.enter(end), depth + 1);
      } else if (reader.isDelimited() && texts.containsKey(reader.field())) {
        texts.put(reader.field(), reader.text(end, MAX_TEXT_BYTES));
      } else if (reader.isNumber() && reader.field() == message.type) {
        checkType(reader.number());
      } else {
        reader.skip(end);
      }
    }
    switch (message) {
      case ENTRY -> checkEntry(texts.get(1), texts.get(2));
      case NODE -> functions.call(texts.get(7), texts.get(4), texts.get(8));
      case FUNCTION -> functions.end(texts.get(10), texts.get(1), texts.get(13));
      default -> {}
    }
  }

  /** ONNX Runtime looks a type up in a table without asking whether it is in it. */
  private static void checkType(long type) throws IOException {
    if (type < 0 || type > MAX_TYPE) {
      throw new IOException(
          "a tensor must have a type from 0 to [" + MAX_TYPE + "], got [" + type + "]");
    }
  }

  private void checkEntry(String key, String value) throws IOException {
    if (key.equals("location") && isOwn(value) == false) {
      throw folder.invalid(
          "must have the weights of its graph ["
              + graph
              + "] in files of its own folder, got ["
              + Excerpt.of(value)
              + "]",
          null);
    }
  }

  /** Whether a file is of the model's folder; one that a link leads out of it is refused there. */
  private boolean isOwn(String location) throws IOException {
    try {
      Path relative = Path.of(location);
      boolean leadsDown =
          relative.isAbsolute() == false
              && relative.equals(relative.normalize())
              && location.contains(NO_FILE) == false
              && relative.startsWith("..") == false;
      Optional<Path> beside =
          leadsDown
              ? folder.path(Path.of(graph).resolveSibling(relative).toString())
              : Optional.empty();
      if (beside.isPresent()) {
        files.add(beside.get().toRealPath());
      }
      return beside.isPresent();
    } catch (InvalidPathException e) {
      return false;
    }
  }
}
