/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.query.dsl.Feedback;
import io.trident.query.dsl.OptionParser;
import io.trident.query.dsl.QueryEncoder;
import io.trident.query.neural.MappedFields;
import io.trident.query.neural.NeuralTextField;
import io.trident.query.neural.TargetMappings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.Query;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.common.Strings;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.MatchNoneQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilderVisitor;
import org.opensearch.index.query.QueryCoordinatorContext;
import org.opensearch.index.query.QueryRewriteContext;
import org.opensearch.index.query.QueryShardContext;

/**
 * {@code neural_text}, and a {@code fusion} by {@code text} and {@code fields}: a text that is
 * looked for in several fields, each in the way that its type asks for. On the coordinating node it
 * becomes a {@code fusion} whose legs are the queries of the fields.
 */
public final class NeuralTextQueryBuilder extends AbstractQueryBuilder<NeuralTextQueryBuilder> {

  /** The query's name. */
  public static final String NAME = NeuralTextField.CONTENT_TYPE;

  /** The default of {@code passages}: the best passage comes with each hit. */
  public static final int DEFAULT_PASSAGES = 1;

  /** The most {@code passages}: 100. */
  public static final int MAX_PASSAGES = 100;

  private static final String TEXT = "text";
  private static final String FIELDS = "fields";
  private static final String PASSAGES = "passages";

  private final Node node;
  private final String text;
  private final List<WeightedField> fields;
  private final int passages;

  /** Moves the vectors of the text; null for not at all. */
  private final Feedback feedback;

  private final List<FusionLeg> legs;
  private final FusionQueryBuilder options;

  /**
   * What the query needs of its node.
   *
   * @param encoder encodes the text
   * @param mappings knows the types of the fields
   * @param profiles the stored profiles, by name
   */
  public record Node(
      QueryEncoder encoder,
      TargetMappings mappings,
      Supplier<Map<String, FusionProfile>> profiles) {}

  private NeuralTextQueryBuilder(Node node, Body body) {
    if (Strings.isEmpty(body.text)) {
      throw new IllegalArgumentException(
          "a query by [fields] must have a [text] that is not empty");
    }
    if (body.fields.isEmpty()) {
      throw new IllegalArgumentException("a query by [text] must have one or more [fields]");
    }
    int count = body.passages == null ? DEFAULT_PASSAGES : body.passages;
    if (count < 0 || count > MAX_PASSAGES) {
      throw new IllegalArgumentException(
          "a query by [fields] must have [passages] of 0 to "
              + MAX_PASSAGES
              + ", got ["
              + count
              + "]");
    }
    this.node = node;
    this.text = body.text;
    this.fields = List.copyOf(body.fields);
    this.passages = count;
    this.feedback = body.feedback;
    this.legs = List.copyOf(body.legs);
    this.options = body.options;
  }

  /** Reads a query from another node. */
  public NeuralTextQueryBuilder(Node node, StreamInput in) throws IOException {
    super(in);
    this.node = node;
    text = in.readString();
    fields = in.readList(WeightedField::new);
    passages = in.readVInt();
    feedback = in.readOptionalWriteable(Feedback::new);
    legs = in.readList(FusionLeg::new);
    options = new FusionQueryBuilder(in);
  }

  @Override
  protected void doWriteTo(StreamOutput out) throws IOException {
    out.writeString(text);
    out.writeList(fields);
    out.writeVInt(passages);
    out.writeOptionalWriteable(feedback);
    out.writeList(legs);
    options.writeTo(out);
  }

  /** The text that is looked for. */
  public String text() {
    return text;
  }

  /** The fields of text that it is looked for in, by the mappings of a search's indices. */
  public List<String> textFields(SearchRequest search) {
    List<MappedFields> indices = node.mappings.searchedBy(search);
    return fields.stream()
        .map(WeightedField::name)
        .filter(name -> FieldLegs.isText(indices, name))
        .toList();
  }

  /** The objects of what is made of the texts in the indices of a search. */
  List<String> companions(SearchRequest search) {
    return node.mappings.searchedBy(search).stream()
        .flatMap(MappedFields::neural)
        .map(NeuralTextField::companion)
        .distinct()
        .toList();
  }

  /** The first such query in a query, or null. */
  public static NeuralTextQueryBuilder in(QueryBuilder query) {
    List<NeuralTextQueryBuilder> found = new ArrayList<>();
    query.visit(
        new QueryBuilderVisitor() {
          @Override
          public void accept(QueryBuilder part) {
            if (part instanceof NeuralTextQueryBuilder text) {
              found.add(text);
            }
          }

          @Override
          public QueryBuilderVisitor getChildVisitor(BooleanClause.Occur occur) {
            return this;
          }
        });
    return found.isEmpty() ? null : found.get(0);
  }

  /** What is said beside the text and its fields; its legs are not known before the mapping is. */
  FusionQueryBuilder options() {
    return options;
  }

  /** How many documents each leg gives. */
  public int window() {
    return options.window();
  }

  @Override
  public QueryBuilder filter(QueryBuilder added) {
    options.filter(added);
    return this;
  }

  /** What JSON says. */
  private static final class Body {
    private final List<WeightedField> fields = new ArrayList<>();
    private final List<FusionLeg> legs = new ArrayList<>();
    private final FusionQueryBuilder options = new FusionQueryBuilder();
    private final Set<String> given = new HashSet<>();
    private String text;
    private Integer passages;
    private Feedback feedback;
    private String profile;

