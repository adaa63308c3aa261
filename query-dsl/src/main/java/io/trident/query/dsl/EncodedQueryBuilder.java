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
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.util.SetOnce;
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
import org.opensearch.index.query.QueryRewriteContext;
import org.opensearch.index.query.QueryShardContext;

/**
 * What the queries by vector share: {@code {"<name>": {"<field>": {"text": …, "model": …}}}}, or
 * {@code "texts"} and documents that it is {@code "like"} with weights, or the vector in place of
 * text and model, and perhaps {@code "feedback"}. All that is replaced by the vector that is made
 * of it while the query is rewritten on the coordinating node.
 *
 * @param <QB> the query
 * @param <V> the query's vector
 */
public abstract class EncodedQueryBuilder<QB extends EncodedQueryBuilder<QB, V>, V>
    extends AbstractQueryBuilder<QB> implements StatisticsFree {

  /** The most {@code texts}: 32. */
  public static final int MAX_TEXTS = 32;

  private final QueryEncoder encoder;
  private final String field;
  private VectorSource source = VectorSource.NONE;
  private V vector;

  /** The model of the texts that the vector was made of. */
  private VectorModel vectorModel = VectorModel.UNKNOWN;

  /** Set while the vector is being made, and filled when it has been. */
  private SetOnce<Encoded<V>> encoded;

  /**
   * What texts and documents became.
   *
   * @param vector their vector; none when they have none
   * @param model that of the texts
   */
  private record Encoded<V>(Optional<V> vector, VectorModel model) {}

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
    setSource(new VectorSource(in));
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

  /** Why the query takes no {@link Feedback}; null when it does. */
  abstract String feedbackRefusal();

  /**
   * Moves the query's vector towards those of documents.
   *
   * @param documents their vectors, whose weights sum to 1
   */
  abstract V moved(V value, VectorParts<V> documents, Feedback feedback);

  /** What documents must match to be found by the query, or null. */
  QueryBuilder demanded() {
    return null;
  }

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

  /** The query's vector, or null while it has none. */
  final V vector() {
    return vector;
  }

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
  public final QB texts(List<WeightedText> weighted, String modelId) {
    if (weighted.isEmpty()) {
      throw VectorSource.refused(this, WeightedText.NAME, "one or more", 0);
    }
    return setSource(source.withTexts(weighted, modelId));
  }

  /**
   * Searches by the stored vectors of documents, beside the texts, if any.
   *
   * @param documents up to 32 documents with their weights
   */
  public final QB like(List<LikedDocument> documents) {
    return setSource(source.withLike(documents));
  }

  /**
   * Searches twice: for documents, and by the vector that they move.
   *
   * @param moving says how, or null to search once
   */
  public final QB feedback(Feedback moving) {
    return setSource(source.withFeedback(moving));
  }

  /** Reads documents for {@link #feedback} only among those that match {@code added}. */
  public final void feedbackWithin(QueryBuilder added) {
    if (source.feedback() != null) {
      setSource(source.withFeedback(source.feedback().within(added)));
    }
  }

  /** Names the model of the texts; null for the node's default. */
  final void model(String modelId) {
    setSource(source.withText(source.text(), modelId));
  }

  @SuppressWarnings("unchecked")
  private QB setSource(VectorSource other) {
    other.check(this);
    source = other;
    return (QB) this;
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
  public final QB text(String queryText, String modelId) {
    if (Strings.isEmpty(queryText)) {
      throw new IllegalArgumentException("[" + name() + "] must have a [text] that is not empty");
    }
    return setSource(source.withText(queryText, modelId));
  }

  /** What messages about the query begin with. */
  final String subject() {
    return "[" + name() + "] on field [" + Excerpt.of(field) + "]";
  }

  /** Reads and checks the query's vector. */
  final VectorParser vectors() {
    return new VectorParser(subject());
  }

  final V checked(V value) {
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
    if (rewritten != this || (vector != null && source.feedback() == null)) {
      return rewritten;
    }
    if (encoded != null) {
      return encoded.get() == null ? this : encodedQuery(encoded.get());
    }
    if (context.convertToShardContext() != null) {
      return this; // a shard may ask whether the query can match, and only that
    }
    VectorAssembly<V> assembly = new VectorAssembly<>(this, source, vector, context);
    SetOnce<Encoded<V>> result = new SetOnce<>();
    context.registerAsyncAction(
        (client, listener) ->
            assembly.make(
                client,
                ActionListener.wrap(
                    made -> {
                      result.set(new Encoded<>(made, assembly.model()));
                      listener.onResponse(null);
                    },
                    listener::onFailure)));
    EncodedQueryBuilder<QB, V> waiting = same();
    waiting.encoded = result;
    return waiting;
  }

  private QueryBuilder encodedQuery(Encoded<V> value) {
    if (value.vector.isEmpty()) {
      return new MatchNoneQueryBuilder().boost(boost()).queryName(queryName());
    }
    EncodedQueryBuilder<QB, V> query = by(value.vector.get());
    query.vectorModel = value.model;
    return query;
  }

  /** The same query by a vector. */
  final QB by(V value) {
    return copyOptions().setVector(value);
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
    query.source = source;
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
    if (vector == null || source.reading() != null) {
      throw new IllegalArgumentException(
          "[" + name() + "] by [text] must be part of a search; elsewhere give the vector alone");
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

  /** Reads the body of the query; the parser stands behind the query's name. */
  @SuppressWarnings("unchecked")
  final QB parseBody(XContentParser parser) throws IOException {
    OptionParser options = new OptionParser(subject());
    VectorSource.Body body = new VectorSource.Body();
    options.parse(
        parser,
        (key, value) ->
            body.parse(key, value, options)
                || parseCommon(key, value, options)
                || parseOption(key, value, options));
    try {
      body.giveTo(this, vector != null);
    } catch (IllegalArgumentException e) {
      throw new ParsingException(parser.getTokenLocation(), e.getMessage(), e);
    }
    return (QB) this;
  }

  private boolean parseCommon(String key, XContentParser parser, OptionParser options)
      throws IOException {
    switch (key) {
      case "boost" -> boost(options.number(parser));
      case "_name" -> queryName(options.string(parser));
      default -> {
        return false;
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
    source.toXContent(builder, params);
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
    source.writeTo(out);
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
        && source.equals(that.source)
        && (vector == null
            ? that.vector == null
            : that.vector != null && vectorEquals(vector, that.vector))
        && vectorModel.equals(that.vectorModel)
        && optionsEqual(other);
  }

  @Override
  protected final int doHashCode() {
    return Objects.hash(field, source, vectorModel, vector == null ? 0 : vectorHashCode(vector));
  }

  @Override
  public final String getWriteableName() {
    return name();
  }
}
