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
import java.util.HashSet;
import java.util.Set;

/**
 * The files beside a graph in which it has weights. ONNX Runtime opens whatever file a graph names,
 * so a graph is read here first, and refused when it names another than one of its own folder.
 *
 * <p>All of the graph's messages that may hold a tensor are visited, each once, without keeping
 * any: time is linear in the number of messages, and weights inside the graph are skipped.
 */
final class ExternalData {

  /** As deep as protobuf itself reads messages within messages. */
  private static final int MAX_DEPTH = 100;

  /** Longer than the paths of files may be. */
  private static final int MAX_TEXT_BYTES = 4_096;

  private final ModelFolder folder;
  private final String graph;
  private final ProtobufReader reader;
  private final Set<Path> files = new HashSet<>();

  private ExternalData(ModelFolder folder, String graph, InputStream in) {
    this.folder = folder;
    this.graph = graph;
    this.reader = new ProtobufReader(in);
  }

  /** The messages of ONNX's schema that a tensor may be in. */
  private enum Message {
    MODEL,
    TRAINING,
    FUNCTION,
    GRAPH,
    NODE,
    ATTRIBUTE,
    SPARSE_TENSOR,
    TENSOR,
    ENTRY;

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
              default -> null;
            };
        case GRAPH ->
            switch (field) {
              case 1 -> NODE;
              case 5 -> TENSOR;
              case 15 -> SPARSE_TENSOR;
              default -> null;
            };
        case NODE -> field == 5 ? ATTRIBUTE : null;
        case ATTRIBUTE ->
            switch (field) {
              case 5, 10 -> TENSOR;
              case 6, 11 -> GRAPH;
              case 22, 23 -> SPARSE_TENSOR;
              default -> null;
            };
        case SPARSE_TENSOR -> field == 1 || field == 2 ? TENSOR : null;
        case TENSOR -> field == 13 ? ENTRY : null;
        case ENTRY -> null;
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
      ExternalData data = new ExternalData(folder, graph, new BufferedInputStream(in));
      data.visit(Message.MODEL, ProtobufReader.UNBOUNDED, 0);
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
    String key = "";
    String value = "";
    while (reader.next(end)) {
      Message part = reader.isDelimited() ? message.of(reader.field()) : null;
      if (part != null) {
        visit(part, reader.enter(end), depth + 1);
      } else if (message == Message.ENTRY && reader.isDelimited() && reader.field() == 1) {
        key = reader.text(end, MAX_TEXT_BYTES);
      } else if (message == Message.ENTRY && reader.isDelimited() && reader.field() == 2) {
        value = reader.text(end, MAX_TEXT_BYTES);
      } else {
        reader.skip(end);
      }
    }
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

  private boolean isOwn(String location) throws IOException {
    Path file = folder.path(graph).orElse(null);
    if (file == null) {
      return false;
    }
    try {
      Path relative = Path.of(location);
      boolean leadsDown =
          relative.isAbsolute() == false
              && relative.equals(relative.normalize())
              && relative.startsWith("..") == false;
      Path beside = leadsDown ? beside(relative) : null;
      boolean own = beside != null && beside.toRealPath().startsWith(root(file).toRealPath());
      if (own) {
        files.add(beside.toRealPath());
      }
      return own;
    } catch (InvalidPathException e) {
      return false;
    }
  }

  /** A file of the graph's own folder, or null. */
  private Path beside(Path relative) {
    return folder.path(Path.of(graph).resolveSibling(relative).toString()).orElse(null);
  }

  /** The folder that the graph's path, as the model names it, begins in. */
  private Path root(Path file) {
    Path root = file;
    for (int i = Path.of(graph).getNameCount(); i > 0; i--) {
      root = root.getParent();
    }
    return root;
  }
}
