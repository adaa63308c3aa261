/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.folder;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A directory with a folder a model, named after it, looked at anew for every question.
 *
 * @param directory may be missing, or null
 */
public record ModelDirectory(Path directory) implements ModelSource {

  @Override
  public Set<String> ids() {
    if (directory == null || Files.isDirectory(directory) == false) {
      return Set.of();
    }
    try (Stream<Path> paths = Files.list(directory)) {
      return paths
          .filter(Files::isDirectory)
          .map(path -> path.getFileName().toString())
          .filter(id -> ID.matcher(id).matches())
          .collect(Collectors.toUnmodifiableSet());
    } catch (IOException e) {
      throw new UncheckedIOException("models in [" + directory + "] cannot be listed", e);
    }
  }

  @Override
  public Optional<ModelFolder> folder(String id) {
    return directory != null && ID.matcher(id).matches() && Files.isDirectory(directory.resolve(id))
        ? Optional.of(new ModelFolder.OnDisk(directory.resolve(id)))
        : Optional.empty();
  }
}
