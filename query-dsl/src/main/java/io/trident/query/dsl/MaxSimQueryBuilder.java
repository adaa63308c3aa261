package io.trident.query.dsl;

import io.trident.codec.tokenvectors.TokenVectorsField;
import io.trident.models.api.Encoding;
import io.trident.models.api.Representation;
import io.trident.models.api.TokenVectors;
import io.trident.query.lucene.MaxSimQuery;
import io.trident.query.mapper.TokenVectorsFieldMapper;
import io.trident.query.mapper.TokenVectorsFieldMapper.TokenVectorsFieldType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
 * {@code max_sim}: for each vector of the query the similarity of the nearest vector of a {@code
 * token_vectors} field, summed (ColBERT: Khattab and Zaharia, SIGIR 2020). The vectors are given as
 * {@code "vectors": [[…], …]}. Scores every document that the field is in; in a {@code rescore},
 * those that are rescored.
 */
public final class MaxSimQueryBuilder
    extends EncodedQueryBuilder<MaxSimQueryBuilder, MaxSimQueryBuilder.QueryVectors> {

  /** The query's name. */
  public static final String NAME = "max_sim";

  /** The most vectors of a query: 1,024. */
  public static final int MAX_VECTORS = 1_024;

  private static final String VECTORS = "vectors";

  /**
   * The vectors of a query.
   *
   * @param dimension dimensions of each, at least 1
   * @param values the vectors one after the other
   */
  record QueryVectors(int dimension, float[] values) {}

  /** Makes a query of a field; give it text or vectors. */
  public MaxSimQueryBuilder(QueryEncoder encoder, String field) {
    super(encoder, field);
  }

  /** Reads a query from another node. */
  public MaxSimQueryBuilder(QueryEncoder encoder, StreamInput in) throws IOException {
    super(encoder, in);
  }

  /** Reads a query from JSON. */
  public static MaxSimQueryBuilder fromXContent(QueryEncoder encoder, XContentParser parser)
      throws IOException {
    return parse(NAME, parser, field -> new MaxSimQueryBuilder(encoder, field));
  }

  /** Searches by vectors, all of one dimension, with finite numbers. */
  public MaxSimQueryBuilder vectors(float[][] vectors) {
    checkCount(1, vectors.length);
    int dimension = vectors[0].length;
    float[] values = new float[vectors.length * dimension];
    for (int i = 0; i < vectors.length; i++) {
      checkDimension(dimension, vectors[i].length);
      System.arraycopy(vectors[i], 0, values, i * dimension, dimension);
    }
    return setVector(new QueryVectors(dimension, values));
  }

  private void checkCount(int least, int count) {
    if (count < least || count > MAX_VECTORS) {
      throw new IllegalArgumentException(
          "["
              + NAME
              + "] on field ["
              + field()
              + "] must have "
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
  QueryVectors vector(Encoding encoding) {
    TokenVectors tokens = encoding.tokens();
    return tokens == null ? null : new QueryVectors(tokens.dimension(), tokens.values());
  }

  /** No vectors at all are what a model makes of a text without words; JSON must have one. */
  @Override
  void check(QueryVectors value) {
    vectors().checkDimension(value.dimension, TokenVectorsField.MAX_DIMENSION);
    if (value.values.length % value.dimension != 0) {
      checkDimension(value.dimension, value.values.length % value.dimension);
    }
    checkCount(0, value.values.length / value.dimension);
    vectors().checkFinite(value.values);
    for (int i = 0; i < value.values.length; i += value.dimension) {
      vectors().checkLength(Arrays.copyOfRange(value.values, i, i + value.dimension), false);
    }
  }

  @Override
  MaxSimQueryBuilder copy(QueryEncoder queryEncoder, String fieldName) {
    return new MaxSimQueryBuilder(queryEncoder, fieldName);
  }

  @Override
  boolean parseOption(String key, XContentParser parser, OptionParser options) throws IOException {
    if (VECTORS.equals(key) == false) {
      return false;
    }
    options.array(parser);
    List<float[]> rows = new ArrayList<>();
    while (parser.nextToken() != Token.END_ARRAY) {
      rows.add(vectors().parseVectorUpTo(parser, TokenVectorsField.MAX_DIMENSION));
      checkCount(1, rows.size());
    }
    vectors(rows.toArray(float[][]::new));
    return true;
  }

  @Override
  void vectorToXContent(QueryVectors value, XContentBuilder builder) throws IOException {
    builder.startArray(VECTORS);
    for (int start = 0; start < value.values.length; start += value.dimension) {
      builder.value(Arrays.copyOfRange(value.values, start, start + value.dimension));
    }
    builder.endArray();
  }

  @Override
  void optionsToXContent(XContentBuilder builder) {}

  @Override
  QueryVectors readVector(StreamInput in) throws IOException {
    return new QueryVectors(in.readVInt(), in.readFloatArray());
  }

  @Override
  void writeVector(QueryVectors value, StreamOutput out) throws IOException {
    out.writeVInt(value.dimension);
    out.writeFloatArray(value.values);
  }

  @Override
  void writeOptions(StreamOutput out) {}

  @Override
  Query toQuery(MappedFieldType type, QueryVectors value, QueryShardContext context) {
    if (type instanceof TokenVectorsFieldType == false) {
      throw wrongType(type, TokenVectorsFieldMapper.CONTENT_TYPE);
    }
    if (value.values.length == 0) {
      return new MatchNoDocsQuery("the query has no token");
    }
    checkDimension(((TokenVectorsFieldType) type).dimension(), value.dimension);
    return new MaxSimQuery(type.name(), value.dimension, value.values);
  }

  @Override
  boolean vectorEquals(QueryVectors one, QueryVectors other) {
    return one.dimension == other.dimension && Arrays.equals(one.values, other.values);
  }

  @Override
  int vectorHashCode(QueryVectors value) {
    return Arrays.hashCode(value.values);
  }

  @Override
  boolean optionsEqual(MaxSimQueryBuilder other) {
    return true;
  }
}
