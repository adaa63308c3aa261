/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.vectors;

import io.trident.models.api.Encoding;
import io.trident.models.api.Inference;
import io.trident.models.api.Representation;
import io.trident.models.api.Side;
import io.trident.models.runtime.LocalInference;
import io.trident.models.runtime.RuntimeSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Encodes texts by one model, as the plugin does. Not thread-safe. */
public final class TextEncoder implements AutoCloseable {

  /** How many texts are best encoded at once. */
  public static final int BATCH = 32;

  private final LocalInference inference;
  private final String model;

  /**
   * Loads nothing yet.
   *
   * @param models a folder, for other models than those of the plugin; may be missing
   */
  public TextEncoder(Path models, String model) {
    this.inference =
        new LocalInference(
            models, RuntimeSettings.defaults(Runtime.getRuntime().availableProcessors()));
    this.model = model;
  }

  /** The model's id. */
  public String model() {
    return model;
  }

  /** Encodes texts; an encoding a text. */
  public List<Encoding> encode(List<String> texts, Side side, Set<Representation> wanted)
      throws IOException {
    try {
      return inference
          .encode(model, texts, side, wanted, Inference.Workload.INGEST)
          .toCompletableFuture()
          .get(1, TimeUnit.MINUTES);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new IOException("model [" + model + "] cannot encode", e);
    }
  }

  @Override
  public void close() {
    inference.close();
  }
}
