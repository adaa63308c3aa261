/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.mapper;

import io.trident.models.api.Excerpt;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.mapper.FieldMapper;
import org.opensearch.index.mapper.Mapper;
import org.opensearch.index.mapper.MapperParsingException;

/**
 * Maps {@code dense_vector}: one dense vector per document, given as an array of numbers and
 * searched through Lucene's HNSW graph.
 */
public final class DenseVectorFieldMapper extends VectorFieldMapper {

  /** The name of the type. */
  public static final String CONTENT_TYPE = "dense_vector";

  /** The most dimensions: 4096, of which an index without our codec takes Lucene's 1024. */
  public static final int MAX_DIMENSION = 4096;

  private static final int MAX_DIMENSION_OF_LUCENE = KnnVectorsFormat.DEFAULT_MAX_DIMENSIONS;

  private static final Map<String, VectorSimilarityFunction> SIMILARITIES =
      Map.of(
          "cosine", VectorSimilarityFunction.COSINE,
          "dot_product", VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT,
          "l2_norm", VectorSimilarityFunction.EUCLIDEAN);

  /** Reads a mapping of the type. */
  public static final Mapper.TypeParser PARSER = parser(Builder::new);

  private DenseVectorFieldMapper(
      Builder parameters, DenseVectorFieldType type, MultiFields multiFields, CopyTo copyTo) {
    super(parameters, type, multiFields, copyTo);
  }

  private static Builder of(FieldMapper mapper) {
    return (Builder) ((DenseVectorFieldMapper) mapper).parameters();
  }

  /** The parameters of a mapping. */
  public static final class Builder extends VectorFieldMapper.Builder {
    private final Parameter<Integer> dimension =
        dimension(1, MAX_DIMENSION, mapper -> of(mapper).dimension.get());
    private final Parameter<String> similarity =
        oneOf(
            "similarity",
            List.of("cosine", "dot_product", "l2_norm"),
            mapper -> of(mapper).similarity.get());
    private final Parameter<String> encoding =
        oneOf("encoding", DenseEncoding.labels(), mapper -> of(mapper).encoding.get());
    private final Parameter<Integer> maxConnections =
        between(
            "m",
            1,
            Lucene99HnswVectorsFormat.MAXIMUM_MAX_CONN,
            Lucene99HnswVectorsFormat.DEFAULT_MAX_CONN,
            mapper -> of(mapper).maxConnections.get());
    private final Parameter<Integer> beamWidth =
        between(
            "ef_construction",
            1,
            Lucene99HnswVectorsFormat.MAXIMUM_BEAM_WIDTH,
            Lucene99HnswVectorsFormat.DEFAULT_BEAM_WIDTH,
            mapper -> of(mapper).beamWidth.get());

    private final Parameter<ReducedVectors> reduced =
        new Parameter<>(
                ReducedVectors.REDUCED,
                false,
                () -> null,
                (field, context, value) -> checked(() -> ReducedVectors.parse(value)),
                mapper -> of(mapper).reduced.get())
            .setSerializer((builder, parameter, value) -> value.toXContent(builder), Excerpt::of)
            .setSerializerCheck((includeDefaults, isConfigured, value) -> value != null);

    private Builder(String name, Settings indexSettings) {
      super(name, indexSettings);
    }

    @Override
    protected List<Parameter<?>> getParameters() {
      return List.of(
          dimension,
          similarity,
          encoding,
          maxConnections,
          beamWidth,
          reduced,
          model,
          modelFingerprint,
          meta);
    }

    @Override
    public DenseVectorFieldMapper build(BuilderContext context) {
      requireDimension(dimension, CONTENT_TYPE, context);
      String field = buildFullName(context);
      VectorSimilarityFunction compared = SIMILARITIES.get(similarity.get());
      VectorReduction reduction =
          reduced.get() == null
              ? null
              : checked(() -> reduced.get().reduction(dimension.get(), compared));
      DenseVectorFieldType type =
          new DenseVectorFieldType(
              field,
              dimension.get(),
              compared,
              reduction,
              DenseEncoding.of(encoding.get()).oversample(reduction != null),
              format(field),
              vectorModel(),
              meta.get());
      return new DenseVectorFieldMapper(
          this, type, multiFieldsBuilder.build(this, context), copyTo.build());
    }

    /** Refuses the parameter by its name. */
    private <T> T checked(Supplier<T> value) {
      try {
        return value.get();
      } catch (IllegalArgumentException e) {
        throw refused(ReducedVectors.REDUCED, e.getMessage());
      }
    }

