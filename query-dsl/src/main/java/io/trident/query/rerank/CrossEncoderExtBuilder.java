/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.rerank;

import io.trident.models.api.Excerpt;
import io.trident.query.dsl.OptionParser;
import io.trident.query.fusion.NeuralTextQueryBuilder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.common.regex.Regex;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.common.Strings;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.opensearch.search.SearchExtBuilder;

/**
 * {@code "ext": {"cross_encoder": {…}}}: what to rerank by, or an array of such stages, of which
 * each reranks the top of the one before. Immutable.
 */
public final class CrossEncoderExtBuilder extends SearchExtBuilder {

  /** The extension's name. */
  public static final String NAME = "cross_encoder";

  /** The default of {@code window}: 20; more than a few dozen rarely help and cost their time. */
  public static final int DEFAULT_WINDOW = 20;

  /** The largest {@code window}: 1,000. */
  public static final int MAX_WINDOW = 1_000;

  /**
   * The default of {@code first_stage_weight}: 0.8, the least with which the default cross-encoder
   * makes the default fusion significantly worse on none of eight collections.
   */
  public static final float DEFAULT_FIRST_STAGE_WEIGHT = 0.8f;

  /** The most stages: 3. */
  public static final int MAX_STAGES = 3;

  private static final int DEFAULT_PASSAGE_TOKENS = 64;

  private static final int DEFAULT_PASSAGE_COUNT = 2;

  private static final int MAX_PASSAGE_COUNT = 100;

  /** By what passages are chosen. */
  private static final String WORDS = "words";

  private final List<Options> stages;

  /**
   * The options of a stage.
   *
   * @param query the text that documents are compared with, or null for that of the search's query
   * @param fields the fields of a document's text, joined by line breaks; none for those of the
   *     search's query
   * @param model the cross-encoder's id, or null for the node's default
   * @param window how many documents of the top are reranked
   * @param passageTokens cut longer texts into passages of so many tokens and take the best; 0 to
   *     truncate
   * @param passageCount of those passages, how many with the most of the query's words are scored;
   *     0 for all
   * @param firstStageWeight the share of the search's own score in the new one, 0 to 1, or null for
   *     that of the search's profile, or the default
   * @param budget how long scoring may take before the rest of the window is left as it is, or null
   *     for as long as it takes
   * @param keepRanking whether the ranking stands, and the response says why, when the model fails
   */
  public record Options(
      String query,
      List<String> fields,
      String model,
      int window,
      int passageTokens,
      int passageCount,
      Float firstStageWeight,
      TimeValue budget,
      boolean keepRanking) {

    public Options {
      fields = List.copyOf(fields);
      if (query != null && query.isEmpty()) {
        throw new IllegalArgumentException("[" + NAME + "] must have a [query] that is not empty");
      }
      for (String field : fields) {
        if (Strings.isEmpty(field) || Regex.isSimpleMatchPattern(field)) {
          throw new IllegalArgumentException(
              "["
                  + NAME
                  + "] must name its [field] or fields, without patterns, got ["
                  + Excerpt.of(field)
                  + "]");
        }
      }
      if (window < 1 || window > MAX_WINDOW) {
        throw new IllegalArgumentException(
            "[" + NAME + "] must have a [window] of 1 to " + MAX_WINDOW + ", got [" + window + "]");
      }
      if (passageTokens != 0 && passageTokens < 8) {
        throw new IllegalArgumentException(
            "[" + NAME + "] must have [passage_tokens] of at least 8, got [" + passageTokens + "]");
      }
      if (passageCount < 0 || (passageCount > 0 && passageTokens == 0)) {
        throw new IllegalArgumentException(
            "["
                + NAME
                + "] must have [passages] with [tokens] of at least 8 and a [count] of at least 1,"
                + " got ["
                + passageTokens
                + "] and ["
                + passageCount
                + "]");
      }
      if (firstStageWeight != null && (firstStageWeight >= 0 && firstStageWeight <= 1) == false) {
        throw new IllegalArgumentException(
            "["
                + NAME
                + "] must have a [first_stage_weight] of 0 to 1, got ["
                + firstStageWeight
                + "]");
      }
    }

    /** Reads options from another node. */
    private static Options read(StreamInput in) throws IOException {
      return new Options(
          in.readOptionalString(),
          in.readStringList(),
          in.readOptionalString(),
          in.readVInt(),
          in.readVInt(),
          in.readVInt(),
          in.readOptionalFloat(),
          in.readOptionalTimeValue(),
          in.readBoolean());
    }

    private void write(StreamOutput out) throws IOException {
      out.writeOptionalString(query);
      out.writeStringCollection(fields);
      out.writeOptionalString(model);
      out.writeVInt(window);
      out.writeVInt(passageTokens);
      out.writeVInt(passageCount);
      out.writeOptionalFloat(firstStageWeight);
      out.writeOptionalTimeValue(budget);
      out.writeBoolean(keepRanking);
    }

    private void write(XContentBuilder builder) throws IOException {
      builder.startObject();
      if (query != null) {
        builder.field("query", query);
      }
      if (fields.isEmpty() == false) {
        builder.field("field", fields);
      }
      if (model != null) {
        builder.field("model", model);
      }
      builder.field("window", window);
      if (passageCount > 0) {
        builder
            .startObject("passages")
            .field("tokens", passageTokens)
            .field("count", passageCount)
            .field("by", WORDS)
            .endObject();
      } else if (passageTokens > 0) {
        builder.field("passage_tokens", passageTokens);
      }
      if (firstStageWeight != null) {
        builder.field("first_stage_weight", firstStageWeight);
      }
      if (budget != null) {
        builder.field("budget", budget.getStringRep());
      }
      builder.field("on_failure", keepRanking ? "keep_ranking" : "fail");
      builder.endObject();
    }

    /**
     * The same with what the search's query says, where these say nothing.
     *
     * @param share the share of the search's own score, or null for the default
     */
    public Options completed(NeuralTextQueryBuilder search, SearchRequest request, Float share) {
      if ((query == null || fields.isEmpty()) && search == null) {
        throw new IllegalArgumentException(
            "["
                + NAME
                + "] must have a [query] and a [field], unless the search is a query by [text] and"
                + " fields, as [neural_text], which has them");
      }
      return new Options(
          query == null ? search.text() : query,
          fields.isEmpty() ? search.textFields(request) : fields,
          model,
          window,
          passageTokens,
          passageCount,
          firstStageWeight != null
              ? firstStageWeight
              : share == null ? DEFAULT_FIRST_STAGE_WEIGHT : share,
          budget,
          keepRanking);
    }
  }

