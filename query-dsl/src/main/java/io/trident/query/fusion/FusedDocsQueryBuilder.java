/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.query.dsl.StatisticsFree;
import io.trident.query.lucene.ScoredIdsQuery;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.util.BytesRef;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.index.mapper.IdFieldMapper;
import org.opensearch.index.mapper.Uid;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.InnerHitContextBuilder;
import org.opensearch.index.query.MatchNoneQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryRewriteContext;
import org.opensearch.index.query.QueryShardContext;

/**
 * What a {@code fusion} becomes on the coordinating node: the fused documents with their scores.
 * Clients do not write it. It keeps the legs, so that highlighting, inner hits, named queries and
 * explanations see them.
 */
public final class FusedDocsQueryBuilder extends AbstractQueryBuilder<FusedDocsQueryBuilder>
    implements StatisticsFree {

  /** The query's name between nodes. */
  public static final String NAME = "fused_documents";

  private final FusedRanking ranking;
  private final List<QueryBuilder> shown;
  private final FusionRole role;

  /**
   * Makes the query.
   *
   * @param shown queries whose inner hits come with the documents; they match and score nothing
   * @param role what the fusion is to its search
   */
  FusedDocsQueryBuilder(FusedRanking ranking, List<QueryBuilder> shown, FusionRole role) {
    this.ranking = ranking;
    this.shown = shown;
    this.role = role;
  }

  /** Makes the query of a ranking. */
  interface Maker {
    FusedDocsQueryBuilder of(FusedRanking ranking, FusionRole role);
  }

  /** The ranking that it matches and scores. */
  FusedRanking ranking() {
    return ranking;
  }

  /** Reads a query from another node. */
  public FusedDocsQueryBuilder(StreamInput in) throws IOException {
    super(in);
    ranking = new FusedRanking(in);
    shown = in.readNamedWriteableList(QueryBuilder.class);
    role = in.readEnum(FusionRole.class);
  }

  @Override
  protected void doWriteTo(StreamOutput out) throws IOException {
    ranking.writeTo(out);
    out.writeNamedWriteableList(shown);
    out.writeEnum(role);
  }

  private List<FusedDoc> documentsOf(QueryShardContext context) {
    return ranking.documentsOf(context.getFullyQualifiedIndex().getName(), context.getShardId());
  }

  private int othersOf(QueryShardContext context) {
    return ranking.othersOf(context.getFullyQualifiedIndex().getName(), context.getShardId());
  }

  @Override
  protected QueryBuilder doRewrite(QueryRewriteContext context) throws IOException {
    QueryShardContext shard = context.convertToShardContext();
    if (shard != null
        && role == FusionRole.WHOLE
        && documentsOf(shard).isEmpty()
        && othersOf(shard) == 0) {
      return new MatchNoneQueryBuilder();
    }
    List<FusionLeg> rewritten = new ArrayList<>(ranking.legs().size());
    boolean changed = false;
    for (FusionLeg leg : ranking.legs()) {
      QueryBuilder query = leg.query().rewrite(context);
      changed |= query != leg.query();
      rewritten.add(leg.withQuery(query));
    }
    List<QueryBuilder> rewrittenShown = rewrite(shown, context);
    return changed || rewrittenShown != shown
        ? new FusedDocsQueryBuilder(ranking.withLegs(rewritten), rewrittenShown, role)
        : this;
  }

  /** The queries as they are rewritten; the same list when none changes. */
  private static List<QueryBuilder> rewrite(List<QueryBuilder> queries, QueryRewriteContext context)
      throws IOException {
    List<QueryBuilder> rewritten = new ArrayList<>(queries.size());
    for (QueryBuilder query : queries) {
      rewritten.add(query.rewrite(context));
    }
    for (int i = 0; i < queries.size(); i++) {
      if (rewritten.get(i) != queries.get(i)) {
        return rewritten;
      }
    }
    return queries;
  }

  @Override
  protected Query doToQuery(QueryShardContext context) throws IOException {
    if (context.nestedScope().getObjectMapper() != null) {
      throw new IllegalArgumentException(
          "["
              + FusionQueryBuilder.NAME
              + "] must not stand inside of [nested]: put [nested] into its legs");
    }
    List<FusedDoc> here = documentsOf(context);
    List<Query> queries = new ArrayList<>(ranking.legs().size());
    for (int leg = 0; leg < ranking.legs().size(); leg++) {
      queries.add(legQuery(leg, here, context));
    }
    Query fused =
        byId(
            here,
            (index, score, searcher, leaf, doc) ->
                explain(here.get(index), score, queries, context, searcher, leaf, doc));
    return new FusedDocsQuery(fused, queries, role, othersOf(context));
  }

  private static Query byId(List<FusedDoc> documents, ScoredIdsQuery.Explainer explainer) {
    List<BytesRef> ids = documents.stream().map(d -> Uid.encodeId(d.key().id())).toList();
    float[] scores = new float[documents.size()];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = documents.get(i).score();
    }
    return new ScoredIdsQuery(IdFieldMapper.NAME, ids, scores, explainer);
  }

  /** A leg's query, whose names are given to none but the documents that the leg found. */
  private Query legQuery(int leg, List<FusedDoc> here, QueryShardContext context)
      throws IOException {
    Map<String, Query> outer = context.copyNamedQueries();
    Query query = ranking.legs().get(leg).query().toQuery(context);
    List<FusedDoc> found = here.stream().filter(document -> document.ranks()[leg] > 0).toList();
    context
        .copyNamedQueries()
        .forEach(
            (name, named) -> {
              if (outer.get(name) != named) {
                context.addNamedQuery(name, among(found, named));
              }
            });
    return query;
  }

  private static Query among(List<FusedDoc> found, Query query) {
    Query ids =
        byId(found, (index, score, searcher, leaf, doc) -> Explanation.match(score, "found"));
    return new BooleanQuery.Builder().add(query, Occur.MUST).add(ids, Occur.FILTER).build();
  }

  private Explanation explain(
      FusedDoc document,
      float score,
      List<Query> queries,
      QueryShardContext context,
      IndexSearcher searcher,
      LeafReaderContext leaf,
      int doc)
      throws IOException {
    List<Explanation> details = new ArrayList<>(ranking.legs().size());
    for (int i = 0; i < ranking.legs().size(); i++) {
      FusionLeg leg = ranking.legs().get(i);
      boolean found = document.ranks()[i] > 0;
      if (found == false && ranking.fusion().isComplete() == false) {
        details.add(Explanation.noMatch("leg [" + leg.name() + "] did not find it in its window"));
        continue;
      }
      Query query =
          found
              ? queries.get(i)
              : MissingScores.exact(leg.query(), context.getWriteableRegistry()).toQuery(context);
      Explanation own =
          searcher.createWeight(searcher.rewrite(query), ScoreMode.COMPLETE, 1).explain(leaf, doc);
      details.add(
          Explanation.match(
              document.normalized()[i],
              "leg [" + leg.name() + "]" + (found ? "" : ", completed: outside of its window"),
              Explanation.match(document.ranks()[i], "rank"),
              Explanation.match(document.scores()[i], "score"),
              Explanation.match(leg.weight(), "weight"),
              own));
    }
    String what =
        document.pinned() == 0 ? "fusion of:" : "pinned at " + document.pinned() + ", fusion of:";
    return Explanation.match(score, what, details);
  }

  @Override
  protected void extractInnerHitBuilders(Map<String, InnerHitContextBuilder> innerHits) {
    ranking.legs().forEach(leg -> InnerHitContextBuilder.extractInnerHits(leg.query(), innerHits));
    shown.forEach(query -> InnerHitContextBuilder.extractInnerHits(query, innerHits));
  }

  @Override
  protected void doXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject(NAME).startArray("legs");
    for (FusionLeg leg : ranking.legs()) {
      leg.toXContent(builder, params);
    }
    builder.endArray().field("documents", ranking.documents().size()).endObject();
  }

  @Override
  protected boolean doEquals(FusedDocsQueryBuilder other) {
    return ranking.equals(other.ranking) && shown.equals(other.shown) && role == other.role;
  }

  @Override
  protected int doHashCode() {
    return Objects.hash(ranking, shown, role);
  }

  @Override
  public String getWriteableName() {
    return NAME;
  }
}
