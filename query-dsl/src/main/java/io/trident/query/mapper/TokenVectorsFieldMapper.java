/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.mapper;

import io.trident.codec.tokenvectors.CodedDocument;
import io.trident.codec.tokenvectors.CodedTokens;
import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsCoder;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import io.trident.codec.tokenvectors.TokenVectorsField;
import io.trident.codec.tokenvectors104.TokenVectors104DocValuesFormat;
import io.trident.models.api.Excerpt;
import io.trident.query.lucene.TokenUnits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.util.BytesRef;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.opensearch.index.mapper.FieldMapper;
import org.opensearch.index.mapper.Mapper;

/**
 * Maps {@code token_vectors}: one vector per token of a text, for late interaction. A value is an
 * array of vectors, or {@code {"vectors": [[…], …], "token_ids": […], "starts": […], "ends": […]}},
 * alone or in an array, so that an update replaces it as a whole, with the vocabulary id of each
 * and the part of the text that it stands for, and perhaps {@code "units"}, the number of the first
 * vector of each unit, a sentence say ({@link TokenUnits}); there {@code vectors} may be a text,
 * too, all of them in base64 ({@link VectorParser#parseBase64}), or their codes ({@link
 * TokenCodes}). Where tokens start and end is not indexed: the source has it, for highlighting. The
 * passages of one document are nested documents with a value each.
 */
public final class TokenVectorsFieldMapper extends VectorFieldMapper {

  /** The name of the type. */
  public static final String CONTENT_TYPE = "token_vectors";

  /** Where each token starts in the text, in UTF-16 units: a key of a value. */
  public static final String STARTS = "starts";

  /** Where each token ends in the text (exclusive), in UTF-16 units: a key of a value. */
  public static final String ENDS = "ends";

  /** Encodings and similarities, the default first. */
  static final List<String> ENCODINGS = List.of("2bit", "1bit", "4bit", "8bit", "float32");

  /** The encodings of vectors with fewer dimensions than the others take. */
  private static final List<String> SHORT_ENCODINGS = List.of("8bit", "float32");

  private static final int MIN_FOR_FEW_BITS = 8;

  static final List<String> SIMILARITIES = List.of("cosine", "dot_product");

  /** The number of the first vector of each unit, a sentence say: a key of a value. */
  private static final String UNITS = "units";

  public static final String VECTORS = "vectors";
  public static final String TOKEN_IDS = "token_ids";
  private static final List<String> NUMBERS = List.of(TOKEN_IDS, STARTS, ENDS, UNITS);

  /** Those of which there is one per vector. */
  private static final List<String> PARALLEL = List.of(TOKEN_IDS, STARTS, ENDS);

  /** Reads a mapping of the type. */
  public static final Mapper.TypeParser PARSER =
      parser(
          (name, settings) -> {
            TridentCodecSetting.require(name, CONTENT_TYPE, settings);
            TridentCodecSetting.refuseStarTrees(name, CONTENT_TYPE, settings);
            TridentCodecSetting.refuseDerivedSource(name, CONTENT_TYPE, settings);
            return new Builder(name, settings);
          });

  private TokenVectorsFieldMapper(
      Builder parameters, TokenVectorsFieldType type, MultiFields multiFields, CopyTo copyTo) {
    super(parameters, type, multiFields, copyTo);
  }

  private static Builder of(FieldMapper mapper) {
    return (Builder) ((TokenVectorsFieldMapper) mapper).parameters();
  }

  /** The parameters of a mapping. */
  public static final class Builder extends VectorFieldMapper.Builder {
    private final Parameter<Integer> dimension =
        dimension(
            TokenVectorsField.MIN_DIMENSION,
            TokenVectorsField.MAX_DIMENSION,
            mapper -> of(mapper).dimension.get());
    private final Parameter<String> encoding =
        oneOf("encoding", ENCODINGS, mapper -> of(mapper).encoding.get());
    private final Parameter<String> similarity =
        oneOf("similarity", SIMILARITIES, mapper -> of(mapper).similarity.get());

    private Builder(String name, Settings indexSettings) {
      super(name, indexSettings);
    }

