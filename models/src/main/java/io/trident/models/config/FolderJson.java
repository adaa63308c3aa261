/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import io.trident.models.folder.ModelFolder;
import java.io.IOException;

/** The JSON files of a model's folder. */
public final class FolderJson {

  /**
   * Values, keys and brackets of a file: 100 MiB of heap as a tree. The largest published files
   * have some 500 000, a weight for each token of a vocabulary.
   */
  static final int MAX_PARTS = 1 << 21;

  /** Published files are a few levels deep. */
  private static final int MAX_DEPTH = 100;

  static final ObjectMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxTokenCount(MAX_PARTS)
                          .maxNestingDepth(MAX_DEPTH)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(SerializationFeature.WRITE_ENUMS_USING_TO_STRING)
          .addModule(new SimpleModule().setDeserializerModifier(NamedValues.modifier()))
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(
                  JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
          .build();

  private FolderJson() {}

  /** What the {@code config.json} in the folder of a module's weights says; nothing without one. */
  public static JsonNode beside(ModelFolder folder, String weights) {
    int end = weights.lastIndexOf('/') + 1;
    return end == 0
        ? MAPPER.createObjectNode() // that of the model itself
        : PublishedConfig.json(folder, weights.substring(0, end) + PublishedConfig.FILE);
  }

  /** Reads a JSON file of the folder as a value of a type. */
  public static <T> T read(ModelFolder folder, String file, Class<T> type) {
    T value;
    try {
      value = MAPPER.readValue(folder.read(file), type);
    } catch (IOException e) {
      throw folder.invalid("has a malformed [" + file + "]: " + e.getMessage(), e);
    }
    if (value == null) {
      throw folder.invalid("must have an object in [" + file + "], got null", null);
    }
    return value;
  }
}
