/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import io.trident.codec.impacts.VectorTerms;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.util.BytesRef;

/**
 * Scores documents without blocks, from all of them at once: such as a percolator tries, which no
 * segment of ours holds, and whose vectors are terms as {@link VectorTerms} makes them; and those
 * of a segment of ours whose reader shows other terms than are stored. Not thread-safe.
 */
final class UncodedImpacts extends Scorer {

  private final TreeMap<Integer, Long> sums = new TreeMap<>();
  private final SparseQueryVector vector;
  private final float boost;
  private final DocIdSetIterator documents;

  /**
   * Reads the terms.
   *
   * @param tokens whether each term is a token with impacts as frequencies, or a whole vector
   */
  UncodedImpacts(Terms terms, boolean tokens, SparseQueryVector vector, float boost)
      throws IOException {
    this.vector = vector;
    this.boost = boost;
    if (tokens) {
      addTokens(terms.iterator());
    } else {
      addVectors(terms.iterator());
    }
    this.documents =
        new AscendingDocuments(sums.keySet().stream().mapToInt(Integer::intValue).toArray());
  }

  private void addTokens(TermsEnum terms) throws IOException {
    for (int i = 0; i < vector.tokens().length; i++) {
      if (terms.seekExact(vector.tokens()[i])) {
        PostingsEnum postings = terms.postings(null, PostingsEnum.FREQS);
        while (postings.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) {
          sums.merge(postings.docID(), vector.weight(i) * postings.freq(), Long::sum);
        }
      }
    }
  }

  private void addVectors(TermsEnum vectors) throws IOException {
    Map<BytesRef, Long> weights = new HashMap<>();
    for (int i = 0; i < vector.tokens().length; i++) {
      weights.put(vector.tokens()[i], vector.weight(i));
    }
    for (BytesRef term = vectors.next(); term != null; term = vectors.next()) {
      long sum = sum(term, weights);
      PostingsEnum postings = vectors.postings(null, PostingsEnum.NONE);
      while (sum > 0 && postings.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) {
        sums.merge(postings.docID(), sum, Long::sum); // a long vector has several terms
      }
    }
  }

  private static long sum(BytesRef term, Map<BytesRef, Long> weights) throws IOException {
    long[] sum = {0};
    VectorTerms.forEachToken(
        term, (token, impact) -> sum[0] += weights.getOrDefault(token, 0L) * impact);
    return sum[0];
  }

  @Override
  public int docID() {
    return documents.docID();
  }

  @Override
  public DocIdSetIterator iterator() {
    return documents;
  }

  @Override
  public float score() {
    return boost * vector.score(sums.get(docID()));
  }

  @Override
  public float getMaxScore(int upTo) {
    return Float.POSITIVE_INFINITY;
  }
}
