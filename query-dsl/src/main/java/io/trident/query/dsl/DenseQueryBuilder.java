/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import io.trident.models.api.Encoding;
import io.trident.models.api.Representation;
import io.trident.query.lucene.BestPassageQuery;
import io.trident.query.lucene.ExactVectorsQuery;
import io.trident.query.lucene.NearestDocumentsQuery;
import io.trident.query.lucene.NearestPassagesQuery;
import io.trident.query.lucene.NearestVectorsQuery;
import io.trident.query.lucene.OversampledVectorsQuery;
import io.trident.query.mapper.DenseVectorFieldMapper;
import io.trident.query.mapper.DenseVectorFieldMapper.DenseVectorFieldType;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.join.BitSetProducer;
import org.apache.lucene.search.join.DiversifyingChildrenFloatKnnVectorQuery;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.query.QueryShardContext;

/**
 * {@code dense}: the nearest neighbours of a vector in a {@code dense_vector} field, through
 * Lucene's HNSW graph. The vector is given as {@code "vector": […]}. Matches the {@code k} nearest
 * documents of each shard, of those that {@code filter} allows: with {@code oversample}, so many
 * times {@code k} are found by codes and the {@code k} nearest of them kept by their floats. {@code
 * exact} matches all documents instead. Inside of {@code nested}, of each document the nearest
 * nested object, and all of its objects where they are shown or summed. The score is Lucene's for
 * the field's similarity: higher is nearer.
 */
public final class DenseQueryBuilder extends FilteredQueryBuilder<DenseQueryBuilder, float[]> {

  /** The query's name. */
  public static final String NAME = "dense";

  /** The default of {@code k}: 100, the default window of a fusion. */
  public static final int DEFAULT_K = 100;

  /** The largest {@code k}: 10,000. */
  public static final int MAX_K = 10_000;

  /** The largest {@code oversample}: 100. */
  public static final int MAX_OVERSAMPLE = 100;

  /** The most candidates of a shard, however large {@code k} and {@code oversample} are. */
  private static final int MAX_CANDIDATES = 100_000;

  private static final String VECTOR = "vector";
  private static final String K = "k";
  private static final String OVERSAMPLE = "oversample";
  private static final String EXACT = "exact";

  /** 0 when it is not given. */
  private int k;

  private int neighbors = DEFAULT_K;

  /** 0 when it is not given: the field's encoding then says it. */
  private float oversample;

  private boolean exact;

  /** Makes a query of a field; give it text or a vector. */
  public DenseQueryBuilder(QueryEncoder encoder, String field) {
    super(encoder, field);
  }

  /** Reads a query from another node. */
  public DenseQueryBuilder(QueryEncoder encoder, StreamInput in) throws IOException {
    super(encoder, in);
    k = in.readVInt();
    neighbors = in.readVInt();
    oversample = in.readFloat();
    exact = in.readBoolean();
  }

  /** Reads a query from JSON. */
  public static DenseQueryBuilder fromXContent(QueryEncoder encoder, XContentParser parser)
      throws IOException {
    DenseQueryBuilder query = parse(NAME, parser, field -> new DenseQueryBuilder(encoder, field));
    if (query.exact && (query.k > 0 || query.oversample > 0)) {
      throw new ParsingException(
          parser.getTokenLocation(),
          query.subject() + " takes no [k] and no [oversample] with [exact], which scores all");
    }
    return query;
  }

  /** Searches by a vector of 1 to 4,096 finite numbers. */
  public DenseQueryBuilder vector(float[] value) {
    return setVector(value);
  }

  /** How many neighbours a shard looks for, 1 to 10,000. */
  public DenseQueryBuilder k(int value) {
    if (value < 1 || value > MAX_K) {
      throw new IllegalArgumentException(
          "[" + NAME + "] must have a [k] of 1 to " + MAX_K + ", got [" + value + "]");
    }
    k = value;
    return this;
  }

  /** How many times {@code k} candidates a shard compares by their floats, 1 to 100. */
  public DenseQueryBuilder oversample(float value) {
    if (value >= 1 && value <= MAX_OVERSAMPLE) {
      oversample = value;
      return this;
    }
    throw new IllegalArgumentException(
        "["
            + NAME
            + "] must have an [oversample] of 1 to "
            + MAX_OVERSAMPLE
            + ", got ["
            + value
            + "]");
  }

  /**
   * Scores every document that has a vector by its floats, under the filter and whatever is around
   * the query, instead of looking for the nearest.
   */
  public DenseQueryBuilder exact() {
    exact = true;
    k = 0;
    oversample = 0;
    return this;
  }

  /** Makes a shard look for at least so many neighbors, up to 10,000, unless {@code k} is given. */
  public void atLeast(int value) {
    if (k == 0) {
      neighbors = Math.max(neighbors, Math.min(value, MAX_K));
    }
  }

  private int effectiveK() {
    return k == 0 ? neighbors : k;
  }

  @Override
  String name() {
    return NAME;
  }

  @Override
  Representation representation() {
    return Representation.DENSE;
  }

  @Override
  float[] vector(Encoding encoding, String encoded) {
    return encoding.dense();
  }

  /** What is subtracted turns the direction away from it. */
  @Override
  String refusal(float weight) {
    return null;
  }

  @Override
  String feedbackRefusal() {
    return null;
  }

