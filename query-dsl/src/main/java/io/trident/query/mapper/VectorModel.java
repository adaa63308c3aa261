/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.mapper;

import java.io.IOException;
import java.util.Map;
import java.util.regex.Pattern;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Setting.Property;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;

/**
 * The model that vectors are of. Vectors of two models do not compare, so a field whose mapping
 * says its model takes none of another, and is not searched with one.
 *
 * @param id the name that it had when the field was mapped, or when it encoded a text; or null
 * @param fingerprint tells its files from those of others; null where it is not known, which is no
 *     other than any
 */
public record VectorModel(String id, String fingerprint) implements Writeable {

  /** The parameter of a field with the model's id. */
  public static final String MODEL = "model";

  /** The parameter of a field with the model's fingerprint. */
  public static final String FINGERPRINT = "model_fingerprint";

  /** The model of vectors of which nobody says it. */
  public static final VectorModel UNKNOWN = new VectorModel(null, null);

  /** Whether fields take vectors of other models than their mapping says, and are searched so. */
  public static final Setting<Boolean> ALLOW_OTHERS =
      Setting.boolSetting(
          "index.trident.allow_other_models", false, Property.IndexScope, Property.Dynamic);

  static final Pattern FINGERPRINTS = Pattern.compile("[0-9a-f]{32}");

  /** The model that the mapping of a field says. */
  public static VectorModel of(Map<String, Object> mapping) {
    return new VectorModel(text(mapping.get(MODEL)), text(mapping.get(FINGERPRINT)));
  }

  private static String text(Object value) {
    return value instanceof String text ? text : null; // other types may mean something else by it
  }

  /** Reads a model from another node. */
  public VectorModel(StreamInput in) throws IOException {
    this(in.readOptionalString(), in.readOptionalString());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeOptionalString(id);
    out.writeOptionalString(fingerprint);
  }

  /** Whether vectors of the two do not compare, as far as is known. */
  public boolean differsFrom(VectorModel other) {
    return fingerprint != null
        && other.fingerprint != null
        && fingerprint.equals(other.fingerprint) == false;
  }

  /**
   * Refuses vectors of another model than this, which is a field's.
   *
   * @param subject what the message begins with
   */
  public IllegalArgumentException refusal(String subject, VectorModel other) {
    return new IllegalArgumentException(
        subject
            + " must have vectors of the model in its mapping, "
            + this
            + ", got those of "
            + other
            + ": name a model with that fingerprint, make the index anew with this one, or set ["
            + ALLOW_OTHERS.getKey()
            + "] to [true] where their vectors compare");
  }

  @Override
  public String toString() {
    return "[" + id + "] with the fingerprint [" + fingerprint + "]";
  }
}