    @Override
    protected List<Parameter<?>> getParameters() {
      return List.of(dimension, encoding, similarity, model, modelFingerprint, meta);
    }

    @Override
    public TokenVectorsFieldMapper build(BuilderContext context) {
      requireDimension(dimension, CONTENT_TYPE, context);
      checkShort(buildFullName(context));
      TokenVectorsFieldType type =
          new TokenVectorsFieldType(
              buildFullName(context),
              dimension.get(),
              TokenVectorsEncoding.of(encoding.get()),
              TokenSimilarity.valueOf(similarity.get().toUpperCase(Locale.ROOT)),
              vectorModel(),
              meta.get());
      return new TokenVectorsFieldMapper(
          this, type, multiFieldsBuilder.build(this, context), copyTo.build());
    }

    /** Refuses short vectors in few bits, whose direction these could not tell. */
    private void checkShort(String name) {
      if (dimension.get() < MIN_FOR_FEW_BITS && SHORT_ENCODINGS.contains(encoding.get()) == false) {
        throw new IllegalArgumentException(
            "field ["
                + name
                + "] with a [dimension] of less than "
                + MIN_FOR_FEW_BITS
                + " must have an [encoding] of "
                + SHORT_ENCODINGS
                + ", got ["
                + encoding.get()
                + "]");
      }
    }
  }

  /** The type of a mapped field. */
  public static final class TokenVectorsFieldType extends VectorFieldType {
    private final int dimension;
    private final TokenVectorsEncoding encoding;
    private final TokenSimilarity similarity;
    private final DocValuesFormat format;

    TokenVectorsFieldType(
        String name,
        int dimension,
        TokenVectorsEncoding encoding,
        TokenSimilarity similarity,
        VectorModel model,
        Map<String, String> meta) {
      super(name, Existence.DOC_VALUES, "max_sim", model, meta);
      this.dimension = dimension;
      this.encoding = encoding;
      this.similarity = similarity;
      this.format = new TokenVectors104DocValuesFormat(encoding, similarity);
    }

    /** Dimensions of every vector. */
    public int dimension() {
      return dimension;
    }

    /** How every vector is coded. */
    public TokenVectorsEncoding encoding() {
      return encoding;
    }

    /** How two vectors compare. */
    public TokenSimilarity similarity() {
      return similarity;
    }

    /** Turns floats into codes; a new one each time, for it is not thread-safe. */
    TokenVectorsCoder coder() {
      return new TokenVectorsCoder(name(), encoding, similarity);
    }

    /** The vectors that the codes stand for. */
    @Override
    List<Object> readStoredValues(LeafReader reader, int doc) throws IOException {
      BinaryDocValues values = reader.getBinaryDocValues(name());
      if (values == null || values.advanceExact(doc) == false) {
        return List.of();
      }
      CodedTokens tokens = new CodedTokens(dimension, encoding, similarity);
      tokens.reset(coder().code(values.binaryValue()));
      List<Object> vectors = new ArrayList<>(tokens.count());
      List<Object> ids = new ArrayList<>(tokens.count());
      for (int token = 0; token < tokens.count(); token++) {
        vectors.add(numbers(tokens.decode(token)));
        ids.add(tokens.id(token));
      }
      return List.of(Map.of(VECTORS, vectors, TOKEN_IDS, ids));
    }

    @Override
    public Object derived(LeafReader reader, int doc) throws IOException {
      BinaryDocValues values = reader.getBinaryDocValues(name());
      return values == null || values.advanceExact(doc) == false
          ? null
          : TokenCodes.write(coder().code(values.binaryValue()));
    }

    @Override
    public String derivedKey() {
      return VECTORS;
    }

    /** Codes that were sent, when they are those of the field; floats would become others. */
    @Override
    public boolean derives(String json, IndexableField field) {
      return json.equals('"' + TokenCodes.write(field.binaryValue()) + '"');
    }

    @Override
    public DocValuesFormat docValuesFormat() {
      return format;
    }

    @Override
    public String typeName() {
      return CONTENT_TYPE;
    }
  }

