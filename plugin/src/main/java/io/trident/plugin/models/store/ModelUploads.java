/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.store;

import io.trident.models.api.Excerpt;
import io.trident.models.api.ModelDescription;
import io.trident.models.api.ModelException;
import io.trident.models.encoder.OnnxModel;
import io.trident.models.folder.ModelDirectory;
import io.trident.models.folder.ModelFolder;
import io.trident.models.folder.ModelSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.common.UUIDs;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.env.Environment;

/**
 * Stores models in the index and takes them out. A model is stored in two steps: its files' chunks
 * first, and then its document, once the files have been fetched back, verified and loaded. Waits,
 * with deadlines. Thread-safe.
 */
public final class ModelUploads {

  /** Bytes of a chunk that is read from a file. */
  private static final int CHUNK = 4 << 20;

  /** Bytes of a chunk that a client sends, at most. */
  static final int MAX_CHUNK_BYTES = 16 << 20;

  private static final int MAX_CHUNKS = 10_000;

  /** Published models have some dozens; each is a request to a server, and a document at least. */
  private static final int MAX_FILES = ModelArchive.MAX_ENTRIES;

  /** Chunks of no version that were sent so long ago are nobody's. */
  private static final Duration ABANDONED = Duration.ofDays(1);

  private final Environment environment;
  private final ModelDirectory directory;
  private final ModelIndex index;
  private final ModelCache cache;
  private final ModelDownloads downloads;

  ModelUploads(
      Environment environment,
      ModelDirectory directory,
      ModelIndex index,
      ModelCache cache,
      ModelDownloads downloads) {
    this.environment = environment;
    this.directory = directory;
    this.index = index;
    this.cache = cache;
    this.downloads = downloads;
  }

  private static ModelException refused(String message) {
    return new ModelException(ModelException.Kind.BAD_REQUEST, message);
  }

  private void checkId(String id) {
    if (ModelSource.ID.matcher(id).matches() == false) {
      throw refused(
          "a model's id must be up to 100 letters, digits and [._-], got [" + Excerpt.of(id) + "]");
    }
    if (directory.folder(id).isPresent()) {
      throw refused(
          "model ["
              + id
              + "] is a folder in ["
              + directory.directory()
              + "], which is used before a stored one");
    }
  }

  /**
   * Stores a part of a file of a model to come.
   *
   * @param upload tells it from those of other uploads; empty for none
   */
  public void putChunk(String id, String sha256, String upload, int number, byte[] data) {
    checkId(id);
    StoredFile.checkSha256(sha256);
    String key = StoredFile.key(sha256, upload);
    if (number < 0 || number >= MAX_CHUNKS) {
      throw refused("a chunk must have a number of 0 to 9999, got [" + number + "]");
    }
    if (data.length == 0 || data.length > MAX_CHUNK_BYTES) {
      throw refused(
          "a chunk must have 1 to [" + MAX_CHUNK_BYTES + "] bytes, got [" + data.length + "]");
    }
    index.create();
    index.putChunk(id, key, number, data);
  }

  /** Makes a model of files whose chunks are stored. */
  public StoredModel put(String id, List<StoredFile> files) throws IOException {
    checkId(id);
    checkCount(files.size());
    index.create();
    return commit(id, files, index.get(id));
  }

  /** Makes a model of a folder that this node can read. */
  public StoredModel put(String id, String url) throws IOException {
    checkId(id);
    Path path = path(url);
    if (Files.isDirectory(path) == false) {
      throw refused("[url] must be a folder that this node can read, got [" + url + "]");
    }
    return put(id, path);
  }