  /**
   * Makes the extension.
   *
   * @param stages 1 to {@value #MAX_STAGES}, in the order in which they rerank, each with a window
   *     of at most that of the one before
   */
  public CrossEncoderExtBuilder(List<Options> stages) {
    this.stages = List.copyOf(stages);
    if (stages.isEmpty() || stages.size() > MAX_STAGES) {
      throw new IllegalArgumentException(
          "[" + NAME + "] must have 1 to " + MAX_STAGES + " stages, got [" + stages.size() + "]");
    }
    for (int i = 1; i < stages.size(); i++) {
      if (stages.get(i).window > stages.get(i - 1).window) {
        throw new IllegalArgumentException(
            "["
                + NAME
                + "] must have stages with a [window] of at most that of the one before, got ["
                + stages.get(i).window
                + "] after ["
                + stages.get(i - 1).window
                + "]");
      }
    }
  }

  /** Reads the extension from another node. */
  public CrossEncoderExtBuilder(StreamInput in) throws IOException {
    this(in.readList(Options::read));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeCollection(stages, (stream, stage) -> stage.write(stream));
  }

  /** The stages, in the order in which they rerank. */
  public List<Options> stages() {
    return stages;
  }

  /**
   * Reads the extension from JSON; the parser stands on the object or the array behind its name.
   */
  public static CrossEncoderExtBuilder fromXContent(XContentParser parser) throws IOException {
    List<Options> stages = new ArrayList<>();
    try {
      if (parser.currentToken() == Token.START_ARRAY) {
        while (parser.nextToken() != Token.END_ARRAY) {
          stages.add(parseStage(parser));
        }
      } else {
        stages.add(parseStage(parser));
      }
      return new CrossEncoderExtBuilder(stages);
    } catch (IllegalArgumentException e) {
      throw new ParsingException(parser.getTokenLocation(), e.getMessage(), e);
    }
  }

