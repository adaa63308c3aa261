/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import io.trident.models.api.TextSum;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.opensearch.common.hash.MessageDigests;

/**
 * Remembers what vectors were made of: the texts, the model's id, its fingerprint where the mapping
 * says it, and the ways of cutting, reducing and expanding. A model that is replaced under the same
 * id is noticed by its fingerprint alone.
 */
final class TextDigest {

  /** Bytes of SHA-256 that are kept: 16. */
  private static final int LENGTH = 16;

  private TextDigest() {}

  /** The digest of one source's texts, in hexadecimal, with their sum at its end. */
  static String of(
      String model, List<String> fingerprints, EncodeOptions options, List<String> texts) {
    MessageDigest digest = MessageDigests.sha256();
    add(digest, model);
    fingerprints.forEach(fingerprint -> add(digest, fingerprint));
    add(digest, String.valueOf(options.targets()));
    add(digest, String.valueOf(options.passages()));
    add(digest, String.valueOf(options.reduction()));
    if (options.units()) {
      add(digest, "units");
    }
    if (options.wholeQuality() != null) {
      add(digest, options.wholeQuality().toString());
    }
    if (options.expansion() != null) {
      add(digest, options.expansion().toString());
    }
    texts.forEach(text -> add(digest, text));
    return TextSum.append(HexFormat.of().formatHex(digest.digest(), 0, LENGTH), texts);
  }

  private static void add(MessageDigest digest, String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_16BE); // unpaired surrogates are U+FFFD
    digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
    digest.update(bytes);
  }
}
