/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Which passages are worth their vectors (static pruning by quality: Chang et al., SIGIR 2024).
 *
 * @param model the id of the model that judges them
 * @param threshold passages that it scores below this are dropped
 */
record Quality(String model, double threshold) {

  /** Whether each score is good enough. */
  List<Boolean> isReached(float[] scores) {
    return IntStream.range(0, scores.length).mapToObj(i -> scores[i] >= threshold).toList();
  }

  /** Reads the option and removes what it reads. */
  static Quality read(String tag, Map<String, Object> config) {
    String model = EncodeOptions.model(tag, config, "model");
    Object threshold = config.remove("threshold");
    if (model != null
        && threshold instanceof Number number
        && Double.isFinite(number.doubleValue())
        && config.isEmpty()) {
      return new Quality(model, number.doubleValue());
    }
    throw EncodeOptions.refused(
        tag,
        "quality",
        "must have a [model], a finite number as [threshold] and nothing else, got ["
            + EncodeOptions.echo(threshold)
            + "] and "
            + config.keySet());
  }
}
