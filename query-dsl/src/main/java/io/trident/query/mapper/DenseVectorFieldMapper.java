package io.trident.query.mapper;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.FieldExistsQuery;
import org.apache.lucene.search.Query;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.opensearch.index.mapper.FieldMapper;
import org.opensearch.index.mapper.MapperParsingException;
import org.opensearch.index.mapper.ParametrizedFieldMapper;
import org.opensearch.index.mapper.ParseContext;
import org.opensearch.index.query.QueryShardContext;

/**
 * Maps {@code dense_vector}: one dense vector a document, given as an array of numbers and searched
 * through Lucene's HNSW graph.
 */
public final class DenseVectorFieldMapper extends ParametrizedFieldMapper {

  /** The name of the type. */
  public static final String CONTENT_TYPE = "dense_vector";

  /** The most dimensions: 1024, Lucene's limit. */
  public static final int MAX_DIMENSION = KnnVectorsFormat.DEFAULT_MAX_DIMENSIONS;

  private static final Map<String, VectorSimilarityFunction> SIMILARITIES =
      Map.of(
          "cosine", VectorSimilarityFunction.COSINE,
          "dot_product", VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT,
          "l2_norm", VectorSimilarityFunction.EUCLIDEAN);

  /** Reads a mapping of the type. */
  public static final TypeParser PARSER =
      new TypeParser((name, context) -> new Builder(name, context.getSettings()));

  private final Builder parameters;

  private DenseVectorFieldMapper(
      String simpleName,
      DenseVectorFieldType type,
      MultiFields multiFields,
      CopyTo copyTo,
      Builder parameters) {
    super(simpleName, type, multiFields, copyTo);
    this.parameters = parameters;
  }

  private static Builder of(FieldMapper mapper) {
    return ((DenseVectorFieldMapper) mapper).parameters;
  }

  /** The parameters of a mapping. */
  public static final class Builder extends ParametrizedFieldMapper.Builder {
    private final Settings indexSettings;
    private final Parameter<Integer> dimension =
        Parameter.intParam("dimension", false, mapper -> of(mapper).dimension.get(), 0)
            .setValidator(
                value -> {
                  if (value < 1 || value > MAX_DIMENSION) {
                    throw new IllegalArgumentException(
                        "[dimension] must be 1 to " + MAX_DIMENSION + ", got [" + value + "]");
                  }
                });
    private final Parameter<String> similarity =
        Parameter.restrictedStringParam(
            "similarity",
            false,
            mapper -> of(mapper).similarity.get(),
            "cosine",
            "dot_product",
            "l2_norm");
    private final Parameter<String> encoding =
        Parameter.restrictedStringParam(
            "encoding",
            false,
            mapper -> of(mapper).encoding.get(),
            DenseEncoding.labels().toArray(String[]::new));
    private final Parameter<Integer> maxConnections =
        Parameter.intParam(
                "m",
                false,
                mapper -> of(mapper).maxConnections.get(),
                Lucene99HnswVectorsFormat.DEFAULT_MAX_CONN)
            .setValidator(value -> range("m", value, Lucene99HnswVectorsFormat.MAXIMUM_MAX_CONN));
    private final Parameter<Integer> beamWidth =
        Parameter.intParam(
                "ef_construction",
                false,
                mapper -> of(mapper).beamWidth.get(),
                Lucene99HnswVectorsFormat.DEFAULT_BEAM_WIDTH)
            .setValidator(
                value ->
                    range("ef_construction", value, Lucene99HnswVectorsFormat.MAXIMUM_BEAM_WIDTH));
    private final Parameter<Map<String, String>> meta = Parameter.metaParam();

    private Builder(String name, Settings indexSettings) {
      super(name);
      this.indexSettings = indexSettings;
    }

    private static void range(String parameter, int value, int max) {
      if (value < 1 || value > max) {
        throw new IllegalArgumentException(
            "[" + parameter + "] must be 1 to " + max + ", got [" + value + "]");
      }
    }

    @Override
    protected List<Parameter<?>> getParameters() {
      return List.of(dimension, similarity, encoding, maxConnections, beamWidth, meta);
    }

    @Override
    public DenseVectorFieldMapper build(BuilderContext context) {
      if (dimension.isConfigured() == false) {
        throw new MapperParsingException(
            CONTENT_TYPE
                + " field ["
                + buildFullName(context)
                + "] must have the parameter [dimension]");
      }
      DenseVectorFieldType type =
          new DenseVectorFieldType(
              buildFullName(context),
              dimension.get(),
              SIMILARITIES.get(similarity.get()),
              format(),
              meta.get());
      return new DenseVectorFieldMapper(
          name, type, multiFieldsBuilder.build(this, context), copyTo.build(), this);
    }

    private KnnVectorsFormat format() {
      DenseEncoding stored = DenseEncoding.of(encoding.get());
      if (stored != DenseEncoding.FLOAT32) {
        TridentCodecSetting.require(name, stored.label() + " " + CONTENT_TYPE, indexSettings);
        refuseUnderKnn(stored);
      }
      return stored.format(maxConnections.get(), beamWidth.get());
    }

    /** In such an index the k-NN plugin chooses every vectors format, and would choose floats. */
    private void refuseUnderKnn(DenseEncoding stored) {
      if (indexSettings.getAsBoolean("index.knn", false)) {
        throw new MapperParsingException(
            CONTENT_TYPE
                + " field ["
                + name
                + "] must have the encoding ["
                + DenseEncoding.FLOAT32.label()
                + "] in an index with [index.knn], got ["
                + stored.label()
                + "]");
      }
    }
  }

  /** The type of a mapped field. */
  public static final class DenseVectorFieldType extends VectorFieldType {
    private final int dimension;
    private final VectorSimilarityFunction similarity;
    private final KnnVectorsFormat format;

    DenseVectorFieldType(
        String name,
        int dimension,
        VectorSimilarityFunction similarity,
        KnnVectorsFormat format,
        Map<String, String> meta) {
      super(name, false, "dense", meta);
      this.dimension = dimension;
      this.similarity = similarity;
      this.format = format;
    }

    /** Dimensions of every vector. */
    public int dimension() {
      return dimension;
    }

    /** How two vectors compare. */
    public VectorSimilarityFunction similarity() {
      return similarity;
    }

    @Override
    public KnnVectorsFormat knnVectorsFormat() {
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
  public DenseVectorFieldType fieldType() {
    return (DenseVectorFieldType) super.fieldType();
  }

  @Override
  protected String contentType() {
    return CONTENT_TYPE;
  }

  @Override
  public ParametrizedFieldMapper.Builder getMergeBuilder() {
    return new Builder(simpleName(), parameters.indexSettings).init(this);
  }

  @Override
  public boolean parsesArrayValue() {
    return true;
  }

  @Override
  protected void parseCreateField(ParseContext context) throws IOException {
    XContentParser parser = context.parser();
    if (parser.currentToken() == Token.VALUE_NULL) {
      return;
    }
    float[] vector = VectorParser.parseVector(parser, name(), fieldType().dimension());
    if (fieldType().similarity() == VectorSimilarityFunction.COSINE) {
      VectorParser.refuseZero(vector, name());
    }
    if (context.doc().getField(name()) != null) {
      throw new IllegalArgumentException(
          "field ["
              + name()
              + "] must have one vector a document: map the parent as [nested] for several");
    }
    context.doc().add(new KnnFloatVectorField(name(), vector, fieldType().similarity()));
  }
}
