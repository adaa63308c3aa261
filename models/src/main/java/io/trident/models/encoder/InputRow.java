/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import io.trident.models.tokenizer.TextTokenizer;
import io.trident.models.tokenizer.TokenizedText;
import java.util.Arrays;

/**
 * A text on its way to the graph.
 *
 * @param text the tokens of the prefix and the text that had room
 * @param first where {@code text} starts in the row; its second copy where there are two
 * @param row what the graph gets
 */
record InputRow(TokenizedText text, int first, Batch.Row row) {

  /** Tokenizes a text, cuts it to its format's limit, and puts around it what belongs there. */
  static InputRow of(String text, InputFormat format, TextTokenizer tokenizer) {
    TextTokenizer.Template template = tokenizer.single();
    int first = first(format, template);
    int copies = format.echo() ? 2 : 1;
    TokenizedText kept =
        tokenizer.tokenize(format.prefix() + text, Math.max(0, prefixedRoom(format, template)));
    int end = first + copies * kept.length();
    int length = end + template.after().length;
    boolean fills = format.filler() >= 0 && format.limit() > length;
    long[] ids = new long[fills ? format.limit() : length];
    System.arraycopy(template.before(), 0, ids, 0, template.before().length);
    if (format.marker() >= 0) {
      ids[first - 1] = format.marker();
    }
    for (int start = first; start < end; start += kept.length()) {
      System.arraycopy(kept.ids(), 0, ids, start, kept.length());
    }
    System.arraycopy(template.after(), 0, ids, end, template.after().length);
    Arrays.fill(ids, length, ids.length, format.filler());
    int attended = format.attendsToFiller() ? ids.length : length;
    return new InputRow(
        kept, end - kept.length(), new Batch.Row(ids, new long[ids.length], attended));
  }

  /** Tokens of a text, without its prefix, that a format has room for; at least 1. */
  static int room(InputFormat format, TextTokenizer tokenizer) {
    int prefix = tokenizer.tokenize(format.prefix()).length();
    return Math.max(1, prefixedRoom(format, tokenizer.single()) - prefix);
  }

  private static int prefixedRoom(InputFormat format, TextTokenizer.Template template) {
    int around = first(format, template) + template.after().length;
    return (format.limit() - around) / (format.echo() ? 2 : 1);
  }

  private static int first(InputFormat format, TextTokenizer.Template template) {
    return template.before().length + (format.marker() < 0 ? 0 : 1);
  }

  /** Whether a place of the row holds a token of the text. */
  boolean isText(int place) {
    return place >= first && place < first + text.length();
  }
}
