/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.models.api.Excerpt;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the steps of a {@code tokenizer.json} must keep to. The native library ends the process
 * where it meets what it did not expect, in a file or in a text, so it is given only what is known
 * to be safe: known kinds of steps, expressions that end, and texts that do not grow without bound.
 */
final class TokenizerRules {

  /** Steps of a kind; the largest published files have a dozen. */
  private static final int MAX_STEPS = 64;

  /** Lists in lists. */
  private static final int MAX_DEPTH = 8;

  /** How many times longer all replacements may make a text. */
  private static final long MAX_GROWTH = 8;

  /** Characters that are put before a text. */
  private static final int MAX_PREFIX = 16;

  /** Pieces of words are sought in time that grows with the square of its length; usual are 100. */
  private static final int MAX_WORD = 256;

  /** Tokens around a text; published models have three. */
  private static final int MAX_AROUND = 64;

  private static final Set<String> NORMALIZERS =
      Set.of(
          "BertNormalizer",
          "ByteLevel",
          "Lowercase",
          "NFC",
          "NFD",
          "NFKC",
          "NFKD",
          "Nmt",
          "Precompiled",
          "Prepend",
          "Replace",
          "Strip",
          "StripAccents");

  private static final Set<String> PRE_TOKENIZERS =
      Set.of(
          "BertPreTokenizer",
          "ByteLevel",
          "CharDelimiterSplit",
          "Digits",
          "Metaspace",
          "Punctuation",
          "Split",
          "UnicodeScripts",
          "Whitespace",
          "WhitespaceSplit");

  private static final Set<String> POST_PROCESSORS =
      Set.of("BertProcessing", "ByteLevel", "RobertaProcessing", "TemplateProcessing");

  private static final Set<String> DECODERS =
      Set.of(
          "BPEDecoder",
          "ByteFallback",
          "ByteLevel",
          "CTC",
          "Fuse",
          "Metaspace",
          "Replace",
          "Strip",
          "WordPiece");

  private int steps;
  private int surrounding;
  private long growth = 1;

  private TokenizerRules() {}

  /**
   * Checks the steps of a file.
   *
   * @throws IllegalArgumentException when one is unknown, or not safe
   */
  static void check(JsonNode steps) {
    new TokenizerRules().steps(steps.path("normalizer"), "normalizers", NORMALIZERS, 0);
    new TokenizerRules().steps(steps.path("pre_tokenizer"), "pretokenizers", PRE_TOKENIZERS, 0);
    new TokenizerRules().steps(steps.path("post_processor"), "processors", POST_PROCESSORS, 0);
    new TokenizerRules().steps(steps.path("decoder"), "decoders", DECODERS, 0);
    model(steps.path("model"));
  }

  private void steps(JsonNode step, String list, Set<String> known, int depth) {
    if (step.isMissingNode() || step.isNull()) {
      return;
    }
    String type = step.path("type").asText();
    steps++;
    if (steps > MAX_STEPS || depth > MAX_DEPTH) {
      throw refused(
          "at most [" + MAX_STEPS + "] of [" + list + "], [" + MAX_DEPTH + "] deep", "more");
    }
    if (type.equals("Sequence")) {
      step.path(list).forEach(part -> steps(part, list, known, depth + 1));
    } else if (known.contains(type)) {
      step(type, step);
    } else {
      throw refused("[" + list + "] of " + new TreeSet<>(known), type);
    }
  }

  private void step(String type, JsonNode step) {
    switch (type) {
      case "Replace" -> {
        pattern(step);
        grow(step.path("pattern").path("String").asText(), step.path("content").asText());
      }
      case "Split" -> pattern(step);
      case "Prepend" -> atMost("prepend", step.path("prepend").asText().length(), MAX_PREFIX);
      case "Precompiled" -> CharsMap.check(step.path("precompiled_charsmap").textValue());
      case "Strip" -> {
        if (step.has("stop")) { // a decoder, which cuts a token twice when it is all blank
          atMost("stop", step.path("stop").asLong(Long.MAX_VALUE), 0);
        }
      }
      case "TemplateProcessing" -> {
        surround();
        template(step);
      }
      case "BertProcessing", "RobertaProcessing" -> surround();
      default -> {}
    }
  }

  private static void pattern(JsonNode step) {
    JsonNode regex = step.path("pattern").path("Regex");
    if (regex.isMissingNode() == false) {
      RegexRules.check(regex.asText());
    }
  }

  /** An expression, and an empty text, may be found between any two characters. */
  private void grow(String found, String content) {
    long longer = found.isEmpty() ? 1L + content.length() : content.length() / found.length();
    growth *= Math.max(1, longer);
    atMost("content", growth, MAX_GROWTH);
  }

  /** The library takes what is put around texts once. */
  private void surround() {
    surrounding++;
    atMost("processors that put tokens around texts", surrounding, 1);
  }

  private static void template(JsonNode step) {
    pieces(step, "single", Set.of("A"));
    pieces(step, "pair", Set.of("A", "B"));
  }

  /** Each text must be there once, and each token must be known. */
  private static void pieces(JsonNode step, String template, Set<String> texts) {
    Set<String> left = new HashSet<>(texts);
    long around = 0;
    for (JsonNode piece : step.path(template)) {
      if (piece.has("Sequence")) {
        String text = piece.path("Sequence").path("id").asText();
        if (left.remove(text) == false) {
          throw refused("each text of " + texts + " once in [" + template + "]", text);
        }
      } else {
        String token = piece.path("SpecialToken").path("id").asText();
        JsonNode ids = step.path("special_tokens").path(token).path("ids");
        if (ids.isArray() == false) {
          throw refused("its tokens of [" + template + "] in [special_tokens]", token);
        }
        around += ids.size();
      }
    }
    if (left.isEmpty() == false) {
      throw refused("each text of " + texts + " once in [" + template + "]", "none");
    }
    atMost(template, around, MAX_AROUND);
  }

  private static void model(JsonNode model) {
    atMost("max_input_chars_per_word", model.path("max_input_chars_per_word").asLong(0), MAX_WORD);
    String prefix =
        model.path("continuing_subword_prefix").isTextual()
            ? model.path("continuing_subword_prefix").asText()
            : "";
    atMost("continuing_subword_prefix", prefix.length(), MAX_PREFIX);
    if (model.has(TokenizerFile.MERGES) && prefix.isEmpty() == false) {
      throw refused("no [continuing_subword_prefix] in a model with merges", prefix);
    }
  }

  private static void atMost(String option, long value, long most) {
    if (value > most) {
      throw refused("at most [" + most + "] for [" + option + "]", Long.toString(value));
    }
  }

  private static IllegalArgumentException refused(String wanted, String got) {
    return new IllegalArgumentException("must have " + wanted + ", got [" + Excerpt.of(got) + "]");
  }
}
