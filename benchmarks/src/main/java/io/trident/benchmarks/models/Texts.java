/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.trident.models.folder.ModelFolder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Pattern;

/**
 * Texts of a wanted length in tokens: words at random that the embedded model's vocabulary has
 * whole, so that each is one token. The same number gives the same text. Thread-safe.
 */
final class Texts {

  private static final Pattern WORD = Pattern.compile("[a-z]{3,}");

  private final List<String> words = new ArrayList<>();

  /** Reads the vocabulary of an embedded model. */
  Texts(String model) throws IOException {
    byte[] tokenizer = new ModelFolder.Embedded(model).read("tokenizer.json");
    JsonNode vocabulary = new ObjectMapper().readTree(tokenizer).at("/model/vocab");
    vocabulary
        .fieldNames()
        .forEachRemaining(
            token -> {
              if (WORD.matcher(token).matches()) {
                words.add(token);
              }
            });
    if (words.isEmpty()) {
      throw new IOException("the vocabulary of [" + model + "] has no words");
    }
  }

  /** A text of so many tokens. */
  String text(long number, int tokens) {
    SplittableRandom random = new SplittableRandom(number);
    StringBuilder text = new StringBuilder();
    for (int t = 0; t < tokens; t++) {
      text.append(t == 0 ? "" : " ").append(words.get(random.nextInt(words.size())));
    }
    return text.toString();
  }
}
