/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import java.util.Arrays;

/** Which vectors of a text's words become one. */
public enum WordMerging {
  /** None. */
  NONE("false"),
  /** Those of the pieces of a word. */
  PIECES("true"),
  /** Those of a word, wherever the text says it and in whatever case. */
  UNIQUE("unique");

  private final String value;

  WordMerging(String value) {
    this.value = value;
  }

  /**
   * The merging that JSON says.
   *
   * @throws IllegalArgumentException when it is none
   */
  static WordMerging of(Object json) {
    return Arrays.stream(values())
        .filter(merging -> merging.value.equals(String.valueOf(json)))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "[merge_words] must be one of "
                        + Arrays.toString(values())
                        + ", got ["
                        + EncodeOptions.echo(json)
                        + "]"));
  }

  /** The value in JSON. */
  @Override
  public String toString() {
    return value;
  }
}
