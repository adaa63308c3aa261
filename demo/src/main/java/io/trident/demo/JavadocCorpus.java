/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.demo;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * The class comments of source jars: a document a top-level type, with the type's name as title.
 */
public final class JavadocCorpus {

  /** A document of a corpus. */
  public record Document(String id, String title, String text) {}

  private static final Pattern TYPE =
      Pattern.compile(
          "\\s*(?:(?:public|abstract|final|sealed|non-sealed|strictfp)\\s+)*"
              + "(?:class|interface|enum|record|@interface)\\s+\\w");
  private static final Pattern ANNOTATION =
      Pattern.compile("@(?!interface\\b)[\\w.]+(?:\\s*\\([^)]*\\))?");
  private static final int MIN_CHARACTERS = 60;
  private static final int MAX_CHARACTERS = 4_000;

  private JavadocCorpus() {}

  /** Reads every source jar of a folder. */
  public static List<Document> read(Path folder) throws IOException {
    List<Document> documents = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path jar :
          files.filter(file -> file.toString().endsWith("-sources.jar")).sorted().toList()) {
        readJar(jar, documents);
      }
    }
    return documents;
  }

  private static void readJar(Path jar, List<Document> documents) throws IOException {
    try (InputStream in = Files.newInputStream(jar);
        ZipInputStream entries = new ZipInputStream(in)) {
      for (ZipEntry entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
        String name = entry.getName();
        if (name.endsWith(".java") && name.endsWith("-info.java") == false) {
          String source = new String(entries.readAllBytes(), StandardCharsets.UTF_8);
          String type = name.substring(0, name.length() - ".java".length()).replace('/', '.');
          String text = plain(typeComment(source));
          if (text.length() >= MIN_CHARACTERS) {
            String words = text.substring(0, Math.min(text.length(), MAX_CHARACTERS));
            documents.add(new Document(type, type, words));
          }
        }
      }
    }
  }

  /** The documentation comment before the first type of a file; empty when it has none. */
  private static String typeComment(String source) {
    for (int start = source.indexOf("/**"); start >= 0; ) {
      int end = source.indexOf("*/", start + 3);
      if (end < 0) {
        return "";
      }
      int body = source.indexOf('{', end);
      String declaration = body < 0 ? "" : source.substring(end + 2, body);
      if (TYPE.matcher(ANNOTATION.matcher(declaration).replaceAll("")).lookingAt()) {
        return source.substring(start + 3, end);
      }
      start = source.indexOf("/**", end);
    }
    return "";
  }

  /** A comment without stars, tags and markup. */
  private static String plain(String comment) {
    return comment
        .replaceAll("(?m)^\\s*\\*?\\s?", "")
        .replaceAll("(?ms)^@(?:param|return|throws|see|since|author|opensearch|lucene)\\b.*", "")
        .replaceAll("\\{@\\w+\\s+([^{}]*)\\}", "$1")
        .replaceAll("<[^<>]{1,200}>", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
        .replaceAll("\\s+", " ")
        .trim();
  }
}
