/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import io.trident.models.api.Representation;
import java.util.Map;
import java.util.Set;

/** What a loaded model does, which its kind says. Thread-safe. */
public sealed interface ModelTask permits OnnxEncoder, OnnxCrossEncoder, OnnxQueryGenerator {

  /** Runs the model on a text, in every way in which it can be run. */
  void tryOut(String text);

  /** What it makes of texts; nothing but for encoders. */
  default Set<Representation> representations() {
    return Set.of();
  }

  /** Dimensions of the dense vector and of token vectors. */
  default Map<Representation, Integer> dimensions() {
    return Map.of();
  }
}
