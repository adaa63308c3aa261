package io.trident.query.mapper;

import io.trident.codec.impacts.ImpactQuantizer;
import io.trident.codec.impacts.ImpactVectorField;
import io.trident.codec.impacts104.Impacts104PostingsFormat;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.lucene.codecs.PostingsFormat;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.util.UnicodeUtil;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.opensearch.index.mapper.ParametrizedFieldMapper;
import org.opensearch.index.mapper.ParseContext;

/**
 * Maps {@code impact_vector}: one learned sparse vector a document, given as an object of tokens
 * and positive weights, or as an array of such objects, of which each token keeps its largest
 * weight. A weight of 0 says that the token is absent.
 */
public final class ImpactVectorFieldMapper extends ParametrizedFieldMapper {

  /** The name of the type. */
  public static final String CONTENT_TYPE = "impact_vector";

  /** The most tokens a document: 65,535. */
  public static final int MAX_TOKENS = 65_535;

  /** Reads a mapping of the type. */
  public static final TypeParser PARSER =
      new TypeParser(
          (name, context) -> {
            TridentCodecSetting.require(name, CONTENT_TYPE, context.getSettings());
            return new Builder(name);
          });

  private final ImpactQuantizer quantizer;

  private ImpactVectorFieldMapper(
      String simpleName, ImpactVectorFieldType type, MultiFields multiFields, CopyTo copyTo) {
    super(simpleName, type, multiFields, copyTo);
    this.quantizer = type.quantizer();
  }

  /** The parameters of a mapping. */
  public static final class Builder extends ParametrizedFieldMapper.Builder {
    private final Parameter<Float> maxWeight =
        Parameter.floatParam(
                "max_weight",
                false,
                mapper -> ((ImpactVectorFieldMapper) mapper).quantizer.maxWeight(),
                ImpactQuantizer.DEFAULT_MAX_WEIGHT)
            .setValidator(ImpactQuantizer::new);
    private final Parameter<Map<String, String>> meta = Parameter.metaParam();

    Builder(String name) {
      super(name);
    }

    @Override
    protected List<Parameter<?>> getParameters() {
      return List.of(maxWeight, meta);
    }

    @Override
    public ImpactVectorFieldMapper build(BuilderContext context) {
      ImpactVectorFieldType type =
          new ImpactVectorFieldType(
              buildFullName(context), new ImpactQuantizer(maxWeight.get()), meta.get());
      return new ImpactVectorFieldMapper(
          name, type, multiFieldsBuilder.build(this, context), copyTo.build());
    }
  }

  /** The type of a mapped field. */
  public static final class ImpactVectorFieldType extends VectorFieldType {

    /** One instance, because Lucene starts new files for each. */
    private static final PostingsFormat FORMAT = new Impacts104PostingsFormat();

    private final ImpactQuantizer quantizer;

    ImpactVectorFieldType(String name, ImpactQuantizer quantizer, Map<String, String> meta) {
      super(name, false, "learned_sparse", meta);
      this.quantizer = quantizer;
    }

    /** The scale of the field's impacts. */
    public ImpactQuantizer quantizer() {
      return quantizer;
    }

    @Override
    public String typeName() {
      return CONTENT_TYPE;
    }

    @Override
    public PostingsFormat postingsFormat() {
      return FORMAT;
    }
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

  @Override
  protected void parseCreateField(ParseContext context) throws IOException {
    Map<String, Float> weights = new TreeMap<>();
    parseValue(context.parser(), weights);
    if (weights.isEmpty()) {
      return;
    }
    if (weights.size() > MAX_TOKENS) {
      throw new IllegalArgumentException(
          "field ["
              + name()
              + "] must have at most "
              + MAX_TOKENS
              + " tokens, got ["
              + weights.size()
              + "]");
    }
    if (context.doc().getField(name()) != null) {
      throw new IllegalArgumentException(
          "field ["
              + name()
              + "] must have one value a document: give an array, or map the parent as [nested]");
    }
    int[] impacts = weights.values().stream().mapToInt(quantizer::quantize).toArray();
    context.doc().add(new ImpactVectorField(name(), List.copyOf(weights.keySet()), impacts));
    createFieldNamesField(context);
  }

  private void parseValue(XContentParser parser, Map<String, Float> weights) throws IOException {
    switch (parser.currentToken()) {
      case VALUE_NULL -> {}
      case START_ARRAY -> {
        while (parser.nextToken() != Token.END_ARRAY) {
          parseValue(parser, weights);
        }
      }
      case START_OBJECT -> parseVector(parser, weights);
      default ->
          throw new IllegalArgumentException(
              "field ["
                  + name()
                  + "] must be an object of tokens and weights, got ["
                  + parser.currentToken()
                  + "]");
    }
  }

  private void parseVector(XContentParser parser, Map<String, Float> weights) throws IOException {
    while (parser.nextToken() != Token.END_OBJECT) {
      String token = parser.currentName();
      Token value = parser.nextToken();
      if (value != Token.VALUE_NUMBER && value != Token.VALUE_STRING) {
        throw new IllegalArgumentException(
            "field ["
                + name()
                + "]: the weight of token ["
                + token
                + "] must be a number, got ["
                + value
                + "]");
      }
      float weight = parser.floatValue();
      if (weight >= 0 == false || Float.isInfinite(weight)) {
        throw new IllegalArgumentException(
            "field ["
                + name()
                + "]: the weight of token ["
                + token
                + "] must not be negative and must be finite, got ["
                + weight
                + "]");
      }
      int length = UnicodeUtil.calcUTF16toUTF8Length(token, 0, token.length());
      if (length == 0 || length > IndexWriter.MAX_TERM_LENGTH) {
        throw new IllegalArgumentException(
            "field ["
                + name()
                + "]: a token must have 1 to "
                + IndexWriter.MAX_TERM_LENGTH
                + " bytes, got ["
                + length
                + "]");
      }
      if (weight > 0) {
        weights.merge(token, weight, Math::max);
      }
    }
  }
}