  @Override
  public TokenVectorsFieldType fieldType() {
    return (TokenVectorsFieldType) super.fieldType();
  }

  @Override
  public Builder getMergeBuilder() {
    Builder builder = new Builder(simpleName(), parameters().indexSettings);
    builder.init(this);
    return builder;
  }

  /** A value while it is read. */
  private static final class Value {
    private final Map<String, List<Integer>> numbers = new HashMap<>();
    private List<float[]> vectors;

    /** What the vectors were given as, if that is codes. */
    private CodedDocument coded;
  }

  @Override
  IndexableField parseValue(XContentParser parser) throws IOException {
    Value value = new Value();
    switch (parser.currentToken()) {
      case START_ARRAY -> parseArray(parser, value);
      case START_OBJECT -> parseObject(parser, value);
      default ->
          throw new IllegalArgumentException(
              "field ["
                  + name()
                  + "] must be an array of vectors, got ["
                  + parser.currentToken()
                  + "]");
    }
    int count = value.vectors.size();
    for (String key : PARALLEL) {
      if (value.numbers.containsKey(key)) {
        checkParallel(key, value.numbers.get(key).size(), count);
      }
    }
    checkOffsets(value);
    List<Integer> units = value.numbers.get(UNITS);
    checkUnits(units, count);
    return count == 0 ? null : new CodedTokensField(name(), coded(value), units);
  }

  @Override
  IndexableField besides(IndexableField field) {
    return ((CodedTokensField) field).units();
  }

  private void checkUnits(List<Integer> units, int count) {
    if (units != null && TokenUnits.areStarts(units, count) == false) {
      throw new IllegalArgumentException(
          "field ["
              + name()
              + "] must have the numbers of the units' first vectors, ascending from 0, in ["
              + UNITS
              + "], got "
              + Excerpt.of(units)
              + " for ["
              + count
              + "] vectors");
    }
  }

  private void checkParallel(String key, int numbers, int count) {
    if (numbers != count) {
      throw new IllegalArgumentException(
          "field ["
              + name()
              + "] must have one entry in ["
              + key
              + "] per vector, got ["
              + numbers
              + "] for ["
              + count
              + "] vectors");
    }
  }

  private void checkOffsets(Value value) {
    List<Integer> starts = value.numbers.get(STARTS);
    List<Integer> ends = value.numbers.get(ENDS);
    if ((starts == null) != (ends == null)) {
      throw badObject("got one of [" + STARTS + "] and [" + ENDS + "] alone");
    }
    for (int i = 0; starts != null && i < starts.size(); i++) {
      if (starts.get(i) < 0 || starts.get(i) > ends.get(i)) {
        throw new IllegalArgumentException(
            "field ["
                + name()
                + "] must have [0 <= "
                + STARTS
                + " <= "
                + ENDS
                + "], got ["
                + starts.get(i)
                + "] and ["
                + ends.get(i)
                + "]");
      }
    }
  }

  /** The codes: the index writer's buffer holds many times as many of them as of floats. */
  private BytesRef coded(Value value) {
    if (value.coded != null
        && value.coded.encoding() == fieldType().encoding()
        && value.coded.similarity() == fieldType().similarity()) {
      return value.coded.value();
    }
    int count = value.vectors.size();
    int dimension = fieldType().dimension();
    float[] flat = new float[count * dimension];
    int[] ids = new int[count];
    List<Integer> tokenIds = value.numbers.get(TOKEN_IDS);
    for (int i = 0; i < count; i++) {
      System.arraycopy(value.vectors.get(i), 0, flat, i * dimension, dimension);
      ids[i] = tokenIds == null ? 0 : tokenIds.get(i);
    }
    TokenVectorsField floats = new TokenVectorsField(name(), dimension, flat, ids);
    return fieldType().coder().code(floats.binaryValue());
  }

  /** Reads an array of vectors, or of one object that has them. */
  private void parseArray(XContentParser parser, Value value) throws IOException {
    if (parser.nextToken() != Token.START_OBJECT) {
      value.vectors = parseElements(parser);
      return;
    }
    parseObject(parser, value);
    if (parser.nextToken() != Token.END_ARRAY) {
      throw badObject("got more than one object");
    }
  }