  /** Adds the mean of the documents' directions. */
  @Override
  float[] moved(float[] value, VectorParts<float[]> documents, Feedback feedback) {
    VectorParts<float[]> all = new VectorParts<>();
    all.add(value, 1);
    all.addAll(documents, feedback.weight());
    return sum(all.vectors(), all.weights());
  }

  @Override
  float[] stored(Object value) {
    return StoredVectors.numbers(value);
  }

  /** The direction of the sum of directions; no direction when they cancel each other out. */
  @Override
  float[] sum(List<float[]> parts, List<Float> weights) {
    double[] sum = new double[parts.get(0).length];
    for (int i = 0; i < parts.size(); i++) {
      float[] part = parts.get(i);
      checkDimension(sum.length, part.length);
      double length = length(part);
      for (int d = 0; d < sum.length; d++) {
        sum[d] += weights.get(i) * part[d] / length;
      }
    }
    float[] direction = new float[sum.length];
    for (int d = 0; d < direction.length; d++) {
      direction[d] = (float) sum[d];
    }
    double length = length(direction);
    for (int d = 0; d < direction.length && length > 0; d++) {
      direction[d] = (float) (sum[d] / length);
    }
    return direction;
  }

  private static double length(float[] vector) {
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares);
  }

  @Override
  void check(float[] value) {
    vectors().checkDimension(value.length, DenseVectorFieldMapper.MAX_DIMENSION);
    vectors().checkFinite(value);
  }

  @Override
  boolean isEmpty(float[] value) {
    for (float number : value) {
      if (number != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  DenseQueryBuilder copy(QueryEncoder queryEncoder, String fieldName) {
    DenseQueryBuilder copy = new DenseQueryBuilder(queryEncoder, fieldName).filter(filter());
    copy.k = k;
    copy.neighbors = neighbors;
    copy.oversample = oversample;
    copy.exact = exact;
    return copy;
  }

  @Override
  boolean parseOption(String key, XContentParser parser, OptionParser options) throws IOException {
    switch (key) {
      case VECTOR ->
          vector(vectors().parseVectorUpTo(parser, DenseVectorFieldMapper.MAX_DIMENSION));
      case K -> k(options.integer(parser));
      case OVERSAMPLE -> oversample(options.number(parser));
      case EXACT -> exact = options.bool(parser);
      default -> {
        return super.parseOption(key, parser, options);
      }
    }
    return true;
  }

  @Override
  void vectorToXContent(float[] value, XContentBuilder builder) throws IOException {
    builder.array(VECTOR, value);
  }

  @Override
  void optionsToXContent(XContentBuilder builder) throws IOException {
    if (k > 0) {
      builder.field(K, k);
    }
    if (oversample > 0) {
      builder.field(OVERSAMPLE, oversample);
    }
    if (exact) {
      builder.field(EXACT, true);
    }
    super.optionsToXContent(builder);
  }

  @Override
  float[] readVector(StreamInput in) throws IOException {
    return in.readFloatArray();
  }

  @Override
  void writeVector(float[] value, StreamOutput out) throws IOException {
    out.writeFloatArray(value);
  }

  @Override
  void writeOptions(StreamOutput out) throws IOException {
    super.writeOptions(out);
    out.writeVInt(k);
    out.writeVInt(neighbors);
    out.writeFloat(oversample);
    out.writeBoolean(exact);
  }

  @Override
  Query toQuery(MappedFieldType type, float[] value, QueryShardContext context) throws IOException {
    if (type instanceof DenseVectorFieldType == false) {
      throw wrongType(type, DenseVectorFieldMapper.CONTENT_TYPE);
    }
    DenseVectorFieldType dense = (DenseVectorFieldType) type;
    checkDimension(dense.dimension(), value.length);
    vectors().checkLength(value, dense.similarity() == VectorSimilarityFunction.COSINE);
    Query among = filterQuery(context);
    BitSetProducer parents = context.getParentFilter();
    boolean all = parents == null || context.isInnerHitQuery();
    if (exact) {
      Query every = new ExactVectorsQuery(type.name(), value, among);
      return all ? every : new BestPassageQuery(every, parents);
    }
    Query nearest = nearest(dense, value, among, parents);
    return parents != null && all
        ? new NearestPassagesQuery(type.name(), value, among, parents, nearest)
        : nearest;
  }

  private Query nearest(
      DenseVectorFieldType type, float[] value, Query among, BitSetProducer parents) {
    int kept = effectiveK();
    float times = oversample == 0 ? type.oversample() : oversample;
    String field = type.candidatesField();
    float[] target = type.candidatesVector(value);
    int found = (int) Math.min(Math.ceil(kept * times), MAX_CANDIDATES);
    NearestVectorsQuery candidates =
        new NearestVectorsQuery(
            type.name(),
            parents == null
                ? new NearestDocumentsQuery(field, target, found, among)
                : new DiversifyingChildrenFloatKnnVectorQuery(
                    field, target, among, found, parents));
    return times == 1 && type.isReduced() == false
        ? candidates
        : new OversampledVectorsQuery(type.name(), value, kept, among, parents, candidates);
  }

  @Override
  boolean vectorEquals(float[] one, float[] other) {
    return Arrays.equals(one, other);
  }

  @Override
  int vectorHashCode(float[] value) {
    return Arrays.hashCode(value);
  }

  @Override
  boolean optionsEqual(DenseQueryBuilder other) {
    return k == other.k
        && neighbors == other.neighbors
        && oversample == other.oversample
        && exact == other.exact
        && super.optionsEqual(other);
  }
}
