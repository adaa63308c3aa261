/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import io.trident.codec.tokenvectors.TokenVectorsField;
import io.trident.models.api.Encoding;
import io.trident.models.api.Representation;
import io.trident.models.api.TokenVectors;
import io.trident.query.lucene.MaxSimQuery;
import io.trident.query.lucene.MaxSimQuery.FirstStage;
import io.trident.query.lucene.MaxSimQuery.Units;
import io.trident.query.lucene.ScoringBudget;
import io.trident.query.mapper.TokenVectorsFieldMapper;
import io.trident.query.mapper.TokenVectorsFieldMapper.TokenVectorsFieldType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.query.QueryShardContext;

/**
 * {@code max_sim}: for each vector of the query the similarity of the nearest vector of a {@code
 * token_vectors} field, summed (ColBERT: Khattab and Zaharia, SIGIR 2020). The vectors are given as
 * {@code "vectors": [[…], …]}. With {@code "match": "same_token"} they compare with the tokens of
 * their own ids alone. Scores every document that the field is in, or, with {@code candidates},
 * those of each segment that promise the most, of those that {@code filter} allows; in a {@code
 * rescore}, those that are rescored.
 */
public final class MaxSimQueryBuilder
    extends FilteredQueryBuilder<MaxSimQueryBuilder, QueryVectors> {

  /** The query's name. */
  public static final String NAME = "max_sim";

  /** The most vectors of a query: 1,024. */
  public static final int MAX_VECTORS = 1_024;

  /** The default of {@code probes}: 64; more finds little more. */
  public static final int DEFAULT_PROBES = 64;

  /** The most {@code candidates}: 100,000. */
  public static final int MAX_CANDIDATES = 100_000;

  /** The most {@code probes}: 4,096. */
  public static final int MAX_PROBES = 4_096;

  private static final String VECTORS = "vectors";
  private static final String CANDIDATES = "candidates";
  private static final String PROBES = "probes";
  private static final String TOKEN_IDS = TokenVectorsFieldMapper.TOKEN_IDS;
  private static final String BUDGET = "budget";

  /** 0 when every document is scored. */
  private int candidates;

  private int probes = DEFAULT_PROBES;

  private TokenMatch match = TokenMatch.ANY;

  /** Null when nothing is asked of units. */
  private Units units;

  /** How long a shard scores, or null for as long as it takes. */
  private TimeValue budget;

  /** The ids beside the vectors that are being parsed. */
  private int[] parsedIds = new int[0];

  /** Makes a query of a field; give it text or vectors. */
  public MaxSimQueryBuilder(QueryEncoder encoder, String field) {
    super(encoder, field);
  }

  /** Reads a query from another node. */
  public MaxSimQueryBuilder(QueryEncoder encoder, StreamInput in) throws IOException {
    super(encoder, in);
    candidates = in.readVInt();
    probes = in.readVInt();
    match = in.readEnum(TokenMatch.class);
    units = UnitOptions.read(in);
    budget = in.readOptionalTimeValue();
  }

  /** Reads a query from JSON. */
  public static MaxSimQueryBuilder fromXContent(QueryEncoder encoder, XContentParser parser)
      throws IOException {
    MaxSimQueryBuilder query = parse(NAME, parser, field -> new MaxSimQueryBuilder(encoder, field));
    try {
      return query.parsed();
    } catch (IllegalArgumentException e) {
      throw new ParsingException(parser.getTokenLocation(), e.getMessage(), e);
    }
  }

  /** Puts the parts of the JSON together. */
  private MaxSimQueryBuilder parsed() {
    QueryVectors given = vector();
    boolean without = given == null || parsedIds.length == 0;
    if (given == null ? parsedIds.length > 0 : match == TokenMatch.SAME_TOKEN && without) {
      throw new IllegalArgumentException(
          subject()
              + " must have both of ["
              + VECTORS
              + "] and ["
              + TOKEN_IDS
              + "], but got one, with ["
              + TokenMatch.NAME
              + "] of ["
              + match
              + "]");
    }
    if (match == TokenMatch.SAME_TOKEN && candidates > 0) {
      throw new IllegalArgumentException(
          subject()
              + " with ["
              + TokenMatch.NAME
              + "] of ["
              + match
              + "] must have no ["
              + CANDIDATES
              + "], which are found by all tokens, got ["
              + candidates
              + "]");
    }
    return without ? this : setVector(given.withIds(parsedIds));
  }

  /** Searches by vectors, all of one dimension, with finite numbers. */
  public MaxSimQueryBuilder vectors(float[][] vectors) {
    checkCount(1, vectors.length);
    for (float[] vector : vectors) {
      checkDimension(vectors[0].length, vector.length);
    }
    return setVector(QueryVectors.of(vectors));
  }

  /**
   * Searches by the vectors of tokens, all of one dimension, with finite numbers.
   *
   * @param ids one per vector
   */
  public MaxSimQueryBuilder vectors(float[][] vectors, int[] ids) {
    return setVector(vectors(vectors).vector().withIds(ids.clone()));
  }

  /** Sets whether each vector of the query is compared with all tokens, the default, or its own. */
  public MaxSimQueryBuilder match(TokenMatch value) {
    match = value;
    return this;
  }

  /** How many documents of a segment are scored at most, 1 to 100,000. */
  public MaxSimQueryBuilder candidates(int value) {
    candidates = checkRange(CANDIDATES, value, MAX_CANDIDATES);
    return this;
  }

  /** Scores every document instead of candidates, however long it takes. */
  public MaxSimQueryBuilder exact() {
    candidates = 0;
    budget = null;
    return this;
  }

  /** Whether every document is scored, where the query does not rescore. */
  public boolean isExact() {
    return candidates == 0;
  }

  /**
   * How long a shard scores, more than 0: what promises most first, as many as there is time for.
   */
  public MaxSimQueryBuilder budget(TimeValue value) {
    budget = value;
    return this;
  }

  /** Whether a shard scores no more documents than there is time for. */
  public boolean isBudgeted() {
    return budget != null;
  }

  /** How many centroids are probed for each query vector to find candidates, 1 to 4,096. */
  public MaxSimQueryBuilder probes(int value) {
    probes = checkRange(PROBES, value, MAX_PROBES);
    return this;
  }

  /**
   * Asks for the best units of each hit, its sentences say.
   *
   * @param best whether a document's score is that of its best unit, not of the whole
   * @param count how many units are told at most, 1 to 100
   */
  public MaxSimQueryBuilder units(boolean best, int count) {
    units = UnitOptions.of(best, count);
    return this;
  }

  TokenMatch match() {
    return match;
  }

  private static int checkRange(String option, int value, int most) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException(
          "[" + NAME + "] must have [" + option + "] of 1 to " + most + ", got [" + value + "]");
    }
    return value;
  }

  private void checkCount(int least, int count) {
    if (count < least || count > MAX_VECTORS) {
      throw new IllegalArgumentException(
          subject()
              + " must have "
              + least
              + " to "
              + MAX_VECTORS
              + " vectors, got ["
              + count
              + "]");
    }
  }

  @Override
  String name() {
    return NAME;
  }

  @Override
  Representation representation() {
    return Representation.TOKENS;
  }

  @Override
  QueryVectors vector(Encoding encoding, String encoded) {
    TokenVectors tokens = encoding.tokens();
    return tokens == null ? null : QueryVectors.of(tokens, encoded);
  }

  /** Of cosines, which most fields have, the lengths of the query's vectors change none. */
  @Override
  String refusal(float weight) {
    return weight == 1 ? null : "no weights but 1 in";
  }

  @Override
  String feedbackRefusal() {
    return "each of its vectors counts as much as any other, so that those of documents would"
        + " outweigh those of the query";
  }

  @Override
  QueryVectors moved(QueryVectors value, VectorParts<QueryVectors> documents, Feedback feedback) {
    throw new UnsupportedOperationException(feedbackRefusal());
  }

  @Override
  QueryVectors stored(Object value) {
    return QueryVectors.stored(StoredVectors.map(value));
  }

  /** All vectors, side by side: the best similarities of each add up. */
  @Override
  QueryVectors sum(List<QueryVectors> parts, List<Float> weights) {
    parts.forEach(part -> checkDimension(parts.get(0).dimension(), part.dimension()));
    return QueryVectors.all(parts);
  }

  /** No vectors at all are what a model makes of a text without words; JSON must have one. */
  @Override
  void check(QueryVectors value) {
    vectors().checkDimension(value.dimension(), TokenVectorsField.MAX_DIMENSION);
    if (value.values().length % value.dimension() != 0) {
      checkDimension(value.dimension(), value.values().length % value.dimension());
    }
    int count = value.values().length / value.dimension();
    checkCount(0, count);
    checkEach("a word", value.words().size(), count);
    checkEach("an id", value.ids().length, count);
    for (int id : value.ids()) {
      if (id < 0) {
        throw new IllegalArgumentException(
            subject() + " must have [" + TOKEN_IDS + "] of 0 or more, got [" + id + "]");
      }
    }
    vectors().checkFinite(value.values());
    for (int i = 0; i < value.values().length; i += value.dimension()) {
      vectors().checkLength(Arrays.copyOfRange(value.values(), i, i + value.dimension()), false);
    }
  }

  private void checkEach(String what, int got, int count) {
    if (got > 0 && got != count) {
      throw new IllegalArgumentException(
          subject()
              + " must have "
              + what
              + " for each of ["
              + count
              + "] vectors, got ["
              + got
              + "]");
    }
  }

  @Override
  boolean isEmpty(QueryVectors value) {
    return value.values().length == 0;
  }

  @Override
  MaxSimQueryBuilder copy(QueryEncoder queryEncoder, String fieldName) {
    MaxSimQueryBuilder query = new MaxSimQueryBuilder(queryEncoder, fieldName);
    query.candidates = candidates;
    query.probes = probes;
    query.match = match;
    query.units = units;
    query.budget = budget;
    return query.filter(filter());
  }

  @Override
  boolean parseOption(String key, XContentParser parser, OptionParser options) throws IOException {
    switch (key) {
      case VECTORS -> vectors(parseVectors(parser, options));
      case CANDIDATES -> candidates(options.integer(parser));
      case PROBES -> probes(options.integer(parser));
      case TokenMatch.NAME -> match(TokenMatch.of(options.string(parser)));
      case UnitOptions.NAME -> units = UnitOptions.parse(parser, options);
      case TOKEN_IDS -> parsedIds = parseIds(parser, options);
      case BUDGET -> budget(options.time(parser));
      default -> {
        return super.parseOption(key, parser, options);
      }
    }
    return true;
  }

  private float[][] parseVectors(XContentParser parser, OptionParser options) throws IOException {
    options.array(parser);
    List<float[]> rows = new ArrayList<>();
    while (parser.nextToken() != Token.END_ARRAY) {
      rows.add(vectors().parseVectorUpTo(parser, TokenVectorsField.MAX_DIMENSION));
      checkCount(1, rows.size());
    }
    return rows.toArray(float[][]::new);
  }

  private static int[] parseIds(XContentParser parser, OptionParser options) throws IOException {
    options.array(parser);
    List<Integer> ids = new ArrayList<>();
    while (parser.nextToken() != Token.END_ARRAY) {
      ids.add(options.integer(parser));
      if (ids.size() > MAX_VECTORS) {
        throw new IllegalArgumentException(
            "[" + NAME + "] must have at most " + MAX_VECTORS + " [" + TOKEN_IDS + "], got more");
      }
    }
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }

  @Override
  void vectorToXContent(QueryVectors value, XContentBuilder builder) throws IOException {
    value.toXContent(builder);
  }

  @Override
  void optionsToXContent(XContentBuilder builder) throws IOException {
    if (candidates > 0) {
      builder.field(CANDIDATES, candidates);
    }
    builder.field(PROBES, probes);
    if (match != TokenMatch.ANY) {
      builder.field(TokenMatch.NAME, match.toString());
    }
    UnitOptions.toXContent(units, builder);
    if (budget != null) {
      builder.field(BUDGET, budget.getStringRep());
    }
    super.optionsToXContent(builder);
  }

  @Override
  QueryVectors readVector(StreamInput in) throws IOException {
    return QueryVectors.read(in);
  }

  @Override
  void writeVector(QueryVectors value, StreamOutput out) throws IOException {
    value.write(out);
  }

  @Override
  void writeOptions(StreamOutput out) throws IOException {
    super.writeOptions(out);
    out.writeVInt(candidates);
    out.writeVInt(probes);
    out.writeEnum(match);
    UnitOptions.write(units, out);
    out.writeOptionalTimeValue(budget);
  }

  @Override
  Query toQuery(MappedFieldType type, QueryVectors value, QueryShardContext context)
      throws IOException {
    if (type instanceof TokenVectorsFieldType == false) {
      throw wrongType(type, TokenVectorsFieldMapper.CONTENT_TYPE);
    }
    if (value.values().length == 0) {
      return new MatchNoDocsQuery("the query has no token");
    }
    TokenVectorsFieldType tokens = (TokenVectorsFieldType) type;
    checkDimension(tokens.dimension(), value.dimension());
    FirstStage firstStage = candidates == 0 ? null : new FirstStage(candidates, probes);
    Query among = filterQuery(context);
    MaxSimQuery query =
        new MaxSimQuery(
                type.name(), value.dimension(), value.values(), firstStage, among, value.words())
            .coding(tokens.encoding(), tokens.similarity())
            .units(units);
    MaxSimQuery matching = match == TokenMatch.SAME_TOKEN ? query.sameTokens(value.ids()) : query;
    if (budget == null) {
      return matching;
    }
    context.nowInMillis(); // an answer that depends on the time must not be cached
    return matching.budget(new ScoringBudget(budget.nanos()));
  }

  @Override
  boolean vectorEquals(QueryVectors one, QueryVectors other) {
    return one.same(other);
  }

  @Override
  int vectorHashCode(QueryVectors value) {
    return Arrays.hashCode(value.values());
  }

  @Override
  boolean optionsEqual(MaxSimQueryBuilder other) {
    return candidates == other.candidates
        && probes == other.probes
        && match == other.match
        && Objects.equals(units, other.units)
        && Objects.equals(budget, other.budget)
        && super.optionsEqual(other);
  }
}
