package io.trident.query.mapper;

import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import io.trident.codec.tokenvectors.TokenVectorsField;
import io.trident.codec.tokenvectors104.TokenVectors104DocValuesFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.search.FieldExistsQuery;
import org.apache.lucene.search.Query;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.opensearch.index.mapper.FieldMapper;
import org.opensearch.index.mapper.MapperParsingException;
import org.opensearch.index.mapper.ParametrizedFieldMapper;
import org.opensearch.index.mapper.ParseContext;
import org.opensearch.index.query.QueryShardContext;

/**
 * Maps {@code token_vectors}: one vector a token of a text, for late interaction. A value is an
 * array of vectors, or {@code {"vectors": [[…], …], "token_ids": […]}} with the vocabulary id of
 * each. The passages of one document are nested documents with a value each.
 */
public final class TokenVectorsFieldMapper extends ParametrizedFieldMapper {

  /** The name of the type. */
  public static final String CONTENT_TYPE = "token_vectors";

  private static final String VECTORS = "vectors";
  private static final String TOKEN_IDS = "token_ids";

  /** Reads a mapping of the type. */
  public static final TypeParser PARSER =
      new TypeParser(
          (name, context) -> {
            TridentCodecSetting.require(name, CONTENT_TYPE, context.getSettings());
            return new Builder(name);
          });

  private final Builder parameters;

  private TokenVectorsFieldMapper(
      String simpleName,
      TokenVectorsFieldType type,
      MultiFields multiFields,
      CopyTo copyTo,
      Builder parameters) {
    super(simpleName, type, multiFields, copyTo);
    this.parameters = parameters;
  }

  private static Builder of(FieldMapper mapper) {
    return ((TokenVectorsFieldMapper) mapper).parameters;
  }

  /** The parameters of a mapping. */
  public static final class Builder extends ParametrizedFieldMapper.Builder {
    private final Parameter<Integer> dimension =
        Parameter.intParam("dimension", false, mapper -> of(mapper).dimension.get(), 0)
            .setValidator(
                value -> {
                  if (value < TokenVectorsField.MIN_DIMENSION
                      || value > TokenVectorsField.MAX_DIMENSION) {
                    throw new IllegalArgumentException(
                        "[dimension] must be "
                            + TokenVectorsField.MIN_DIMENSION
                            + " to "
                            + TokenVectorsField.MAX_DIMENSION
                            + ", got ["
                            + value
                            + "]");
                  }
                });
    private final Parameter<String> encoding =
        Parameter.restrictedStringParam(
            "encoding",
            false,
            mapper -> of(mapper).encoding.get(),
            "2bit",
            "1bit",
            "4bit",
            "8bit",
            "float32");
    private final Parameter<String> similarity =
        Parameter.restrictedStringParam(
            "similarity", false, mapper -> of(mapper).similarity.get(), "cosine", "dot_product");
    private final Parameter<Map<String, String>> meta = Parameter.metaParam();

    Builder(String name) {
      super(name);
    }

    @Override
    protected List<Parameter<?>> getParameters() {
      return List.of(dimension, encoding, similarity, meta);
    }

    @Override
    public TokenVectorsFieldMapper build(BuilderContext context) {
      if (dimension.isConfigured() == false) {
        throw new MapperParsingException(
            CONTENT_TYPE
                + " field ["
                + buildFullName(context)
                + "] must have the parameter [dimension]");
      }
      TokenVectorsFieldType type =
          new TokenVectorsFieldType(
              buildFullName(context),
              dimension.get(),
              TokenVectorsEncoding.of(encoding.get()),
              TokenSimilarity.valueOf(similarity.get().toUpperCase(Locale.ROOT)),
              meta.get());
      return new TokenVectorsFieldMapper(
          name, type, multiFieldsBuilder.build(this, context), copyTo.build(), this);
    }
  }

  /** The type of a mapped field. */
  public static final class TokenVectorsFieldType extends VectorFieldType {
    private final int dimension;
    private final TokenSimilarity similarity;
    private final DocValuesFormat format;

