package io.trident.models.runtime;

import io.trident.models.api.Passage;
import io.trident.models.encoder.RunListener;
import io.trident.models.tokenizer.TextTokenizer;
import io.trident.models.tokenizer.TokenizedText;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Cuts texts into overlapping passages by the tokens of a model.
 *
 * @param maxTokens tokens a passage at most
 * @param overlap tokens that a passage shares with the one before, less than half of those
 */
record PassageCutter(int maxTokens, int overlap) {

  /** The passages of each text; none for a text that is no longer wanted. */
  List<List<Passage>> cut(TextTokenizer tokenizer, List<String> texts, RunListener listener) {
    return IntStream.range(0, texts.size())
        .mapToObj(
            i -> listener.wants(i) ? cut(tokenizer.tokenize(texts.get(i))) : List.<Passage>of())
        .toList();
  }

  private List<Passage> cut(TokenizedText tokens) {
    List<Passage> passages = new ArrayList<>();
    for (int start = 0; start < tokens.length(); start += maxTokens - overlap) {
      int end = Math.min(start + maxTokens, tokens.length());
      passages.add(new Passage(tokens.starts()[start], tokens.ends()[end - 1]));
      if (end == tokens.length()) {
        break;
      }
    }
    return List.copyOf(passages);
  }
}
