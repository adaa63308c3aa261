package io.trident.query.fusion;

import io.trident.query.dsl.OptionParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.Query;
import org.apache.lucene.util.SetOnce;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.io.stream.NamedWriteableAwareStreamInput;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilderVisitor;
import org.opensearch.index.query.QueryCoordinatorContext;
import org.opensearch.index.query.QueryRewriteContext;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.internal.SearchContext;
import org.opensearch.search.sort.ScoreSortBuilder;

/**
 * {@code fusion}: fuses the rankings of several queries, its legs, into one. Each leg gives its
 * best {@code window} documents over all shards; their scores are normalised and combined once, on
 * the coordinating node, with no pipeline to configure. See docs/adr/0001.
 */
public final class FusionQueryBuilder extends AbstractQueryBuilder<FusionQueryBuilder> {

  /** The query's name. */
  public static final String NAME = "fusion";

  /** The default of {@code window}: 100 documents a leg. */
  public static final int DEFAULT_WINDOW = 100;

  /** The largest {@code window}: 10,000 documents a leg. */
  public static final int MAX_WINDOW = 10_000;

  /** The default of {@code rank_constant}: 60, as in the paper. */
  public static final int DEFAULT_RANK_CONSTANT = 60;

  /** The most legs: 8. */
  public static final int MAX_LEGS = 8;

  private static final int DEFAULT_SIZE = 10;

  private final List<FusionLeg> legs;
  private Combination combination = Combination.ARITHMETIC_MEAN;
  private Normalization normalization;
  private int rankConstant = DEFAULT_RANK_CONSTANT;
  private int window = DEFAULT_WINDOW;
  private QueryBuilder filter;

  /** Queries whose inner hits come with the fused documents; they match and score nothing. */
  private List<QueryBuilder> shown = List.of();

  /** Set while the legs run, and filled when they have. */
  private SetOnce<List<FusedDoc>> fused;

  /** The source of the request that the fusion is part of, while the legs run. */
  private SearchSourceBuilder whole;

