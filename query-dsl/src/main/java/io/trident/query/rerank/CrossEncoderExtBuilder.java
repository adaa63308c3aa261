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
import java.util.Objects;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.common.regex.Regex;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.common.Strings;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.opensearch.search.SearchExtBuilder;

/** {@code "ext": {"cross_encoder": {…}}}: what to rerank by. Immutable. */
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

  private final Options options;

  /**
   * The options.
   *
   * @param query the text that documents are compared with, or null for that of the search's query
   * @param fields the fields of a document's text, joined by line breaks; none for those of the
   *     search's query
   * @param model the cross-encoder's id, or null for the node's default
   * @param window how many documents of the top are reranked
   * @param passageTokens cut longer texts into passages of so many tokens and take the best; 0 to
   *     truncate
   * @param firstStageWeight the share of the search's own score in the new one, 0 to 1
   * @param keepRanking whether the ranking stands, and the response says why, when the model fails
   */
  public record Options(
      String query,
      List<String> fields,
      String model,
      int window,
      int passageTokens,
      float firstStageWeight,
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
      if ((firstStageWeight >= 0 && firstStageWeight <= 1) == false) {
        throw new IllegalArgumentException(
            "["
                + NAME
                + "] must have a [first_stage_weight] of 0 to 1, got ["
                + firstStageWeight
                + "]");
      }
    }

    /** The same with what the search's query says, where these say nothing. */
    Options completed(NeuralTextQueryBuilder search, SearchRequest request) {
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
          firstStageWeight,
          keepRanking);
    }
  }

  /** Makes the extension. */
  public CrossEncoderExtBuilder(Options options) {
    this.options = Objects.requireNonNull(options, "options");
  }

  /** Reads the extension from another node. */
  public CrossEncoderExtBuilder(StreamInput in) throws IOException {
    this(
        new Options(
            in.readOptionalString(),
            in.readStringList(),
            in.readOptionalString(),
            in.readVInt(),
            in.readVInt(),
            in.readFloat(),
            in.readBoolean()));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeOptionalString(options.query);
    out.writeStringCollection(options.fields);
    out.writeOptionalString(options.model);
    out.writeVInt(options.window);
    out.writeVInt(options.passageTokens);
    out.writeFloat(options.firstStageWeight);
    out.writeBoolean(options.keepRanking);
  }

  /** The options. */
  public Options options() {
    return options;
  }

  /** Reads the extension from JSON; the parser stands on the object behind its name. */
  public static CrossEncoderExtBuilder fromXContent(XContentParser parser) throws IOException {
    Parsed parsed = new Parsed();
    OptionParser options = new OptionParser("[" + NAME + "]");
    options.parse(parser, (key, value) -> parsed.parse(key, value, options));
    try {
      return new CrossEncoderExtBuilder(parsed.options());
    } catch (IllegalArgumentException e) {
      throw new ParsingException(parser.getTokenLocation(), e.getMessage(), e);
    }
  }

  /** What the JSON of an extension says. */
  private static final class Parsed {
    private final List<String> fields = new ArrayList<>();
    private String query;
    private String model;
    private int window = DEFAULT_WINDOW;
    private int passageTokens;
    private float firstStageWeight = DEFAULT_FIRST_STAGE_WEIGHT;
    private boolean keepRanking;

    private boolean parse(String key, XContentParser parser, OptionParser options)
        throws IOException {
      switch (key) {
        case "query" -> query = options.string(parser);
        case "field" -> parseFields(parser, options);
        case "model" -> model = options.string(parser);
        case "window" -> window = options.integer(parser);
        case "passage_tokens" -> passageTokens = options.integer(parser);
        case "first_stage_weight" -> firstStageWeight = options.number(parser);
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

    private Options options() {
      return new Options(
          query, fields, model, window, passageTokens, firstStageWeight, keepRanking);
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
    builder.startObject(NAME);
    if (options.query != null) {
      builder.field("query", options.query);
    }
    if (options.fields.isEmpty() == false) {
      builder.field("field", options.fields);
    }
    if (options.model != null) {
      builder.field("model", options.model);
    }
    builder.field("window", options.window);
    if (options.passageTokens > 0) {
      builder.field("passage_tokens", options.passageTokens);
    }
    builder.field("first_stage_weight", options.firstStageWeight);
    builder.field("on_failure", options.keepRanking ? "keep_ranking" : "fail");
    return builder.endObject();
  }

  @Override
  public String getWriteableName() {
    return NAME;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CrossEncoderExtBuilder that && options.equals(that.options);
  }

  @Override
  public int hashCode() {
    return options.hashCode();
  }
}
