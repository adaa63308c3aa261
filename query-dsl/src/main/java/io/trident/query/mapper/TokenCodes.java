/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.mapper;

import io.trident.codec.tokenvectors.CodedDocument;
import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import io.trident.models.api.TokenVectors;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import org.apache.lucene.util.BytesRef;

/**
 * Token vectors as a text for a field of {@code token_vectors}: {@code codes:}, and in base64 what
 * the index holds of them, ids included. So they travel in a tenth of the bytes of floats, and are
 * coded once, where the text is encoded, and not by every copy of the shard.
 */
public final class TokenCodes {

  private static final String PREFIX = "codes:";

  private TokenCodes() {}

  static boolean is(String text) {
    return text.startsWith(PREFIX);
  }

  /**
   * Reads the codes of a text.
   *
   * @throws IllegalArgumentException when the text is no such one
   */
  static CodedDocument read(String text) {
    return CodedDocument.read(Base64.getDecoder().decode(text.substring(PREFIX.length())));
  }

  /**
   * The text of vectors for a field, or null when floats say it better: when the field holds
   * floats, or no vectors like these.
   *
   * @param mapping the field's
   */
  public static String write(Map<String, Object> mapping, TokenVectors vectors) {
    String encoding =
        String.valueOf(mapping.getOrDefault("encoding", TokenVectorsFieldMapper.ENCODINGS.get(0)));
    if (TokenVectorsFieldMapper.CONTENT_TYPE.equals(mapping.get("type")) == false
        || String.valueOf(vectors.dimension()).equals(String.valueOf(mapping.get("dimension")))
            == false
        || vectors.count() == 0
        || encoding.equals(TokenVectorsEncoding.FLOAT32.label())) {
      return null;
    }
    Object similarity =
        mapping.getOrDefault("similarity", TokenVectorsFieldMapper.SIMILARITIES.get(0));
    try {
      CodedDocument coded =
          CodedDocument.encode(
              TokenVectorsEncoding.of(encoding),
              TokenSimilarity.valueOf(String.valueOf(similarity).toUpperCase(Locale.ROOT)),
              vectors.dimension(),
              vectors.values(),
              vectors.tokenIds());
      return write(coded.value());
    } catch (IllegalArgumentException e) {
      return null; // the field refuses the floats with its own words
    }
  }

  /** The text of codes. */
  static String write(BytesRef codes) {
    ByteBuffer bytes = ByteBuffer.wrap(codes.bytes, codes.offset, codes.length);
    return PREFIX + StandardCharsets.ISO_8859_1.decode(Base64.getEncoder().encode(bytes));
  }
}
