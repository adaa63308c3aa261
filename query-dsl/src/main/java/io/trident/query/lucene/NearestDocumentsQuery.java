/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import java.io.IOException;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.knn.KnnCollectorManager;

/**
 * Lucene's query for the nearest vectors, which compares the vector of a lone document without a
 * graph: the index in memory in which a percolator tries a document has none, and finds nothing
 * there without saying so. Immutable, thread-safe.
 */
public final class NearestDocumentsQuery extends KnnFloatVectorQuery {

  /**
   * Makes the query.
   *
   * @param field the vectors of documents
   * @param vector what they are compared with
   * @param k how many documents are found in a shard
   * @param filter matches the documents to look at, or null for all
   */
  public NearestDocumentsQuery(String field, float[] vector, int k, Query filter) {
    super(field, vector, k, filter);
  }

  @Override
  protected TopDocs approximateSearch(
      LeafReaderContext context, AcceptDocs documents, int limit, KnnCollectorManager collectors)
      throws IOException {
    return context.reader().maxDoc() == 1
        ? exactSearch(context, documents.iterator(), null)
        : super.approximateSearch(context, documents, limit, collectors);
  }
}
