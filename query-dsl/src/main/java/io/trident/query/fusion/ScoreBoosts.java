/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.query.dsl.OptionParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.MatchAllQueryBuilder;
import org.opensearch.index.query.functionscore.FunctionScoreQueryBuilder;
import org.opensearch.index.query.functionscore.FunctionScoreQueryBuilder.FilterFunctionBuilder;

/**
 * Functions of a document, such as its age, that change its fused score: what {@code
 * function_score} takes beside its query. They are computed by the shards for all fused documents,
 * so that the best of those are known on the coordinating node, whatever page is asked for.
 *
 * @param functions the functions and how they are combined, over no query of their own
 */
record ScoreBoosts(FunctionScoreQueryBuilder functions) implements Writeable, ToXContentObject {

  /** The name of the option, and of the search that computes it. */
  static final String NAME = "boosts";

  /** Reads it from another node. */
  ScoreBoosts(StreamInput in) throws IOException {
    this(new FunctionScoreQueryBuilder(in));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    functions.writeTo(out);
  }

  /** Reads it from JSON; the parser stands on its object. */
  static ScoreBoosts fromXContent(XContentParser parser, OptionParser options) throws IOException {
    options.object(parser);
    FunctionScoreQueryBuilder functions = FunctionScoreQueryBuilder.fromXContent(parser);
    refuse(new MatchAllQueryBuilder().equals(functions.query()) == false, "[query]");
    refuse(functions.getMinScore() != null, "[min_score]: give [min_relevance]");
    refuse(functions.boost() != AbstractQueryBuilder.DEFAULT_BOOST, "[boost]");
    refuse(functions.queryName() != null, "[_name]");
    if (functions.filterFunctionBuilders().length == 0) {
      throw new IllegalArgumentException(
          "["
              + FusionQueryBuilder.NAME
              + "] must have one or more functions in [boosts], got none");
    }
    return new ScoreBoosts(functions);
  }

  private static void refuse(boolean when, String what) {
    if (when) {
      throw new IllegalArgumentException(
          "["
              + FusionQueryBuilder.NAME
              + "] must have [boosts] with the options of [function_score] but "
              + what);
    }
  }

  /**
   * Searches that score the documents of a ranking anew.
   *
   * @param most how many documents one of them may find
   */
  List<FusionLeg> searches(FusedRanking ranking, int most) {
    List<FusionLeg> searches = new ArrayList<>();
    List<FusedDoc> documents = ranking.documents();
    for (int from = 0; from < documents.size(); from += most) {
      List<FusedDoc> some = documents.subList(from, Math.min(documents.size(), from + most));
      FusedRanking part = new FusedRanking(List.of(), ranking.fusion(), some);
      searches.add(new FusionLeg(NAME, 1, over(part)));
    }
    return searches;
  }

  private FunctionScoreQueryBuilder over(FusedRanking documents) {
    FunctionScoreQueryBuilder query =
        new FunctionScoreQueryBuilder(
                new FusedDocsQueryBuilder(documents, List.of(), FusionRole.PART),
                functions.filterFunctionBuilders())
            .scoreMode(functions.scoreMode())
            .maxBoost(functions.maxBoost());
    return functions.boostMode() == null ? query : query.boostMode(functions.boostMode());
  }

  /** The ranking by what the searches found, ties by document. */
  static FusedRanking applied(FusedRanking ranking, List<FusionSearch.Window> found) {
    Map<DocKey, Float> boosted = new HashMap<>();
    found.forEach(some -> some.ranking().forEach(doc -> boosted.put(doc.key(), doc.score())));
    List<FusedDoc> documents =
        ranking.documents().stream()
            .filter(document -> boosted.containsKey(document.key()))
            .map(document -> document.scored(boosted.get(document.key())))
            .sorted(
                Comparator.comparingDouble((FusedDoc document) -> -document.score())
                    .thenComparing(FusedDoc::key))
            .toList();
    double[] scores = documents.stream().mapToDouble(FusedDoc::score).toArray();
    return ranking.withDocuments(RankFusion.scored(documents, scores));
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject().startArray("functions");
    for (FilterFunctionBuilder function : functions.filterFunctionBuilders()) {
      function.toXContent(builder, params);
    }
    builder.endArray();
    builder.field("score_mode", functions.scoreMode().name().toLowerCase(Locale.ROOT));
    if (functions.boostMode() != null) {
      builder.field("boost_mode", functions.boostMode().name().toLowerCase(Locale.ROOT));
    }
    return builder.field("max_boost", functions.maxBoost()).endObject();
  }
}
