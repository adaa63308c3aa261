package io.trident.ingest;

import static org.opensearch.ingest.ConfigurationUtils.readStringProperty;

import java.util.Map;

/**
 * Which passages are worth their vectors (static pruning by quality: Chang et al., SIGIR 2024).
 *
 * @param model the id of the model that judges them
 * @param threshold passages that it scores below this are dropped
 */
record Quality(String model, double threshold) {

  /** Reads the option and removes what it reads. */
  static Quality read(String tag, Map<String, Object> config) {
    String model = readStringProperty(EncodeProcessor.TYPE, tag, config, "model");
    Object threshold = config.remove("threshold");
    if (threshold instanceof Number number
        && Double.isFinite(number.doubleValue())
        && config.isEmpty()) {
      return new Quality(model, number.doubleValue());
    }
    throw EncodeOptions.refused(
        tag,
        "quality",
        "must have a [model], a finite number as [threshold] and nothing else, got ["
            + threshold
            + "] and "
            + config.keySet());
  }
}