    TokenVectorsFieldType(
        String name,
        int dimension,
        TokenVectorsEncoding encoding,
        TokenSimilarity similarity,
        Map<String, String> meta) {
      super(name, true, "max_sim", meta);
      this.dimension = dimension;
      this.similarity = similarity;
      this.format = new TokenVectors104DocValuesFormat(encoding, similarity);
    }

    /** Dimensions of every vector. */
    public int dimension() {
      return dimension;
    }

    @Override
    public DocValuesFormat docValuesFormat() {
      return format;
    }

    @Override
    public String typeName() {
      return CONTENT_TYPE;
    }

    @Override
    public Query existsQuery(QueryShardContext context) {
      return new FieldExistsQuery(name());
    }
  }

  @Override
  public TokenVectorsFieldType fieldType() {
    return (TokenVectorsFieldType) super.fieldType();
  }

  @Override
  protected String contentType() {
    return CONTENT_TYPE;
  }

  @Override
  public ParametrizedFieldMapper.Builder getMergeBuilder() {
    return new Builder(simpleName()).init(this);
  }

  @Override
  public boolean parsesArrayValue() {
    return true;
  }

  /** A value while it is read. */
  private static final class Value {
    private final List<float[]> vectors = new ArrayList<>();
    private List<Integer> tokenIds;
  }

  @Override
  protected void parseCreateField(ParseContext context) throws IOException {
    XContentParser parser = context.parser();
    Value value = new Value();
    switch (parser.currentToken()) {
      case VALUE_NULL -> {
        return;
      }
      case START_ARRAY -> parseVectors(parser, value);
      case START_OBJECT -> parseObject(parser, value);
      default ->
          throw new IllegalArgumentException(
              "field ["
                  + name()
                  + "] must be an array of vectors, got ["
                  + parser.currentToken()
                  + "]");
    }
    if (context.doc().getField(name()) != null) {
      throw new IllegalArgumentException(
          "field ["
              + name()
              + "] must have one value a document: map the parent as [nested] for passages");
    }
    context.doc().add(field(value));
  }

  private TokenVectorsField field(Value value) {
    int count = value.vectors.size();
    int dimension = fieldType().dimension();
    if (value.tokenIds != null && value.tokenIds.size() != count) {
      throw new IllegalArgumentException(
          "field ["
              + name()
              + "] must have one of ["
              + TOKEN_IDS
              + "] a vector, got ["
              + value.tokenIds.size()
              + "] for ["
              + count
              + "] vectors");
    }
    if (count > TokenVectorsField.MAX_TOKENS) {
      throw new IllegalArgumentException(
          "field ["
              + name()
              + "] must have at most "
              + TokenVectorsField.MAX_TOKENS
              + " vectors, got ["
              + count
              + "]");
    }
    float[] flat = new float[count * dimension];
    int[] ids = new int[count];
    for (int i = 0; i < count; i++) {
      System.arraycopy(value.vectors.get(i), 0, flat, i * dimension, dimension);
      ids[i] = value.tokenIds == null ? 0 : value.tokenIds.get(i);
    }
    TokenVectorsField.validate(name(), dimension, flat, count, fieldType().similarity);
    return new TokenVectorsField(name(), dimension, flat, ids);
  }

  private void parseVectors(XContentParser parser, Value value) throws IOException {
    while (parser.nextToken() != Token.END_ARRAY) {
      value.vectors.add(VectorParser.parseVector(parser, name(), fieldType().dimension()));
    }
  }

  private void parseObject(XContentParser parser, Value value) throws IOException {
    while (parser.nextToken() != Token.END_OBJECT) {
      String key = parser.currentName();
      Token token = parser.nextToken();
      if (token != Token.START_ARRAY
          || (VECTORS.equals(key) == false && TOKEN_IDS.equals(key) == false)) {
        throw new IllegalArgumentException(
            "field ["
                + name()
                + "] must have the arrays ["
                + VECTORS
                + "] and ["
                + TOKEN_IDS
                + "], got ["
                + key
                + "] with ["
                + token
                + "]");
      }
      if (VECTORS.equals(key)) {
        parseVectors(parser, value);
      } else {
        value.tokenIds = new ArrayList<>();
        while (parser.nextToken() != Token.END_ARRAY) {
          value.tokenIds.add(parser.intValue());
        }
      }
    }
  }
}
