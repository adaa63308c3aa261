/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.models.folder.ModelFolder;
import java.util.Arrays;

/** What a layer does to each value that comes out of it, by its name in torch.nn. */
enum Activation {
  IDENTITY("Identity") {
    @Override
    double of(double value) {
      return value;
    }
  },
  TANH("Tanh") {
    @Override
    double of(double value) {
      return Math.tanh(value);
    }
  },
  RELU("ReLU") {
    @Override
    double of(double value) {
      return value < 0 ? 0 : value; // what is no number stays none
    }
  },
  SIGMOID("Sigmoid") {
    @Override
    double of(double value) {
      return 1 / (1 + Math.exp(-value));
    }
  },
  SILU("SiLU") {
    @Override
    double of(double value) {
      return value / (1 + Math.exp(-value));
    }
  };

  private final String className;

  Activation(String className) {
    this.className = className;
  }

  abstract double of(double value);

  /**
   * The activation of a layer.
   *
   * @param file the layer's weights, for messages
   * @param config what the config.json beside them says
   * @throws io.trident.models.api.ModelException INVALID_MODEL when it is another one
   */
  static Activation of(ModelFolder folder, String file, JsonNode config) {
    String named = config.path("activation_function").asText("torch.nn.modules.linear.Identity");
    String name = named.substring(named.lastIndexOf('.') + 1);
    return Arrays.stream(values())
        .filter(activation -> named.startsWith("torch.nn.") && activation.className.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                folder.invalid(
                    "must have an [activation_function] of torch.nn of "
                        + Arrays.stream(values()).map(known -> known.className).toList()
                        + " in the [config.json] beside ["
                        + file
                        + "], got ["
                        + named
                        + "]",
                    null));
  }
}
