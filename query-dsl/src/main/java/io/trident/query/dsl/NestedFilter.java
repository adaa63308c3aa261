/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import io.trident.models.api.Excerpt;
import io.trident.query.lucene.TopPassagesQuery;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.join.BitSetProducer;
import org.apache.lucene.search.join.ToChildBlockJoinQuery;
import org.opensearch.common.lucene.search.Queries;
import org.opensearch.index.mapper.FieldNamesFieldMapper;
import org.opensearch.index.mapper.ObjectMapper;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.ConstantScoreQueryBuilder;
import org.opensearch.index.query.NestedQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilderVisitor;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.index.search.OpenSearchToParentBlockJoinQuery;

/**
 * A filter inside of {@code nested} or {@code top_passages}: it may be on the nested objects that
 * are searched, on what they are nested in, or, in a {@code bool}, on both. Each clause is looked
 * up where its fields are; what matches there is joined to the nested objects in it. A clause
 * without fields, such as a script, is on the document.
 */
final class NestedFilter {

  private final QueryShardContext context;

  /** The nested objects that are searched, and those that they are nested in, outwards. */
  private final List<ObjectMapper> levels;

  private NestedFilter(QueryShardContext context, List<ObjectMapper> levels) {
    this.context = context;
    this.levels = levels;
  }

  /** The filter as Lucene's query, which matches documents of the current scope. */
  static Query toQuery(QueryBuilder filter, QueryShardContext context) throws IOException {
    List<ObjectMapper> levels = popUpTo(null, context);
    push(levels, context);
    return levels.isEmpty()
        ? filter.toQuery(context)
        : new NestedFilter(context, levels).toQuery(filter);
  }

  private Query toQuery(QueryBuilder filter) throws IOException {
    if (filter instanceof BoolQueryBuilder bool) {
      return toQuery(bool);
    }
    return filter instanceof ConstantScoreQueryBuilder constant
        ? toQuery(constant.innerQuery())
        : clause(filter);
  }

  private Query toQuery(BoolQueryBuilder bool) throws IOException {
    BooleanQuery.Builder clauses = new BooleanQuery.Builder();
    add(clauses, bool.must(), Occur.FILTER);
    add(clauses, bool.filter(), Occur.FILTER);
    add(clauses, bool.mustNot(), Occur.MUST_NOT);
    add(clauses, bool.should(), Occur.SHOULD);
    BooleanQuery query = clauses.build();
    if (query.clauses().isEmpty()) {
      return MatchAllDocsQuery.INSTANCE;
    }
    Query matching = Queries.applyMinimumShouldMatch(query, bool.minimumShouldMatch());
    return bool.adjustPureNegative() ? Queries.fixNegativeQueryIfNeeded(matching) : matching;
  }

  private void add(BooleanQuery.Builder query, List<QueryBuilder> clauses, Occur occur)
      throws IOException {
    for (QueryBuilder clause : clauses) {
      query.add(toQuery(clause), occur);
    }
  }

  private Query clause(QueryBuilder clause) throws IOException {
    Query query = onDocuments(clause);
    Set<String> fields = fields(query);
    clause.visit(new NestedPaths(fields));
    Set<String> paths =
        fields.stream().map(field -> pathOf(levelOf(field))).collect(Collectors.toSet());
    if (paths.size() > 1) {
      throw new IllegalArgumentException(
          "["
              + clause.getName()
              + "] in a [filter] inside of [nested] must be on fields of one of "
              + paths
              + ", where [] is the document, got "
              + Excerpt.of(fields)
              + ": give one query for each, in a [bool]");
    }
    ObjectMapper level = fields.isEmpty() ? null : levelOf(fields.iterator().next());
    return query instanceof MatchAllDocsQuery ? query : joined(clause, level);
  }

  /** The clause as it is outside of all nested objects, where every query can stand. */
  private Query onDocuments(QueryBuilder clause) throws IOException {
    BitSetProducer outer = context.getParentFilter();
    List<ObjectMapper> popped = popUpTo(null, context);
    try {
      context.setParentFilter(null);
      return clause.toQuery(context);
    } finally {
      push(popped, context);
      context.setParentFilter(outer);
    }
  }

