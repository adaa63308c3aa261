/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.ConstantScoreQuery;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.FilterWeight;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Weight;

/**
 * Matches what one query matches, with its scores, and what any of some others matches, with a
 * score of 0: for counts and aggregations that cover more than the hits. To visitors it is a leaf:
 * each of the others is within the limit of clauses that Lucene sets a query, but together they may
 * be beyond it. Immutable, thread-safe.
 */
public final class WithOthersQuery extends Query {

  private final Query scored;
  private final List<Query> others;

  /**
   * Makes the query.
   *
   * @param scored gives the scores
   * @param others match, too
   */
  public WithOthersQuery(Query scored, List<Query> others) {
    this.scored = Objects.requireNonNull(scored, "scored");
    this.others = List.copyOf(others);
  }

  @Override
  public Query rewrite(IndexSearcher searcher) throws IOException {
    Query rewrittenScored = scored.rewrite(searcher);
    boolean changed = rewrittenScored != scored;
    List<Query> rewritten = new ArrayList<>(others.size());
    for (Query other : others) {
      Query query = other.rewrite(searcher);
      changed |= query != other;
      rewritten.add(query);
    }
    return changed ? new WithOthersQuery(rewrittenScored, rewritten) : this;
  }

  @Override
  public Weight createWeight(IndexSearcher searcher, ScoreMode scoreMode, float boost)
      throws IOException {
    BooleanQuery.Builder any = new BooleanQuery.Builder().add(scored, Occur.SHOULD);
    for (Query other : others) {
      any.add(new BoostQuery(new ConstantScoreQuery(other), 0), Occur.SHOULD);
    }
    return new FilterWeight(this, any.build().createWeight(searcher, scoreMode, boost)) {
      @Override
      public Explanation explain(LeafReaderContext context, int doc) throws IOException {
        Explanation explanation =
            searcher.createWeight(scored, ScoreMode.COMPLETE, boost).explain(context, doc);
        return explanation.isMatch() ? explanation : super.explain(context, doc);
      }
    };
  }

  @Override
  public void visit(QueryVisitor visitor) {
    visitor.visitLeaf(this);
  }

  @Override
  public String toString(String field) {
    return "with_others(" + scored.toString(field) + ", " + others.size() + " others)";
  }

  @Override
  public boolean equals(Object other) {
    return sameClassAs(other)
        && scored.equals(((WithOthersQuery) other).scored)
        && others.equals(((WithOthersQuery) other).others);
  }

  @Override
  public int hashCode() {
    return Objects.hash(classHash(), scored, others);
  }
}
