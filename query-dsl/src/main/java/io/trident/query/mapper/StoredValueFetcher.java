/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.mapper;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.join.BitSetProducer;
import org.apache.lucene.util.BitSet;
import org.opensearch.index.mapper.ValueFetcher;
import org.opensearch.search.lookup.SourceLookup;

/**
 * Fetches a field's values from the index instead of the source: those of a document and of the
 * objects nested in it, or of such an object alone. Not thread-safe.
 */
final class StoredValueFetcher implements ValueFetcher {

  private final VectorFieldType type;
  private final BitSetProducer documents;
  private LeafReader reader;
  private BitSet roots;

  /**
   * Makes a fetcher.
   *
   * @param documents tells documents from objects nested in them, or null when none are
   */
  StoredValueFetcher(VectorFieldType type, BitSetProducer documents) {
    this.type = type;
    this.documents = documents;
  }

  @Override
  public void setNextReader(LeafReaderContext context) {
    reader = context.reader();
    try {
      roots = documents == null ? null : documents.getBitSet(context);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public List<Object> fetchValues(SourceLookup lookup) throws IOException {
    int doc = lookup.docId();
    boolean nested = roots == null || roots.get(doc) == false;
    if (nested) {
      return type.storedValues(reader, doc);
    }
    int first = doc == 0 ? doc : roots.prevSetBit(doc - 1) + 1;
    return type.storedValues(reader, first, lookup);
  }
}
