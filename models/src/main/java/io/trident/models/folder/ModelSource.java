/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.folder;

import io.trident.models.api.ModelDescription;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * A place that models come from. Its answers are of the moment: what it has may change. It is asked
 * by threads that must not wait, so only reading a folder's files may take long. Thread-safe.
 */
public interface ModelSource {

  /** What an id looks like: it may be the name of a folder. */
  Pattern ID = ModelDescription.ID;

  /** The ids of the models that it has. */
  Set<String> ids();

  /** The folder of a model; empty when it has none of that id, and when the id is malformed. */
  Optional<ModelFolder> folder(String id);

  /** Says whom to tell the id of a model whose files are others now, or gone. */
  default void onChange(Consumer<String> listener) {}
}