  private void parseVectors(XContentParser parser, Value value) throws IOException {
    if (parser.currentToken() != Token.VALUE_STRING) {
      parser.nextToken();
      value.vectors = parseElements(parser);
    } else if (TokenCodes.is(parser.text())) {
      parseCodes(parser.text(), value);
    } else {
      value.vectors = checked(vectors().parseBase64(parser.text(), fieldType().dimension()));
    }
  }

  /** Reads vectors that are coded already, for this field or for one that codes in another way. */
  private void parseCodes(String text, Value value) {
    try {
      value.coded = TokenCodes.read(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("field [" + name() + "]: " + e.getMessage(), e);
    }
    if (value.coded.dimension() != fieldType().dimension()) {
      throw new IllegalArgumentException(
          "field ["
              + name()
              + "] must have codes of vectors with "
              + fieldType().dimension()
              + " dimensions, got ["
              + value.coded.dimension()
              + "]");
    }
    if (value.numbers.put(TOKEN_IDS, value.coded.ids()) != null) {
      throw badObject("got [" + TOKEN_IDS + "] beside codes, which have them");
    }
    value.vectors = checked(value.coded.vectors());
  }

  /** Reads the vectors of an array; the parser stands on the first. */
  private List<float[]> parseElements(XContentParser parser) throws IOException {
    List<float[]> parsed = new ArrayList<>();
    for (; parser.currentToken() != Token.END_ARRAY; parser.nextToken()) {
      parsed.add(vectors().parseVector(parser, fieldType().dimension()));
      checkCount(parsed.size());
    }
    return checked(parsed);
  }

  private VectorParser vectors() {
    return new VectorParser("field [" + name() + "]");
  }

  private List<float[]> checked(List<float[]> parsed) {
    checkCount(parsed.size());
    for (float[] vector : parsed) {
      vectors().checkLength(vector, fieldType().similarity() == TokenSimilarity.COSINE);
    }
    return parsed;
  }

  private void checkCount(int count) {
    if (count > TokenVectorsField.MAX_TOKENS) {
      throw new IllegalArgumentException(
          "field ["
              + name()
              + "] must have at most "
              + TokenVectorsField.MAX_TOKENS
              + " vectors, got more");
    }
  }

  private void parseObject(XContentParser parser, Value value) throws IOException {
    while (parser.nextToken() != Token.END_OBJECT) {
      String key = parser.currentName();
      Token token = parser.nextToken();
      boolean array = token == Token.START_ARRAY;
      boolean vectors =
          VECTORS.equals(key) && value.vectors == null && (array || token == Token.VALUE_STRING);
      boolean numbers = array && NUMBERS.contains(key) && value.numbers.containsKey(key) == false;
      if ((vectors || numbers) == false) {
        throw badObject("got [" + Excerpt.of(key) + "] with [" + token + "]");
      }
      if (vectors) {
        parseVectors(parser, value);
      } else {
        value.numbers.put(key, parseNumbers(key, parser));
      }
    }
    if (value.vectors == null && value.numbers.isEmpty()) {
      value.vectors = List.of();
    } else if (value.vectors == null) {
      throw badObject("got no [" + VECTORS + "]");
    }
  }

  private List<Integer> parseNumbers(String key, XContentParser parser) throws IOException {
    List<Integer> numbers = new ArrayList<>();
    while (parser.nextToken() != Token.END_ARRAY) {
      if (parser.currentToken() != Token.VALUE_NUMBER) {
        throw badObject("got [" + parser.currentToken() + "] in [" + key + "]");
      }
      numbers.add(parser.intValue(false));
      checkCount(numbers.size());
    }
    return numbers;
  }

  private IllegalArgumentException badObject(String got) {
    return new IllegalArgumentException(
        "field ["
            + name()
            + "] must have the array ["
            + VECTORS
            + "] once, and at most once the arrays of whole numbers "
            + NUMBERS
            + ", "
            + got);
  }
}
