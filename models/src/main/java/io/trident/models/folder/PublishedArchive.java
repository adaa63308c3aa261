/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.folder;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * An archive that others have published a model in, without saying in it how the model is read.
 *
 * @param files the files of the model's folder, and which entries of the archive they are
 * @param config the folder's {@code trident.json}
 */
public record PublishedArchive(Map<String, String> files, byte[] config) {

  private static final String RESOURCES = "/io/trident/models/published/";
  private static final List<String> FILES = List.of(ModelFolder.GRAPH, "tokenizer.json");

  /** The archive whose bytes have a SHA-256; empty for one that is not known. */
  public static Optional<PublishedArchive> of(String sha256) {
    try (BufferedReader ids =
        new BufferedReader(new InputStreamReader(resource("index.txt"), StandardCharsets.UTF_8))) {
      for (String id : ids.lines().toList()) {
        Properties archive = properties(id);
        if (archive.getProperty("sha256").equals(sha256)) {
          return Optional.of(
              new PublishedArchive(
                  FILES.stream().collect(Collectors.toMap(file -> file, archive::getProperty)),
                  config(id)));
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("the list of published models cannot be read", e);
    }
  }

  private static Properties properties(String id) throws IOException {
    Properties archive = new Properties();
    try (InputStream in = resource(id + "/archive.properties")) {
      archive.load(in);
    }
    return archive;
  }

  private static byte[] config(String id) throws IOException {
    try (InputStream in = resource(id + "/" + ModelFolder.CONFIG)) {
      return in.readAllBytes();
    }
  }

  private static InputStream resource(String name) {
    return PublishedArchive.class.getResourceAsStream(RESOURCES + name);
  }
}
