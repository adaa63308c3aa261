/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import io.trident.models.folder.ModelFolder;
import io.trident.models.tokenizer.TextTokenizer;
import io.trident.models.tokenizer.TokenizedText;
import java.util.ArrayList;
import java.util.List;

/**
 * The terms of a text that get weights: its tokens, or the words that they are pieces of. Words are
 * known by the sign of WordPiece for the inside of one.
 *
 * @param words whether terms are words
 */
record Terms(TextTokenizer tokenizer, boolean words) {

  private static final String INSIDE = "##";

  /**
   * A term of a text.
   *
   * @param text as it is indexed and searched
   * @param place its first token in the text
   */
  record Term(String text, int place) {}

  /** Refuses words of a vocabulary without pieces of words. */
  static Terms of(ModelFolder folder, TextTokenizer tokenizer, boolean words) {
    for (int id = 0; words && id < tokenizer.size(); id++) {
      if (isInside(tokenizer.token(id))) {
        return new Terms(tokenizer, true);
      }
    }
    if (words) {
      throw folder.invalid(
          "must have a WordPiece vocabulary, with tokens of ["
              + INSIDE
              + "], for the reading [word_weights]",
          null);
    }
    return new Terms(tokenizer, false);
  }

  private static boolean isInside(String token) {
    return token != null && token.length() > INSIDE.length() && token.startsWith(INSIDE);
  }

  /** The terms in order; tokens that are not in the vocabulary are left out. */
  List<Term> of(TokenizedText text) {
    List<Term> terms = new ArrayList<>(text.length());
    for (int i = 0; i < text.length(); i++) {
      String token = tokenizer.token((int) text.ids()[i]);
      if (words && isInside(token) && terms.isEmpty() == false) {
        Term word = terms.removeLast();
        terms.add(new Term(word.text + token.substring(INSIDE.length()), word.place));
      } else if (token != null) {
        terms.add(new Term(token, i));
      }
    }
    return terms;
  }
}
