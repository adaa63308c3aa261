/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.models.api.Excerpt;
import io.trident.query.dsl.OptionParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.Query;
import org.apache.lucene.util.SetOnce;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.common.CheckedFunction;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.MatchNoneQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilderVisitor;
import org.opensearch.index.query.QueryCoordinatorContext;
import org.opensearch.index.query.QueryRewriteContext;
import org.opensearch.index.query.QueryShardContext;

/**
 * {@code fusion}: fuses the rankings of several queries, its legs, into one. Each leg gives its
 * best {@code window} documents over all shards; their scores are normalised and combined once, on
 * the coordinating node, with no pipeline to configure. See docs/adr/0001.
 */
public final class FusionQueryBuilder extends AbstractQueryBuilder<FusionQueryBuilder> {

  /** The query's name. */
  public static final String NAME = "fusion";

  /** The default of {@code window}: 100 documents per leg. */
  public static final int DEFAULT_WINDOW = 100;

  /** The largest {@code window}: 10,000 documents per leg. */
  public static final int MAX_WINDOW = 10_000;

  /** The default of {@code rank_constant}: 60, as in the paper. */
  public static final int DEFAULT_RANK_CONSTANT = 60;

  /** The most legs: 16, which are those of five fields of text with their vectors. */
  public static final int MAX_LEGS = 16;

  /** The most documents that are {@code pinned}: 100. */
  public static final int MAX_PINNED = 100;

  /** The most documents that are {@code excluded}: 10,000. */
  public static final int MAX_EXCLUDED = 10_000;

  /** How deep fusions may be nested: 5 in each other. */
  public static final int MAX_DEPTH = 5;

  /** How many fusions are being parsed around a thread's parser. */
  private static final ThreadLocal<Integer> DEPTH = ThreadLocal.withInitial(() -> 0);

  private final List<FusionLeg> legs;
  private final FusionOptions options;
  private QueryBuilder filter;

  /** Queries whose inner hits come with the fused documents; they match and score nothing. */
  private List<QueryBuilder> shown = List.of();

  /** The query of the request that this one stands for, or null when it is there itself. */
  private QueryBuilder origin;

  /** Told what the legs found; null for nobody. It stays on the coordinating node. */
  private Consumer<LegWindows> observer;

  /** Set while the legs run, and filled with what they found when they have. */
  private SetOnce<FusedDocsQueryBuilder> fused;

  /** Fuses 1 to 16 legs. */
  public FusionQueryBuilder(List<FusionLeg> legs) {
    this(legs, new FusionOptions());
  }

  private FusionQueryBuilder(List<FusionLeg> legs, FusionOptions options) {
    if (legs.isEmpty() || legs.size() > MAX_LEGS) {
      throw new IllegalArgumentException(
          "[" + NAME + "] must have 1 to " + MAX_LEGS + " [legs], got [" + legs.size() + "]");
    }
    Set<String> names = new HashSet<>();
    for (FusionLeg leg : legs) {
      if (names.add(leg.name()) == false) {
        throw new IllegalArgumentException(
            "["
                + NAME
                + "] must have legs with names of their own, got ["
                + Excerpt.of(leg.name())
                + "] twice");
      }
    }
    options.check(legs);
    this.legs = List.copyOf(legs);
    this.options = options;
  }

  /** Reads a query from another node. */
  public FusionQueryBuilder(StreamInput in) throws IOException {
    super(in);
    legs = in.readList(FusionLeg::new);
    options = new FusionOptions(in);
    filter = in.readOptionalNamedWriteable(QueryBuilder.class);
    shown = in.readNamedWriteableList(QueryBuilder.class);
  }

  @Override
  protected void doWriteTo(StreamOutput out) throws IOException {
    if (fused != null) {
      throw new IllegalStateException("[" + NAME + "] must not travel before it is rewritten");
    }
    out.writeList(legs);
    options.writeTo(out);
    out.writeOptionalNamedWriteable(filter);
    out.writeNamedWriteableList(shown);
  }

  /** How the scores of a document become one; the weighted arithmetic mean by default. */
  public FusionQueryBuilder combination(Combination value) {
    options.combination(value);
    return this;
  }

  /** How the scores of a leg are scaled; min_max by default, and not at all with rrf. */
  public FusionQueryBuilder normalization(Normalization value) {
    options.normalization(value);
    return this;
  }

  /** The constant of reciprocal rank fusion, at least 1. */
  public FusionQueryBuilder rankConstant(int value) {
    options.rankConstant(value);
    return this;
  }

