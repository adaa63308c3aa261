/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts;

import java.io.IOException;
import java.util.List;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.BytesTermAttribute;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.store.ByteArrayDataInput;
import org.apache.lucene.store.ByteArrayDataOutput;
import org.apache.lucene.util.ArrayUtil;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.UnicodeUtil;

/**
 * A vector as terms, in which it waits in memory for the flush of its segment. Lucene's indexing
 * chain inverts documents a token at a time, for which it looks into a hash table and appends to a
 * stream of bytes of that token: each waits for memory. A vector that is one term is copied
 * instead, and all vectors of a segment are inverted at once. No segment holds such terms.
 *
 * <p>A term has for each of its tokens a {@code vint}, the length of the token in bytes, the token
 * in UTF-8 and a byte, its impact. A vector has one term, or several when it is longer than terms
 * may be. Not thread-safe.
 */
public final class VectorTerms extends TokenStream {

  /** What a token may take besides its bytes: three of its length and the impact. */
  private static final int MAX_EXTRA_BYTES = 4;

  static final int MAX_TOKEN_BYTES = IndexWriter.MAX_TERM_LENGTH - MAX_EXTRA_BYTES;

  private final BytesTermAttribute term = addAttribute(BytesTermAttribute.class);
  private final ByteArrayDataOutput out = new ByteArrayDataOutput();
  private byte[] bytes = new byte[2048];
  private List<String> tokens;
  private int[] impacts;
  private int next;

  VectorTerms() {}

  /** Starts a vector. */
  VectorTerms of(List<String> itsTokens, int[] itsImpacts) {
    tokens = itsTokens;
    impacts = itsImpacts;
    next = 0;
    return this;
  }

  @Override
  public boolean incrementToken() throws IOException {
    if (next == tokens.size()) {
      return false;
    }
    clearAttributes();
    int length = 0;
    do {
      length = append(tokens.get(next), impacts[next], length);
      next++;
    } while (next < tokens.size()
        && length + maxLength(tokens.get(next)) <= IndexWriter.MAX_TERM_LENGTH);
    term.setBytesRef(new BytesRef(bytes, 0, length));
    return true;
  }

  private static int maxLength(String token) {
    return UnicodeUtil.maxUTF8Length(token.length()) + MAX_EXTRA_BYTES;
  }

  /** Writes a token after so many bytes and returns how many there are then. */
  private int append(String token, int impact, int length) throws IOException {
    bytes = ArrayUtil.grow(bytes, length + maxLength(token));
    out.reset(bytes, length, bytes.length - length);
    out.writeVInt(UnicodeUtil.calcUTF16toUTF8Length(token, 0, token.length()));
    int end = UnicodeUtil.UTF16toUTF8(token, 0, token.length(), bytes, out.getPosition());
    bytes[end] = (byte) impact;
    return end + 1;
  }

  @Override
  public void reset() throws IOException {
    super.reset();
    next = 0;
  }

  /** Takes the tokens of a vector, one after the other. */
  @FunctionalInterface
  public interface Consumer {

    /**
     * Takes a token.
     *
     * @param token valid until the call returns
     * @param impact 1 to 255
     */
    void accept(BytesRef token, int impact) throws IOException;
  }

  /** The number of tokens of one term. */
  public static int countTokens(BytesRef term) {
    ByteArrayDataInput in = new ByteArrayDataInput(term.bytes, term.offset, term.length);
    int count = 0;
    for (; in.eof() == false; count++) {
      in.skipBytes(in.readVInt() + 1L);
    }
    return count;
  }

  /** Hands on the tokens of one term, in their order. */
  public static void forEachToken(BytesRef term, Consumer consumer) throws IOException {
    ByteArrayDataInput in = new ByteArrayDataInput(term.bytes, term.offset, term.length);
    BytesRef token = new BytesRef();
    token.bytes = term.bytes;
    while (in.eof() == false) {
      token.length = in.readVInt();
      token.offset = in.getPosition();
      in.skipBytes(token.length);
      consumer.accept(token, in.readByte() & 0xff);
    }
  }
}
