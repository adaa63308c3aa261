/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.source;

import java.nio.charset.StandardCharsets;
import org.apache.lucene.util.BytesRef;

/**
 * Walks over the bytes of a JSON text that OpenSearch has parsed already, to tell where its values
 * stand. What it does not know, such as comments, escapes in names and encodings other than UTF-8,
 * it refuses.
 */
final class JsonCursor {

  private final byte[] bytes;
  private final int end;
  private int position;

  JsonCursor(BytesRef json) {
    this(json.bytes, json.offset, json.offset + json.length);
  }

  /** Walks over a part of the bytes. */
  JsonCursor(byte[] bytes, int start, int end) {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
  }

  /** Where the next byte stands that is no white space. */
  int position() {
    while (position < end && isSpace(bytes[position])) {
      position++;
    }
    return position;
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || b == '\n' || b == '\r' || b == '\t';
  }

  /** The next byte that is no white space, which is not consumed. */
  byte peek() {
    if (position() == end) {
      throw refused();
    }
    return bytes[position];
  }

  /** Consumes the next byte if it is this one. */
  boolean accept(char expected) {
    boolean is = peek() == expected;
    position += is ? 1 : 0;
    return is;
  }

  /** Consumes the next byte, which must be this one. */
  void expect(char expected) {
    if (accept(expected) == false) {
      throw refused();
    }
  }

  /** Consumes the name of a value and the colon behind it. */
  String name() {
    int start = position() + 1;
    if (skipText()) {
      throw refused();
    }
    String name = new String(bytes, start, position - 1 - start, StandardCharsets.UTF_8);
    expect(':');
    return name;
  }

  /** Consumes an object up to the value of a key, and says whether it is there. */
  boolean toValueOf(String key) {
    expect('{');
    while (peek() == '"') {
      if (name().equals(key)) {
        return true;
      }
      skipValue();
      accept(',');
    }
    return false;
  }

  /** Behind the last byte that was consumed. */
  int consumed() {
    return position;
  }

  /**
   * Consumes a value.
   *
   * @return whether a text, a number or a truth value is in it
   */
  boolean skipValue() {
    boolean holds = false;
    int depth = 0;
    do {
      switch (peek()) {
        case '{', '[' -> {
          depth++;
          position++;
        }
        case '}', ']' -> {
          depth--;
          position++;
        }
        case ',' -> position++;
        case '"' -> {
          skipText();
          boolean isName = depth > 0 && accept(':');
          holds |= isName == false;
        }
        default -> holds |= skipWord();
      }
    } while (depth > 0);
    return holds;
  }

  /** Consumes a text, and says whether it has escapes. */
  private boolean skipText() {
    expect('"');
    boolean escapes = false;
    while (position < end && bytes[position] != '"') {
      boolean escape = bytes[position] == '\\';
      escapes |= escape;
      position += escape ? 2 : 1;
    }
    if (position >= end) {
      throw refused();
    }
    position++;
    return escapes;
  }

  /** Consumes a number, {@code true}, {@code false} or {@code null}, and says whether it is. */
  private boolean skipWord() {
    int start = position;
    while (position < end && isWord(bytes[position])) {
      position++;
    }
    if (position == start) {
      throw refused();
    }
    return bytes[start] != 'n';
  }

  private static boolean isWord(byte b) {
    return (b >= '0' && b <= '9')
        || (b >= 'a' && b <= 'z')
        || b == 'E'
        || b == '-'
        || b == '+'
        || b == '.';
  }

  private IllegalArgumentException refused() {
    return new IllegalArgumentException("expected plain JSON, got other bytes at " + position);
  }
}
