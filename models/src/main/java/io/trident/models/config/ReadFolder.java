/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trident.models.api.ModelDescription;
import io.trident.models.api.ModelException;
import io.trident.models.api.Sha256;
import io.trident.models.folder.ModelFolder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * A folder that remembers which of its files were read, so that the fingerprint of a model is that
 * of all files which decide its outputs, and of no other. Thread-safe.
 */
public final class ReadFolder implements ModelFolder {

  /** Bytes of SHA-256 that a fingerprint has: 16. */
  private static final int LENGTH = 16;

  private final ModelFolder folder;
  private final SortedSet<String> read = new ConcurrentSkipListSet<>();
  private final Map<String, String> digests = new ConcurrentHashMap<>();

  /** Has read nothing yet. */
  public ReadFolder(ModelFolder folder) {
    this.folder = folder;
  }

  /**
   * The fingerprint of the files that were read. Mappings keep it: of the same files, it must be
   * the same for ever. So a {@code trident.json} counts as what it says, in any order of its keys,
   * without the description, the license and what is null.
   */
  public String fingerprint() {
    StringBuilder files = new StringBuilder();
    for (String file : read) {
      files.append(file).append(' ').append(file.equals(CONFIG) ? config() : sha256(file));
      files.append('\n');
    }
    byte[] digest = Sha256.start().digest(files.toString().getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(digest, 0, LENGTH);
  }

  private String config() {
    ObjectNode config = FolderJson.read(folder, CONFIG, ObjectNode.class);
    config.remove(ModelConfig.FOR_PEOPLE);
    try {
      return FolderJson.MAPPER
          .writer(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .writeValueAsString(FolderJson.MAPPER.treeToValue(config, Object.class));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("what was read as JSON is written as such", e);
    }
  }

  @Override
  public String sha256(String file) {
    return digests.computeIfAbsent(file, folder::sha256);
  }

  @Override
  public Optional<InputStream> open(String file) throws IOException {
    return noted(file, folder.open(file));
  }

  @Override
  public Optional<Path> path(String file) {
    return noted(file, folder.path(file));
  }

  private <T> Optional<T> noted(String file, Optional<T> found) {
    if (found.isPresent()) {
      read.add(file);
    }
    return found;
  }

  @Override
  public String id() {
    return folder.id();
  }

  @Override
  public String state() {
    return folder.state();
  }

  @Override
  public String source() {
    return folder.source();
  }

  @Override
  public long version() {
    return folder.version();
  }

  @Override
  public Optional<ModelDescription> description() {
    return folder.description();
  }

  @Override
  public ModelException invalid(String what, Throwable cause) {
    return folder.invalid(what, cause);
  }
}
