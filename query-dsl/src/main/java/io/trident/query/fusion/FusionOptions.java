/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.models.api.Excerpt;
import io.trident.query.dsl.OptionParser;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.IdsQueryBuilder;
import org.opensearch.index.query.QueryBuilder;

/**
 * How the rankings of a fusion's legs become one: all that its JSON says beside the legs, the
 * filter, and what every query has. Each option refuses a value that it cannot take.
 */
final class FusionOptions implements Writeable, ToXContentFragment {

  private Combination combination = Combination.ARITHMETIC_MEAN;
  private Normalization normalization;
  private int rankConstant = FusionQueryBuilder.DEFAULT_RANK_CONSTANT;
  private int window = FusionQueryBuilder.DEFAULT_WINDOW;
  private Missing missing = Missing.ZERO;
  private boolean scores;
  private List<String> pinned = List.of();
  private List<String> excluded = List.of();
  private MinRelevance minRelevance;
  private ScoreBoosts boosts;
  private NearDuplicates collapse;
  private Diversification diversify;

  /** What gives weights to legs that are not known yet, or null. */
  private FusionProfile.Named profile;

  /** The share that the profile gives the fusion when a cross-encoder reranks, or null. */
  private Float firstStageWeight;

  /** The defaults. */
  FusionOptions() {}

  /** A copy, which changes apart. */
  FusionOptions(FusionOptions other) {
    combination = other.combination;
    normalization = other.normalization;
    rankConstant = other.rankConstant;
    window = other.window;
    missing = other.missing;
    scores = other.scores;
    pinned = other.pinned;
    excluded = other.excluded;
    minRelevance = other.minRelevance;
    boosts = other.boosts;
    collapse = other.collapse;
    diversify = other.diversify;
    profile = other.profile;
    firstStageWeight = other.firstStageWeight;
  }

  /** Reads options from another node. */
  FusionOptions(StreamInput in) throws IOException {
    combination = in.readEnum(Combination.class);
    normalization = in.readBoolean() ? in.readEnum(Normalization.class) : null;
    rankConstant = in.readVInt();
    window = in.readVInt();
    missing = in.readEnum(Missing.class);
    scores = in.readBoolean();
    pinned = in.readStringList();
    excluded = in.readStringList();
    minRelevance = in.readOptionalWriteable(MinRelevance::new);
    boosts = in.readOptionalWriteable(ScoreBoosts::new);
    collapse = in.readOptionalWriteable(NearDuplicates::new);
    diversify = in.readOptionalWriteable(Diversification::new);
    profile = in.readOptionalWriteable(FusionProfile.Named::new);
    firstStageWeight = in.readOptionalFloat();
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeEnum(combination);
    out.writeBoolean(normalization != null);
    if (normalization != null) {
      out.writeEnum(normalization);
    }
    out.writeVInt(rankConstant);
    out.writeVInt(window);
    out.writeEnum(missing);
    out.writeBoolean(scores);
    out.writeStringCollection(pinned);
    out.writeStringCollection(excluded);
    out.writeOptionalWriteable(minRelevance);
    out.writeOptionalWriteable(boosts);
    out.writeOptionalWriteable(collapse);
    out.writeOptionalWriteable(diversify);
    out.writeOptionalWriteable(profile);
    out.writeOptionalFloat(firstStageWeight);
  }

  /** Reads an option from JSON; false for another's key. */
  boolean parse(String key, XContentParser parser, OptionParser options) throws IOException {
    switch (key) {
      case "combination" -> combination(option(key, options.string(parser), Combination.values()));
      case "normalization" ->
          normalization(option(key, options.string(parser), Normalization.values()));
      case "rank_constant" -> rankConstant(options.integer(parser));
      case "window" -> window(options.integer(parser));
      case "missing" -> missing(option(key, options.string(parser), Missing.values()));
      case "scores" -> scores = options.bool(parser);
      case "pinned" -> pinned(options.strings(parser));
      case "excluded" -> excluded(options.strings(parser));
      case MinRelevance.NAME -> minRelevance = MinRelevance.fromXContent(parser, options);
      case NearDuplicates.NAME -> collapse = NearDuplicates.fromXContent(parser, options);
      case Diversification.NAME -> diversify = Diversification.fromXContent(parser, options);
      case ScoreBoosts.NAME -> boosts = ScoreBoosts.fromXContent(parser, options);
      default -> {
        return false;
      }
    }
    return true;
  }

