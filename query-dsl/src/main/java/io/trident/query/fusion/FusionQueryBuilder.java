package io.trident.query.fusion;

import io.trident.models.api.Excerpt;
import io.trident.query.dsl.DenseQueryBuilder;
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
import org.opensearch.common.CheckedFunction;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.common.io.stream.NamedWriteableAwareStreamInput;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
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
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.internal.SearchContext;

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

  /** The most legs: 16, which are those of five fields of text with their vectors. */
  public static final int MAX_LEGS = 16;

  /** How deep fusions may be nested: 5 in each other. */
  public static final int MAX_DEPTH = 5;

  private static final int DEFAULT_SIZE = 10;

  /** How many fusions are being parsed around a thread's parser. */
  private static final ThreadLocal<Integer> DEPTH = ThreadLocal.withInitial(() -> 0);

  private final List<FusionLeg> legs;
  private Combination combination = Combination.ARITHMETIC_MEAN;
  private Normalization normalization;
  private int rankConstant = DEFAULT_RANK_CONSTANT;
  private int window = DEFAULT_WINDOW;
  private QueryBuilder filter;

  /** Queries whose inner hits come with the fused documents; they match and score nothing. */
  private List<QueryBuilder> shown = List.of();

  /** The query of the request that this one stands for, or null when it is there itself. */
  private QueryBuilder origin;

  /** Set while the legs run, and filled with what they found when they have. */
  private SetOnce<FusedDocsQueryBuilder> fused;

  /** Fuses 1 to 16 legs. */
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
                + Excerpt.of(leg.name())
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
      case "filter" -> filter(options.query(parser));
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
                        Excerpt.of(value))));
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
      return fused.get() == null ? this : fused.get();
    }
    QueryCoordinatorContext coordinator = context.convertToCoordinatorContext();
    return coordinator != null && coordinator.getSearchRequest() instanceof SearchRequest search
        ? runLegs(search, context)
        : rewriteLegs(context);
  }

  private QueryBuilder runLegs(SearchRequest search, QueryRewriteContext context)
      throws IOException {
    FusionRole role = FusionRole.of(origin == null ? this : origin, search.source());
    if (search.source() != null) {
      checkSearch(search.source(), role);
    }
    FusionQueryBuilder running = with(preparedLegs(context.getWriteableRegistry()), null);
    SetOnce<FusedDocsQueryBuilder> result = new SetOnce<>();
    running.fused = result;
    context.registerAsyncAction(
        (client, listener) ->
            new FusionSearch(search, context, client, window)
                .run(
                    running.legs,
                    ActionListener.wrap(
                        windows -> {
                          result.set(fuse(windows, role));
                          listener.onResponse(null);
                        },
                        listener::onFailure)));
    return running;
  }

  /**
   * The legs as they are run: with the filter in each, and with as many neighbors as the window
   * has, where a query does not say how many. Copies, because both change queries, and the
   * request's are left as they are.
   */
  private List<FusionLeg> preparedLegs(NamedWriteableRegistry registry) throws IOException {
    if (filter == null && window <= DenseQueryBuilder.DEFAULT_K) {
      return legs;
    }
    List<FusionLeg> prepared = new ArrayList<>(legs.size());
    for (FusionLeg leg : legs) {
      QueryBuilder copy = copy(leg.query(), registry);
      copy.visit(new DenseNeighbors(window));
      prepared.add(leg.withQuery(filter == null ? copy : FilterPushdown.into(copy, filter)));
    }
    return prepared;
  }

  private static QueryBuilder copy(QueryBuilder query, NamedWriteableRegistry registry)
      throws IOException {
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      out.writeNamedWriteable(query);
      try (StreamInput in =
          new NamedWriteableAwareStreamInput(out.bytes().streamInput(), registry)) {
        return in.readNamedWriteable(QueryBuilder.class);
      }
    }
  }

  private FusedDocsQueryBuilder fuse(List<FusionSearch.Window> windows, FusionRole role) {
    List<FusionLeg> searched = new ArrayList<>(windows.size());
    List<List<RankFusion.Scored>> rankings = new ArrayList<>(windows.size());
    for (int i = 0; i < windows.size(); i++) {
      searched.add(legs.get(i).withQuery(windows.get(i).query()));
      rankings.add(windows.get(i).ranking());
    }
    double[] weights = legs.stream().mapToDouble(FusionLeg::weight).toArray();
    List<FusedDoc> documents =
        new RankFusion(combination, effectiveNormalization(), rankConstant).fuse(rankings, weights);
    FusedDocsQueryBuilder query = new FusedDocsQueryBuilder(searched, shown, documents, role);
    query.boost(boost()).queryName(queryName());
    return query;
  }

  private Normalization effectiveNormalization() {
    if (normalization != null) {
      return normalization;
    }
    return combination == Combination.RRF ? Normalization.NONE : Normalization.MIN_MAX;
  }

  /** Refuses a search that the fusion cannot be part of. */
  private void checkSearch(SearchSourceBuilder source, FusionRole role) {
    int from = Math.max(source.from(), 0);
    int size = source.size() < 0 ? DEFAULT_SIZE : source.size();
    if (role != FusionRole.PART && (long) from + size > window) {
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
    refuse(source.slice() != null, "[slice]");
    refuse(
        source.terminateAfter() != SearchContext.DEFAULT_TERMINATE_AFTER,
        "[terminate_after], which ends a search before its best documents are found");
  }

  private static void refuse(boolean when, String what) {
    if (when) {
      throw new IllegalArgumentException("[" + NAME + "] cannot be combined with " + what);
    }
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
    return (filter == null ? any : any.filter(filter).minimumShouldMatch(1)).toQuery(context);
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
