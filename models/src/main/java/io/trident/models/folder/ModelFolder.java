/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.folder;

import io.trident.models.api.ModelDescription;
import io.trident.models.api.ModelException;
import io.trident.models.api.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.Stream;

/** The files of one model. Thread-safe. */
public interface ModelFolder {

  /** The file of the graph. */
  String GRAPH = "model.onnx";

  /** Where published folders have it. */
  String PUBLISHED_GRAPH = "onnx/model.onnx";

  /** The graph of an encoder that has a decoder beside it, as exports name it. */
  String ENCODER = "encoder_model.onnx";

  /** The graph of that decoder, which is told all tokens so far with every step. */
  String DECODER = "decoder_model.onnx";

  /** The file that says what the model is. */
  String CONFIG = "trident.json";

  /** Bytes of a file that is read whole: 128 MiB. Graphs on disk are read by other means. */
  int MAX_READ_BYTES = 128 << 20;

  /** Characters of what is said of a model: its files' own words may be in it. */
  int MAX_MESSAGE = 2_000;

  /** The model's id. */
  String id();

  /** Opens a file; empty when the folder lacks it. */
  Optional<InputStream> open(String file) throws IOException;

  /**
   * Reads a file whole.
   *
   * @throws ModelException INVALID_MODEL when the folder lacks it, or it cannot be read, or is too
   *     large for the heap
   */
  default byte[] read(String file) {
    try (InputStream in =
        open(file).orElseThrow(() -> invalid("must have the file [" + file + "]", null))) {
      byte[] bytes = in.readNBytes(MAX_READ_BYTES);
      if (in.read() >= 0) {
        throw invalid(
            "must have at most [" + MAX_READ_BYTES + "] bytes in [" + file + "], got more", null);
      }
      return bytes;
    } catch (IOException e) {
      throw invalid("has a file [" + file + "] that cannot be read: " + e.getMessage(), e);
    }
  }

  /** Whether the folder has a file. */
  default boolean has(String file) {
    try (InputStream in = open(file).orElse(null)) {
      return in != null;
    } catch (IOException e) {
      throw invalid("has a file [" + file + "] that cannot be read: " + e.getMessage(), e);
    }
  }

  /** The graph's file, wherever it is; where there are an encoder and a decoder, the encoder's. */
  default String graph() {
    return Stream.of(GRAPH, PUBLISHED_GRAPH, ENCODER, "onnx/" + ENCODER)
        .filter(this::has)
        .findFirst()
        .orElse(GRAPH);
  }

  /** The decoder's file, beside the encoder's; empty where one graph is all. */
  default Optional<String> decoder() {
    String graph = graph();
    String decoder = graph.replace(ENCODER, DECODER);
    return graph.endsWith(ENCODER) && has(decoder) ? Optional.of(decoder) : Optional.empty();
  }

  /** The names, sizes and times of the files, which change when a file does. */
  String state();

  /** Where the files come from: {@code embedded}, {@code directory} or {@code index}. */
  String source();

  /** Counts up when the model is stored anew; 0 where it has no versions. */
  default long version() {
    return 0;
  }

  /** What is known of the model without loading it; empty when it must be loaded for that. */
  default Optional<ModelDescription> description() {
    return Optional.empty();
  }

  /** What to throw when something is wrong with the model. */
  default ModelException invalid(String what, Throwable cause) {
    String shown = what.length() <= MAX_MESSAGE ? what : what.substring(0, MAX_MESSAGE) + "…";
    return new ModelException(
        ModelException.Kind.INVALID_MODEL, "model [" + id() + "] " + shown, cause);
  }

  /** Where a file is on disk; empty when it is elsewhere, or not there. */
  default Optional<Path> path(String file) {
    return Optional.empty();
  }

  /** The SHA-256 of a file's bytes, in hexadecimal. */
  default String sha256(String file) {
    try (DigestInputStream in =
        new DigestInputStream(
            open(file).orElseThrow(() -> invalid("must have the file [" + file + "]", null)),
            Sha256.start())) {
      in.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(in.getMessageDigest().digest());
    } catch (IOException e) {
      throw invalid("has a file [" + file + "] that cannot be read: " + e.getMessage(), e);
    }
  }

  /** A folder on disk. */
  record OnDisk(String id, Path path) implements ModelFolder {

    /** A folder that is named after the model. */
    public OnDisk(Path path) {
      this(path.getFileName().toString(), path);
    }

    /**
     * {@inheritDoc}
     *
     * @throws ModelException INVALID_MODEL when it is a link that leads out of the folder
     */
    @Override
    public Optional<Path> path(String file) {
      try {
        Path inside = path.resolve(file).normalize();
        if (inside.startsWith(path) == false || Files.isRegularFile(inside) == false) {
          return Optional.empty();
        }
        if (inside.toRealPath().startsWith(path.toRealPath()) == false) {
          throw invalid("must have a file [" + file + "] of its own, got a link elsewhere", null);
        }
        return Optional.of(inside);
      } catch (InvalidPathException | NoSuchFileException e) {
        return Optional.empty(); // no file has that name, or it is gone since
      } catch (IOException e) {
        throw invalid("has a file [" + file + "] that cannot be found: " + e.getMessage(), e);
      }
    }

    @Override
    public Optional<InputStream> open(String file) throws IOException {
      Path inside = path(file).orElse(null);
      return inside == null ? Optional.empty() : Optional.of(Files.newInputStream(inside));
    }

    @Override
    public String source() {
      return "directory";
    }

    @Override
    public String state() {
      try (Stream<Path> paths = Files.walk(path)) {
        StringBuilder state = new StringBuilder(path.toString());
        for (Path file : paths.filter(Files::isRegularFile).sorted().toList()) {
          state
              .append('\n')
              .append(path.relativize(file))
              .append(' ')
              .append(Files.size(file))
              .append(' ')
              .append(Files.getLastModifiedTime(file));
        }
        return state.toString();
      } catch (IOException | UncheckedIOException e) {
        throw invalid("has files that cannot be listed: " + e.getMessage(), e);
      }
    }
  }

  /** A folder among the resources of this module: {@code embedded/<id>/}. */
  record Embedded(String id) implements ModelFolder {
    @Override
    public Optional<InputStream> open(String file) {
      return Optional.ofNullable(
          ModelFolder.class.getResourceAsStream("/io/trident/models/embedded/" + id + "/" + file));
    }

    @Override
    public String state() {
      return source();
    }

    @Override
    public String source() {
      return "embedded";
    }
  }
}
