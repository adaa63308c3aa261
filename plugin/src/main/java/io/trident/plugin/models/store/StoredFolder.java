/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.store;

import io.trident.models.api.ModelDescription;
import io.trident.models.api.ModelException;
import io.trident.models.folder.ModelFolder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;

/** The files of a stored model, fetched when the first of them is read. Thread-safe. */
final class StoredFolder implements ModelFolder {

  private final StoredModel model;
  private final ModelCache cache;
  private OnDisk copy;

  StoredFolder(StoredModel model, ModelCache cache) {
    this.model = model;
    this.cache = cache;
  }

  private synchronized OnDisk copy() {
    if (copy == null) {
      copy = new OnDisk(model.id(), cache.folder(model));
    }
    return copy;
  }

  /** What is wrong with files of a copy that has made way for others since is not the model's. */
  @Override
  public ModelException invalid(String what, Throwable cause) {
    return isThere()
        ? ModelFolder.super.invalid(what, cause)
        : new ModelException(
            ModelException.Kind.UNAVAILABLE,
            "model [" + id() + "] lost its copy while it was read; ask again",
            cause);
  }

  private synchronized boolean isThere() {
    return copy == null
        || model.files().stream().allMatch(file -> copy.path(file.name()).isPresent());
  }

  @Override
  public String id() {
    return model.id();
  }

  @Override
  public Optional<InputStream> open(String file) throws IOException {
    return copy().open(file);
  }

  @Override
  public Optional<Path> path(String file) {
    return copy().path(file);
  }

  @Override
  public String state() {
    return model.digest();
  }

  @Override
  public String source() {
    return "index";
  }

  @Override
  public long version() {
    return model.version();
  }

  @Override
  public Optional<ModelDescription> description() {
    return Optional.of(model.description());
  }
}
