/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.api;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What tells whether texts are those that were encoded, in whatever order and in however many
 * objects they are found: the sum of a number per text. It stands at the end of a digest, and is
 * read again by replicas and when a translog is replayed: it must never be made in another way
 * under the same form.
 */
public final class TextSum {

  private static final Pattern FORM = Pattern.compile("\\p{XDigit}+-(\\p{XDigit}{16})");

  private TextSum() {}

  /** The sum of some texts; blank ones add nothing. */
  public static long of(List<String> texts) {
    return texts.stream().mapToLong(TextSum::of).sum();
  }

  private static long of(String text) {
    return text.isBlank()
        ? 0
        : ByteBuffer.wrap(Sha256.start().digest(text.getBytes(StandardCharsets.UTF_16BE)))
            .getLong();
  }

  /** A digest in hexadecimal with the sum of its texts at its end. */
  public static String append(String digest, List<String> texts) {
    return digest + "-" + HexFormat.of().toHexDigits(of(texts));
  }

  /** The sum at the end of a digest; none when the digest is of another form. */
  public static OptionalLong in(String digest) {
    Matcher matcher = FORM.matcher(digest);
    return matcher.matches()
        ? OptionalLong.of(HexFormat.fromHexDigitsToLong(matcher.group(1)))
        : OptionalLong.empty();
  }
}
