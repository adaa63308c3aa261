/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;

/**
 * What the vector of a query is made of, besides a vector that the request gives.
 *
 * @param text what a person typed, or null
 * @param texts texts with weights, in place of it
 * @param like stored documents whose vectors are added
 * @param model encodes the texts; null for the node's default
 * @param feedback moves the vector towards those of the best documents; null for not at all
 */
record VectorSource(
    String text,
    List<WeightedText> texts,
    List<LikedDocument> like,
    String model,
    Feedback feedback)
    implements Writeable, ToXContentFragment {

  /** Of nothing. */
  static final VectorSource NONE = new VectorSource(null, List.of(), List.of(), null, null);

  private static final String TEXT = "text";
  private static final String MODEL = "model";

  VectorSource {
    texts = List.copyOf(texts);
    like = List.copyOf(like);
  }

  /** Reads it from another node. */
  VectorSource(StreamInput in) throws IOException {
    this(
        in.readOptionalString(),
        in.readList(WeightedText::new),
        in.readList(LikedDocument::new),
        in.readOptionalString(),
        in.readOptionalWriteable(Feedback::new));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeOptionalString(text);
    out.writeList(texts);
    out.writeList(like);
    out.writeOptionalString(model);
    out.writeOptionalWriteable(feedback);
  }

  VectorSource withText(String other, String otherModel) {
    return new VectorSource(other, texts, like, otherModel, feedback);
  }

  VectorSource withTexts(List<WeightedText> others, String otherModel) {
    return new VectorSource(text, others, like, otherModel, feedback);
  }

  VectorSource withLike(List<LikedDocument> others) {
    return new VectorSource(text, texts, others, model, feedback);
  }

  VectorSource withFeedback(Feedback other) {
    return new VectorSource(text, texts, like, model, other);
  }

  /** Refuses what a query cannot be made of. */
  void check(EncodedQueryBuilder<?, ?> query) {
    check(WeightedText.NAME, texts.stream().map(WeightedText::weight).toList(), query);
    check(LikedDocument.NAME, like.stream().map(LikedDocument::weight).toList(), query);
    if (feedback != null && query.feedbackRefusal() != null) {
      throw new IllegalArgumentException(
          query.subject() + " takes no [" + Feedback.NAME + "]: " + query.feedbackRefusal());
    }
  }

  private static void check(String option, List<Float> weights, EncodedQueryBuilder<?, ?> query) {
    if (weights.size() > EncodedQueryBuilder.MAX_TEXTS) {
      throw refused(
          query, option, "at most [" + EncodedQueryBuilder.MAX_TEXTS + "]", weights.size());
    }
    for (float weight : weights) {
      if (query.refusal(weight) != null) {
        throw refused(query, option, query.refusal(weight), weight);
      }
    }
  }

  static IllegalArgumentException refused(
      EncodedQueryBuilder<?, ?> query, String option, String expected, Object got) {
    return new IllegalArgumentException(
        query.subject() + " must have " + expected + " [" + option + "], got [" + got + "]");
  }

  /** The texts that are encoded, of which {@link #text} is the one when it is given. */
  List<WeightedText> encoded() {
    return text == null ? texts : List.of(new WeightedText(text, 1));
  }

  /** Whether the vector of a single text is the whole. */
  boolean isOneText() {
    return text != null && like.isEmpty();
  }

  /** The option that documents must be read for, or null when none are. */
  String reading() {
    if (like.isEmpty()) {
      return feedback == null || feedback.weight() == 0 ? null : Feedback.NAME;
    }
    return LikedDocument.NAME;
  }

  /** What JSON says. */
  static final class Body {
    private String text;
    private List<WeightedText> texts;
    private List<LikedDocument> like = List.of();
    private String model;
    private Feedback feedback;

    /** Reads an option, or says that it is none of these. */
    boolean parse(String key, XContentParser parser, OptionParser options) throws IOException {
      switch (key) {
        case TEXT -> text = options.string(parser);
        case WeightedText.NAME -> texts = WeightedText.parse(parser, options);
        case LikedDocument.NAME -> like = LikedDocument.parse(parser, options);
        case MODEL -> model = options.string(parser);
        case Feedback.NAME -> feedback = Feedback.fromXContent(parser, options);
        default -> {
          return false;
        }
      }
      return true;
    }

    /** Why the options do not go together, after what names the query; null when they do. */
    private String refusal(boolean hasVector) {
      long given = Stream.of(text, texts, hasVector ? this : null).filter(Objects::nonNull).count();
      if (hasVector && like.isEmpty() == false) {
        return " must have either [" + LikedDocument.NAME + "] or a vector, got both";
      }
      if (given > 1 || (given == 0 && like.isEmpty())) {
        return " must have either [text], [texts] or a vector, got "
            + (given == 0 ? "neither" : "both");
      }
      return hasVector && model != null ? " takes [model] with [text] or [texts] only" : null;
    }

    /** Gives a query what was read. */
    void giveTo(EncodedQueryBuilder<?, ?> query, boolean hasVector) {
      String refusal = refusal(hasVector);
      if (refusal != null) {
        throw new IllegalArgumentException(query.subject() + refusal);
      }
      if (text != null) {
        query.text(text, model);
      } else if (texts != null) {
        query.texts(texts, model);
      } else {
        query.model(model);
      }
      query.like(like).feedback(feedback);
    }
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    if (text != null) {
      builder.field(TEXT, text);
    }
    if (texts.isEmpty() == false) {
      builder.field(WeightedText.NAME, texts);
    }
    if (like.isEmpty() == false) {
      builder.field(LikedDocument.NAME, like);
    }
    if (model != null) {
      builder.field(MODEL, model);
    }
    if (feedback != null) {
      builder.field(Feedback.NAME, feedback);
    }
    return builder;
  }
}