  private static <T extends Enum<T>> T option(String key, String value, T[] options) {
    return Arrays.stream(options)
        .filter(option -> option.toString().equals(value))
        .findFirst()
        .orElseThrow(() -> refused("[%s] of %s, got [%s]", key, Arrays.toString(options), value));
  }

  private static IllegalArgumentException refused(String format, Object... arguments) {
    Object[] excerpts =
        Arrays.stream(arguments).map(argument -> Excerpt.of(String.valueOf(argument))).toArray();
    return new IllegalArgumentException(
        "["
            + FusionQueryBuilder.NAME
            + "] must have a "
            + String.format(Locale.ROOT, format, excerpts));
  }

  void combination(Combination value) {
    combination = Objects.requireNonNull(value, "combination");
    checkNormalization();
    checkMissing();
  }

  void normalization(Normalization value) {
    normalization = value;
    checkNormalization();
  }

  private void checkNormalization() {
    if (combination == Combination.RRF && normalization != null) {
      throw new IllegalArgumentException(
          "["
              + FusionQueryBuilder.NAME
              + "] with [combination] ["
              + combination
              + "] fuses ranks and takes no [normalization], got ["
              + normalization
              + "]");
    }
  }

  void missing(Missing value) {
    missing = Objects.requireNonNull(value, "missing");
    checkMissing();
  }

  /** Scores below those of a window may be negative, which only sums take. */
  private void checkMissing() {
    if (missing == Missing.SCORE && combination != Combination.ARITHMETIC_MEAN) {
      throw refused(
          "[combination] of [%s] with [missing] [%s], got [%s]",
          Combination.ARITHMETIC_MEAN, missing, combination);
    }
  }

  void rankConstant(int value) {
    if (value < 1) {
      throw refused("[rank_constant] of at least 1, got [%s]", value);
    }
    rankConstant = value;
  }

  void window(int value) {
    if (value < 1 || value > FusionQueryBuilder.MAX_WINDOW) {
      throw refused("[window] of 1 to %s, got [%s]", FusionQueryBuilder.MAX_WINDOW, value);
    }
    window = value;
  }

  void scores(boolean value) {
    scores = value;
  }

  void pinned(List<String> ids) {
    if (ids.size() > FusionQueryBuilder.MAX_PINNED) {
      throw refused(
          "[pinned] of at most [%s] ids, got [%s]", FusionQueryBuilder.MAX_PINNED, ids.size());
    }
    if (Set.copyOf(ids).size() < ids.size()) {
      throw refused("[pinned] with each id once, got [%s]", String.join(", ", ids));
    }
    pinned = List.copyOf(ids);
    checkIds();
  }

  void excluded(List<String> ids) {
    if (ids.size() > FusionQueryBuilder.MAX_EXCLUDED) {
      throw refused(
          "[excluded] of at most [%s] ids, got [%s]", FusionQueryBuilder.MAX_EXCLUDED, ids.size());
    }
    excluded = List.copyOf(ids);
    checkIds();
  }

  private void checkIds() {
    for (String id : pinned) {
      if (excluded.contains(id)) {
        throw refused("[pinned] without ids that are [excluded], got [%s]", id);
      }
    }
  }

  /**
   * Takes over the settings of a profile.
   *
   * @param given the options that the request has itself, which stay
   */
  void profile(FusionProfile.Named value, Set<String> given) {
    profile = value;
    FusionSettings settings = value.profile().settings();
    firstStageWeight = settings.firstStageWeight();
    if (given.contains("combination") == false) {
      combination = settings.fusion().combination();
      rankConstant =
          given.contains("rank_constant") ? rankConstant : settings.fusion().rankConstant();
    }
    if (given.contains("normalization") == false && combination != Combination.RRF) {
      normalization =
          settings.fusion().combination() == Combination.RRF
              ? null
              : settings.fusion().normalization();
    }
    if (given.contains("window") == false) {
      window = settings.window();
    }
    checkNormalization();
  }

  /** The legs with the weights of the profile, if there is one. */
  List<FusionLeg> weighed(List<FusionLeg> legs) {
    return profile == null ? legs : profile.weighed(legs);
  }

  /** The share of the fusion when a cross-encoder reranks and does not say it, or null. */
  Float firstStageWeight() {
    return firstStageWeight;
  }

