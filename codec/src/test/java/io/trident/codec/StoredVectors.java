/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec;

import static org.junit.Assert.assertEquals;

import io.trident.codec.impacts.ImpactBlocks;
import io.trident.codec.impacts.ImpactTerms;
import io.trident.codec.impacts.ImpactTermsEnum;
import io.trident.codec.tokenvectors.CandidateSearch;
import io.trident.codec.tokenvectors.QueryTokenVectors;
import io.trident.codec.tokenvectors.TokenVectorsValues;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues.DocIndexIterator;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.BytesRef;

/**
 * What an index holds of a {@link VectorDocument}.
 *
 * @param impacts as they are scored
 * @param floats its token vectors, coded as floats
 * @param codes its token vectors, coded
 * @param dense the floats of its dense vector
 */
record StoredVectors(
    Map<String, Integer> impacts, BytesRef floats, BytesRef codes, List<Float> dense) {

  static List<Float> list(float[] vector) {
    return IntStream.range(0, vector.length).mapToObj(i -> vector[i]).toList();
  }

  /** All documents of an index that are not deleted, by their id. */
  static Map<String, StoredVectors> read(DirectoryReader reader) throws IOException {
    Map<String, StoredVectors> documents = new TreeMap<>();
    for (LeafReaderContext context : reader.leaves()) {
      LeafReader leaf = context.reader();
      List<Map<String, Integer>> impacts = impacts(leaf);
      BinaryDocValues floats = leaf.getBinaryDocValues(AllFormatsCodec.FLOATS);
      BinaryDocValues codes = leaf.getBinaryDocValues(AllFormatsCodec.CODES);
      FloatVectorValues dense = leaf.getFloatVectorValues(AllFormatsCodec.DENSE);
      DocIndexIterator denseDocuments = dense.iterator();
      for (int doc = 0; doc < leaf.maxDoc(); doc++) {
        if (leaf.getLiveDocs() == null || leaf.getLiveDocs().get(doc)) {
          assertEquals(doc, denseDocuments.advance(doc));
          StoredVectors twice =
              documents.put(
                  leaf.storedFields().document(doc).get(VectorDocument.ID),
                  new StoredVectors(
                      impacts.get(doc),
                      value(floats, doc),
                      value(codes, doc),
                      list(dense.vectorValue(denseDocuments.index()))));
          assertEquals(null, twice);
        }
      }
      checkCandidates(leaf, AllFormatsCodec.FLOATS);
      checkCandidates(leaf, AllFormatsCodec.CODES);
    }
    return documents;
  }

  private static BytesRef value(BinaryDocValues values, int doc) throws IOException {
    assertEquals(doc, values.advance(doc));
    return BytesRef.deepCopyOf(values.binaryValue());
  }

  /** The impacts of each document, as a search for one token after the other adds them up. */
  private static List<Map<String, Integer>> impacts(LeafReader leaf) throws IOException {
    List<Map<String, Integer>> impacts = new ArrayList<>();
    for (int doc = 0; doc < leaf.maxDoc(); doc++) {
      impacts.add(new TreeMap<>());
    }
    if (leaf.terms(AllFormatsCodec.SPARSE) instanceof ImpactTerms terms) {
      ImpactTermsEnum token = terms.iterator();
      while (token.next() != null) {
        addImpacts(token.term().utf8ToString(), token.blocks(), impacts);
      }
    }
    return impacts;
  }

  private static void addImpacts(
      String token, ImpactBlocks blocks, List<Map<String, Integer>> impacts) throws IOException {
    int[] scores = new int[ImpactTerms.BLOCK_SIZE];
    byte[] maxima = blocks.maxima();
    for (int block = 0; block < maxima.length; block++) {
      Arrays.fill(scores, 0);
      int best = maxima[block] == 0 ? 0 : blocks.addScores(block, 1, scores);
      assertEquals(token, maxima[block] & 0xff, best);
      for (int place = 0; place < scores.length; place++) {
        if (scores[place] > 0) {
          impacts.get(block * ImpactTerms.BLOCK_SIZE + place).put(token, scores[place]);
        }
      }
    }
  }

  /** When all centroids are probed, all documents with tokens are candidates. */
  private static void checkCandidates(LeafReader leaf, String field) throws IOException {
    TokenVectorsValues values = (TokenVectorsValues) leaf.getBinaryDocValues(field);
    List<Integer> withTokens = new ArrayList<>();
    while (values.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) {
      if (values.tokenCount() > 0) {
        withTokens.add(values.docID());
      }
    }
    if (withTokens.isEmpty()) {
      return;
    }
    float[] query = new float[values.dimension()];
    query[0] = 1;
    CandidateSearch search =
        new CandidateSearch(
            values.centroidLists(),
            new QueryTokenVectors(query.length, query),
            values.similarity(),
            values.centroidLists().count());
    int[] found = search.find(leaf.maxDoc(), null);
    assertEquals(withTokens, Arrays.stream(found).boxed().toList());
  }
}
