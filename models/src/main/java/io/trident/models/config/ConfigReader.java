/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import io.trident.models.folder.ModelFolder;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/** Reads a configuration from JSON, and says what is wrong with it in the words of its keys. */
final class ConfigReader {

  private ConfigReader() {}

  /** The configuration of a folder, its own or the one that its published files stand for. */
  static ModelConfig read(ModelFolder folder) {
    ModelConfig config;
    try {
      config =
          folder.has(ModelFolder.CONFIG) == false && folder.has(PublishedConfig.FILE)
              ? FolderJson.MAPPER.treeToValue(PublishedConfig.read(folder), ModelConfig.class)
              : FolderJson.MAPPER.readValue(folder.read(ModelFolder.CONFIG), ModelConfig.class);
    } catch (JsonProcessingException e) {
      throw folder.invalid(problem(e), e);
    } catch (IOException e) {
      throw folder.invalid("has an unreadable [" + ModelFolder.CONFIG + "]", e);
    }
    if (config == null) {
      throw folder.invalid("must have an object in [" + ModelFolder.CONFIG + "], got null", null);
    }
    return config;
  }

  /** The keys and values as JSON has them, with the defaults, without those that are absent. */
  static Map<String, Object> map(ModelConfig config) {
    return FolderJson.MAPPER.convertValue(config, new TypeReference<>() {});
  }

  private static String problem(JsonProcessingException e) {
    return switch (e) {
      case UnrecognizedPropertyException unknown ->
          "has an unknown key ["
              + key(unknown)
              + "] in ["
              + ModelFolder.CONFIG
              + "]; known there are "
              + unknown.getKnownPropertyIds();
      case InvalidFormatException unnamed when unnamed.getTargetType().isEnum() ->
          mustBeOneOf(key(unnamed), unnamed.getTargetType().getEnumConstants(), unnamed.getValue());
      default -> "has a malformed [" + ModelFolder.CONFIG + "]: " + e.getOriginalMessage();
    };
  }

  /** What is said of a value that is none of those allowed. */
  static String mustBeOneOf(String key, Object[] allowed, Object got) {
    return "must have a ["
        + key
        + "] of "
        + Arrays.toString(allowed)
        + " in ["
        + ModelFolder.CONFIG
        + "], got ["
        + got
        + "]";
  }

  private static String key(JsonMappingException e) {
    return e.getPath().stream()
        .map(JsonMappingException.Reference::getFieldName)
        .collect(Collectors.joining("."));
  }
}
