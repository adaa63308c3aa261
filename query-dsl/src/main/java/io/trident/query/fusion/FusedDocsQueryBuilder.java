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

  private final List<FusionLeg> legs;
  private final List<QueryBuilder> shown;
  private final List<FusedDoc> documents;
  private final FusionRole role;

  /**
   * Makes the query.
   *
   * @param shown queries whose inner hits come with the documents; they match and score nothing
   * @param role what the fusion is to its search
   */
  FusedDocsQueryBuilder(
      List<FusionLeg> legs, List<QueryBuilder> shown, List<FusedDoc> documents, FusionRole role) {
    this.legs = legs;
    this.shown = shown;
    this.documents = documents;
    this.role = role;
  }

  /** Reads a query from another node. */
  public FusedDocsQueryBuilder(StreamInput in) throws IOException {
    super(in);
    legs = in.readList(FusionLeg::new);
    shown = in.readNamedWriteableList(QueryBuilder.class);
    documents =
        in.readList(
            item ->
                new FusedDoc(
                    new DocKey(item.readString(), item.readVInt(), item.readString()),
                    item.readFloat(),
                    item.readVIntArray(),
                    item.readFloatArray(),
                    item.readFloatArray()));
    role = in.readEnum(FusionRole.class);
  }

  @Override
  protected void doWriteTo(StreamOutput out) throws IOException {
    out.writeList(legs);
    out.writeNamedWriteableList(shown);
    out.writeCollection(
        documents,
        (stream, document) -> {
          stream.writeString(document.key().index());
          stream.writeVInt(document.key().shard());
          stream.writeString(document.key().id());
          stream.writeFloat(document.score());
          stream.writeVIntArray(document.ranks());
          stream.writeFloatArray(document.scores());
          stream.writeFloatArray(document.normalized());
        });
    out.writeEnum(role);
  }

  private List<FusedDoc> documentsOf(QueryShardContext context) {
    String index = context.getFullyQualifiedIndex().getName();
    return documents.stream()
        .filter(
            document ->
                document.key().index().equals(index)
                    && document.key().shard() == context.getShardId())
        .toList();
  }

  @Override
  protected QueryBuilder doRewrite(QueryRewriteContext context) throws IOException {
    QueryShardContext shard = context.convertToShardContext();
    if (shard != null && role == FusionRole.WHOLE && documentsOf(shard).isEmpty()) {
      return new MatchNoneQueryBuilder();
    }
    List<FusionLeg> rewritten = new ArrayList<>(legs.size());
    boolean changed = false;
    for (FusionLeg leg : legs) {
      QueryBuilder query = leg.query().rewrite(context);
      changed |= query != leg.query();
      rewritten.add(leg.withQuery(query));
    }
    List<QueryBuilder> rewrittenShown = rewrite(shown, context);
    return changed || rewrittenShown != shown
        ? new FusedDocsQueryBuilder(rewritten, rewrittenShown, documents, role)
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
    List<Query> queries = new ArrayList<>(legs.size());
    for (int leg = 0; leg < legs.size(); leg++) {
      queries.add(legQuery(leg, here, context));
    }
    Query fused =
        byId(
            here,
            (index, score, searcher, leaf, doc) ->
                explain(here.get(index), score, queries, searcher, leaf, doc));
    return new FusedDocsQuery(fused, queries, role);
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
    Query query = legs.get(leg).query().toQuery(context);
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
      IndexSearcher searcher,
      LeafReaderContext leaf,
      int doc)
      throws IOException {
    List<Explanation> details = new ArrayList<>(legs.size());
    for (int i = 0; i < legs.size(); i++) {
      FusionLeg leg = legs.get(i);
      if (document.ranks()[i] == 0) {
        details.add(Explanation.noMatch("leg [" + leg.name() + "] did not find it in its window"));
        continue;
      }
      Explanation own =
          searcher
              .createWeight(searcher.rewrite(queries.get(i)), ScoreMode.COMPLETE, 1)
              .explain(leaf, doc);
      details.add(
          Explanation.match(
              document.normalized()[i],
              "leg [" + leg.name() + "]",
              Explanation.match(document.ranks()[i], "rank"),
              Explanation.match(document.scores()[i], "score"),
              Explanation.match(leg.weight(), "weight"),
              own));
    }
    return Explanation.match(score, "fusion of:", details);
  }

  @Override
  protected void extractInnerHitBuilders(Map<String, InnerHitContextBuilder> innerHits) {
    legs.forEach(leg -> InnerHitContextBuilder.extractInnerHits(leg.query(), innerHits));
    shown.forEach(query -> InnerHitContextBuilder.extractInnerHits(query, innerHits));
  }

  @Override
  protected void doXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject(NAME).startArray("legs");
    for (FusionLeg leg : legs) {
      leg.toXContent(builder, params);
    }
    builder.endArray().field("documents", documents.size()).endObject();
  }

  @Override
  protected boolean doEquals(FusedDocsQueryBuilder other) {
    return legs.equals(other.legs)
        && shown.equals(other.shown)
        && documents.equals(other.documents)
        && role == other.role;
  }

  @Override
  protected int doHashCode() {
    return Objects.hash(legs, shown, documents, role);
  }

  @Override
  public String getWriteableName() {
    return NAME;
  }
}
