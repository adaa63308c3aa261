/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import io.trident.models.api.Encoding;
import io.trident.models.api.Excerpt;
import io.trident.models.api.Representation;
import io.trident.query.mapper.VectorFieldType;
import io.trident.query.mapper.VectorModel;
import io.trident.query.mapper.VectorParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.util.SetOnce;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.common.Strings;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.opensearch.index.IndexSettings;
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.MatchNoneQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryCoordinatorContext;
import org.opensearch.index.query.QueryRewriteContext;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.transport.client.Client;

/**
 * What the queries by vector share: {@code {"<name>": {"<field>": {"text": …, "model": …}}}}, or
 * {@code "texts"} and documents that it is {@code "like"} with weights, or the vector in place of
 * text and model. Texts are encoded and documents read while the query is rewritten on the
 * coordinating node, and replaced by the vector.
 *
 * @param <QB> the query
 * @param <V> the query's vector
 */
public abstract class EncodedQueryBuilder<QB extends EncodedQueryBuilder<QB, V>, V>
    extends AbstractQueryBuilder<QB> implements StatisticsFree {

  /** The most {@code texts}: 32. */
  public static final int MAX_TEXTS = 32;

  private static final String TEXT = "text";
  private static final String MODEL = "model";

  private final QueryEncoder encoder;
  private final String field;
  private String text;
  private List<WeightedText> texts = List.of();
  private List<LikedDocument> like = List.of();
  private String model;
  private V vector;

  /** The model of the texts that the vector was made of. */
  private VectorModel vectorModel = VectorModel.UNKNOWN;

  /** Set while texts are being encoded, and filled when they have been. */
  private SetOnce<Encoded<V>> encoded;

  /**
   * What texts and documents became.
   *
   * @param vector their vector, or null when they have none
   * @param model that of the texts
   */
  private record Encoded<V>(V vector, VectorModel model) {}

  /** Makes a query without text or vector yet. */
  EncodedQueryBuilder(QueryEncoder encoder, String field) {
    if (Strings.isEmpty(field)) {
      throw new IllegalArgumentException("[" + name() + "] must name a field");
    }
    this.encoder = Objects.requireNonNull(encoder, "encoder");
    this.field = field;
  }

  /** Reads a query from another node. */
  EncodedQueryBuilder(QueryEncoder encoder, StreamInput in) throws IOException {
    super(in);
    this.encoder = encoder;
    this.field = in.readString();
    this.text = in.readOptionalString();
    this.texts = checkedTexts(in.readList(WeightedText::new));
    this.like = checkedLike(in.readList(LikedDocument::new));
    this.model = in.readOptionalString();
    this.vectorModel = new VectorModel(in);
    this.vector = in.readBoolean() ? checked(readVector(in)) : null;
  }

  /** The query's name in JSON. */
  abstract String name();

  /** The representation that the query's text is encoded to. */
  abstract Representation representation();

  /** Takes the query's vector out of the encoding of a text; null when it has none. */
  abstract V vector(Encoding encoding, String encoded);

  /** What the query must have instead of a part with this weight; null when it takes it. */
  abstract String refusal(float weight);

  /** Makes one vector of one or more that are not empty. */
  abstract V sum(List<V> parts, List<Float> weights);

  /** A vector as {@link VectorFieldType#storedValues} gives it. */
  abstract V stored(Object value);

  /**
   * Refuses a vector that is too large or has numbers that are none, wherever it comes from.
   *
   * @throws IllegalArgumentException naming the query and the field
   */
  abstract void check(V value);

  /** Whether a vector is what a model makes of a text without words. */
  abstract boolean isEmpty(V value);

  /** A copy of the query, but for text, model, vector, boost and name. */
  abstract QB copy(QueryEncoder queryEncoder, String fieldName);

  /** Reads a vector or an option of the query; false when the key is neither. */
  abstract boolean parseOption(String key, XContentParser parser, OptionParser options)
      throws IOException;

  /** Writes the vector, which is not null, under its key. */
  abstract void vectorToXContent(V value, XContentBuilder builder) throws IOException;

  /** Writes the query's own options. */
  abstract void optionsToXContent(XContentBuilder builder) throws IOException;

  abstract V readVector(StreamInput in) throws IOException;

  abstract void writeVector(V value, StreamOutput out) throws IOException;

  /** Writes the query's own options, which the subclass' constructor reads. */
  abstract void writeOptions(StreamOutput out) throws IOException;

  /** The Lucene query for a mapped field. */
  abstract Query toQuery(MappedFieldType type, V value, QueryShardContext context)
      throws IOException;

  /** Whether two vectors are equal. */
  abstract boolean vectorEquals(V one, V other);

  abstract int vectorHashCode(V value);

  /** The field that is searched. */
  public final String field() {
    return field;
  }

  /**
   * Searches by texts, whose vectors become one.
   *
   * @param weighted 1 to 32 texts with their weights
   * @param modelId the model to encode them with, or null for the node's default
   */
  @SuppressWarnings("unchecked")
  public final QB texts(List<WeightedText> weighted, String modelId) {
    this.texts = checkedTexts(weighted);
    if (weighted.isEmpty()) {
      throw refused(WeightedText.NAME, "one or more", 0);
    }
    this.model = modelId;
    return (QB) this;
  }

  private List<WeightedText> checkedTexts(List<WeightedText> weighted) {
    checkParts(WeightedText.NAME, weighted.stream().map(WeightedText::weight).toList());
    return List.copyOf(weighted);
  }

  /**
   * Searches by the stored vectors of documents, beside the texts, if any.
   *
   * @param documents up to 32 documents with their weights
   */
  @SuppressWarnings("unchecked")
  public final QB like(List<LikedDocument> documents) {
    this.like = checkedLike(documents);
    return (QB) this;
  }

  private List<LikedDocument> checkedLike(List<LikedDocument> documents) {
    checkParts(LikedDocument.NAME, documents.stream().map(LikedDocument::weight).toList());
    return List.copyOf(documents);
  }

  private void checkParts(String option, List<Float> weights) {
    if (weights.size() > MAX_TEXTS) {
      throw refused(option, "at most [" + MAX_TEXTS + "]", weights.size());
    }
    for (float weight : weights) {
      if (refusal(weight) != null) {
        throw refused(option, refusal(weight), weight);
      }
    }
  }

  private IllegalArgumentException refused(String option, String expected, Object got) {
    return new IllegalArgumentException(
        subject() + " must have " + expected + " [" + option + "], got [" + got + "]");
  }

  final QueryEncoder encoder() {
    return encoder;
  }

  /**
   * Searches by text.
   *
   * @param queryText what a person typed
   * @param modelId the model to encode it with, or null for the node's default
   */
  @SuppressWarnings("unchecked")
  public final QB text(String queryText, String modelId) {
    if (Strings.isEmpty(queryText)) {
      throw new IllegalArgumentException("[" + name() + "] must have a [text] that is not empty");
    }
    this.text = queryText;
    this.model = modelId;
    return (QB) this;
  }

  /** What messages about the query begin with. */
  final String subject() {
    return "[" + name() + "] on field [" + Excerpt.of(field) + "]";
  }

  /** Reads and checks the query's vector. */
  final VectorParser vectors() {
    return new VectorParser(subject());
  }

  private V checked(V value) {
    check(value);
    return value;
  }

  @SuppressWarnings("unchecked")
  final QB setVector(V value) {
    this.vector = checked(value);
    return (QB) this;
  }

  @Override
  protected final QueryBuilder doRewrite(QueryRewriteContext context) throws IOException {
    QueryBuilder rewritten = rewriteOptions(context);
    if (rewritten != this || vector != null) {
      return rewritten;
    }
    if (encoded != null) {
      return encoded.get() == null ? this : encodedQuery(encoded.get());
    }
    if (context.convertToShardContext() != null) {
      return this; // a shard may ask whether the query can match, and only that
    }
    if (like.isEmpty() == false && searchOf(context) == null) {
      throw new IllegalArgumentException(
          "[" + name() + "] with [" + LikedDocument.NAME + "] must be part of a search");
    }
    SetOnce<Encoded<V>> result = new SetOnce<>();
    SearchRequest search = searchOf(context);
    context.registerAsyncAction(
        (client, listener) ->
            encode(
                ActionListener.wrap(
                    parts ->
                        read(
                            client,
                            search,
                            parts,
                            ActionListener.wrap(
                                done -> {
                                  result.set(encoded(parts));
                                  listener.onResponse(null);
                                },
                                listener::onFailure)),
                    listener::onFailure)));
    EncodedQueryBuilder<QB, V> waiting = same();
    waiting.encoded = result;
    return waiting;
  }

  private static SearchRequest searchOf(QueryRewriteContext context) {
    QueryCoordinatorContext coordinator = context.convertToCoordinatorContext();
    return coordinator != null && coordinator.getSearchRequest() instanceof SearchRequest search
        ? search
        : null;
  }

  private List<WeightedText> asked() {
    return text == null ? texts : List.of(new WeightedText(text, 1));
  }

  /** Encodes texts; blank ones have no words, whatever a model makes of them. */
  private void encode(ActionListener<VectorParts<V>> listener) {
    VectorParts<V> parts = new VectorParts<>();
    if (asked().isEmpty()) {
      listener.onResponse(parts);
      return;
    }
    encoder.encode(
        model,
        asked().stream().map(WeightedText::text).toList(),
        representation(),
        ActionListener.map(
            listener,
            encodings -> {
              parts.setModel(new VectorModel(encoder.id(model), encodings.get(0).fingerprint()));
              for (int i = 0; i < encodings.size(); i++) {
                WeightedText one = asked().get(i);
                V vectorOfText = vectorOf(encodings.get(i), one.text());
                if (one.text().isBlank() == false) {
                  add(vectorOfText, one.weight(), parts);
                }
              }
              return parts;
            }));
  }

  private void add(V part, float weight, VectorParts<V> parts) {
    if (isEmpty(part) == false && weight != 0) {
      parts.add(part, weight);
    }
  }

  /** Reads liked documents; of several vectors in a document each has its share of the weight. */
  private void read(
      Client client, SearchRequest search, VectorParts<V> parts, ActionListener<Void> listener) {
    if (like.isEmpty()) {
      listener.onResponse(null);
      return;
    }
    new StoredVectors(field, search)
        .read(
            client,
            like,
            ActionListener.map(
                listener,
                found -> {
                  for (LikedDocument document : like) {
                    List<Object> values = found.get(document);
                    values.forEach(
                        value -> add(stored(value), document.weight() / values.size(), parts));
                  }
                  return null;
                }));
  }

  /** The vector of all parts; none when there is no part. */
  private Encoded<V> encoded(VectorParts<V> parts) {
    if (parts.isEmpty()) {
      return new Encoded<>(null, parts.model());
    }
    V value =
        text == null || like.isEmpty() == false
            ? checked(sum(parts.vectors(), parts.weights()))
            : parts.vectors().get(0);
    return new Encoded<>(isEmpty(value) ? null : value, parts.model());
  }

  private QueryBuilder encodedQuery(Encoded<V> value) {
    if (value.vector == null) {
      return new MatchNoneQueryBuilder().boost(boost()).queryName(queryName());
    }
    EncodedQueryBuilder<QB, V> query = copyOptions().setVector(value.vector);
    query.vectorModel = value.model;
    return query;
  }

  private V vectorOf(Encoding encoding, String encodedText) {
    V value = vector(encoding, encodedText);
    if (value == null) {
      throw new IllegalArgumentException(
          subject() + " needs a model that gives a [" + representation() + "] representation");
    }
    return checked(value);
  }

  /** Rewrites queries inside of this one; this when there is nothing to rewrite. */
  QueryBuilder rewriteOptions(QueryRewriteContext context) throws IOException {
    return this;
  }

  private QB copyOptions() {
    return copy(encoder, field).boost(boost()).queryName(queryName());
  }

  /** A copy of the query. */
  final QB same() {
    EncodedQueryBuilder<QB, V> query = copyOptions();
    query.text = text;
    query.texts = texts;
    query.like = like;
    query.model = model;
    query.vector = vector;
    query.vectorModel = vectorModel;
    query.encoded = encoded;
    return copyOf(query);
  }

  @SuppressWarnings("unchecked")
  private static <QB extends EncodedQueryBuilder<QB, V>, V> QB copyOf(
      EncodedQueryBuilder<QB, V> query) {
    return (QB) query;
  }

  @Override
  protected final Query doToQuery(QueryShardContext context) throws IOException {
    if (vector == null) {
      throw new IllegalArgumentException(
          "[" + name() + "] by [text] must be part of a search; elsewhere give the vector");
    }
    MappedFieldType type = context.fieldMapper(field);
    if (type == null) {
      return new MatchNoDocsQuery("field [" + field + "] is not mapped");
    }
    if (type instanceof VectorFieldType vectors) {
      checkModel(vectors.model(), context.getIndexSettings());
    }
    return toQuery(type, vector, context);
  }

  private void checkModel(VectorModel expected, IndexSettings index) {
    if (vectorModel.differsFrom(expected)
        && VectorModel.ALLOW_OTHERS.get(index.getSettings()) == false) {
      throw expected.refusal(subject(), vectorModel);
    }
  }

  /** Refuses a field of another type. */
  final IllegalArgumentException wrongType(MappedFieldType type, String expected) {
    return new IllegalArgumentException(
        "["
            + name()
            + "] must search a field of type ["
            + expected
            + "], but ["
            + Excerpt.of(field)
            + "] is of type ["
            + type.typeName()
            + "]");
  }

  /** Refuses a vector that does not fit the field. */
  final void checkDimension(int expected, int dimension) {
    if (dimension != expected) {
      throw new IllegalArgumentException(
          subject() + " must have vectors of " + expected + " dimensions, got [" + dimension + "]");
    }
  }

  /** What the JSON of a query says beside its vector. */
  private static final class Encode {
    private String text;
    private List<WeightedText> texts;
    private List<LikedDocument> like = List.of();
    private String model;
  }

  /** Reads the body of the query; the parser stands behind the query's name. */
  @SuppressWarnings("unchecked")
  final QB parseBody(XContentParser parser) throws IOException {
    OptionParser options = new OptionParser(subject());
    Encode encode = new Encode();
    options.parse(parser, (key, value) -> parseOption(key, value, options, encode));
    long given = Stream.of(encode.text, encode.texts, vector).filter(Objects::nonNull).count();
    if (vector != null && encode.like.isEmpty() == false) {
      throw new ParsingException(
          parser.getTokenLocation(),
          subject() + " must have either [" + LikedDocument.NAME + "] or a vector, got both");
    }
    if (given > 1 || (given == 0 && encode.like.isEmpty())) {
      throw new ParsingException(
          parser.getTokenLocation(),
          subject()
              + " must have either [text], [texts] or a vector, got "
              + (given == 0 ? "neither" : "both"));
    }
    if (vector != null && encode.model != null) {
      throw new ParsingException(
          parser.getTokenLocation(), "[" + name() + "] takes [model] with [text] or [texts] only");
    }
    if (vector != null) {
      return (QB) this;
    }
    try {
      like(encode.like);
      if (given == 0) {
        model = encode.model;
        return (QB) this;
      }
      return encode.texts == null
          ? text(encode.text, encode.model)
          : texts(encode.texts, encode.model);
    } catch (IllegalArgumentException e) {
      throw new ParsingException(parser.getTokenLocation(), e.getMessage(), e);
    }
  }

  private boolean parseOption(
      String key, XContentParser parser, OptionParser options, Encode encode) throws IOException {
    switch (key) {
      case TEXT -> encode.text = options.string(parser);
      case WeightedText.NAME -> {
        options.array(parser);
        encode.texts = new ArrayList<>();
        while (parser.nextToken() != Token.END_ARRAY) {
          encode.texts.add(WeightedText.fromXContent(parser, options));
        }
      }
      case LikedDocument.NAME -> {
        options.array(parser);
        encode.like = new ArrayList<>();
        while (parser.nextToken() != Token.END_ARRAY) {
          encode.like.add(LikedDocument.fromXContent(parser, options));
        }
      }
      case MODEL -> encode.model = options.string(parser);
      case "boost" -> boost(options.number(parser));
      case "_name" -> queryName(options.string(parser));
      default -> {
        return parseOption(key, parser, options);
      }
    }
    return true;
  }

  /** Makes a query for the field that its JSON names. */
  interface Maker<QB> {
    QB make(String field);
  }

  /** Reads a query; the parser stands on the object behind its name. */
  static <QB extends EncodedQueryBuilder<QB, ?>> QB parse(
      String name, XContentParser parser, Maker<QB> maker) throws IOException {
    OptionParser options = new OptionParser("[" + name + "]");
    if (options.next(parser) != Token.FIELD_NAME) {
      throw new ParsingException(parser.getTokenLocation(), "[" + name + "] must name a field");
    }
    String field = parser.currentName();
    if (options.next(parser) != Token.START_OBJECT) {
      throw new ParsingException(
          parser.getTokenLocation(),
          "["
              + name
              + "] must hold an object under ["
              + Excerpt.of(field)
              + "], got ["
              + parser.currentToken()
              + "]");
    }
    QB query = maker.make(field).parseBody(parser);
    if (options.next(parser) != Token.END_OBJECT) {
      throw new ParsingException(
          parser.getTokenLocation(),
          "["
              + name
              + "] must name one field, got ["
              + Excerpt.of(field)
              + "] and ["
              + Excerpt.of(parser.currentName())
              + "]");
    }
    return query;
  }

  @Override
  protected final void doXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject(name()).startObject(field);
    if (text != null) {
      builder.field(TEXT, text);
    }
    if (texts.isEmpty() == false) {
      builder.field(WeightedText.NAME, texts);
    }
    if (like.isEmpty() == false) {
      builder.field(LikedDocument.NAME, like);
    }
    if (model != null) {
      builder.field(MODEL, model);
    }
    if (vector != null) {
      vectorToXContent(vector, builder);
    }
    optionsToXContent(builder);
    printBoostAndQueryName(builder);
    builder.endObject().endObject();
  }

  @Override
  protected final void doWriteTo(StreamOutput out) throws IOException {
    if (encoded != null) {
      throw new IllegalStateException("[" + name() + "] must not travel before it is encoded");
    }
    out.writeString(field);
    out.writeOptionalString(text);
    out.writeList(texts);
    out.writeList(like);
    out.writeOptionalString(model);
    vectorModel.writeTo(out);
    out.writeBoolean(vector != null);
    if (vector != null) {
      writeVector(vector, out);
    }
    writeOptions(out);
  }

  /** Whether the queries' own options are equal. */
  abstract boolean optionsEqual(QB other);

  @Override
  protected final boolean doEquals(QB other) {
    EncodedQueryBuilder<QB, V> that = other;
    return field.equals(that.field)
        && Objects.equals(text, that.text)
        && texts.equals(that.texts)
        && like.equals(that.like)
        && Objects.equals(model, that.model)
        && (vector == null
            ? that.vector == null
            : that.vector != null && vectorEquals(vector, that.vector))
        && vectorModel.equals(that.vectorModel)
        && optionsEqual(other);
  }

  @Override
  protected final int doHashCode() {
    return Objects.hash(
        field, text, texts, like, model, vectorModel, vector == null ? 0 : vectorHashCode(vector));
  }

  @Override
  public final String getWriteableName() {
    return name();
  }
}
