/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import io.trident.models.config.ModelConfig;
import io.trident.models.folder.ModelFolder;
import io.trident.models.tokenizer.TextTokenizer;
import io.trident.models.tokenizer.TokenizedText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes rows of pairs, either as the tokenizer joins two texts or by a template. A pair that is too
 * long loses the end of the text; its query loses its end only when it takes more than half of the
 * room. Thread-safe.
 */
final class PairRows {

  private final TextTokenizer tokenizer;
  private final int maxTokens;
  private final String template;
  private final boolean judgesPairs;
  private final int room;

  /**
   * Makes the maker of rows.
   *
   * @param template has {@code {text}}, and {@code {query}} or not; null for the tokenizer's own
   *     way
   * @throws IllegalArgumentException when the template leaves no room for a pair
   */
  PairRows(TextTokenizer tokenizer, int maxTokens, String template) {
    this.tokenizer = tokenizer;
    this.maxTokens = maxTokens;
    this.template = template;
    this.judgesPairs = template == null || template.contains(ModelConfig.QUERY);
    this.room = maxTokens - around();
    if (room < 2) {
      throw new IllegalArgumentException(
          "[max_tokens] must leave room for a query and a text besides what stands around them, got ["
              + maxTokens
              + "]");
    }
  }

  /**
   * The rows of a model.
   *
   * @throws io.trident.models.api.ModelException INVALID_MODEL when there is no room for a pair
   */
  static PairRows of(ModelFolder folder, ModelConfig config, TextTokenizer tokenizer) {
    try {
      return new PairRows(tokenizer, config.maxTokens(), config.template());
    } catch (IllegalArgumentException e) {
      throw folder.invalid("cannot read its inputs: " + e.getMessage(), e);
    }
  }

  private int around() {
    if (template == null) {
      TextTokenizer.Template pair = tokenizer.pair();
      return pair.before().length + pair.between().length + pair.after().length;
    }
    return filled("", "").length;
  }

  /** Whether the template leaves the query out. */
  boolean judgesTextsAlone() {
    return judgesPairs == false;
  }

  List<Batch.Row> of(List<OnnxCrossEncoder.Pair> pairs) {
    List<Batch.Row> rows = new ArrayList<>(pairs.size());
    Map<String, TokenizedText> queries = new HashMap<>();
    for (OnnxCrossEncoder.Pair pair : pairs) {
      TokenizedText query =
          queries.computeIfAbsent(
              judgesPairs ? pair.query() : "", whole -> tokenizer.tokenize(whole, room));
      TokenizedText text = tokenizer.tokenize(pair.text(), room);
      int queryLength = Math.min(query.length(), Math.max(room / 2, room - text.length()));
      int textLength = Math.min(text.length(), room - queryLength);
      rows.add(
          template == null
              ? joined(query.first(queryLength).ids(), text.first(textLength).ids())
              : filled(pair, query.first(queryLength), text.first(textLength)));
    }
    return rows;
  }

  private Batch.Row joined(long[] query, long[] text) {
    TextTokenizer.Template pair = tokenizer.pair();
    long[][] parts = {pair.before(), query, pair.between(), text, pair.after()};
    int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
    long[] ids = new long[length];
    long[] types = new long[length];
    int at = 0;
    for (int p = 0; p < parts.length; p++) {
      System.arraycopy(parts[p], 0, ids, at, parts[p].length);
      Arrays.fill(types, at, at + parts[p].length, pair.types()[p]);
      at += parts[p].length;
    }
    return new Batch.Row(ids, types, length);
  }

  /** Fills the template with what there is room for, and tokenizes the whole: tokens may merge. */
  private Batch.Row filled(OnnxCrossEncoder.Pair pair, TokenizedText query, TokenizedText text) {
    String cutQuery = judgesPairs ? cut(pair.query(), query) : "";
    TokenizedText cutText = text;
    long[] ids = filled(cutQuery, cut(pair.text(), cutText));
    while (ids.length > maxTokens && cutText.length() > 0) {
      cutText = cutText.first(Math.max(0, cutText.length() - (ids.length - maxTokens)));
      ids = filled(cutQuery, cut(pair.text(), cutText));
    }
    return new Batch.Row(ids, new long[ids.length], ids.length);
  }

  private static String cut(String text, TokenizedText kept) {
    return kept.length() == 0 ? "" : text.substring(0, kept.ends()[kept.length() - 1]);
  }

  private long[] filled(String query, String text) {
    int queryAt = template.indexOf(ModelConfig.QUERY);
    int textAt = template.indexOf(ModelConfig.TEXT);
    StringBuilder filled = new StringBuilder(template);
    if (queryAt > textAt) { // the later first: the place of the earlier stays
      filled.replace(queryAt, queryAt + ModelConfig.QUERY.length(), query);
    }
    filled.replace(textAt, textAt + ModelConfig.TEXT.length(), text);
    if (queryAt >= 0 && queryAt < textAt) {
      filled.replace(queryAt, queryAt + ModelConfig.QUERY.length(), query);
    }
    return InputRow.of(filled.toString(), InputFormat.plain("", Integer.MAX_VALUE), tokenizer)
        .row()
        .ids();
  }
}
