/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;

/**
 * An object of a list in JSON that names something by strings, and says its share in a query's
 * vector.
 *
 * @param strings what it has, by their keys
 * @param weight the share
 */
record WeightedObject(Map<String, String> strings, float weight) {

  /** The key of the weight. */
  static final String WEIGHT = "weight";

  private static final float DEFAULT_WEIGHT = 1;

  /** What an object says. */
  private static final class Body {
    private final Map<String, String> strings = new HashMap<>();
    private float weight = DEFAULT_WEIGHT;
  }

  /**
   * Reads the objects of a list; the parser stands on it.
   *
   * @param list the name of the option
   * @param keys those of strings
   * @param outer reads the options beside the list
   */
  static List<WeightedObject> parse(
      String list, Set<String> keys, XContentParser parser, OptionParser outer) throws IOException {
    OptionParser options = new OptionParser("[" + list + "] of " + outer.owner());
    outer.array(parser);
    List<WeightedObject> objects = new ArrayList<>();
    while (parser.nextToken() != Token.END_ARRAY) {
      Body body = new Body();
      options.parse(parser, (key, value) -> parse(key, keys, value, options, body));
      objects.add(new WeightedObject(body.strings, body.weight));
    }
    return objects;
  }

  private static boolean parse(
      String key, Set<String> keys, XContentParser parser, OptionParser options, Body body)
      throws IOException {
    if (key.equals(WEIGHT)) {
      body.weight = options.number(parser);
    } else if (keys.contains(key)) {
      body.strings.put(key, options.string(parser));
    } else {
      return false;
    }
    return true;
  }

  /** Refuses a weight that is no number. */
  static void checkWeight(String list, float weight) {
    if (Float.isFinite(weight) == false) {
      throw new IllegalArgumentException(
          "["
              + list
              + "] must have a finite ["
              + WEIGHT
              + "] in each object, got ["
              + weight
              + "]");
    }
  }
}
