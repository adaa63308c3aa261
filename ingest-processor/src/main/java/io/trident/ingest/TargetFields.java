/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import io.trident.models.api.TokenVectors;

/** Knows the fields of the indices that documents go to. Thread-safe. */
@FunctionalInterface
public interface TargetFields {

  /**
   * Whether a field is mapped.
   *
   * @param index the name of an index, an alias or a data stream; nothing is mapped in one that is
   *     not there
   * @param path the field's
   */
  boolean isMapped(String index, String path);

  /**
   * The fingerprint of the model that a field takes vectors of; null when it takes those of any.
   *
   * @param index the name of an index, an alias or a data stream
   * @param path the field's
   */
  default String fingerprint(String index, String path) {
    return null;
  }

  /**
   * Refuses vectors for a field of another model.
   *
   * @param index the name of an index, an alias or a data stream
   * @param path the field's
   * @param model the id of the vectors' model
   * @param fingerprint the fingerprint of the vectors' model, or null
   * @throws IllegalArgumentException naming the field and both models
   */
  default void checkModel(String index, String path, String model, String fingerprint) {}

  /**
   * The text that stands for token vectors in the source of a document: the codes that the field
   * keeps of them; or null when it keeps none, and the vectors themselves are to be written.
   *
   * @param index the name of an index, an alias or a data stream
   * @param path the field's
   */
  default String codes(String index, String path, TokenVectors vectors) {
    return null;
  }

  /**
   * Reads a value of a field of token vectors, in any of the forms that the field takes.
   *
   * @param index the name of an index, an alias or a data stream
   * @param path the field's
   * @return the vectors, with zeros for ids and places that are not given; or null when they are
   *     codes already
   * @throws IllegalArgumentException naming the field, when it is not mapped as one of token
   *     vectors or the value is none of it
   */
  default TokenVectors tokenVectors(String index, String path, Object value) {
    throw new IllegalArgumentException("field [" + path + "] must be mapped as token vectors");
  }
}