  /** How many documents each leg gives, 1 to 10,000. */
  public FusionQueryBuilder window(int value) {
    options.window(value);
    return this;
  }

  /** What a leg gives documents outside of its window; nothing by default. */
  public FusionQueryBuilder missing(Missing value) {
    options.missing(value);
    return this;
  }

  /** Whether each hit says what the legs gave it. */
  public FusionQueryBuilder scores(boolean value) {
    options.scores(value);
    return this;
  }

  /** The ids of documents on top, in order. */
  public FusionQueryBuilder pinned(List<String> ids) {
    options.pinned(ids);
    return this;
  }

  /** The ids of documents that are not found. */
  public FusionQueryBuilder excluded(List<String> ids) {
    options.excluded(ids);
    return this;
  }

  /** What a document must reach to be found; null for nothing. */
  FusionQueryBuilder minRelevance(MinRelevance value) {
    options.minRelevance(value);
    options.check(legs);
    return this;
  }

  /** What changes the fused scores; null for nothing. */
  FusionQueryBuilder boosts(ScoreBoosts value) {
    options.boosts(value);
    return this;
  }

  /** What leaves documents out of the top of the ranking; null for nothing. */
  FusionQueryBuilder collapse(NearDuplicates value) {
    options.collapse(value);
    return this;
  }

  /** What orders the top of the ranking; null for nothing. */
  FusionQueryBuilder diversify(Diversification value) {
    options.diversify(value);
    return this;
  }

  /** How many documents each leg gives. */
  public int window() {
    return options.window();
  }

  /** What every document must match, in every leg. */
  @Override
  public FusionQueryBuilder filter(QueryBuilder added) {
    if (AbstractQueryBuilder.validateFilterParams(added)) {
      filter = filter == null ? added : new BoolQueryBuilder().filter(filter).filter(added);
    }
    return this;
  }

  /** Returns the inner hits of queries with the fused documents, beside those of the legs. */
  FusionQueryBuilder shown(List<QueryBuilder> queries) {
    shown = List.copyOf(queries);
    return this;
  }

  /** Has somebody told what the legs found. */
  void observer(Consumer<LegWindows> value) {
    observer = value;
  }

  /** Says which query of the request has become this one. */
  FusionQueryBuilder standingFor(QueryBuilder query) {
    origin = query;
    return this;
  }

  /** Reads a query, unless too many are being read around it. */
  static <QB> QB parseInside(
      XContentParser parser, CheckedFunction<XContentParser, QB, IOException> read)
      throws IOException {
    int around = DEPTH.get();
    if (around == MAX_DEPTH) {
      throw new ParsingException(
          parser.getTokenLocation(),
          "["
              + NAME
              + "] must be nested at most ["
              + MAX_DEPTH
              + "] deep, got one inside of ["
              + around
              + "] others");
    }
    DEPTH.set(around + 1);
    try {
      return read.apply(parser);
    } catch (IllegalArgumentException e) {
      throw new ParsingException(parser.getTokenLocation(), e.getMessage(), e);
    } finally {
      DEPTH.set(around);
    }
  }

  /** Reads a query from JSON; the parser stands on the object behind its name. */
  public static QueryBuilder fromXContent(NeuralTextQueryBuilder.Node node, XContentParser parser)
      throws IOException {
    return parseInside(parser, inside -> NeuralTextQueryBuilder.fusionFromXContent(node, inside));
  }

  /** Reads an option, or legs. */
  boolean parseOption(
      String key, XContentParser parser, OptionParser reader, List<FusionLeg> parsed)
      throws IOException {
    switch (key) {
      case "legs" -> {
        reader.array(parser);
        while (parser.nextToken() != Token.END_ARRAY) {
          parsed.add(FusionLeg.fromXContent(parser, parsed.size() + 1));
        }
      }
      case "filter" -> filter(reader.query(parser));
      case "boost" -> boost(reader.number(parser));
      case "_name" -> queryName(reader.string(parser));
      default -> {
        return options.parse(key, parser, reader);
      }
    }
    return true;
  }

  /** Options before the legs are known. */
  FusionQueryBuilder() {
    this.legs = List.of();
    this.options = new FusionOptions();
  }

  /**
   * Takes over the settings of a profile.
   *
   * @param given the options that the request has itself
   */
  void profile(FusionProfile.Named profile, Set<String> given) {
    options.profile(profile, given);
  }

  /** The share of the profile when a cross-encoder reranks, or null. */
  Float firstStageWeight() {
    return options.firstStageWeight();
  }

