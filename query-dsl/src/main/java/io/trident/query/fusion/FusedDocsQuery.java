/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.query.dsl.WholeDocuments;
import io.trident.query.lucene.WithOthersQuery;
import java.util.List;
import java.util.Objects;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.opensearch.common.lucene.search.function.FunctionScoreQuery;

/**
 * The fused documents, as a search sees them, and the legs that found them, as highlighters do. A
 * search rewrites the query first and is left with what matches. The highlighters {@code plain} and
 * {@code fvh} do not rewrite, and of queries that they do not know find no terms: they know {@link
 * FunctionScoreQuery}, and look into its subquery. Immutable, thread-safe.
 */
final class FusedDocsQuery extends FunctionScoreQuery implements WholeDocuments {

  private final Query documents;
  private final List<Query> legs;
  private final FusionRole role;
  private final int others;

  /**
   * Makes the query.
   *
   * @param documents matches and scores the fused documents
   * @param legs what has terms to highlight, and what is counted or aggregated
   * @param role what the fusion is to its search
   * @param others how many fused documents there are beside, which are not asked for
   */
  FusedDocsQuery(Query documents, List<Query> legs, FusionRole role, int others) {
    super(anyOf(legs), null, DEFAULT_MAX_BOOST);
    this.documents = Objects.requireNonNull(documents, "documents");
    this.legs = List.copyOf(legs);
    this.role = role;
    this.others = others;
  }

  /** What any of the legs matches. */
  static Query anyOf(List<Query> legs) {
    BooleanQuery.Builder any = new BooleanQuery.Builder();
    legs.forEach(leg -> any.add(leg, Occur.SHOULD));
    return any.build();
  }

  /**
   * The fusion that a search's query is, whatever boosts it, and whatever another plugin demands of
   * its documents beside, as that the user may see them; null when it is none.
   */
  static FusedDocsQuery of(Query query) {
    return switch (query) {
      case FusedDocsQuery fused -> fused;
      case BoostQuery boosted -> of(boosted.getQuery());
      case BooleanQuery all ->
          all.clauses().stream()
              .filter(clause -> clause.occur() == Occur.MUST)
              .map(clause -> of(clause.query()))
              .filter(Objects::nonNull)
              .findFirst()
              .orElse(null);
      default -> null;
    };
  }

  /** A search's query, with all that a leg matches in place of its fusion. */
  static Query withLegs(Query query) {
    return switch (query) {
      case FusedDocsQuery fused -> fused.withLegs();
      case BoostQuery boosted -> new BoostQuery(withLegs(boosted.getQuery()), boosted.getBoost());
      case BooleanQuery all -> {
        BooleanQuery.Builder builder =
            new BooleanQuery.Builder()
                .setMinimumNumberShouldMatch(all.getMinimumNumberShouldMatch());
        for (BooleanClause clause : all.clauses()) {
          boolean required = clause.occur() == Occur.MUST;
          builder.add(required ? withLegs(clause.query()) : clause.query(), clause.occur());
        }
        yield builder.build();
      }
      default -> query;
    };
  }

  FusionRole role() {
    return role;
  }

  /** How many fused documents there are beside those that it matches. */
  int others() {
    return others;
  }

  /** The fused documents alone. */
  Query documents() {
    return documents;
  }

  /** The fused documents and all that a leg matches. */
  Query withLegs() {
    return new WithOthersQuery(documents, legs);
  }

  @Override
  public Query rewrite(IndexSearcher searcher) {
    return role == FusionRole.AGGREGATED ? withLegs() : documents;
  }

  @Override
  public void visit(QueryVisitor visitor) {
    QueryVisitor child = visitor.getSubVisitor(Occur.SHOULD, this);
    legs.forEach(leg -> leg.visit(child));
  }

  @Override
  public String toString(String field) {
    return documents.toString(field);
  }

  @Override
  public boolean equals(Object other) {
    return super.equals(other)
        && documents.equals(((FusedDocsQuery) other).documents)
        && role == ((FusedDocsQuery) other).role
        && others == ((FusedDocsQuery) other).others;
  }

  @Override
  public int hashCode() {
    return Objects.hash(classHash(), documents, role, others);
  }
}
