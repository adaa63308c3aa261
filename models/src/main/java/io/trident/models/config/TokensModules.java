/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trident.models.config.PublishedModule.Kind;
import io.trident.models.folder.ModelFolder;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Late interaction as PyLate keeps it: layers for the vectors of tokens, without pooling. */
final class TokensModules {

  /** The list of words that PyLate skips holds it by default. */
  private static final Set<String> PUNCTUATION =
      "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
          .chars()
          .mapToObj(Character::toString)
          .collect(Collectors.toUnmodifiableSet());

  private TokensModules() {}

  /** Says how both sides are read, which only markers tell apart. */
  static void write(
      ModelFolder folder, ModuleChain documents, ModuleChain queries, ObjectNode result) {
    Prompts.refuse(folder, "tokens");
    List<String> layers = layers(documents);
    List<String> ofQueries = layers(queries);
    if (ofQueries.equals(layers) == false) {
      throw folder.invalid(
          "must have the same layers for tokens of queries and of documents, got "
              + ofQueries
              + " and "
              + layers,
          null);
    }
    JsonNode config = PublishedConfig.json(folder, Prompts.FILE);
    ObjectNode tokens = result.putObject("tokens");
    tokens.put("output", "last_hidden_state");
    layers.forEach(tokens.withArray("projection")::add);
    tokens.put("special_tokens", true);
    tokens.put("query_length", config.path("query_length").asInt(32));
    tokens.put("augment_queries", config.path("do_query_expansion").asBoolean(true));
    tokens.put("attend_to_mask_tokens", config.path("attend_to_expansion_tokens").asBoolean());
    marker(config, "query_prefix", tokens, "query_marker");
    marker(config, "document_prefix", tokens, "document_marker");
    Set<String> skipped = new TreeSet<>();
    config.path("skiplist_words").forEach(word -> skipped.add(word.asText()));
    tokens.put("skip_punctuation", skipped.removeAll(PUNCTUATION));
    skipped.forEach(tokens.withArray("skip_tokens")::add);
    int longest = config.path("document_length").asInt();
    if (longest > 0) {
      result.put("max_tokens", Math.min(longest, result.path("max_tokens").asInt(longest)));
    }
  }

  private static void marker(JsonNode config, String prefix, ObjectNode tokens, String key) {
    String marker = config.path(prefix).asText("");
    if (marker.isEmpty() == false) {
      tokens.put(key, marker);
    }
  }

  /** The vectors are scaled to length 1 whether or not a module says it. */
  private static List<String> layers(ModuleChain chain) {
    List<String> layers = DenseModules.layers(chain, "token_embeddings");
    chain.all(Kind.NORMALIZE);
    return layers;
  }
}
