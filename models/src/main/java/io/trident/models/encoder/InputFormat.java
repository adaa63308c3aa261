/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

/**
 * What surrounds a text on its way to the graph, and how long it may be. Representations of one
 * format share a run.
 *
 * @param prefix put before the text
 * @param marker the id of a token put before the text's tokens, or -1
 * @param limit the longest input in tokens, those around the text included
 * @param filler the id of the token that fills shorter inputs up to the limit, or -1
 * @param attendsToFiller whether the other tokens attend to the filler
 * @param echo whether the text's tokens come twice
 */
record InputFormat(
    String prefix, long marker, int limit, long filler, boolean attendsToFiller, boolean echo) {

  /** A text as it is. */
  static InputFormat plain(String prefix, int limit) {
    return new InputFormat(prefix, -1, limit, -1, false, false);
  }

  /** A text as it is, twice. */
  static InputFormat echo(int limit) {
    return new InputFormat("", -1, limit, -1, false, true);
  }
}
