/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ContainerNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.trident.cluster.Api;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Spoils JSON: drops, swaps, retypes, duplicates and renames values, and puts in huge, deep and odd
 * ones. What a text cannot hold once it is written, a lone surrogate or a key that comes twice, is
 * put in as a mark, which the written text has replaced. Not thread-safe.
 */
final class JsonMutation {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String RAW = "@raw:";
  private static final String TWICE = "@twice@";
  private static final String SURROGATE = "@surrogate@";

  private static final List<String> SCALARS =
      List.of(
          "null",
          "true",
          "0",
          "1",
          "-1",
          "0.5",
          "1e400",
          "-1e-400",
          "2147483648",
          "9223372036854775808",
          "NaN",
          "Infinity",
          "-Infinity",
          "3.4e38",
          "1e-45",
          "123456789012345678901234567890",
          "[]",
          "{}",
          "[[]]",
          "[null]",
          "[{}]",
          "{\"\": 1}",
          "{\"a\": {\"b\": [1, {}]}}",
          "/*x*/1");

  private static final List<String> TEXTS =
      List.of(
          "",
          " ",
          "*",
          "_all",
          "_id",
          ".",
          "..",
          "a.b",
          "-1",
          "1.5",
          "true",
          "null",
          "NaN",
          "\u0000",
          "\u200b",
          "\u202eabc",
          "\ud83d\ude80",
          "e\u0301",
          "日本語",
          SURROGATE,
          "text",
          "pages",
          "pages.v",
          "trident-mini",
          "trident-mini-reranker",
          "no-such-model",
          "../../etc",
          "{{x}}",
          "%s%n",
          "match_all");

  /** Of an array of copies, so that copies of copies still fit into memory. */
  private static final int MAX_CHARACTERS = 200_000;

  private final Random random;

  JsonMutation(Random random) {
    this.random = random;
  }

  /** A body with one to three faults, or none that matters. */
  String spoil(String body) {
    try {
      JsonNode root = Api.JSON.readTree(body);
      for (int faults = 1 + random.nextInt(3); faults > 0; faults--) {
        List<ContainerNode<?>> places = new ArrayList<>();
        collect(root, places);
        if (places.isEmpty() == false) {
          spoil(places.get(random.nextInt(places.size())), places);
        }
      }
      return root.toString()
          .replace(TWICE, "")
          .replace(SURROGATE, "\\ud800")
          .replaceAll("\"" + RAW + "((?:[^\"\\\\]|\\\\.)*)\"", "$1");
    } catch (IOException e) {
      throw new IllegalArgumentException(body, e);
    }
  }

  private static void collect(JsonNode node, List<ContainerNode<?>> places) {
    if (node instanceof ContainerNode<?> container && container.isEmpty() == false) {
      places.add(container);
      container.forEach(child -> collect(child, places));
    }
  }

  private void spoil(ContainerNode<?> place, List<ContainerNode<?>> places) {
    if (place instanceof ObjectNode object) {
      List<String> keys = new ArrayList<>();
      object.fieldNames().forEachRemaining(keys::add);
      spoil(object, keys.get(random.nextInt(keys.size())), places);
    } else {
      ArrayNode array = (ArrayNode) place;
      int index = random.nextInt(array.size());
      switch (random.nextInt(3)) {
        case 0 -> array.remove(index);
        case 1 -> array.insert(index, array.get(random.nextInt(array.size())).deepCopy());
        default -> array.set(index, odd(array.get(index)));
      }
    }
  }

  private void spoil(ObjectNode object, String key, List<ContainerNode<?>> places) {
    JsonNode value = object.get(key);
    switch (random.nextInt(6)) {
      case 0 -> object.remove(key);
      case 1 -> {
        object.remove(key);
        object.set(text(), value);
      }
      case 2 -> object.set(TWICE + key, random.nextBoolean() ? value.deepCopy() : odd(value));
      case 3 -> object.set(key, places.get(random.nextInt(places.size())).deepCopy());
      default -> object.set(key, odd(value));
    }
  }

  /** Something else in place of a value. */
  private JsonNode odd(JsonNode value) {
    return switch (random.nextInt(8)) {
      case 0 -> TextNode.valueOf(text());
      case 1 -> wrapped(value, 1 + random.nextInt(3));
      case 2 -> wrapped(value, 100 + random.nextInt(200));
      case 3 -> TextNode.valueOf(value.asText(" ")); // numbers in quotes
      case 4 -> many(value);
      default ->
          TextNode.valueOf(RAW + SCALARS.get(random.nextInt(SCALARS.size())).replace("\"", ""));
    };
  }

  private String text() {
    return random.nextInt(8) == 0
        ? TEXTS.get(random.nextInt(TEXTS.size())).concat("x").repeat(1 + random.nextInt(30_000))
        : TEXTS.get(random.nextInt(TEXTS.size()));
  }

  private JsonNode wrapped(JsonNode value, int depth) {
    JsonNode wrapped = value.deepCopy();
    for (int i = 0; i < depth; i++) {
      wrapped =
          random.nextBoolean()
              ? JSON.arrayNode().add(wrapped)
              : JSON.objectNode().set("a", wrapped);
    }
    return wrapped;
  }

  private JsonNode many(JsonNode value) {
    ArrayNode many = JSON.arrayNode();
    int most = MAX_CHARACTERS / (1 + value.toString().length());
    for (int i = random.nextInt(1 + Math.min(2_000, most)); i > 0; i--) {
      many.add(value.deepCopy()); // a fault in one of them is not in all
    }
    return many;
  }
}
