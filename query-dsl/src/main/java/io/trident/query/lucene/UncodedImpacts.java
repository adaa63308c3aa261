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
 * Scores documents that no segment of ours holds, such as those that a percolator tries: their
 * vectors are terms as {@link VectorTerms} makes them. All are read at once. Not thread-safe.
 */
final class UncodedImpacts extends Scorer {

  private final TreeMap<Integer, Long> sums;
  private final SparseQueryVector vector;
  private final float boost;
  private final DocIdSetIterator documents;

  UncodedImpacts(Terms terms, SparseQueryVector vector, float boost) throws IOException {
    this.sums = sums(terms, vector);
    this.vector = vector;
    this.boost = boost;
    this.documents =
        new AscendingDocuments(sums.keySet().stream().mapToInt(Integer::intValue).toArray());
  }

  private static TreeMap<Integer, Long> sums(Terms terms, SparseQueryVector vector)
      throws IOException {
    Map<BytesRef, Long> weights = new HashMap<>();
    for (int i = 0; i < vector.tokens().length; i++) {
      weights.put(vector.tokens()[i], vector.weight(i));
    }
    TreeMap<Integer, Long> sums = new TreeMap<>();
    TermsEnum vectors = terms.iterator();
    for (BytesRef term = vectors.next(); term != null; term = vectors.next()) {
      long sum = sum(term, weights);
      PostingsEnum postings = vectors.postings(null, PostingsEnum.NONE);
      while (sum > 0 && postings.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) {
        sums.merge(postings.docID(), sum, Long::sum); // a long vector has several terms
      }
    }
    return sums;
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
