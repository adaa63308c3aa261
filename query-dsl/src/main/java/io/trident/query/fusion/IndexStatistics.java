package io.trident.query.fusion;

import io.trident.query.dsl.LearnedSparseQueryBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.lucene.search.BooleanClause;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilderVisitor;

/**
 * Tells which queries score by statistics of the index, as BM25 does by how many documents have a
 * term. Their scores are comparable over shards only when the shards share their statistics, which
 * costs a round.
 */
final class IndexStatistics {

  private static final Set<String> UNUSED_BY =
      Set.of("learned_sparse", "dense", "max_sim", "knn", "match_all", "fused_documents");

  private IndexStatistics() {}

  /** Whether a part of a query that scores may use statistics; unknown queries may. */
  static boolean usedBy(QueryBuilder query) {
    List<QueryBuilder> visited = new ArrayList<>();
    query.visit(
        new QueryBuilderVisitor() {
          @Override
          public void accept(QueryBuilder part) {
            visited.add(part);
          }

          @Override
          public QueryBuilderVisitor getChildVisitor(BooleanClause.Occur occur) {
            return occur == BooleanClause.Occur.FILTER || occur == BooleanClause.Occur.MUST_NOT
                ? QueryBuilderVisitor.NO_OP_VISITOR
                : this;
          }
        });
    return visited.stream().allMatch(IndexStatistics::isFreeOf) == false;
  }

  private static boolean isFreeOf(QueryBuilder part) {
    if (part instanceof LearnedSparseQueryBuilder sparse && sparse.isWeightedByIdf()) {
      return false;
    }
    return UNUSED_BY.contains(part.getWriteableName()) || "bool".equals(part.getWriteableName());
  }
}