    private boolean parse(String key, XContentParser parser, OptionParser reader)
        throws IOException {
      given.add(key);
      switch (key) {
        case TEXT -> text = reader.string(parser);
        case FIELDS -> {
          reader.array(parser);
          while (parser.nextToken() != Token.END_ARRAY) {
            fields.add(WeightedField.parse(reader.string(parser)));
          }
        }
        case PASSAGES -> passages = reader.integer(parser);
        case Feedback.NAME -> feedback = Feedback.fromXContent(parser, reader);
        case FusionProfile.NAME -> profile = reader.string(parser);
        default -> {
          return options.parseOption(key, parser, reader, legs);
        }
      }
      return true;
    }

    /** Takes over the settings of the profile, if one is named. */
    private void settle(Node node) {
      if (profile != null) {
        options.profile(FusionProfile.Named.of(profile, node.profiles.get()), given);
      }
    }

    private boolean isByText() {
      return text != null || fields.isEmpty() == false || passages != null || feedback != null;
    }
  }

  /** Reads a {@code fusion}, by legs or by text and fields; the parser stands on its object. */
  static QueryBuilder fusionFromXContent(Node node, XContentParser parser) throws IOException {
    Body body = new Body();
    OptionParser reader = new OptionParser("[" + FusionQueryBuilder.NAME + "]");
    reader.parse(parser, (key, value) -> body.parse(key, value, reader));
    body.settle(node);
    return body.isByText() ? new NeuralTextQueryBuilder(node, body) : body.options.with(body.legs);
  }

  /**
   * Reads {@code {"field": "text"}}, {@code {"field": {"text": …, options}}}, or {@code {"text": …,
   * "fields": […], options}}; the parser stands on the object behind the query's name.
   */
  public static NeuralTextQueryBuilder fromXContent(Node node, XContentParser parser)
      throws IOException {
    return FusionQueryBuilder.parseInside(parser, inside -> parse(node, inside));
  }

  private static NeuralTextQueryBuilder parse(Node node, XContentParser parser) throws IOException {
    OptionParser reader = new OptionParser("[" + NAME + "]");
    reader.object(parser);
    Body body = new Body();
    try (XContentBuilder copy = JsonXContent.contentBuilder()) {
      copy.copyCurrentStructure(parser);
      BytesReference bytes = BytesReference.bytes(copy);
      String field = onlyKey(parser, bytes);
      try (XContentParser again = parser(parser, bytes)) {
        again.nextToken();
        if (field == null) {
          reader.parse(again, (key, value) -> body.parse(key, value, reader));
        } else {
          again.nextToken();
          again.nextToken();
          parseField(field, again, body);
        }
        body.settle(node);
        return new NeuralTextQueryBuilder(node, body);
      }
    }
  }

  /** Reads what stands under the name of a field. */
  private static void parseField(String field, XContentParser parser, Body body)
      throws IOException {
    OptionParser reader = new OptionParser("[" + NAME + "] on field [" + field + "]");
    if (parser.currentToken() == Token.START_OBJECT) {
      reader.parse(
          parser, (key, value) -> key.equals(FIELDS) == false && body.parse(key, value, reader));
    } else {
      body.text = reader.string(parser);
    }
    body.fields.add(WeightedField.parse(field));
  }

  private static XContentParser parser(XContentParser like, BytesReference bytes)
      throws IOException {
    return JsonXContent.jsonXContent.createParser(
        like.getXContentRegistry(), like.getDeprecationHandler(), bytes.streamInput());
  }

  /** The name of the field in an object that holds nothing else, or null. */
  private static String onlyKey(XContentParser like, BytesReference bytes) throws IOException {
    try (XContentParser parser = parser(like, bytes)) {
      Set<String> keys = parser.map().keySet();
      return keys.size() == 1 ? keys.iterator().next() : null;
    }
  }

  @Override
  protected QueryBuilder doRewrite(QueryRewriteContext context) throws IOException {
    QueryCoordinatorContext coordinator = context.convertToCoordinatorContext();
    if (coordinator == null) {
      throw new IllegalArgumentException(
          "[" + NAME + "] must be part of a search: elsewhere nothing can be fused");
    }
    List<MappedFields> indices = node.mappings.searchedBy(coordinator.getSearchRequest());
    if (indices.isEmpty()) {
      return new MatchNoneQueryBuilder();
    }
    FieldLegs made = new FieldLegs(node.encoder, indices, text, feedback);
    List<FusionLeg> all = new ArrayList<>();
    fields.forEach(field -> all.addAll(made.legs(field)));
    all.addAll(legs);
    return options
        .with(all)
        .shown(fields.stream().flatMap(field -> made.passages(field, passages)).toList())
        .standingFor(this);
  }

  @Override
  protected Query doToQuery(QueryShardContext context) {
    throw new IllegalArgumentException(
        "[" + NAME + "] must be part of a search: elsewhere nothing can be fused");
  }

  @Override
  protected void doXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject(NAME);
    builder.field(TEXT, text);
    builder.field(FIELDS, fields.stream().map(WeightedField::toString).toList());
    builder.field(PASSAGES, passages);
    if (feedback != null) {
      builder.field(Feedback.NAME, feedback);
    }
    if (legs.isEmpty() == false) {
      builder.field("legs", legs);
    }
    options.optionsToXContent(builder);
    builder.endObject();
  }

  @Override
  protected boolean doEquals(NeuralTextQueryBuilder other) {
    return text.equals(other.text)
        && fields.equals(other.fields)
        && passages == other.passages
        && Objects.equals(feedback, other.feedback)
        && legs.equals(other.legs)
        && options.equals(other.options);
  }

  @Override
  protected int doHashCode() {
    return Objects.hash(text, fields, passages, feedback, legs, options);
  }

  @Override
  public String getWriteableName() {
    return NAME;
  }
}
