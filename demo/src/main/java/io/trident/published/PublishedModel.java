/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.published;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * A model that lies in an artifact of a Maven repository, and what to make of it.
 *
 * @param id the name of its folder
 * @param artifact group, name and version
 * @param sha256 the digest of the artifact
 * @param files the files of the folder, and which entries of the artifact they are
 * @param config the folder's {@code trident.json}
 */
public record PublishedModel(
    String id, String artifact, String sha256, Map<String, String> files, byte[] config) {

  /** The plugin knows the same models, by the digests of their archives. */
  private static final String RESOURCES = "/io/trident/models/published/";

  private static final List<String> FILES = List.of("model.onnx", "tokenizer.json");

  /** The ids of all models. */
  public static List<String> ids() throws IOException {
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(resource("index.txt"), StandardCharsets.UTF_8))) {
      return reader.lines().toList();
    }
  }

  /**
   * The model of an id.
   *
   * @throws IllegalArgumentException when there is none
   */
  public static PublishedModel of(String id) throws IOException {
    if (ids().contains(id) == false) {
      throw new IllegalArgumentException(
          "there is no published model [" + id + "]; there are " + String.join(", ", ids()));
    }
    Properties archive = new Properties();
    try (InputStream properties = resource(id + "/archive.properties");
        InputStream config = resource(id + "/trident.json")) {
      archive.load(properties);
      return new PublishedModel(
          id,
          archive.getProperty("artifact"),
          archive.getProperty("sha256"),
          FILES.stream().collect(Collectors.toMap(file -> file, archive::getProperty)),
          config.readAllBytes());
    }
  }

  private static InputStream resource(String name) {
    return PublishedModel.class.getResourceAsStream(RESOURCES + name);
  }

  /** The folder of models in the configuration of a node. */
  public static Path models(Path node) {
    Path config = Files.exists(node.resolve("opensearch.yml")) ? node : node.resolve("config");
    if (Files.exists(config.resolve("opensearch.yml")) == false) {
      throw new IllegalArgumentException(
          "a node's folder must have the file [config/opensearch.yml], as an installed OpenSearch"
              + " has, got ["
              + node
              + "]");
    }
    return config.resolve("trident").resolve("models");
  }

  /**
   * Where the model is going to be on a node.
   *
   * @throws IllegalArgumentException when the node is none, or has such a folder
   */
  public Path target(Path node) {
    Path target = models(node).resolve(id);
    if (Files.exists(target)) {
      throw new IllegalArgumentException(
          "model [" + id + "] is there already: remove [" + target + "] to add it anew");
    }
    return target;
  }

  /** Makes the model's folder of the artifact. A node that runs sees it when it is complete. */
  public void unpack(Path jar, Path target) throws IOException {
    String found = digest(jar);
    if (found.equals(sha256) == false) {
      throw new IOException(
          "[" + artifact + "] must have the SHA-256 [" + sha256 + "], got [" + found + "]");
    }
    Files.createDirectories(target.getParent());
    Path part = target.resolveSibling("." + id + ".part");
    delete(part);
    Files.createDirectories(part);
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      for (Map.Entry<String, String> file : files.entrySet()) {
        copy(zip, file.getValue(), part.resolve(file.getKey()));
      }
    }
    Files.write(part.resolve("trident.json"), config);
    Files.move(part, target);
  }

  private static void copy(ZipFile zip, String name, Path to) throws IOException {
    ZipEntry entry = zip.getEntry(name);
    if (entry == null) {
      throw new IOException("[" + zip.getName() + "] lacks [" + name + "]");
    }
    try (InputStream in = zip.getInputStream(entry)) {
      Files.copy(in, to);
    }
  }

  private static String digest(Path file) throws IOException {
    try (OutputStream nowhere = OutputStream.nullOutputStream();
        DigestOutputStream out =
            new DigestOutputStream(nowhere, MessageDigest.getInstance("SHA-256"))) {
      Files.copy(file, out);
      return HexFormat.of().formatHex(out.getMessageDigest().digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
