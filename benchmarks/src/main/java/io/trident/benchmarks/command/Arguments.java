/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.command;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The options of a program, {@code --name value}, each with a default. Immutable. */
public final class Arguments {

  private final Map<String, String> values;

  private Arguments(Map<String, String> values) {
    this.values = values;
  }

  /**
   * Reads a command line.
   *
   * @param defaults every option that there is, with its default
   */
  public static Arguments parse(String[] line, Map<String, String> defaults) {
    Map<String, String> values = new LinkedHashMap<>(defaults);
    for (int i = 0; i < line.length; i += 2) {
      String name = line[i].startsWith("--") ? line[i].substring(2) : line[i];
      if (defaults.containsKey(name) == false) {
        throw new IllegalArgumentException(
            "[" + line[i] + "] is no option; there are " + defaults.keySet());
      }
      if (i + 1 == line.length) {
        throw new IllegalArgumentException("[" + line[i] + "] needs a value");
      }
      values.put(name, line[i + 1]);
    }
    return new Arguments(values);
  }

  /** An option's value. */
  public String text(String name) {
    return values.get(name);
  }

  /** An option's parts between commas; none when it is empty. */
  public List<String> list(String name) {
    return text(name).isEmpty() ? List.of() : List.of(text(name).split(",", -1));
  }

  /** A whole number. */
  public int number(String name) {
    try {
      return Integer.parseInt(text(name));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "[" + name + "] must be a whole number, got [" + text(name) + "]", e);
    }
  }

  /** A file or folder. */
  public Path path(String name) {
    return Path.of(text(name));
  }

  /** All options with their values, as they are recorded beside results. */
  public Map<String, String> all() {
    return Map.copyOf(values);
  }
}
