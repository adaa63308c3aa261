/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.store;

import io.trident.models.api.Excerpt;
import io.trident.models.api.ModelException;
import io.trident.models.folder.ModelFolder;
import io.trident.models.folder.PublishedArchive;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * A ZIP or jar with a model, which is hostile until unpacked: names that lead elsewhere, too many
 * entries, and bytes that grow without bound are refused. Symbolic links are never made; an entry
 * that is one becomes a file with the few bytes that it has.
 */
public final class ModelArchive {

  static final int MAX_ENTRIES = 1_000;

  /** How many times larger than the archive its files may be; graphs and tokenizers reach 5. */
  static final int MAX_GROWTH = 20;

  /** The JDK reads the list of entries into memory before it counts them; each takes some 100. */
  static final int MAX_DIRECTORY_BYTES = 1 << 20;

  private static final Pattern NAME = Pattern.compile("(?i).*\\.(zip|jar)");

  /** What leads out of a folder, on any system. */
  private static final Pattern ESCAPE =
      Pattern.compile("/.*|.*[\\\\:\\x00].*|(.*/)?\\.\\.(/.*)?", Pattern.DOTALL);

  private static final String TOKENIZER = "tokenizer.json";

  private final String shown;
  private final ZipFile zip;
  private long room;

  private ModelArchive(String shown, ZipFile zip, long room) {
    this.shown = shown;
    this.zip = zip;
    this.room = room;
  }

  /** Whether a URL is that of an archive, by its name. */
  public static boolean is(String url) {
    return NAME.matcher(url).matches();
  }

  /**
   * Unpacks what a model needs.
   *
   * @param url where the archive comes from, for messages
   * @param sha256 the digest of the archive, by which some are known
   * @param folder an empty folder
   * @param limit bytes that may be unpacked
   */
  static void unpack(String url, Path archive, String sha256, Path folder, long limit)
      throws IOException {
    long growth = Math.multiplyExact(Files.size(archive) + (1 << 16), (long) MAX_GROWTH);
    long directory = ArchiveDirectory.bytes(archive);
    if (directory > MAX_DIRECTORY_BYTES) {
      throw refused(
          "["
              + Excerpt.of(url)
              + "] must list its entries in at most ["
              + MAX_DIRECTORY_BYTES
              + "] bytes, got ["
              + directory
              + "]",
          null);
    }
    try (ZipFile zip = new ZipFile(archive.toFile())) {
      new ModelArchive(url, zip, Math.min(growth, limit)).unpack(sha256, folder);
    } catch (ZipException | EOFException | IllegalArgumentException e) {
      throw refused(
          "[" + Excerpt.of(url) + "] must be a ZIP or jar that can be read: " + e.getMessage(), e);
    }
  }

  private void unpack(String sha256, Path folder) throws IOException {
    List<String> names = names();
    PublishedArchive known = PublishedArchive.of(sha256).orElse(null);
    if (known != null) {
      copy(known.files(), folder);
      Files.write(folder.resolve(ModelFolder.CONFIG), known.config());
    } else {
      copy(layout(names), folder);
    }
  }

  /** The names of all files, of which none leads out of the archive. */
  private List<String> names() {
    if (zip.size() > MAX_ENTRIES) {
      throw refused("must have at most [" + MAX_ENTRIES + "] entries, got [" + zip.size() + "]");
    }
    List<String> names = new ArrayList<>();
    for (ZipEntry entry : Collections.list(zip.entries())) {
      String name = entry.getName();
      if (ESCAPE.matcher(name).matches()) {
        throw refused(
            "must not have an entry that leads out of it, got [" + Excerpt.of(name) + "]");
      }
      if (names.contains(name)) {
        throw refused("must have each entry once, got [" + Excerpt.of(name) + "] again");
      }
      if (entry.isDirectory() == false) {
        names.add(name);
      }
    }
    return names;
  }

  /**
   * Which files to make of which entries. A folder as published may be the whole archive or lie in
   * its only folder; else there is one graph and one tokenizer, whatever they are called.
   */
  private Map<String, String> layout(List<String> names) {
    String graph =
        names.stream()
            .filter(name -> name.matches("([^/]+/)?(onnx/)?(encoder_)?model\\.onnx"))
            .min((a, b) -> Integer.compare(a.length(), b.length()))
            .orElse(null);
    Map<String, String> files = new LinkedHashMap<>();
    if (graph == null) {
      files.put(ModelFolder.GRAPH, only(names, ".onnx"));
      files.put(TOKENIZER, only(names, TOKENIZER));
      names.stream().filter(ModelFolder.CONFIG::equals).forEach(name -> files.put(name, name));
      return files;
    }
    String top = graph.replaceFirst("(onnx/)?(encoder_)?model\\.onnx$", "");
    for (String name : names) {
      if (name.startsWith(top) && StoredFile.isName(name.substring(top.length()))) {
        files.put(name.substring(top.length()), name);
      }
    }
    return files;
  }

  private String only(List<String> names, String end) {
    List<String> found =
        names.stream().filter(name -> name.toLowerCase(Locale.ROOT).endsWith(end)).toList();
    if (found.size() != 1) {
      throw refused(
          "must have the file [model.onnx], or one file [*.onnx] and one [*tokenizer.json], got ["
              + found.size()
              + "] of [*"
              + end
              + "]");
    }
    return found.get(0);
  }

  private void copy(Map<String, String> files, Path folder) throws IOException {
    for (Map.Entry<String, String> file : files.entrySet()) {
      Path path = folder.resolve(file.getKey());
      Files.createDirectories(path.getParent());
      try (InputStream in = zip.getInputStream(zip.getEntry(file.getValue()));
          OutputStream out = Files.newOutputStream(path)) {
        copy(in, out);
      }
    }
  }

  private void copy(InputStream in, OutputStream out) throws IOException {
    byte[] buffer = new byte[1 << 16];
    for (int bytes = in.read(buffer); bytes >= 0; bytes = in.read(buffer)) {
      room -= bytes;
      if (room < 0) {
        throw refused(
            "must not unpack to more than ["
                + MAX_GROWTH
                + "] times its size, nor to more than the model cache holds");
      }
      out.write(buffer, 0, bytes);
    }
  }

  private ModelException refused(String what) {
    return refused("[" + Excerpt.of(shown) + "] " + what, null);
  }

  private static ModelException refused(String message, Exception cause) {
    return new ModelException(ModelException.Kind.BAD_REQUEST, message, cause);
  }
}
