/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.mapper;

import static org.opensearch.index.IndexSortConfig.INDEX_SORT_FIELD_SETTING;

import io.trident.codec.impacts.ImpactOrder;
import io.trident.codec.impacts.ImpactQuantizer;
import io.trident.codec.impacts.ImpactVectorField;
import io.trident.codec.impacts104.Impacts104PostingsFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.lucene.codecs.PostingsFormat;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.opensearch.index.fielddata.IndexFieldData;
import org.opensearch.index.fielddata.IndexNumericFieldData.NumericType;
import org.opensearch.index.fielddata.plain.SortedNumericIndexFieldData;
import org.opensearch.index.mapper.FieldNamesFieldMapper;
import org.opensearch.index.mapper.Mapper;
import org.opensearch.search.lookup.SearchLookup;
import org.opensearch.search.lookup.SourceLookup;

/**
 * Maps {@code impact_vector}: one learned sparse vector per document, given as an object of tokens
 * and positive weights, or as an array of such objects, of which each token keeps its largest
 * weight. A weight of 0, or null, says that the token is absent. When the index is sorted by the
 * field ({@code index.sort.field}), its documents are in the order of {@link ImpactOrder}.
 */
public final class ImpactVectorFieldMapper extends VectorFieldMapper {

  /** The name of the type. */
  public static final String CONTENT_TYPE = "impact_vector";

  /** The most tokens per document: 65,535. */
  public static final int MAX_TOKENS = 65_535;

  /** More than most documents have, so that a map of them rarely grows. */
  private static final int USUAL_TOKENS = 256;

  /** Reads a mapping of the type. */
  public static final Mapper.TypeParser PARSER =
      parser(
          (name, settings) -> {
            TridentCodecSetting.require(name, CONTENT_TYPE, settings);
            return new Builder(name, settings);
          });

  private ImpactVectorFieldMapper(
      Builder parameters, ImpactVectorFieldType type, MultiFields multiFields, CopyTo copyTo) {
    super(parameters, type, multiFields, copyTo);
  }

  /** The parameters of a mapping. */
  public static final class Builder extends VectorFieldMapper.Builder {
    private final Parameter<Float> maxWeight =
        positive(
            "max_weight",
            ImpactQuantizer.DEFAULT_MAX_WEIGHT,
            mapper -> ((ImpactVectorFieldMapper) mapper).fieldType().quantizer().maxWeight());

    private Builder(String name, Settings indexSettings) {
      super(name, indexSettings);
    }

    @Override
    protected List<Parameter<?>> getParameters() {
      return List.of(maxWeight, model, modelFingerprint, meta);
    }

    @Override
    public ImpactVectorFieldMapper build(BuilderContext context) {
      String fullName = buildFullName(context);
      ImpactVectorFieldType type =
          new ImpactVectorFieldType(
              fullName,
              new ImpactQuantizer(maxWeight.get()),
              INDEX_SORT_FIELD_SETTING.get(indexSettings).contains(fullName),
              vectorModel(),
              meta.get());
      return new ImpactVectorFieldMapper(
          this, type, multiFieldsBuilder.build(this, context), copyTo.build());
    }
  }

  /** The type of a mapped field. */
  public static final class ImpactVectorFieldType extends VectorFieldType {

    /** One instance, because Lucene starts new files for each. */
    private static final PostingsFormat FORMAT = new Impacts104PostingsFormat();

    private final ImpactQuantizer quantizer;
    private final boolean sortsIndex;

    ImpactVectorFieldType(
        String name,
        ImpactQuantizer quantizer,
        boolean sortsIndex,
        VectorModel model,
        Map<String, String> meta) {
      super(name, Existence.FIELD_NAMES, "learned_sparse", model, meta);
      this.quantizer = quantizer;
      this.sortsIndex = sortsIndex;
    }

    /** What the index's sort asks for: the keys of {@link ImpactOrder}. */
    @Override
    public IndexFieldData.Builder fielddataBuilder(String index, Supplier<SearchLookup> lookup) {
      return sortsIndex
          ? new SortedNumericIndexFieldData.Builder(name(), NumericType.LONG)
          : super.fielddataBuilder(index, lookup);
    }

