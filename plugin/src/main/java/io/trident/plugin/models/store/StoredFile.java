/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.store;

import io.trident.models.api.Excerpt;
import io.trident.models.api.ModelException;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A file of a stored model.
 *
 * @param name its path in the model's folder
 * @param sha256 the digest of its bytes, 64 hexadecimal digits
 * @param chunks how many documents hold it, at least 1
 * @param upload tells the chunks of one upload from those of another, which may be cut otherwise;
 *     empty for none
 */
public record StoredFile(String name, String sha256, int chunks, String upload) {

  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  private static final Pattern UPLOAD = Pattern.compile("[A-Za-z0-9_-]{0,64}");

  /** A file whose chunks are told by its digest alone. */
  StoredFile(String name, String sha256, int chunks) {
    this(name, sha256, chunks, "");
  }

  public StoredFile {
    if (isName(name) == false) {
      throw refused(
          "a file must have a path of letters, digits and [._-], got [" + Excerpt.of(name) + "]");
    }
    checkSha256(sha256);
    key(sha256, upload);
    if (chunks < 1) {
      throw refused("[" + name + "] must have at least 1 of [chunks], got [" + chunks + "]");
    }
  }

  static boolean isName(String name) {
    return name.length() <= 200 && NAME.matcher(name).matches();
  }

  static void checkSha256(String sha256) {
    if (SHA256.matcher(sha256).matches() == false) {
      throw refused(
          "a [sha256] must be 64 hexadecimal digits in lower case, got ["
              + Excerpt.of(sha256)
              + "]");
    }
  }

  /** What the file's chunks are found by. */
  String key() {
    return key(sha256, upload);
  }

  /** What the chunks of a file with a digest are found by, if they are of an upload. */
  static String key(String sha256, String upload) {
    if (UPLOAD.matcher(upload).matches() == false) {
      throw refused(
          "[upload] must be up to 64 letters, digits and [_-], got [" + Excerpt.of(upload) + "]");
    }
    return upload.isEmpty() ? sha256 : sha256 + '@' + upload;
  }

  private static ModelException refused(String message) {
    return new ModelException(ModelException.Kind.BAD_REQUEST, message);
  }

  Map<String, Object> toMap() {
    return Map.of("name", name, "sha256", sha256, "chunks", chunks, "upload", upload);
  }

  static StoredFile of(Map<?, ?> map) {
    return new StoredFile(
        (String) map.get("name"),
        (String) map.get("sha256"),
        ((Number) map.get("chunks")).intValue(),
        map.get("upload") instanceof String upload ? upload : "");
  }
}
