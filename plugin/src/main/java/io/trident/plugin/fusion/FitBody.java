/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.fusion;

import io.trident.models.api.Excerpt;
import io.trident.query.dsl.OptionParser;
import io.trident.query.fusion.FusionQueryBuilder;
import io.trident.query.rerank.CrossEncoderExtBuilder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.opensearch.core.common.Strings;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;

/** What the JSON of a fit says. */
final class FitBody {

  /** The most folds: 100. */
  static final int MAX_FOLDS = 100;

  /** The most windows that are tried: 10, each of which has all other settings tried anew. */
  static final int MAX_WINDOWS = 10;

  private static final int DEFAULT_FOLDS = 5;
  private static final float DEFAULT_PRECISION = 0.9f;
  private static final OptionParser READER = new OptionParser("[_fit]");

  private final List<JudgmentParser.Judgment> judgments = new ArrayList<>();
  private StoredJudgments stored;
  private List<String> indices = List.of();
  private Map<String, Object> query;
  private Map<String, Object> ext = Map.of();
  private Float precision;
  private List<Integer> windows = List.of();
  private int folds = DEFAULT_FOLDS;
  private int seed;
  private String name;

  private FitBody() {}

  /** Reads a body; the parser stands before its object. */
  static FitBody parse(XContentParser parser) throws IOException {
    FitBody body = new FitBody();
    parser.nextToken();
    READER.parse(parser, body::option);
    refuse(body.indices.isEmpty(), "must have an [index]");
    refuse(
        body.judgments.isEmpty() && body.stored == null,
        "must have [judgments] with one query or more");
    boolean needsQuery =
        body.stored != null || body.judgments.stream().anyMatch(one -> one.query() == null);
    refuse(needsQuery && body.query == null, "must have a [query]");
    refuse(
        needsQuery && Placeholders.areIn(body.query) == false,
        "must have a [query] with a placeholder, such as [{{query}}], that each judgment fills");
    return body;
  }

  private static void refuse(boolean when, String what) {
    if (when) {
      throw new IllegalArgumentException(READER.owner() + " " + what);
    }
  }

  private boolean option(String key, XContentParser parser) throws IOException {
    switch (key) {
      case "index" -> indices = indices(parser);
      case "query" -> {
        READER.object(parser);
        query = parser.mapOrdered();
      }
      case FitReport.MIN_RELEVANCE -> {
        precision = DEFAULT_PRECISION;
        READER.parse(
            parser,
            (option, value) -> {
              if (option.equals("precision") == false) {
                return false;
              }
              precision = precision(READER.number(value));
              return true;
            });
      }
      case "ext" -> {
        READER.object(parser);
        ext = parser.mapOrdered();
        refuse(
            ext.keySet().equals(Set.of(CrossEncoderExtBuilder.NAME)) == false,
            "must have an [ext] with [cross_encoder] alone, got " + Excerpt.of(ext.keySet()));
      }
      case "judgments" -> {
        if (parser.currentToken() == Token.START_OBJECT) {
          stored = StoredJudgments.parse(parser);
        } else {
          judgments.addAll(judgments(parser));
        }
      }
      case "requests" -> judgments.addAll(judgments(parser));
      case "metric", "max_concurrent_searches" -> parser.skipChildren(); // of _rank_eval
      case "windows" -> windows = windows(parser);
      case "folds" -> folds = folds(READER.integer(parser));
      case "seed" -> seed = READER.integer(parser);
      case "name" -> {
        name = READER.string(parser);
        FusionProfiles.checkName(name);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Reads judged queries; the parser stands on their array. */
  static List<JudgmentParser.Judgment> judgments(XContentParser parser) throws IOException {
    READER.array(parser);
    List<JudgmentParser.Judgment> judgments = new ArrayList<>();
    while (parser.nextToken() != Token.END_ARRAY) {
      judgments.add(JudgmentParser.parse(parser, judgments.size() + 1));
    }
    return judgments;
  }

  private static List<String> indices(XContentParser parser) throws IOException {
    return parser.currentToken() == Token.START_ARRAY
        ? READER.strings(parser)
        : List.of(Strings.splitStringByCommaToArray(READER.string(parser)));
  }

  private static List<Integer> windows(XContentParser parser) throws IOException {
    READER.array(parser);
    List<Integer> windows = new ArrayList<>();
    while (parser.nextToken() != Token.END_ARRAY) {
      int window = READER.integer(parser);
      refuse(
          window < 1 || window > FusionQueryBuilder.MAX_WINDOW,
          "must have [windows] of 1 to "
              + FusionQueryBuilder.MAX_WINDOW
              + ", got ["
              + window
              + "]");
      windows.add(window);
    }
    refuse(
        windows.size() > MAX_WINDOWS,
        "must have at most [" + MAX_WINDOWS + "] [windows], got [" + windows.size() + "]");
    return windows;
  }

  private static int folds(int folds) {
    refuse(
        folds < 2 || folds > MAX_FOLDS,
        "must have [folds] of 2 to " + MAX_FOLDS + ", got [" + Excerpt.of(folds) + "]");
    return folds;
  }

  private static float precision(float precision) {
    refuse(
        precision <= 0 || precision > 1,
        "must have a [precision] over 0 and up to 1, got [" + precision + "]");
    return precision;
  }

  /** The precision that a cut-off is to have, or null when no map to relevance is fitted. */
  Float precision() {
    return precision;
  }

  /** The indices that are searched. */
  String[] indices() {
    return indices.toArray(String[]::new);
  }

  /** The judgments of the request, beside those that are stored. */
  List<JudgmentParser.Judgment> judgments() {
    return judgments;
  }

  /** Where further judgments are, or null. */
  StoredJudgments stored() {
    return stored;
  }

  /** The query that judgments fill, or null when each has its own. */
  Map<String, Object> query() {
    return query;
  }

  /** The extension that judgments fill; empty when nothing reranks. */
  Map<String, Object> ext() {
    return ext;
  }

  /** The windows to try; none for the default. */
  List<Integer> windows() {
    return windows;
  }

  /** How many folds there are. */
  int folds() {
    return folds;
  }

  /** The name to store fitted settings under, or null. */
  String name() {
    return name;
  }

  /** Deals queries into folds. */
  long seed() {
    return seed;
  }
}