  /**
   * Makes a model of an archive that is fetched from a URL, or that this node can read.
   *
   * @param sha256 the digest of the archive; null for a file's
   * @param config what to put in place of its {@code trident.json}, or null
   */
  public StoredModel putArchive(String id, String url, String sha256, byte[] config)
      throws IOException {
    checkId(id);
    if (sha256 != null) {
      StoredFile.checkSha256(sha256);
    } else if (url.startsWith("file:") == false) {
      throw refused("[sha256] must be that of the archive, to fetch it from [" + url + "]");
    }
    Path part = cache.unfinished(id);
    try {
      Path archive = part.resolve("archive");
      fetch(id, url, archive);
      String found = ModelCache.sha256(archive);
      if (sha256 != null && sha256.equals(found) == false) {
        throw refused("[" + url + "] must have the SHA-256 [" + sha256 + "], got [" + found + "]");
      }
      Path folder = Files.createDirectory(part.resolve("model"));
      ModelArchive.unpack(url, archive, found, folder, downloads.limit());
      if (config != null) {
        Files.write(folder.resolve(ModelFolder.CONFIG), config);
      }
      return put(id, folder);
    } finally {
      ModelCache.delete(part);
    }
  }

  private void fetch(String id, String url, Path to) throws IOException {
    try (InputStream in =
            url.startsWith("file:") ? Files.newInputStream(file(url)) : downloads.open(url);
        OutputStream out = Files.newOutputStream(to)) {
      long left = downloads.limit();
      for (byte[] chunk = in.readNBytes(CHUNK); chunk.length > 0; chunk = in.readNBytes(CHUNK)) {
        left -= chunk.length;
        if (left < 0) {
          throw tooLarge(id);
        }
        out.write(chunk);
      }
    }
  }

  private Path file(String url) throws IOException {
    Path path = path(url);
    if (Files.isRegularFile(path) == false) {
      throw refused("[url] must be a file that this node can read, got [" + url + "]");
    }
    return path;
  }

  private StoredModel put(String id, Path path) throws IOException {
    ModelFolder folder = new ModelFolder.OnDisk(id, path);
    List<String> names = PublishedFiles.of(folder, path);
    checkCount(names.size());
    index.create();
    ModelIndex.Entry former = index.get(id);
    Upload upload = new Upload(id);
    List<StoredFile> files = new ArrayList<>();
    for (String name : names) {
      Path file = path.resolve(name);
      String sha256 = ModelCache.sha256(file);
      try (InputStream in = Files.newInputStream(file)) {
        files.add(upload.write(name, sha256, in));
      }
    }
    return commit(id, files, former);
  }

  /**
   * Makes a model of files that are fetched from below a URL.
   *
   * @param wanted the files; chunks are made here, whatever they say of them
   */
  public StoredModel put(String id, String url, List<StoredFile> wanted) throws IOException {
    checkId(id);
    checkCount(wanted.size());
    index.create();
    ModelIndex.Entry former = index.get(id);
    Upload upload = new Upload(id);
    List<StoredFile> files = new ArrayList<>();
    for (StoredFile file : wanted) {
      try (InputStream in = downloads.open(url, file.name())) {
        files.add(upload.write(file.name(), file.sha256(), in));
      }
    }
    return commit(id, files, former);
  }

  private static void checkCount(int files) {
    if (files > MAX_FILES) {
      throw refused("a model must have at most [" + MAX_FILES + "] files, got [" + files + "]");
    }
  }

  /** Stores the chunks of the files of one model, as long as the model cache has room for them. */
  private final class Upload {
    private final String id;
    private final String name = UUIDs.base64UUID();
    private long left = downloads.limit();

    private Upload(String id) {
      this.id = id;
    }

    /** Stores what a stream gives. */
    private StoredFile write(String file, String sha256, InputStream in) throws IOException {
      String key = StoredFile.key(sha256, name);
      int chunks = 0;
      byte[] chunk = in.readNBytes(CHUNK);
      do {
        left -= chunk.length;
        if (left < 0) {
          throw tooLarge(id);
        }
        index.putChunk(id, key, chunks, chunk);
        chunks++;
        chunk = in.readNBytes(CHUNK);
      } while (chunk.length > 0);
      return new StoredFile(file, sha256, chunks, name);
    }
  }

  private ModelException tooLarge(String id) {
    return refused(
        "model ["
            + id
            + "] has files of more than the ["
            + downloads.limit()
            + "] bytes of the model cache");
  }

