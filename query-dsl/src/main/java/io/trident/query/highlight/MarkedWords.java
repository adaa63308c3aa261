/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.highlight;

import java.text.BreakIterator;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.OffsetAttribute;
import org.apache.lucene.search.highlight.Scorer;
import org.apache.lucene.search.highlight.TextFragment;

/** The words of a text, marked or not, for Lucene's highlighter. Not thread-safe. */
final class MarkedWords extends TokenStream {

  private final MarkedText.Part part;
  private final BreakIterator boundaries;
  private final CharTermAttribute term = addAttribute(CharTermAttribute.class);
  private final OffsetAttribute offsets = addAttribute(OffsetAttribute.class);

  MarkedWords(MarkedText.Part part) {
    this.part = part;
    this.boundaries = MarkedText.words(part.text());
  }

  @Override
  public boolean incrementToken() {
    int start = boundaries.current();
    int end = boundaries.next();
    if (end == BreakIterator.DONE) {
      return false;
    }
    clearAttributes();
    term.append(part.text(), start, end);
    offsets.setOffset(start, end);
    return true;
  }

  /** The weight of the current word, 0 when it is not marked. */
  private float weight() {
    return part.marks().getOrDefault(offsets.startOffset(), 0f);
  }

  /** Scores a fragment by the weights of its marked words. */
  static final class Score implements Scorer {
    private MarkedWords words;
    private float sum;

    @Override
    public TokenStream init(TokenStream stream) {
      words = (MarkedWords) stream;
      return stream;
    }

    @Override
    public void startFragment(TextFragment fragment) {
      sum = 0;
    }

    @Override
    public float getTokenScore() {
      float weight = words.weight();
      sum += weight;
      return weight;
    }

    @Override
    public float getFragmentScore() {
      return sum;
    }
  }
}
