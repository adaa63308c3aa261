package io.trident.query.fusion;

import io.trident.models.api.Excerpt;
import io.trident.query.dsl.OptionParser;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;

/**
 * How the rankings of a fusion's legs become one: all that its JSON says beside the legs, the
 * filter, and what every query has. Each option refuses a value that it cannot take.
 */
final class FusionOptions implements Writeable, ToXContentFragment {

  private Combination combination = Combination.ARITHMETIC_MEAN;
  private Normalization normalization;
  private int rankConstant = FusionQueryBuilder.DEFAULT_RANK_CONSTANT;
  private int window = FusionQueryBuilder.DEFAULT_WINDOW;
  private boolean scores;

  /** The defaults. */
  FusionOptions() {}

  /** A copy, which changes apart. */
  FusionOptions(FusionOptions other) {
    combination = other.combination;
    normalization = other.normalization;
    rankConstant = other.rankConstant;
    window = other.window;
    scores = other.scores;
  }

  /** Reads options from another node. */
  FusionOptions(StreamInput in) throws IOException {
    combination = in.readEnum(Combination.class);
    normalization = in.readBoolean() ? in.readEnum(Normalization.class) : null;
    rankConstant = in.readVInt();
    window = in.readVInt();
    scores = in.readBoolean();
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
    out.writeBoolean(scores);
  }

  /** Reads an option from JSON; false for another's key. */
  boolean parse(String key, XContentParser parser, OptionParser options) throws IOException {
    switch (key) {
      case "combination" -> combination(option(key, options.string(parser), Combination.values()));
      case "normalization" ->
          normalization(option(key, options.string(parser), Normalization.values()));
      case "rank_constant" -> rankConstant(options.integer(parser));
      case "window" -> window(options.integer(parser));
      case "scores" -> scores = options.bool(parser);
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
    return new RankFusion(combination, effectiveNormalization(), rankConstant);
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
    if (scores) {
      builder.field("scores", true);
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
        && scores == that.scores;
  }

  @Override
  public int hashCode() {
    return Objects.hash(combination, normalization, rankConstant, window, scores);
  }
}