  /**
   * Collects the paths that queries of nested objects have, outside of each other: such a query is
   * where its path is, whatever it looks into.
   */
  private static final class NestedPaths implements QueryBuilderVisitor {
    private final Set<String> paths;
    private boolean nested;

    private NestedPaths(Set<String> paths) {
      this.paths = paths;
    }

    @Override
    public void accept(QueryBuilder query) {
      String path = null;
      if (query instanceof NestedQueryBuilder ofObjects) {
        path = ofObjects.path();
      } else if (query instanceof TopPassagesQueryBuilder passages) {
        path = passages.path();
      }
      nested = path != null;
      if (nested) {
        paths.add(path);
      }
    }

    @Override
    public QueryBuilderVisitor getChildVisitor(Occur occur) {
      return nested ? NO_OP_VISITOR : new NestedPaths(paths);
    }
  }

  /** The innermost level that a field or path is in; null for the document. */
  private ObjectMapper levelOf(String name) {
    return levels.stream()
        .filter(level -> name.startsWith(level.fullPath() + "."))
        .findFirst()
        .orElse(null);
  }

  private static String pathOf(ObjectMapper level) {
    return level == null ? "" : level.fullPath();
  }

  /**
   * The fields that a query looks into; none of OpenSearch's own, which all levels share, and none
   * of nested objects that it joins.
   */
  private static Set<String> fields(Query query) {
    Set<String> fields = new TreeSet<>();
    query.visit(
        new QueryVisitor() {
          @Override
          public boolean acceptField(String field) {
            if (field != null && field.startsWith("_") == false) {
              fields.add(field);
            }
            return true;
          }

          @Override
          public void consumeTerms(Query leaf, Term... terms) {
            for (Term term : terms) {
              if (term.field().equals(FieldNamesFieldMapper.NAME)) {
                fields.add(term.text());
              }
            }
          }

          @Override
          public QueryVisitor getSubVisitor(Occur occur, Query parent) {
            boolean joins =
                parent instanceof OpenSearchToParentBlockJoinQuery
                    || parent instanceof TopPassagesQuery;
            return joins || parent instanceof WholeDocuments ? EMPTY_VISITOR : this;
          }
        });
    return fields;
  }

  /** What is nested in those objects of a level, or those documents, that a clause matches. */
  private Query joined(QueryBuilder clause, ObjectMapper level) throws IOException {
    if (level == levels.get(0)) {
      return clause.toQuery(context);
    }
    Query ofLevel = level == null ? Queries.newNonNestedFilter() : level.nestedTypeFilter();
    BitSetProducer outer = context.getParentFilter();
    List<ObjectMapper> popped = popUpTo(level, context);
    try {
      context.setParentFilter(level == null ? null : parents(level));
      return new ToChildBlockJoinQuery(
          Queries.filtered(clause.toQuery(context), ofLevel), context.bitsetFilter(ofLevel));
    } finally {
      push(popped, context);
      context.setParentFilter(outer);
    }
  }

  private BitSetProducer parents(ObjectMapper level) {
    int outer = levels.indexOf(level) + 1;
    return context.bitsetFilter(
        outer == levels.size()
            ? Queries.newNonNestedFilter()
            : levels.get(outer).nestedTypeFilter());
  }

  /** Leaves the scopes inside of a level. */
  private static List<ObjectMapper> popUpTo(ObjectMapper level, QueryShardContext context) {
    List<ObjectMapper> popped = new ArrayList<>();
    while (Objects.equals(context.nestedScope().getObjectMapper(), level) == false) {
      popped.add(context.nestedScope().previousLevel());
    }
    return popped;
  }

  private static void push(List<ObjectMapper> popped, QueryShardContext context) {
    for (int i = popped.size() - 1; i >= 0; i--) {
      context.nestedScope().nextLevel(popped.get(i));
    }
  }
}
