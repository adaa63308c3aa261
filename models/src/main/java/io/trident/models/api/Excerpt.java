/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.api;

/** What a message repeats of a value that was refused: all of a short one, the start of others. */
public final class Excerpt {

  /** Characters that a message repeats of one value. */
  public static final int MAX_LENGTH = 200;

  private Excerpt() {}

  /** The value as text, cut where it is longer than {@link #MAX_LENGTH}. */
  public static String of(Object value) {
    String text = String.valueOf(value);
    if (text.length() <= MAX_LENGTH) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(MAX_LENGTH - 1)) ? MAX_LENGTH - 1 : MAX_LENGTH;
    return text.substring(0, end) + "… (" + text.length() + " characters)";
  }
}
