/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.config;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.models.folder.ModelFolder;

/**
 * What Sentence Transformers puts before texts.
 *
 * @param query before every query
 * @param document before every document
 */
record Prompts(String query, String document) {

  /** The file of the model as a whole. */
  static final String FILE = "config_sentence_transformers.json";

  static Prompts of(ModelFolder folder) {
    JsonNode config = PublishedConfig.json(folder, FILE);
    return new Prompts(prompt(config, "query"), prompt(config, "document", "passage", "corpus"));
  }

  /** The first that there is of the named prompts, or the model's default. */
  private static String prompt(JsonNode config, String... names) {
    JsonNode prompts = config.path("prompts");
    for (String name : names) {
      if (prompts.has(name)) {
        return prompts.path(name).asText("");
      }
    }
    return prompts.path(config.path("default_prompt_name").asText("")).asText("");
  }

  /** Refuses prompts where none can be put before a text. */
  static void refuse(ModelFolder folder, String representation) {
    Prompts prompts = of(folder);
    if (prompts.query.isEmpty() == false || prompts.document.isEmpty() == false) {
      throw folder.invalid(
          "has [prompts] in ["
              + FILE
              + "], which are not put before texts for ["
              + representation
              + "], got ["
              + prompts.query
              + "] for queries and ["
              + prompts.document
              + "] for documents",
          null);
    }
  }
}
