/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.folder;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The models among the resources of this module, of which a build may leave some out. */
public final class EmbeddedModels implements ModelSource {

  private static final String INDEX = "/io/trident/models/embedded/index.txt";

  private final Set<String> ids;

  /** Reads the list of the models. */
  public EmbeddedModels() {
    this(id -> new ModelFolder.Embedded(id).has(ModelFolder.CONFIG));
  }

  /**
   * Reads the list of the models.
   *
   * @param isThere whether the files of a model are there
   */
  EmbeddedModels(Predicate<String> isThere) {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                EmbeddedModels.class.getResourceAsStream(INDEX), StandardCharsets.UTF_8))) {
      ids =
          reader
              .lines()
              .map(String::trim)
              .filter(line -> line.isEmpty() == false)
              .filter(isThere)
              .collect(Collectors.toUnmodifiableSet());
    } catch (IOException e) {
      throw new UncheckedIOException("the list of embedded models cannot be read", e);
    }
  }

  @Override
  public Set<String> ids() {
    return ids;
  }

  @Override
  public Optional<ModelFolder> folder(String id) {
    return ids.contains(id) ? Optional.of(new ModelFolder.Embedded(id)) : Optional.empty();
  }
}