  /** Fuses 1 to 8 legs. */
  public FusionQueryBuilder(List<FusionLeg> legs) {
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
                + leg.name()
                + "] twice");
      }
    }
    this.legs = List.copyOf(legs);
  }

  /** Reads a query from another node. */
  public FusionQueryBuilder(StreamInput in) throws IOException {
    super(in);
    legs = in.readList(FusionLeg::new);
    combination = in.readEnum(Combination.class);
    normalization = in.readBoolean() ? in.readEnum(Normalization.class) : null;
    rankConstant = in.readVInt();
    window = in.readVInt();
    filter = in.readOptionalNamedWriteable(QueryBuilder.class);
    shown = in.readNamedWriteableList(QueryBuilder.class);
  }

  @Override
  protected void doWriteTo(StreamOutput out) throws IOException {
    if (fused != null) {
      throw new IllegalStateException("[" + NAME + "] must not travel before it is rewritten");
    }
    out.writeList(legs);
    out.writeEnum(combination);
    out.writeBoolean(normalization != null);
    if (normalization != null) {
      out.writeEnum(normalization);
    }
    out.writeVInt(rankConstant);
    out.writeVInt(window);
    out.writeOptionalNamedWriteable(filter);
    out.writeNamedWriteableList(shown);
  }

  /** How the scores of a document become one; the weighted arithmetic mean by default. */
  public FusionQueryBuilder combination(Combination value) {
    combination = Objects.requireNonNull(value, "combination");
    return checkNormalization();
  }

  private FusionQueryBuilder checkNormalization() {
    if (combination == Combination.RRF && normalization != null) {
      throw new IllegalArgumentException(
          "["
              + NAME
              + "] with [combination] ["
              + combination
              + "] fuses ranks and takes no [normalization], got ["
              + normalization
              + "]");
    }
    return this;
  }

  /** How the scores of a leg are scaled; min_max by default, and not at all with rrf. */
  public FusionQueryBuilder normalization(Normalization value) {
    normalization = value;
    return checkNormalization();
  }

  /** The constant of reciprocal rank fusion, at least 1. */
  public FusionQueryBuilder rankConstant(int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "[" + NAME + "] must have a [rank_constant] of at least 1, got [" + value + "]");
    }
    rankConstant = value;
    return this;
  }

  /** How many documents each leg gives, 1 to 10,000. */
  public FusionQueryBuilder window(int value) {
    if (value < 1 || value > MAX_WINDOW) {
      throw new IllegalArgumentException(
          "[" + NAME + "] must have a [window] of 1 to " + MAX_WINDOW + ", got [" + value + "]");
    }
    window = value;
    return this;
  }

  /** How many documents each leg gives. */
  public int window() {
    return window;
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

  /** Reads a query from JSON; the parser stands on the object behind its name. */
  public static QueryBuilder fromXContent(NeuralTextQueryBuilder.Node node, XContentParser parser)
      throws IOException {
    return NeuralTextQueryBuilder.fusionFromXContent(node, parser);
  }

  /** Reads an option, or legs. */
  boolean parseOption(
      String key, XContentParser parser, OptionParser options, List<FusionLeg> parsed)
      throws IOException {
    switch (key) {
      case "legs" -> {
        options.array(parser);
        while (parser.nextToken() != Token.END_ARRAY) {
          parsed.add(FusionLeg.fromXContent(parser, parsed.size() + 1));
        }
      }
      case "combination" -> combination(option(key, options.string(parser), Combination.values()));
      case "normalization" ->
          normalization(option(key, options.string(parser), Normalization.values()));
      case "rank_constant" -> rankConstant(options.integer(parser));
      case "window" -> window(options.integer(parser));
      case "filter" -> filter(parseInnerQueryBuilder(parser));
      case "boost" -> boost(options.number(parser));
      case "_name" -> queryName(options.string(parser));
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Options before the legs are known. */
  FusionQueryBuilder() {
    this.legs = List.of();
  }

  /** The same options and filter with legs. */
  FusionQueryBuilder with(List<FusionLeg> otherLegs) {
    return with(otherLegs, filter);
  }

  private static <T extends Enum<T>> T option(String key, String value, T[] options) {
    return Arrays.stream(options)
        .filter(option -> option.toString().equals(value))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    String.format(
                        Locale.ROOT,
                        "[%s] must have a [%s] of %s, got [%s]",
                        NAME,
                        key,
                        Arrays.toString(options),
                        value)));
  }

  private FusionQueryBuilder with(List<FusionLeg> otherLegs, QueryBuilder otherFilter) {
    FusionQueryBuilder other =
        new FusionQueryBuilder(otherLegs)
            .combination(combination)
            .normalization(normalization)
            .rankConstant(rankConstant)
            .window(window)
            .boost(boost())
            .queryName(queryName());
    other.filter = otherFilter;
    other.shown = shown;
    return other;
  }

  @Override
  protected QueryBuilder doRewrite(QueryRewriteContext context) throws IOException {
    if (fused != null) {
      return fused.get() == null ? this : fusedDocuments(fused.get());
    }
    if (filter != null) {
      return with(filteredLegs(context.getWriteableRegistry()), null);
    }
    SearchRequest request = searchRequest(context);
    List<FusionLeg> rewritten = new ArrayList<>(legs.size());
    boolean changed = false;
    for (FusionLeg leg : legs) {
      QueryBuilder query = leg.query().rewrite(context);
      changed |= query != leg.query();
      rewritten.add(leg.withQuery(query));
    }
    if (changed) {
      return with(rewritten, null);
    }
    if (context.hasAsyncActions()) {
      return this;
    }
    return runLegs(request, context);
  }

  /** The legs with the filter in each; copies, because a query may take a filter into itself. */
  private List<FusionLeg> filteredLegs(NamedWriteableRegistry registry) throws IOException {
    List<FusionLeg> filtered = new ArrayList<>(legs.size());
    for (FusionLeg leg : legs) {
      try (BytesStreamOutput out = new BytesStreamOutput()) {
        out.writeNamedWriteable(leg.query());
        try (StreamInput in =
            new NamedWriteableAwareStreamInput(out.bytes().streamInput(), registry)) {
          QueryBuilder copy = in.readNamedWriteable(QueryBuilder.class);
          filtered.add(leg.withQuery(copy.filter(filter)));
        }
      }
    }
    return filtered;
  }

  private FusionQueryBuilder runLegs(SearchRequest request, QueryRewriteContext context) {
    FusionQueryBuilder running = with(legs, null);
    SetOnce<List<FusedDoc>> result = new SetOnce<>();
    running.fused = result;
    running.whole = request.source();
    context.registerAsyncAction(
        (client, listener) ->
            new FusionSearch(request, legs, window)
                .run(
                    client,
                    ActionListener.wrap(
                        windows -> {
                          result.set(fusion().fuse(windows, weights()));
                          listener.onResponse(null);
                        },
                        listener::onFailure)));
    return running;
  }

  private RankFusion fusion() {
    return new RankFusion(combination, effectiveNormalization(), rankConstant);
  }

  private Normalization effectiveNormalization() {
    if (normalization != null) {
      return normalization;
    }
    return combination == Combination.RRF ? Normalization.NONE : Normalization.MIN_MAX;
  }

  private double[] weights() {
    return legs.stream().mapToDouble(FusionLeg::weight).toArray();
  }

  private QueryBuilder fusedDocuments(List<FusedDoc> documents) {
    return new FusedDocsQueryBuilder(
            legs, shown, documents, whole != null && countsEverything(whole))
        .boost(boost())
        .queryName(queryName());
  }

  /**
   * Whether a search counts what matches a leg outside of its window, too. Such documents stand
   * below all others in a ranking; a search that is sorted by something else would show them among
   * the others, and so counts what it shows.
   */
  private static boolean countsEverything(SearchSourceBuilder source) {
    boolean counts =
        source.aggregations() != null
            || Objects.equals(source.trackTotalHitsUpTo(), SearchContext.TRACK_TOTAL_HITS_ACCURATE);
    return counts
        && (source.sorts() == null
            || source.sorts().isEmpty()
            || source.sorts().get(0) instanceof ScoreSortBuilder);
  }

  /** The search that the fusion is part of; it cannot be anything else. */
  private SearchRequest searchRequest(QueryRewriteContext context) {
    QueryCoordinatorContext coordinator = context.convertToCoordinatorContext();
    if (coordinator == null || coordinator.getSearchRequest() instanceof SearchRequest == false) {
      throw new IllegalArgumentException(
          "["
              + NAME
              + "] must be part of a search: other requests rank nothing that could be fused");
    }
    SearchRequest request = (SearchRequest) coordinator.getSearchRequest();
    SearchSourceBuilder source = request.source();
    if (source != null
        && (source.query() instanceof FusionQueryBuilder
            || source.query() instanceof NeuralTextQueryBuilder)) {
      int from = Math.max(source.from(), 0);
      int size = source.size() < 0 ? DEFAULT_SIZE : source.size();
      if ((long) from + size > window) {
        throw new IllegalArgumentException(
            "["
                + NAME
                + "] must have a [window] of at least [from] + [size], got a window of ["
                + window
                + "] with from ["
                + from
                + "] and size ["
                + size
                + "]");
      }
    }
    refuse(source != null && source.slice() != null, "[slice]");
    refuse(
        source != null && source.terminateAfter() != SearchContext.DEFAULT_TERMINATE_AFTER,
        "[terminate_after], which ends a search before its best documents are found");
    return request;
  }

  private static void refuse(boolean when, String what) {
    if (when) {
      throw new IllegalArgumentException("[" + NAME + "] cannot be combined with " + what);
    }
  }

  @Override
  protected Query doToQuery(QueryShardContext context) {
    throw new IllegalArgumentException(
        "[" + NAME + "] must be part of a search: other requests rank nothing that could be fused");
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
    builder.field("combination", combination.toString());
    if (normalization != null) {
      builder.field("normalization", normalization.toString());
    }
    builder.field("rank_constant", rankConstant);
    builder.field("window", window);
    if (filter != null) {
      builder.field("filter", filter);
    }
    printBoostAndQueryName(builder);
  }

  @Override
  protected boolean doEquals(FusionQueryBuilder other) {
    return legs.equals(other.legs)
        && combination == other.combination
        && normalization == other.normalization
        && rankConstant == other.rankConstant
        && window == other.window
        && Objects.equals(filter, other.filter)
        && shown.equals(other.shown);
  }

  @Override
  protected int doHashCode() {
    return Objects.hash(legs, combination, normalization, rankConstant, window, filter, shown);
  }

  @Override
  public String getWriteableName() {
    return NAME;
  }
}
