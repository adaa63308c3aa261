/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.tokenizer;

import io.trident.models.api.Excerpt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which regular expressions the native library is given. It backtracks, and ends the process when
 * it has gone back ten million times for one match. So of what follows one another, only one part
 * may be repeated without bound where something after it can still fail; then going back takes no
 * longer than the text. Groups are not repeated without bound at all. The expressions of published
 * tokenizers are such.
 */
final class RegexRules {

  private static final int MAX_LENGTH = 2_000;

  /** Groups in groups, and classes in classes. */
  private static final int MAX_DEPTH = 8;

  /** Repetitions of a group at most. */
  private static final int MAX_GROUP = 4;

  /** Repetitions of a character that has a bound. */
  private static final int MAX_REPEATED = 1_000;

  /** Ways to match optional parts before something that can fail. */
  private static final long MAX_WAYS = 16;

  private static final Pattern GROUP = Pattern.compile("\\((?:\\?(?:i?:|=|!|<=|<!|>))?");
  private static final Pattern BOUNDS =
      Pattern.compile("\\{(?=,?[0-9])([0-9]{0,9})(?:(,)([0-9]{0,9}))?\\}");
  private static final Pattern ESCAPE =
      Pattern.compile(
          "\\\\(?:[pP]\\{[^{}]*\\}|x\\{[0-9a-fA-F]{1,8}\\}|[dDsSwWhHbBAzZtnrfvae]|[xu][0-9a-fA-F]|[^0-9A-Za-z])");

  private final String regex;
  private int at;

  private RegexRules(String regex) {
    this.regex = regex;
  }

  /**
   * Checks an expression.
   *
   * @throws IllegalArgumentException when it could take too long, or is of a kind that is not known
   */
  static void check(String regex) {
    RegexRules rules = new RegexRules(regex);
    if (regex.length() > MAX_LENGTH) {
      throw rules.refused("be of at most [" + MAX_LENGTH + "] characters");
    }
    rules.alternatives(0);
    if (rules.at < regex.length()) {
      throw rules.refused("close no group that is not open");
    }
  }

  /**
   * What a part of an expression may cost.
   *
   * @param open parts repeated without bound that something after them can make go back
   * @param ways to match optional parts that something after them can make go back
   * @param tail the same, of what nothing comes after yet
   * @param tailWays the same
   * @param empty whether it can match nothing
   */
  private record Cost(int open, long ways, int tail, long tailWays, boolean empty) {

    /** More than are ever allowed, and little enough to be multiplied. */
    private static final long MANY = 1 << 20;

    private static final Cost NOTHING = new Cost(0, 1, 0, 1, true);

    private static Cost of(boolean unbounded, long ways, boolean empty) {
      return new Cost(0, 1, unbounded ? 1 : 0, ways, empty);
    }

    /** One after the other. */
    private Cost then(Cost next) {
      if (next.empty) {
        return new Cost(
            open + next.open,
            product(ways, next.ways),
            tail + next.tail,
            product(tailWays, next.tailWays),
            empty);
      }
      return new Cost(
          open + tail + next.open,
          product(product(ways, tailWays), next.ways),
          next.tail,
          next.tailWays,
          false);
    }

    private static long product(long a, long b) {
      return Math.min(MANY, a * b);
    }

    /** One or the other. */
    private Cost or(Cost other) {
      return new Cost(
          Math.max(open, other.open),
          Math.max(ways, other.ways),
          Math.max(tail, other.tail),
          Math.min(MANY, tailWays + other.tailWays),
          empty || other.empty);
    }
  }

  private Cost alternatives(int depth) {
    if (depth > MAX_DEPTH) {
      throw refused("have groups of at most [" + MAX_DEPTH + "] in each other");
    }
    Cost cost = sequence(depth);
    while (isAt("|")) {
      at++;
      cost = cost.or(sequence(depth));
    }
    return cost;
  }

  private Cost sequence(int depth) {
    Cost cost = Cost.NOTHING;
    while (at < regex.length() && regex.charAt(at) != '|' && regex.charAt(at) != ')') {
      cost = cost.then(repeated(depth));
      if (cost.open > 1 || cost.ways > MAX_WAYS) {
        throw refused("not go back over a text more than once");
      }
    }
    return cost;
  }

