/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import io.trident.models.api.Excerpt;
import io.trident.query.lucene.TopPassagesQuery;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.join.BitSetProducer;
import org.apache.lucene.search.join.ScoreMode;
import org.opensearch.common.lucene.search.Queries;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.mapper.ObjectMapper;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.InnerHitBuilder;
import org.opensearch.index.query.InnerHitContextBuilder;
import org.opensearch.index.query.NestedQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilderVisitor;
import org.opensearch.index.query.QueryRewriteContext;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.index.search.OpenSearchToParentBlockJoinQuery;

/**
 * {@code top_passages}: a {@code nested} query whose score is the sum of the {@code count} best
 * passages of a document, from the best one alone to all of them. {@code inner_hits} give the
 * passages, best first. Rankings of any granularity from one index of passages (AGRaME: Reddy et
 * al., 2024).
 */
public final class TopPassagesQueryBuilder extends AbstractQueryBuilder<TopPassagesQueryBuilder>
    implements StatisticsFree {

  /** The query's name. */
  public static final String NAME = "top_passages";

  /** The default of {@code count}: the best passage alone. */
  public static final int DEFAULT_COUNT = 1;

  /** The most passages that are summed: 1,000. */
  public static final int MAX_COUNT = 1_000;

  private static final String PATH = "path";
  private static final String QUERY = "query";
  private static final String COUNT = "count";
  private static final String INNER_HITS = "inner_hits";
  private static final String IGNORE_UNMAPPED = "ignore_unmapped";

  private final NestedQueryBuilder nested;
  private int count = DEFAULT_COUNT;

  /**
   * Makes a query that scores by the best passage.
   *
   * @param path the nested objects that are passages
   * @param query scores passages
   */
  public TopPassagesQueryBuilder(String path, QueryBuilder query) {
    this(new NestedQueryBuilder(path, query, ScoreMode.Max));
  }

  private TopPassagesQueryBuilder(NestedQueryBuilder nested) {
    this.nested = nested;
  }

  /** Reads a query from another node. */
  public TopPassagesQueryBuilder(StreamInput in) throws IOException {
    super(in);
    nested = new NestedQueryBuilder(in);
    count(in.readVInt());
  }

  @Override
  protected void doWriteTo(StreamOutput out) throws IOException {
    nested.writeTo(out);
    out.writeVInt(count);
  }

  /** The nested objects that are passages. */
  String path() {
    return nested.path();
  }

  /** Whether an index without the nested objects has no hits, instead of failing. */
  public TopPassagesQueryBuilder ignoreUnmapped(boolean ignore) {
    nested.ignoreUnmapped(ignore);
    return this;
  }

  /** How many passages are summed at most, 1 to 1,000. */
  public TopPassagesQueryBuilder count(int value) {
    if (value < 1 || value > MAX_COUNT) {
      throw new IllegalArgumentException(
          "["
              + NAME
              + "] must have ["
              + COUNT
              + "] of 1 to "
              + MAX_COUNT
              + ", got ["
              + value
              + "]");
    }
    count = value;
    return this;
  }

  /** Returns the passages, too. */
  public TopPassagesQueryBuilder innerHits(InnerHitBuilder innerHits) {
    nested.innerHit(innerHits);
    return this;
  }

  /** What {@link #fromXContent} reads. */
  private static final class Body {
    private String path;
    private QueryBuilder query;
    private InnerHitBuilder innerHits;
    private boolean ignoreUnmapped;
    private int count = DEFAULT_COUNT;
    private float boost = DEFAULT_BOOST;
    private String name;

    private boolean parse(String key, XContentParser parser, OptionParser options)
        throws IOException {
      switch (key) {
        case PATH -> path = options.string(parser);
        case QUERY -> query = options.query(parser);
        case INNER_HITS -> {
          options.object(parser);
          innerHits = InnerHitBuilder.fromXContent(parser);
        }
        case COUNT -> count = options.integer(parser);
        case IGNORE_UNMAPPED -> ignoreUnmapped = options.bool(parser);
        case "boost" -> boost = options.number(parser);
        case "_name" -> name = options.string(parser);
        default -> {
          return false;
        }
      }
      return true;
    }
  }

  /** Reads a query; the parser stands on the object behind its name. */
  public static TopPassagesQueryBuilder fromXContent(XContentParser parser) throws IOException {
    OptionParser options = new OptionParser("[" + NAME + "]");
    Body body = new Body();
    options.parse(parser, (key, value) -> body.parse(key, value, options));
    if (body.path == null || body.query == null) {
      throw new ParsingException(
          parser.getTokenLocation(),
          "[" + NAME + "] must have a [" + PATH + "] and a [" + QUERY + "]");
    }
    try {
      TopPassagesQueryBuilder query =
          new TopPassagesQueryBuilder(body.path, body.query)
              .count(body.count)
              .ignoreUnmapped(body.ignoreUnmapped)
              .boost(body.boost)
              .queryName(body.name);
      return body.innerHits == null ? query : query.innerHits(body.innerHits);
    } catch (IllegalArgumentException e) {
      throw new ParsingException(parser.getTokenLocation(), e.getMessage(), e);
    }
  }

  @Override
  protected void doXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject(NAME);
    builder.field(PATH, nested.path());
    builder.field(QUERY, nested.query());
    builder.field(COUNT, count);
    builder.field(IGNORE_UNMAPPED, nested.ignoreUnmapped());
    if (nested.innerHit() != null) {
      builder.field(INNER_HITS, nested.innerHit(), params);
    }
    printBoostAndQueryName(builder);
    builder.endObject();
  }

  @Override
  protected QueryBuilder doRewrite(QueryRewriteContext context) throws IOException {
    QueryBuilder rewritten = nested.rewrite(context);
    if (rewritten == nested) {
      return this;
    }
    return rewritten instanceof NestedQueryBuilder query
        ? new TopPassagesQueryBuilder(query).count(count)
        : rewritten;
  }

  @Override
  protected Query doToQuery(QueryShardContext context) throws IOException {
    ObjectMapper outer = context.nestedScope().getObjectMapper();
    if (outer != null && nested.path().startsWith(outer.fullPath() + ".") == false) {
      throw new IllegalArgumentException(
          "["
              + NAME
              + "] inside of [nested] must have a [path] below ["
              + outer.fullPath()
              + "], got ["
              + Excerpt.of(nested.path())
              + "]");
    }
    Query query = passages(context);
    if (query instanceof OpenSearchToParentBlockJoinQuery join) {
      BitSetProducer documents =
          context.bitsetFilter(
              outer == null ? Queries.newNonNestedFilter() : outer.nestedTypeFilter());
      return new TopPassagesQuery(join.getChildQuery(), documents, count);
    }
    return query;
  }

  /** To sum several passages all must be found, as for inner hits. */
  private Query passages(QueryShardContext context) throws IOException {
    boolean before = context.isInnerHitQuery();
    context.setInnerHitQuery(before || count > 1);
    try {
      return nested.toQuery(context);
    } finally {
      context.setInnerHitQuery(before);
    }
  }

  @Override
  protected void extractInnerHitBuilders(Map<String, InnerHitContextBuilder> innerHits) {
    InnerHitContextBuilder.extractInnerHits(nested, innerHits);
  }

  @Override
  public void visit(QueryBuilderVisitor visitor) {
    visitor.accept(this);
    nested.query().visit(visitor.getChildVisitor(BooleanClause.Occur.MUST));
  }

  @Override
  protected boolean doEquals(TopPassagesQueryBuilder other) {
    return nested.equals(other.nested) && count == other.count;
  }

  @Override
  protected int doHashCode() {
    return Objects.hash(nested, count);
  }

  @Override
  public String getWriteableName() {
    return NAME;
  }
}
