/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import java.io.IOException;
import java.util.Objects;
import org.apache.lucene.index.FilterLeafReader;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.QueryTimeout;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.TaskExecutor;
import org.apache.lucene.search.join.DiversifyingChildrenFloatKnnVectorQuery;

/**
 * The nearest vectors of a field, as a search finds them, and nothing to a highlighter. The plain
 * one rewrites queries over a reader that gives the words of one text as the terms of every field,
 * and Lucene's query for vectors searches by its filter while it is rewritten: a filter by sparse
 * vectors would read words as vectors, and before Lucene 10.5 any filter fails. A field that a
 * reader hides has no vectors either: readers that hide fields take them out of their list of
 * fields and need not know that there are vectors, which Lucene's query reads without asking the
 * list. Immutable, thread-safe.
 */
public final class NearestVectorsQuery extends Query {

  private final String mapped;
  private final KnnFloatVectorQuery nearest;

  /**
   * Makes the query for vectors that Lucene keeps by another name than the mapping.
   *
   * @param mapped the field of the mapping that the vectors belong to: who may not see it, finds
   *     nothing
   * @param nearest Lucene's query for the nearest vectors, which finds them when it is rewritten
   */
  public NearestVectorsQuery(String mapped, KnnFloatVectorQuery nearest) {
    this.mapped = Objects.requireNonNull(mapped, "mapped");
    this.nearest = Objects.requireNonNull(nearest, "nearest");
  }

  /**
   * Makes the query.
   *
   * @param nearest Lucene's query for the nearest vectors, which finds them when it is rewritten
   */
  public NearestVectorsQuery(KnnFloatVectorQuery nearest) {
    this(nearest.getField(), nearest);
  }

  /** Lucene's query. */
  public Query nearest() {
    return nearest;
  }

  @Override
  public Query rewrite(IndexSearcher searcher) throws IOException {
    IndexReader reader = searcher.getIndexReader();
    if (isOneText(reader)) {
      return new MatchNoDocsQuery("the one text has no vectors");
    }
    if (isHidden(mapped, reader)) {
      return new MatchNoDocsQuery("no document has the field");
    }
    if (nearest instanceof DiversifyingChildrenFloatKnnVectorQuery && isInMemory(reader)) {
      return new MatchNoDocsQuery("the reader has no parents");
    }
    return nearest.rewrite(new FilterRewriter(searcher));
  }

  /** Whether a reader hides the name that Lucene keeps the vectors by. */
  boolean isHiddenIn(IndexReader reader) {
    return isHidden(nearest.getField(), reader);
  }

  /** Whether a field is in no segment, as far as the reader shows. */
  private static boolean isHidden(String field, IndexReader reader) {
    return reader.leaves().stream()
        .allMatch(leaf -> leaf.reader().getFieldInfos().fieldInfo(field) == null);
  }

  /** Whether a highlighter reads its text as every field of an index. */
  static boolean isOneText(IndexReader reader) {
    return reader instanceof FilterLeafReader text && isInMemory(FilterLeafReader.unwrap(text));
  }

  /**
   * Such a reader is made for the moment: nothing of it can be kept, as which documents are
   * parents.
   */
  private static boolean isInMemory(IndexReader reader) {
    return reader.leaves().stream().anyMatch(leaf -> leaf.reader().getCoreCacheHelper() == null);
  }

  /**
   * A searcher that profiles nothing and otherwise does as another. Lucene's query for vectors
   * rewrites and searches its filter while it is rewritten itself, in segments side by side; the
   * timers of a profile fail at both.
   */
  private static final class FilterRewriter extends IndexSearcher {
    private final IndexSearcher searcher;

    private FilterRewriter(IndexSearcher searcher) {
      super(searcher.getTopReaderContext());
      this.searcher = searcher;
      setQueryCache(searcher.getQueryCache());
      setQueryCachingPolicy(searcher.getQueryCachingPolicy());
    }

    @Override
    public TaskExecutor getTaskExecutor() {
      return searcher.getTaskExecutor();
    }

    @Override
    public QueryTimeout getTimeout() {
      return searcher.getTimeout();
    }
  }

  @Override
  public void visit(QueryVisitor visitor) {
    nearest.visit(visitor);
  }

  @Override
  public String toString(String field) {
    return nearest.toString(field);
  }

  @Override
  public boolean equals(Object other) {
    return sameClassAs(other)
        && mapped.equals(((NearestVectorsQuery) other).mapped)
        && nearest.equals(((NearestVectorsQuery) other).nearest);
  }

  @Override
  public int hashCode() {
    return Objects.hash(classHash(), mapped, nearest);
  }
}
