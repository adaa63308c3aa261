/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.store;

import io.trident.models.api.ModelException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.opensearch.common.hash.MessageDigests;
import org.opensearch.common.util.io.IOUtils;
import org.opensearch.core.common.unit.ByteSizeValue;

/**
 * Copies of stored models on this node's disk, a folder a version, made when a version is first
 * needed and removed, the longest unused first, when they take too much room. A copy is used only
 * after its bytes had the digests that the index says. Thread-safe.
 */
final class ModelCache {

  private static final String UNFINISHED = ".part";

  private final Path directory;
  private final long limit;

  /** Gives the chunks of files. */
  interface Chunks {

    /**
     * A part of a file.
     *
     * @throws ModelException UNAVAILABLE when it is missing
     */
    byte[] chunk(String model, StoredFile file, int number);
  }

  private final Chunks chunks;

  /**
   * Makes the cache, and clears away what a former run of the node did not finish.
   *
   * @param directory of this node alone; made when it is first needed
   * @param limit bytes of all copies together
   */
  ModelCache(Path directory, ByteSizeValue limit, Chunks chunks) {
    this.directory = directory;
    this.limit = limit.getBytes();
    this.chunks = chunks;
    for (Path folder : folders()) {
      if (isUnfinished(folder)) {
        delete(folder);
      }
    }
  }

  private static boolean isUnfinished(Path folder) {
    return folder.getFileName().toString().endsWith(UNFINISHED);
  }

  private static String name(StoredModel model) {
    return model.id() + "#" + model.digest();
  }

  /** The folder of a version, complete and verified. */
  Path folder(StoredModel model) {
    Path folder = directory.resolve(name(model));
    try {
      if (Files.isDirectory(folder)) {
        if (isWhole(folder, model)) {
          Files.setLastModifiedTime(folder, FileTime.from(Clock.systemUTC().instant()));
          return folder;
        }
        delete(folder);
      }
      Path part = fetch(model);
      keep(part, folder);
      return folder;
    } catch (IOException e) {
      throw new ModelException(
          ModelException.Kind.UNAVAILABLE,
          "model [" + model.id() + "] cannot be kept in [" + directory + "]: " + e,
          e);
    }
  }

  private static boolean isWhole(Path folder, StoredModel model) throws IOException {
    for (StoredFile file : model.files()) {
      Path path = folder.resolve(file.name());
      if (Files.isRegularFile(path) == false || file.sha256().equals(sha256(path)) == false) {
        return false;
      }
    }
    return true;
  }

  static String sha256(Path file) throws IOException {
    MessageDigest digest = MessageDigests.sha256();
    try (OutputStream out = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
      Files.copy(file, out);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /**
   * Fetches a version into a new folder, which the caller keeps or deletes.
   *
   * @throws ModelException UNAVAILABLE when a chunk is missing or a digest is another, which
   *     another upload mends; INVALID_MODEL when the model is larger than the cache
   */
  Path fetch(StoredModel model) throws IOException {
    Path folder = unfinished(model.id());
    boolean complete = false;
    try {
      long bytes = 0;
      for (StoredFile file : model.files()) {
        bytes += write(folder, model, file, limit - bytes);
      }
      makeRoom();
      complete = true;
      return folder;
    } finally {
      if (complete == false) {
        delete(folder);
      }
    }
  }

  /** A new folder, which the caller keeps or deletes; else it is gone when the node starts. */
  Path unfinished(String id) throws IOException {
    Files.createDirectories(directory);
    Path part = Files.createTempDirectory(directory, id + "#");
    Path folder = part.resolveSibling(part.getFileName() + UNFINISHED);
    return Files.move(part, folder);
  }

  private long write(Path folder, StoredModel model, StoredFile file, long room)
      throws IOException {
    Path path = folder.resolve(file.name());
    Files.createDirectories(path.getParent());
    MessageDigest digest = MessageDigests.sha256();
    long bytes = 0;
    try (OutputStream out = new DigestOutputStream(Files.newOutputStream(path), digest)) {
      for (int number = 0; number < file.chunks(); number++) {
        byte[] chunk = chunks.chunk(model.id(), file, number);
        bytes += chunk.length;
        if (bytes > room) {
          throw new ModelException(
              ModelException.Kind.INVALID_MODEL,
              "model ["
                  + model.id()
                  + "] takes more than the ["
                  + limit
                  + "] bytes of the model cache");
        }
        out.write(chunk);
      }
    }
    String sha256 = HexFormat.of().formatHex(digest.digest());
    if (sha256.equals(file.sha256()) == false) {
      throw new ModelException(
          ModelException.Kind.UNAVAILABLE,
          "model ["
              + model.id()
              + "] has a file ["
              + file.name()
              + "] that must have the SHA-256 ["
              + file.sha256()
              + "], got ["
              + sha256
              + "] of ["
              + bytes
              + "] bytes in ["
              + file.chunks()
              + "] chunks");
    }
    return bytes;
  }

  /** Makes a fetched folder the one of its version. */
  void keep(Path fetched, StoredModel model) throws IOException {
    keep(fetched, directory.resolve(name(model)));
  }

  private static void keep(Path fetched, Path folder) throws IOException {
    try {
      Files.move(fetched, folder, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      if (Files.isDirectory(folder) == false) {
        throw e;
      }
      delete(fetched); // another thread was faster
    }
  }

  /** Removes the copies of versions that are no longer stored. */
  void retain(Set<StoredModel> models) {
    Set<String> names = Set.copyOf(models.stream().map(ModelCache::name).toList());
    for (Path folder : folders()) {
      if (isUnfinished(folder) == false
          && names.contains(folder.getFileName().toString()) == false) {
        delete(folder);
      }
    }
  }

  /** Removes copies until all folders fit, those included that are being fetched. */
  private synchronized void makeRoom() throws IOException {
    List<Path> oldest = new ArrayList<>();
    long used = 0;
    for (Path folder : folders()) {
      used += size(folder);
      if (isUnfinished(folder) == false) {
        oldest.add(folder);
      }
    }
    oldest.sort(Comparator.comparing(ModelCache::lastUsed));
    for (Path folder : oldest) {
      if (used <= limit) {
        break;
      }
      used -= size(folder);
      delete(folder);
    }
  }

  private static FileTime lastUsed(Path folder) {
    try {
      return Files.getLastModifiedTime(folder);
    } catch (IOException e) {
      return FileTime.fromMillis(0); // gone already
    }
  }

  private static long size(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    } catch (IOException | UncheckedIOException e) {
      if (Files.exists(folder)) {
        throw e;
      }
      return 0; // another thread has removed it meanwhile
    }
  }

  private List<Path> folders() {
    if (Files.isDirectory(directory) == false) {
      return List.of();
    }
    try (Stream<Path> folders = Files.list(directory)) {
      return folders.toList();
    } catch (IOException e) {
      throw new ModelException(
          ModelException.Kind.UNAVAILABLE, "[" + directory + "] cannot be listed: " + e, e);
    }
  }

  /** Deletes a folder. What cannot be deleted now is, when room is needed or the node starts. */
  static void delete(Path folder) {
    try {
      IOUtils.rm(folder);
    } catch (IOException e) {
      if (Files.exists(folder)) { // else another thread was faster
        throw new ModelException(
            ModelException.Kind.UNAVAILABLE, "[" + folder + "] cannot be deleted: " + e, e);
      }
    }
  }
}