    /** The format of the vectors that a graph is made of. */
    private KnnVectorsFormat format(String field) {
      DenseEncoding stored = DenseEncoding.of(encoding.get());
      if (stored != DenseEncoding.FLOAT32) {
        TridentCodecSetting.require(field, stored.label() + " " + CONTENT_TYPE, indexSettings);
        refuseUnderKnn(
            field, "the encoding [" + DenseEncoding.FLOAT32.label() + "]", stored.label());
      }
      if (isWide(dimension.get())) {
        String limit = "[dimension] of at most " + MAX_DIMENSION_OF_LUCENE;
        TridentCodecSetting.require(
            field, "Without a " + limit + " the " + CONTENT_TYPE, indexSettings);
        refuseUnderKnn(field, "a " + limit, dimension.get());
      }
      if (reduced.get() != null) {
        TridentCodecSetting.require(
            field, ReducedVectors.REDUCED + " " + CONTENT_TYPE, indexSettings);
        refuseUnderKnn(field, "no [" + ReducedVectors.REDUCED + "]", reduced.get());
      }
      return stored.format(maxConnections.get(), beamWidth.get());
    }

    /** In such an index the k-NN plugin chooses every vectors format, and chooses Lucene's. */
    private void refuseUnderKnn(String field, String expected, Object got) {
      if (indexSettings.getAsBoolean("index.knn", false)) {
        throw new MapperParsingException(
            CONTENT_TYPE
                + " field ["
                + field
                + "] must have "
                + expected
                + " in an index with [index.knn], got ["
                + got
                + "]");
      }
    }
  }

  /** Whether an index needs our codec for vectors of so many dimensions. */
  static boolean isWide(int dimension) {
    return dimension > MAX_DIMENSION_OF_LUCENE;
  }

  /** The type of a mapped field. */
  public static final class DenseVectorFieldType extends VectorFieldType {
    private final int dimension;
    private final VectorSimilarityFunction similarity;
    private final VectorReduction reduction;
    private final float oversample;
    private final KnnVectorsFormat format;
    private final KnnVectorsFormat withoutGraph = DenseEncoding.withoutGraph();

    DenseVectorFieldType(
        String name,
        int dimension,
        VectorSimilarityFunction similarity,
        VectorReduction reduction,
        float oversample,
        KnnVectorsFormat format,
        VectorModel model,
        Map<String, String> meta) {
      super(name, Existence.VECTORS, "dense", model, meta);
      this.dimension = dimension;
      this.similarity = similarity;
      this.reduction = reduction;
      this.oversample = oversample;
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

    /** Whether candidates are searched in fewer dimensions than the vectors have. */
    public boolean isReduced() {
      return reduction != null;
    }

    /** The Lucene field that is searched for candidates. */
    public String candidatesField() {
      return reduction == null ? name() : ReducedVectors.luceneField(name());
    }

    /** What candidates are compared with. */
    public float[] candidatesVector(float[] vector) {
      return reduction == null ? vector : reduction.reduce(vector);
    }

    /** How many times {@code k} candidates a search compares by their floats unless it says so. */
    public float oversample() {
      return oversample;
    }

    @Override
    List<Object> readStoredValues(LeafReader reader, int doc) throws IOException {
      FloatVectorValues vectors = reader.getFloatVectorValues(name());
      KnnVectorValues.DocIndexIterator docs = vectors == null ? null : vectors.iterator();
      return docs == null || docs.advance(doc) != doc
          ? List.of()
          : List.of(numbers(vectors.vectorValue(docs.index())));
    }

    @Override
    public KnnVectorsFormat knnVectorsFormat(String field) {
      return field.equals(candidatesField()) ? format : withoutGraph;
    }

    @Override
    public String typeName() {
      return CONTENT_TYPE;
    }
  }

  @Override
  public DenseVectorFieldType fieldType() {
    return (DenseVectorFieldType) super.fieldType();
  }

  @Override
  public Builder getMergeBuilder() {
    Builder builder = new Builder(simpleName(), parameters().indexSettings);
    builder.init(this);
    return builder;
  }

  @Override
  IndexableField parseValue(XContentParser parser) throws IOException {
    VectorParser vectors = new VectorParser("field [" + name() + "]");
    float[] vector = vectors.parseVectorOrNone(parser, fieldType().dimension());
    if (vector == null) {
      return null;
    }
    vectors.checkLength(vector, fieldType().similarity() == VectorSimilarityFunction.COSINE);
    return new KnnFloatVectorField(name(), vector, fieldType().similarity());
  }

  @Override
  IndexableField besides(IndexableField field) {
    VectorReduction reduction = fieldType().reduction;
    if (reduction == null) {
      return null;
    }
    float[] reduced = reduction.reduce(((KnnFloatVectorField) field).vectorValue());
    new VectorParser("reduced field [" + name() + "]").checkLength(reduced, false);
    return new KnnFloatVectorField(fieldType().candidatesField(), reduced, reduction.similarity());
  }
}