  private static Options parseStage(XContentParser parser) throws IOException {
    Parsed parsed = new Parsed();
    OptionParser options = new OptionParser("[" + NAME + "]");
    options.parse(parser, (key, value) -> parsed.parse(key, value, options));
    return parsed.options();
  }

  /** What the JSON of a stage says. */
  private static final class Parsed {
    private final List<String> fields = new ArrayList<>();
    private String query;
    private String model;
    private int window = DEFAULT_WINDOW;
    private int passageTokens;
    private int passageCount;
    private Float firstStageWeight;
    private TimeValue budget;
    private boolean keepRanking;

    private boolean parse(String key, XContentParser parser, OptionParser options)
        throws IOException {
      switch (key) {
        case "query" -> query = options.string(parser);
        case "field" -> parseFields(parser, options);
        case "model" -> model = options.string(parser);
        case "window" -> window = options.integer(parser);
        case "passage_tokens" -> {
          refuseBoth(passageCount > 0);
          passageTokens = options.integer(parser);
        }
        case "passages" -> parsePassages(parser, options);
        case "first_stage_weight" -> firstStageWeight = options.number(parser);
        case "budget" -> budget = options.time(parser);
        case "on_failure" -> keepRanking = keepsRanking(options.string(parser));
        default -> {
          return false;
        }
      }
      return true;
    }

    private void parseFields(XContentParser parser, OptionParser options) throws IOException {
      if (parser.currentToken() == Token.START_ARRAY) {
        while (parser.nextToken() != Token.END_ARRAY) {
          fields.add(options.string(parser));
        }
      } else {
        fields.add(options.string(parser));
      }
    }

    private void parsePassages(XContentParser parser, OptionParser outer) throws IOException {
      OptionParser options = new OptionParser("[passages] of " + outer.owner());
      refuseBoth(passageTokens != 0);
      passageTokens = DEFAULT_PASSAGE_TOKENS;
      passageCount = DEFAULT_PASSAGE_COUNT;
      options.parse(
          parser,
          (key, value) -> {
            switch (key) {
              case "tokens" -> passageTokens = options.integer(value);
              case "count" -> passageCount = count(options.integer(value));
              case "by" -> checkBy(options.string(value));
              default -> {
                return false;
              }
            }
            return true;
          });
    }

    private static void refuseBoth(boolean both) {
      if (both) {
        throw new IllegalArgumentException(
            "[" + NAME + "] must have one of [passage_tokens] and [passages], got both");
      }
    }

    private static int count(int count) {
      if (count < 1 || count > MAX_PASSAGE_COUNT) {
        throw new IllegalArgumentException(
            "["
                + NAME
                + "] must have [passages] with a [count] of 1 to "
                + MAX_PASSAGE_COUNT
                + ", got ["
                + count
                + "]");
      }
      return count;
    }

    private static void checkBy(String by) {
      if (by.equals(WORDS) == false) {
        throw new IllegalArgumentException(
            "["
                + NAME
                + "] must choose [passages] [by] ["
                + WORDS
                + "], got ["
                + Excerpt.of(by)
                + "]");
      }
    }

    private Options options() {
      return new Options(
          query,
          fields,
          model,
          window,
          passageTokens,
          passageCount,
          firstStageWeight,
          budget,
          keepRanking);
    }
  }

  private static boolean keepsRanking(String value) {
    return switch (value) {
      case "fail" -> false;
      case "keep_ranking" -> true;
      default ->
          throw new IllegalArgumentException(
              "["
                  + NAME
                  + "] must have [on_failure] of [fail, keep_ranking], got ["
                  + Excerpt.of(value)
                  + "]");
    };
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.field(NAME);
    if (stages.size() > 1) {
      builder.startArray();
    }
    for (Options stage : stages) {
      stage.write(builder);
    }
    return stages.size() > 1 ? builder.endArray() : builder;
  }

  @Override
  public String getWriteableName() {
    return NAME;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CrossEncoderExtBuilder that && stages.equals(that.stages);
  }

  @Override
  public int hashCode() {
    return stages.hashCode();
  }
}