  /** The same options without a profile, whose weights the legs have got, when these are known. */
  FusionOptions settled(List<FusionLeg> legs) {
    FusionOptions settled = new FusionOptions(this);
    settled.profile = null;
    if (minRelevance != null) {
      settled.minRelevance = minRelevance.settled(profile == null ? null : profile.map(legs));
    }
    return settled;
  }

  void minRelevance(MinRelevance value) {
    minRelevance = value;
  }

  void boosts(ScoreBoosts value) {
    boosts = value;
  }

  /** What a document must reach, or null. */
  MinRelevance minRelevance() {
    return minRelevance;
  }

  /** What changes the fused scores, or null. */
  ScoreBoosts boosts() {
    return boosts;
  }

  void collapse(NearDuplicates value) {
    collapse = value;
  }

  /** What leaves documents out of the top of the ranking, or null. */
  NearDuplicates collapse() {
    return collapse;
  }

  void diversify(Diversification value) {
    diversify = value;
  }

  /** What orders the top of the ranking, or null. */
  Diversification diversify() {
    return diversify;
  }

  /** Refuses what is said of legs that are not there. */
  void check(List<FusionLeg> legs) {
    if (minRelevance != null) {
      minRelevance.check(legs);
    }
  }

  /**
   * What the fusion is to its search: with a least relevance, or without duplicates, no more than
   * the fused documents, because of others neither is known.
   */
  FusionRole role(FusionRole role) {
    boolean cut = minRelevance != null || collapse != null;
    return cut && role.compareTo(FusionRole.WHOLE) > 0 ? FusionRole.WHOLE : role;
  }

  /** The ids of the documents on top. */
  List<String> pinned() {
    return pinned;
  }

  /**
   * What all documents must match: the filter of the request, and to be none of those excluded.
   *
   * @param filter the filter, or null
   * @return both, or null for neither
   */
  QueryBuilder filter(QueryBuilder filter) {
    if (excluded.isEmpty()) {
      return filter;
    }
    BoolQueryBuilder both =
        new BoolQueryBuilder()
            .mustNot(new IdsQueryBuilder().addIds(excluded.toArray(String[]::new)));
    return filter == null ? both : both.filter(filter);
  }

  /** How many documents each leg gives. */
  int window() {
    return window;
  }

  /** Whether each hit is to say what the legs gave it. */
  boolean scores() {
    return scores;
  }

  /** Fuses the windows of the legs. */
  RankFusion fusion() {
    return new RankFusion(combination, effectiveNormalization(), rankConstant, missing);
  }

  private Normalization effectiveNormalization() {
    if (normalization != null) {
      return normalization;
    }
    return combination == Combination.RRF ? Normalization.NONE : Normalization.MIN_MAX;
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.field("combination", combination.toString());
    if (normalization != null) {
      builder.field("normalization", normalization.toString());
    }
    builder.field("rank_constant", rankConstant);
    builder.field("window", window);
    if (missing != Missing.ZERO) {
      builder.field("missing", missing.toString());
    }
    if (scores) {
      builder.field("scores", true);
    }
    if (profile != null) {
      builder.field(FusionProfile.NAME, profile.name());
    }
    if (pinned.isEmpty() == false) {
      builder.field("pinned", pinned);
    }
    if (excluded.isEmpty() == false) {
      builder.field("excluded", excluded);
    }
    if (minRelevance != null) {
      minRelevance.toXContent(builder, params);
    }
    if (boosts != null) {
      builder.field(ScoreBoosts.NAME, boosts);
    }
    if (collapse != null) {
      builder.field(NearDuplicates.NAME, collapse);
    }
    if (diversify != null) {
      builder.field(Diversification.NAME, diversify);
    }
    return builder;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FusionOptions that
        && combination == that.combination
        && normalization == that.normalization
        && rankConstant == that.rankConstant
        && window == that.window
        && missing == that.missing
        && scores == that.scores
        && pinned.equals(that.pinned)
        && excluded.equals(that.excluded)
        && Objects.equals(minRelevance, that.minRelevance)
        && Objects.equals(boosts, that.boosts)
        && Objects.equals(collapse, that.collapse)
        && Objects.equals(diversify, that.diversify)
        && Objects.equals(profile, that.profile);
  }

  @Override
  public int hashCode() {
    return Objects.hash(
        combination,
        normalization,
        rankConstant,
        window,
        missing,
        scores,
        pinned,
        excluded,
        minRelevance,
        boosts,
        collapse,
        diversify,
        profile);
  }
}