  /**
   * Removes what a version that is stored now has replaced, and what was sent long ago and is part
   * of no version. What was sent since belongs to another upload, which goes on.
   */
  private void clear(StoredModel model, ModelIndex.Entry former) {
    List<String> kept = keys(model);
    List<String> replaced = keys(former.model());
    long old = System.currentTimeMillis() - ABANDONED.toMillis();
    index.deleteChunks(
        model.id(),
        chunk ->
            kept.contains(chunk.file()) == false
                && (chunk.uploaded() < old
                    || (replaced.contains(chunk.file()) && chunk.seqNo() < former.seqNo())));
  }

  private static List<String> keys(StoredModel model) {
    return model == null ? List.of() : model.files().stream().map(StoredFile::key).toList();
  }

  /** Where a URL points, inside of the paths that the node's administrator has opened. */
  private Path path(String url) throws IOException {
    URI uri;
    try {
      uri = URI.create(url);
    } catch (IllegalArgumentException e) {
      throw refused(
          "[url] must be a URL, got [" + Excerpt.of(url) + "]: " + Excerpt.of(e.getMessage()));
    }
    if ("file".equals(uri.getScheme()) == false || uri.getPath() == null) {
      throw refused("[url] must begin with [file:///], got [" + Excerpt.of(url) + "]");
    }
    Path named = environment.resolveRepoFile(uri.getPath());
    if (named == null) {
      throw refused(
          "[url] must lie in a directory of the node setting [path.repo], got ["
              + Excerpt.of(url)
              + "]");
    }
    if (Files.isReadable(named) == false) {
      throw refused(
          "[url] must be something that this node can read, got [" + Excerpt.of(url) + "]");
    }
    Path real = named.toRealPath();
    for (Path allowed : environment.repoFiles()) {
      if (Files.exists(allowed) && real.startsWith(allowed.toRealPath())) {
        return real;
      }
    }
    throw refused("[url] must not lead out of [path.repo], got [" + Excerpt.of(url) + "]");
  }

  private StoredModel commit(String id, List<StoredFile> files, ModelIndex.Entry former)
      throws IOException {
    long version = former.model() == null ? 1 : former.model().version() + 1;
    StoredModel loading = new StoredModel(id, version, files, null);
    Path part = fetch(loading);
    try {
      ModelDescription description = tryOut(id, part).stored(version);
      StoredModel model = new StoredModel(id, version, files, description);
      index.put(model, former);
      cache.keep(part, model);
      clear(model, former);
      return model;
    } finally {
      if (Files.exists(part)) {
        ModelCache.delete(part);
      }
    }
  }

  /** Here what is missing is missing from the request, and asking again does not help. */
  private Path fetch(StoredModel model) throws IOException {
    try {
      return cache.fetch(model);
    } catch (ModelException e) {
      throw new ModelException(ModelException.Kind.INVALID_MODEL, e.getMessage(), e);
    }
  }

  private static ModelDescription tryOut(String id, Path folder) {
    try (OnnxModel model = OnnxModel.load(new ModelFolder.OnDisk(id, folder), 1)) {
      return model.describe();
    }
  }

  /** Takes a model out, with what was uploaded for it, unless something names it. */
  public void delete(String id, List<String> uses) {
    if (index.exists() == false) {
      throw notStored(id);
    }
    StoredModel model = index.get(id).model();
    if (model != null && uses.isEmpty() == false) {
      throw new OpenSearchStatusException(
          "model [" + id + "] must not be deleted while it is used by " + String.join(", ", uses),
          RestStatus.CONFLICT);
    }
    if (model != null) {
      index.delete(id);
    }
    index.deleteChunks(id, chunk -> true);
    if (model == null) {
      throw notStored(id);
    }
  }

  private static ModelException notStored(String id) {
    return new ModelException(
        ModelException.Kind.NOT_FOUND, "no model [" + id + "] is stored in the cluster");
  }
}