  /** The same options and filter with legs, which get the weights of the profile. */
  FusionQueryBuilder with(List<FusionLeg> otherLegs) {
    return with(options.weighed(otherLegs), filter);
  }

  private FusionQueryBuilder with(List<FusionLeg> otherLegs, QueryBuilder otherFilter) {
    FusionQueryBuilder other =
        new FusionQueryBuilder(otherLegs, options.settled(otherLegs))
            .boost(boost())
            .queryName(queryName());
    other.filter = otherFilter;
    other.shown = shown;
    other.observer = observer;
    return other;
  }

  @Override
  protected QueryBuilder doRewrite(QueryRewriteContext context) throws IOException {
    if (fused != null) {
      return fused.get() == null ? this : fused.get();
    }
    QueryCoordinatorContext coordinator = context.convertToCoordinatorContext();
    return coordinator != null && coordinator.getSearchRequest() instanceof SearchRequest search
        ? runLegs(search, context)
        : rewriteLegs(context);
  }

  private QueryBuilder runLegs(SearchRequest search, QueryRewriteContext context)
      throws IOException {
    FusionRun run =
        new FusionRun(search, context, options, origin == null ? this : origin, observer);
    FusionQueryBuilder running = with(run.prepared(legs, options.filter(filter)), null);
    SetOnce<FusedDocsQueryBuilder> result = new SetOnce<>();
    running.fused = result;
    context.registerAsyncAction(
        (client, listener) ->
            run.start(
                client,
                running.legs,
                filter,
                this::fused,
                ActionListener.wrap(
                    query -> {
                      result.set(query);
                      listener.onResponse(null);
                    },
                    listener::onFailure)));
    return running;
  }

  private FusedDocsQueryBuilder fused(FusedRanking ranking, FusionRole role) {
    return new FusedDocsQueryBuilder(ranking, shown, role).boost(boost()).queryName(queryName());
  }

  /** Outside of a search: nothing is fused, but what is asked of the query is asked of its legs. */
  private QueryBuilder rewriteLegs(QueryRewriteContext context) throws IOException {
    List<FusionLeg> rewritten = new ArrayList<>(legs.size());
    boolean changed = false;
    boolean none = true;
    for (FusionLeg leg : legs) {
      QueryBuilder query = leg.query().rewrite(context);
      changed |= query != leg.query();
      none &= query instanceof MatchNoneQueryBuilder;
      rewritten.add(leg.withQuery(query));
    }
    QueryBuilder rewrittenFilter = filter == null ? null : filter.rewrite(context);
    if (none || rewrittenFilter instanceof MatchNoneQueryBuilder) {
      return new MatchNoneQueryBuilder();
    }
    return changed || rewrittenFilter != filter ? with(rewritten, rewrittenFilter) : this;
  }

  /** A query that is only checked is what any of the legs matches. */
  @Override
  protected Query doToQuery(QueryShardContext context) throws IOException {
    if (context.validate() == false) {
      throw new IllegalArgumentException(
          "["
              + NAME
              + "] must be part of a search: other requests rank nothing that could be fused");
    }
    BoolQueryBuilder any = new BoolQueryBuilder();
    legs.forEach(leg -> any.should(leg.query()));
    QueryBuilder wanted = options.filter(filter);
    return (wanted == null ? any : any.filter(wanted).minimumShouldMatch(1)).toQuery(context);
  }

  @Override
  public void visit(QueryBuilderVisitor visitor) {
    visitor.accept(this);
    QueryBuilderVisitor child = visitor.getChildVisitor(BooleanClause.Occur.SHOULD);
    legs.forEach(leg -> leg.query().visit(child));
  }

  @Override
  protected void doXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject(NAME);
    builder.startArray("legs");
    for (FusionLeg leg : legs) {
      leg.toXContent(builder, params);
    }
    builder.endArray();
    optionsToXContent(builder);
    builder.endObject();
  }

  /** Writes what is said beside the legs. */
  void optionsToXContent(XContentBuilder builder) throws IOException {
    options.toXContent(builder, EMPTY_PARAMS);
    if (filter != null) {
      builder.field("filter", filter);
    }
    printBoostAndQueryName(builder);
  }

  @Override
  protected boolean doEquals(FusionQueryBuilder other) {
    return legs.equals(other.legs)
        && options.equals(other.options)
        && Objects.equals(filter, other.filter)
        && shown.equals(other.shown);
  }

  @Override
  protected int doHashCode() {
    return Objects.hash(legs, options, filter, shown);
  }

  @Override
  public String getWriteableName() {
    return NAME;
  }
}