  private Cost repeated(int depth) {
    boolean isGroup = regex.charAt(at) == '(';
    Cost one = isGroup ? group(depth) : character();
    long least = 1;
    long most = 1;
    Matcher bounds = BOUNDS.matcher(regex).region(at, regex.length());
    if (isAt("?*+")) {
      least = regex.charAt(at) == '+' ? 1 : 0;
      most = regex.charAt(at) == '?' ? 1 : Long.MAX_VALUE;
      at++;
      skip("?+");
    } else if (bounds.lookingAt()) {
      least = number(bounds.group(1), 0);
      most = bounds.group(2) == null ? least : number(bounds.group(3), Long.MAX_VALUE);
      at = bounds.end();
      skip("?");
    }
    if (isAt("?*+") || BOUNDS.matcher(regex).region(at, regex.length()).lookingAt()) {
      throw refused("repeat nothing that is repeated");
    }
    return repeat(one, isGroup, least, most);
  }

  private static long number(String digits, long otherwise) {
    return digits.isEmpty() ? otherwise : Long.parseLong(digits);
  }

  private boolean isAt(String signs) {
    return at < regex.length() && signs.indexOf(regex.charAt(at)) >= 0;
  }

  private void skip(String signs) {
    if (isAt(signs)) {
      at++;
    }
  }

  private Cost repeat(Cost one, boolean isGroup, long least, long most) {
    boolean unbounded = most == Long.MAX_VALUE;
    if (least > Math.min(most, MAX_REPEATED) || (unbounded == false && most > MAX_REPEATED)) {
      throw refused("repeat a character at most [" + MAX_REPEATED + "] times, or without bound");
    }
    if (isGroup == false) {
      return Cost.of(unbounded, unbounded ? 1 : Math.max(1, most - least + 1), least == 0);
    }
    if (most > MAX_GROUP) {
      throw refused("repeat a group at most [" + MAX_GROUP + "] times");
    }
    Cost all = Cost.NOTHING;
    for (int i = 0; i < most; i++) {
      all = all.then(one);
    }
    return new Cost(
        all.open,
        all.ways,
        all.tail,
        Cost.product(all.tailWays, Math.max(1, most - least + 1)),
        least == 0 || all.empty);
  }

  private Cost group(int depth) {
    Matcher start = GROUP.matcher(regex).region(at, regex.length());
    start.lookingAt();
    at = start.end();
    if (isAt("?")) {
      throw refused("have groups of the kinds (, (?:, (?i:, (?=, (?!, (?<=, (?<! and (?>");
    }
    Cost cost = alternatives(depth + 1);
    if (at >= regex.length()) {
      throw refused("close its groups");
    }
    at++;
    boolean looks = start.group().contains("=") || start.group().contains("!");
    if (looks && (cost.open > 0 || cost.tail > 0)) {
      throw refused("look ahead and back at a bounded text");
    }
    return looks ? new Cost(0, Cost.product(cost.ways, cost.tailWays), 0, 1, false) : cost;
  }

  /** A character, a class of characters, or what stands for one. */
  private Cost character() {
    switch (regex.charAt(at)) {
      case '\\' -> escape();
      case '[' -> characters(0);
      case '?', '*', '+' -> throw refused("repeat something");
      default -> at += Character.charCount(regex.codePointAt(at));
    }
    return Cost.of(false, 1, false);
  }

  private void escape() {
    Matcher escape = ESCAPE.matcher(regex).region(at, regex.length());
    if (escape.lookingAt() == false) {
      throw refused("have escapes of characters and their kinds alone");
    }
    at = escape.end();
  }

  /** Passes over a class, and the classes in it. */
  private void characters(int depth) {
    if (depth > MAX_DEPTH) {
      throw refused("have classes of at most [" + MAX_DEPTH + "] in each other");
    }
    at++;
    skip("^");
    if (isAt("]")) {
      throw refused("have no empty class, nor one that begins with ]");
    }
    while (at < regex.length() && regex.charAt(at) != ']') {
      switch (regex.charAt(at)) {
        case '\\' -> escape();
        case '[' -> characters(depth + 1);
        default -> at++;
      }
    }
    if (at >= regex.length()) {
      throw refused("close its classes");
    }
    at++;
  }

  private IllegalArgumentException refused(String wanted) {
    return new IllegalArgumentException(
        "has an expression that must " + wanted + ", got [" + Excerpt.of(regex) + "]");
  }
}
