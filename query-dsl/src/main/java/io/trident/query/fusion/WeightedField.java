/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.models.api.Excerpt;
import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;

/**
 * A field to search by a text, and the weight of its legs.
 *
 * @param name the full name
 * @param weight positive
 */
record WeightedField(String name, float weight) implements Writeable {

  WeightedField {
    if (name.isEmpty() || name.indexOf('*') >= 0) {
      throw new IllegalArgumentException(
          "[fields] must hold full names of fields, perhaps with a weight as in [title^2], got ["
              + Excerpt.of(name)
              + "]");
    }
    if ((weight > 0 && Float.isFinite(weight)) == false) {
      throw new IllegalArgumentException(
          "field ["
              + Excerpt.of(name)
              + "] must have a positive, finite weight, got ["
              + weight
              + "]");
    }
  }

  WeightedField(StreamInput in) throws IOException {
    this(in.readString(), in.readFloat());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeString(name);
    out.writeFloat(weight);
  }

  /** Reads {@code name} or {@code name^weight}. */
  static WeightedField parse(String value) {
    int hat = value.lastIndexOf('^');
    if (hat < 0) {
      return new WeightedField(value, 1);
    }
    try {
      return new WeightedField(value.substring(0, hat), Float.parseFloat(value.substring(hat + 1)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "[fields] must have a number behind [^], got [" + Excerpt.of(value) + "]", e);
    }
  }

  @Override
  public String toString() {
    return weight == 1 ? name : name + "^" + weight;
  }
}
