/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import io.trident.models.api.Encoding;
import io.trident.models.api.Representation;
import io.trident.models.api.SparseVector;
import io.trident.query.lucene.Approximation;
import io.trident.query.lucene.LearnedSparseQuery;
import io.trident.query.mapper.ImpactVectorFieldMapper;
import io.trident.query.mapper.ImpactVectorFieldMapper.ImpactVectorFieldType;
import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.query.QueryShardContext;

/**
 * {@code learned_sparse}: the dot product of a sparse query and an {@code impact_vector}. The
 * vector is given as {@code "tokens": {"token": weight}}, with positive weights, or as a list of
 * tokens, each of weight 1. {@code "idf": true} multiplies weights by inverse document frequencies;
 * {@code "approximate"} holds the knobs of an {@link Approximation}.
 */
public final class LearnedSparseQueryBuilder
    extends EncodedQueryBuilder<LearnedSparseQueryBuilder, SparseVector> {

  /** The query's name. */
  public static final String NAME = "learned_sparse";

  private static final String TOKENS = "tokens";
  private static final String APPROXIMATE = "approximate";
  private static final String MASS = "mass";
  private static final String BLOCKS = "blocks";
  private static final String OVERESTIMATE = "overestimate";

  private static final String IDF = "idf";

  private Approximation approximation = Approximation.NONE;
  private boolean idf;

  /** Makes a query of a field; give it text or tokens. */
  public LearnedSparseQueryBuilder(QueryEncoder encoder, String field) {
    super(encoder, field);
  }

  /** Reads a query from another node. */
  public LearnedSparseQueryBuilder(QueryEncoder encoder, StreamInput in) throws IOException {
    super(encoder, in);
    approximation = new Approximation(in.readFloat(), in.readVInt(), in.readFloat());
    idf = in.readBoolean();
  }

  /** Reads a query from JSON. */
  public static LearnedSparseQueryBuilder fromXContent(QueryEncoder encoder, XContentParser parser)
      throws IOException {
    return parse(NAME, parser, field -> new LearnedSparseQueryBuilder(encoder, field));
  }

  /** Searches by tokens with finite weights; a weight of 0 says that the token is absent. */
  public LearnedSparseQueryBuilder tokens(Map<String, Float> weights) {
    Map<String, Float> positive = new HashMap<>();
    weights.forEach((token, weight) -> vectors().addWeight(token, weight, positive));
    return setVector(SparseVector.of(positive));
  }

  /** Gives up hits for speed. */
  public LearnedSparseQueryBuilder approximate(Approximation allowed) {
    approximation = allowed;
    return this;
  }

  /** Multiplies each weight by the token's inverse document frequency in the index. */
  public LearnedSparseQueryBuilder idf(boolean wanted) {
    idf = wanted;
    return this;
  }

  /** Inverse document frequencies are statistics of the index. */
  @Override
  public boolean isStatisticsFree() {
    return idf == false;
  }

  @Override
  String name() {
    return NAME;
  }

  @Override
  Representation representation() {
    return Representation.SPARSE;
  }

  @Override
  SparseVector vector(Encoding encoding, String encoded) {
    return encoding.sparse();
  }

  /** Documents are compared by what they have, and not by what they lack. */
  @Override
  String refusal(float weight) {
    return weight < 0 ? "no negative weights in" : null;
  }

  @Override
  String feedbackRefusal() {
    return null;
  }

  /** Adds the heaviest tokens of the documents' mean; of equal ones those that come first. */
  @Override
  SparseVector moved(SparseVector value, VectorParts<SparseVector> documents, Feedback feedback) {
    SparseVector mean = sum(documents.vectors(), documents.weights());
    Map<String, Float> heaviest = new HashMap<>();
    IntStream.range(0, mean.size())
        .boxed()
        .sorted(Comparator.comparing(i -> -mean.weight(i)))
        .limit(feedback.terms())
        .forEach(i -> heaviest.put(mean.tokens().get(i), mean.weight(i)));
    SparseVector added = SparseVector.of(heaviest);
    double scale = feedback.weight() * total(value) / total(added);
    return sum(List.of(value, added), List.of(1f, (float) scale));
  }

  private static double total(SparseVector vector) {
    double total = 0;
    for (float weight : vector.weights()) {
      total += weight;
    }
    return total;
  }

  @Override
  SparseVector stored(Object value) {
    Map<String, Float> weights = new HashMap<>();
    StoredVectors.map(value)
        .forEach((token, weight) -> weights.put((String) token, StoredVectors.number(weight)));
    return SparseVector.of(weights);
  }

  /** The weights of each token, added up. */
  @Override
  SparseVector sum(List<SparseVector> parts, List<Float> weights) {
    Map<String, Double> sums = new HashMap<>();
    for (int i = 0; i < parts.size(); i++) {
      SparseVector part = parts.get(i);
      for (int token = 0; token < part.size(); token++) {
        double weight = (double) weights.get(i) * part.weight(token);
        sums.merge(part.tokens().get(token), weight, Double::sum);
      }
    }
    Map<String, Float> sum = HashMap.newHashMap(sums.size());
    sums.forEach((token, weight) -> vectors().addWeight(token, weight.floatValue(), sum));
    return SparseVector.of(sum);
  }

  @Override
  void check(SparseVector value) {
    vectors().checkTokens(value.size());
    value.tokens().forEach(vectors()::checkToken);
  }

  @Override
  boolean isEmpty(SparseVector value) {
    return value.tokens().isEmpty();
  }

  @Override
  LearnedSparseQueryBuilder copy(QueryEncoder queryEncoder, String fieldName) {
    return new LearnedSparseQueryBuilder(queryEncoder, fieldName)
        .approximate(approximation)
        .idf(idf);
  }

  @Override
  boolean parseOption(String key, XContentParser parser, OptionParser options) throws IOException {
    switch (key) {
      case TOKENS -> {
        Map<String, Float> weights = new HashMap<>();
        if (parser.currentToken() == Token.START_ARRAY) {
          parseList(parser, weights);
        } else {
          options.object(parser);
          vectors().parseWeights(parser, weights);
        }
        tokens(weights);
      }
      case IDF -> idf(options.bool(parser));
      case APPROXIMATE -> approximate(parseApproximation(parser, options));
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Reads a list of tokens, each of weight 1. */
  private static void parseList(XContentParser parser, Map<String, Float> weights)
      throws IOException {
    while (parser.nextToken() != Token.END_ARRAY) {
      if (parser.currentToken() != Token.VALUE_STRING
          && parser.currentToken() != Token.VALUE_NUMBER) {
        throw new IllegalArgumentException(
            "[" + TOKENS + "] must list strings or numbers, got [" + parser.currentToken() + "]");
      }
      weights.put(parser.text(), 1f);
    }
  }

  private static Approximation parseApproximation(XContentParser parser, OptionParser outer)
      throws IOException {
    OptionParser options = new OptionParser("[" + APPROXIMATE + "] of " + outer.owner());
    Approximation[] parsed = {Approximation.NONE};
    options.parse(
        parser,
        (key, value) -> {
          Approximation a = parsed[0];
          switch (key) {
            case MASS ->
                parsed[0] = new Approximation(options.number(value), a.blocks(), a.overestimate());
            case BLOCKS ->
                parsed[0] = new Approximation(a.mass(), options.integer(value), a.overestimate());
            case OVERESTIMATE ->
                parsed[0] = new Approximation(a.mass(), a.blocks(), options.number(value));
            default -> {
              return false;
            }
          }
          return true;
        });
    return parsed[0];
  }

  @Override
  void vectorToXContent(SparseVector value, XContentBuilder builder) throws IOException {
    builder.startObject(TOKENS);
    for (int i = 0; i < value.size(); i++) {
      builder.field(value.tokens().get(i), value.weight(i));
    }
    builder.endObject();
  }

  @Override
  void optionsToXContent(XContentBuilder builder) throws IOException {
    if (idf) {
      builder.field(IDF, true);
    }
    if (approximation.equals(Approximation.NONE) == false) {
      builder
          .startObject(APPROXIMATE)
          .field(MASS, approximation.mass())
          .field(BLOCKS, approximation.blocks())
          .field(OVERESTIMATE, approximation.overestimate())
          .endObject();
    }
  }

  @Override
  SparseVector readVector(StreamInput in) throws IOException {
    List<String> tokens = in.readStringList();
    float[] weights = in.readFloatArray();
    if (tokens.size() != weights.length) {
      throw refused("one weight per token", weights.length, tokens.size());
    }
    vectors().checkTokens(weights.length);
    Map<String, Float> distinct = HashMap.newHashMap(weights.length);
    for (int i = 0; i < weights.length; i++) {
      vectors().addWeight(tokens.get(i), weights[i], distinct);
    }
    if (distinct.size() != weights.length) {
      throw refused("distinct tokens with positive weights", distinct.size(), weights.length);
    }
    return SparseVector.of(distinct);
  }

  private IllegalArgumentException refused(String expected, int got, int of) {
    return new IllegalArgumentException(
        subject() + " must have " + expected + ", got [" + got + "] of [" + of + "]");
  }

  @Override
  void writeVector(SparseVector value, StreamOutput out) throws IOException {
    out.writeStringCollection(value.tokens());
    out.writeFloatArray(value.weights());
  }

  @Override
  void writeOptions(StreamOutput out) throws IOException {
    out.writeFloat(approximation.mass());
    out.writeVInt(approximation.blocks());
    out.writeFloat(approximation.overestimate());
    out.writeBoolean(idf);
  }

  @Override
  Query toQuery(MappedFieldType type, SparseVector value, QueryShardContext context) {
    if (type instanceof ImpactVectorFieldType == false) {
      throw wrongType(type, ImpactVectorFieldMapper.CONTENT_TYPE);
    }
    if (value.tokens().isEmpty()) {
      return new MatchNoDocsQuery("no token of the query has a weight");
    }
    LearnedSparseQuery query =
        new LearnedSparseQuery(
                type.name(),
                value.tokens(),
                value.weights(),
                ((ImpactVectorFieldType) type).quantizer())
            .approximate(approximation)
            .counted(new BlockMetric.OfProfile());
    return idf ? query.weightedByIdf() : query;
  }

  @Override
  boolean vectorEquals(SparseVector one, SparseVector other) {
    return one.tokens().equals(other.tokens()) && Arrays.equals(one.weights(), other.weights());
  }

  @Override
  int vectorHashCode(SparseVector value) {
    return 31 * value.tokens().hashCode() + Arrays.hashCode(value.weights());
  }

  @Override
  boolean optionsEqual(LearnedSparseQueryBuilder other) {
    return approximation.equals(other.approximation) && idf == other.idf;
  }
}
