/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;

/**
 * Takes down what a {@link LearnedSparseQuery} does in one segment, for the profile of a search.
 * Called by the thread that searches the segment.
 */
@FunctionalInterface
public interface BlockCounts {

  /** What is counted. */
  enum Count {
    /** Blocks of documents in the segment. */
    BLOCKS,
    /** Blocks of which postings were read; for the others the bounds were enough. */
    BLOCKS_SCORED,
    /** Pairs of a term and a block whose postings were added up. */
    CELLS,
    /** Documents given to the collector. */
    DOCUMENTS
  }

  /** Takes nothing down. */
  BlockCounts NONE = (what, count) -> {};

  /** Adds to a count. */
  void add(Count what, int count);

  /** Finds who takes down what a query does in a segment. */
  @FunctionalInterface
  interface Source {

    /** Of searches that nobody counts. */
    Source NONE =
        new Source() {
          @Override
          public boolean areAsked(IndexSearcher searcher) {
            return false;
          }

          @Override
          public BlockCounts of(IndexSearcher searcher, Query query, LeafReaderContext leaf) {
            return BlockCounts.NONE;
          }
        };

    /** Whether somebody asks what the queries of a searcher do. */
    default boolean areAsked(IndexSearcher searcher) {
      return true;
    }

    /**
     * The counts, {@link BlockCounts#NONE} when nobody asks for them.
     *
     * @param query equal to no other of the search
     */
    BlockCounts of(IndexSearcher searcher, Query query, LeafReaderContext leaf);
  }
}