    private FieldType luceneType() {
      return sortsIndex ? ImpactVectorField.ORDERED_TYPE : ImpactVectorField.TYPE;
    }

    /** The scale of the field's impacts. */
    public ImpactQuantizer quantizer() {
      return quantizer;
    }

    @Override
    public String typeName() {
      return CONTENT_TYPE;
    }

    /**
     * Rounds the weights that the source has as they were rounded when they were indexed, which is
     * much faster than asking the postings of every token. How many vectors were indexed is for the
     * index to say: the field may have been mapped later, and several objects may be one vector.
     */
    @Override
    List<Object> readSource(LeafReader reader, int first, SourceLookup source) throws IOException {
      PostingsEnum having = reader.postings(new Term(FieldNamesFieldMapper.NAME, name()));
      if (having == null) {
        return null;
      }
      int count = 0;
      for (int doc = having.advance(first); doc <= source.docId(); doc = having.nextDoc()) {
        count++;
      }
      List<Object> vectors = new ArrayList<>(count);
      return count == 0
              || (addVectors(source.extractValue(name(), null), vectors) && vectors.size() == count)
          ? vectors
          : null;
    }

    /** Rounds the vectors in an object or several; false when there is anything else. */
    private boolean addVectors(Object value, List<Object> vectors) {
      if (value instanceof List<?> list) {
        return list.stream().allMatch(one -> addVectors(one, vectors));
      }
      if (value instanceof Map<?, ?> == false) {
        return value == null;
      }
      Map<String, Object> rounded = new TreeMap<>();
      for (Map.Entry<?, ?> token : ((Map<?, ?>) value).entrySet()) {
        if (token.getValue() instanceof Number weight) {
          if (weight.floatValue() > 0) {
            int impact = quantizer.quantize(weight.floatValue());
            rounded.put((String) token.getKey(), quantizer.dequantize(impact));
          }
        } else if (token.getValue() != null) {
          return false;
        }
      }
      return rounded.isEmpty() || vectors.add(rounded);
    }

    /** Asks the postings of every token of the segment for the document. */
    @Override
    List<Object> readStoredValues(LeafReader reader, int doc) throws IOException {
      Map<String, Object> weights = new TreeMap<>();
      Terms terms = reader.terms(name());
      TermsEnum token = terms == null ? TermsEnum.EMPTY : terms.iterator();
      PostingsEnum postings = null;
      while (token.next() != null) {
        postings = token.postings(postings, PostingsEnum.FREQS);
        if (postings.advance(doc) == doc) {
          weights.put(token.term().utf8ToString(), quantizer.dequantize(postings.freq()));
        }
      }
      return weights.isEmpty() ? List.of() : List.of(weights);
    }

    @Override
    public PostingsFormat postingsFormat() {
      return FORMAT;
    }
  }

  @Override
  public ImpactVectorFieldType fieldType() {
    return (ImpactVectorFieldType) super.fieldType();
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
    Map<String, Float> weights = HashMap.newHashMap(USUAL_TOKENS);
    parseObjects(parser, vectors, weights);
    vectors.checkTokens(weights.size());
    if (weights.isEmpty()) {
      return null;
    }
    ImpactQuantizer quantizer = fieldType().quantizer();
    List<String> tokens = new ArrayList<>(weights.size());
    int[] impacts = new int[weights.size()];
    for (Map.Entry<String, Float> token : weights.entrySet()) {
      impacts[tokens.size()] = quantizer.quantize(token.getValue());
      tokens.add(token.getKey());
    }
    return new ImpactVectorField(name(), tokens, impacts, fieldType().luceneType());
  }

  private void parseObjects(XContentParser parser, VectorParser vectors, Map<String, Float> weights)
      throws IOException {
    switch (parser.currentToken()) {
      case VALUE_NULL -> {}
      case START_ARRAY -> {
        while (parser.nextToken() != Token.END_ARRAY) {
          parseObjects(parser, vectors, weights);
        }
      }
      case START_OBJECT -> vectors.parseWeights(parser, weights, true);
      default ->
          throw new IllegalArgumentException(
              "field ["
                  + name()
                  + "] must be an object of tokens and weights, got ["
                  + parser.currentToken()
                  + "]");
    }
  }
}
