package io.trident.query.dsl;

import io.trident.models.api.Encoding;
import io.trident.models.api.Representation;
import io.trident.query.mapper.VectorParser;
import java.io.IOException;
import java.util.Objects;
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
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryRewriteContext;
import org.opensearch.index.query.QueryShardContext;

/**
 * What the queries by vector share: {@code {"<name>": {"<field>": {"text": …, "model": …}}}}, or
 * the vector in place of text and model. The text is encoded while the query is rewritten on the
 * coordinating node, and replaced by the vector.
 *
 * @param <QB> the query
 * @param <V> the query's vector
 */
public abstract class EncodedQueryBuilder<QB extends EncodedQueryBuilder<QB, V>, V>
    extends AbstractQueryBuilder<QB> implements StatisticsFree {

  private static final String TEXT = "text";
  private static final String MODEL = "model";

  private final QueryEncoder encoder;
  private final String field;
  private String text;
  private String model;
  private V vector;

  /** Set while the text is being encoded, and filled when it has been. */
  private SetOnce<V> encoded;

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
    this.model = in.readOptionalString();
    this.vector = in.readBoolean() ? checked(readVector(in)) : null;
  }

  /** The query's name in JSON. */
  abstract String name();

  /** The representation that the query's text is encoded to. */
  abstract Representation representation();

  /** Takes the query's vector out of an encoding; null when it has none. */
  abstract V vector(Encoding encoding);

  /**
   * Refuses a vector that is too large or has numbers that are none, wherever it comes from.
   *
   * @throws IllegalArgumentException naming the query and the field
   */
  abstract void check(V value);

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

  /** The text that is searched by, until it is encoded; or null. */
  final String text() {
    return text;
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

  /** What messages about the query's vector begin with. */
  final VectorParser vectors() {
    return new VectorParser("[" + name() + "] on field [" + field + "]");
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
      return encoded.get() == null ? this : copyOptions().setVector(encoded.get());
    }
    if (context.convertToShardContext() != null) {
      return this; // a shard may ask whether the query can match, and only that
    }
    SetOnce<V> result = new SetOnce<>();
    context.registerAsyncAction(
        (client, listener) ->
            encoder.encode(
                model,
                text,
                representation(),
                ActionListener.wrap(
                    encoding -> {
                      result.set(vectorOf(encoding));
                      listener.onResponse(null);
                    },
                    listener::onFailure)));
    EncodedQueryBuilder<QB, V> waiting = same();
    waiting.encoded = result;
    return waiting;
  }

  private V vectorOf(Encoding encoding) {
    V value = vector(encoding);
    if (value == null) {
      throw new IllegalArgumentException(
          "["
              + name()
              + "] on field ["
              + field
              + "] needs a model that gives a ["
              + representation()
              + "] representation");
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
    query.model = model;
    query.vector = vector;
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
    return type == null
        ? new MatchNoDocsQuery("field [" + field + "] is not mapped")
        : toQuery(type, vector, context);
  }

  /** Refuses a field of another type. */
  final IllegalArgumentException wrongType(MappedFieldType type, String expected) {
    return new IllegalArgumentException(
        "["
            + name()
            + "] must search a field of type ["
            + expected
            + "], but ["
            + field
            + "] is of type ["
            + type.typeName()
            + "]");
  }

  /** Refuses a vector that does not fit the field. */
  final void checkDimension(int expected, int dimension) {
    if (dimension != expected) {
      throw new IllegalArgumentException(
          "["
              + name()
              + "] on field ["
              + field
              + "] must have vectors of "
              + expected
              + " dimensions, got ["
              + dimension
              + "]");
    }
  }

  /** What the JSON of a query says beside its vector. */
  private static final class Encode {
    private String text;
    private String model;
  }

  /** Reads the body of the query; the parser stands behind the query's name. */
  @SuppressWarnings("unchecked")
  final QB parseBody(XContentParser parser) throws IOException {
    OptionParser options = new OptionParser("[" + name() + "] on field [" + field + "]");
    Encode encode = new Encode();
    options.parse(parser, (key, value) -> parseOption(key, value, options, encode));
    String queryText = encode.text;
    String modelId = encode.model;
    if ((queryText == null) == (vector == null)) {
      throw new ParsingException(
          parser.getTokenLocation(),
          "["
              + name()
              + "] on field ["
              + field
              + "] must have either [text] or a vector, got "
              + (queryText == null ? "neither" : "both"));
    }
    if (queryText == null && modelId != null) {
      throw new ParsingException(
          parser.getTokenLocation(), "[" + name() + "] takes [model] with [text] only");
    }
    if (queryText == null) {
      return (QB) this;
    }
    try {
      return text(queryText, modelId);
    } catch (IllegalArgumentException e) {
      throw new ParsingException(parser.getTokenLocation(), e.getMessage(), e);
    }
  }

  private boolean parseOption(
      String key, XContentParser parser, OptionParser options, Encode encode) throws IOException {
    switch (key) {
      case TEXT -> encode.text = options.string(parser);
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
    if (parser.nextToken() != Token.FIELD_NAME) {
      throw new ParsingException(parser.getTokenLocation(), "[" + name + "] must name a field");
    }
    String field = parser.currentName();
    if (parser.nextToken() != Token.START_OBJECT) {
      throw new ParsingException(
          parser.getTokenLocation(),
          "["
              + name
              + "] must hold an object under ["
              + field
              + "], got ["
              + parser.currentToken()
              + "]");
    }
    QB query = maker.make(field).parseBody(parser);
    if (parser.nextToken() != Token.END_OBJECT) {
      throw new ParsingException(
          parser.getTokenLocation(),
          "["
              + name
              + "] must name one field, got ["
              + field
              + "] and ["
              + parser.currentName()
              + "]");
    }
    return query;
  }

  @Override
  protected final void doXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject(name()).startObject(field);
    if (text != null) {
      builder.field(TEXT, text);
      if (model != null) {
        builder.field(MODEL, model);
      }
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
    out.writeOptionalString(model);
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
        && Objects.equals(model, that.model)
        && (vector == null
            ? that.vector == null
            : that.vector != null && vectorEquals(vector, that.vector))
        && optionsEqual(other);
  }

  @Override
  protected final int doHashCode() {
    return Objects.hash(field, text, model, vector == null ? 0 : vectorHashCode(vector));
  }

  @Override
  public final String getWriteableName() {
    return name();
  }
}
