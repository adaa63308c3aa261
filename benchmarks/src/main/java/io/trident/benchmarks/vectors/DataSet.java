/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.vectors;

import java.io.IOException;
import java.util.List;

/** Documents and queries to measure with; the same at every call. */
public interface DataSet {

  /** Takes documents in order. */
  interface Consumer {
    /** Takes one document. */
    void accept(int number, Item document) throws IOException;
  }

  /** A name that tells this data set from others. */
  String name();

  /** Whether it has token vectors of its own, so that none need to be derived. */
  default boolean hasTokens() {
    return false;
  }

  /** Streams the first {@code limit} documents; returns how many there were. */
  int documents(int limit, Consumer consumer) throws IOException;

  /**
   * The first {@code limit} queries.
   *
   * @param expanded whether sparse vectors have expansion terms, some 29 in all, or only those of
   *     the text, some 7
   * @param documents how many documents are searched
   */
  List<Item> queries(boolean expanded, int limit, int documents) throws IOException;
}
