/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec;

import io.trident.codec.impacts.ImpactBlocks;
import io.trident.codec.impacts.ImpactTerms;
import io.trident.codec.impacts.ImpactTermsEnum;
import io.trident.codec.tokenvectors.CandidateSearch;
import io.trident.codec.tokenvectors.CentroidLists;
import io.trident.codec.tokenvectors.QueryTokenVectors;
import io.trident.codec.tokenvectors.TokenVectorsValues;
import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.DocValuesType;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.BytesRef;

/**
 * All that our formats answer of an index, as one number: every posting, block and bound of every
 * token, every token vector, its similarity to a query, and the candidates for that query.
 */
final class Answers {

  private long sum;

  private Answers() {}

  static long of(DirectoryReader reader) throws IOException {
    Answers answers = new Answers();
    for (LeafReaderContext leaf : reader.leaves()) {
      for (FieldInfo field : leaf.reader().getFieldInfos()) {
        answers.add(leaf.reader(), field);
      }
    }
    return answers.sum;
  }

  private void add(long answer) {
    sum = 31 * sum + answer;
  }

  private void add(LeafReader leaf, FieldInfo field) throws IOException {
    add(leaf.maxDoc());
    if (leaf.terms(field.name) instanceof ImpactTerms terms) {
      addPostings(terms.iterator(), leaf.maxDoc());
      addBlocks(terms, leaf.maxDoc());
    }
    if (field.getDocValuesType() == DocValuesType.BINARY
        && leaf.getBinaryDocValues(field.name) instanceof TokenVectorsValues values) {
      addTokens(values, leaf.maxDoc());
    }
  }

  private void addDocument(int document, int maxDoc) {
    add(Objects.checkIndex(document, maxDoc));
  }

  private void addPostings(ImpactTermsEnum terms, int maxDoc) throws IOException {
    PostingsEnum postings = null;
    for (BytesRef term = terms.next(); term != null; term = terms.next()) {
      add(term.hashCode());
      add(terms.docFreq());
      add(terms.totalTermFreq());
      postings = terms.postings(postings, PostingsEnum.FREQS);
      while (postings.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) {
        addDocument(postings.docID(), maxDoc);
        add(postings.freq());
      }
    }
  }

  private void addBlocks(ImpactTerms terms, int maxDoc) throws IOException {
    ImpactTermsEnum found = terms.iterator();
    ImpactTermsEnum all = terms.iterator();
    int[] scores = new int[ImpactTerms.BLOCK_SIZE];
    for (BytesRef term = all.next(); term != null; term = all.next()) {
      if (found.seekExact(term) == false) {
        continue;
      }
      ImpactBlocks blocks = found.blocks();
      add(blocks.maxImpact());
      byte[] maxima = blocks.maxima();
      for (int block = 0; block < maxima.length; block++) {
        add(maxima[block]);
        Arrays.fill(scores, 0);
        if (maxima[block] != 0) {
          add(blocks.addScores(block, 1, scores));
        }
        for (int place = 0; place < scores.length; place++) {
          if (scores[place] != 0) {
            addDocument(block * ImpactTerms.BLOCK_SIZE + place, maxDoc);
            add(scores[place]);
          }
        }
      }
    }
  }

  private void addTokens(TokenVectorsValues values, int maxDoc) throws IOException {
    if (values.nextDoc() == DocIdSetIterator.NO_MORE_DOCS) {
      return;
    }
    float[] flat = new float[3 * values.dimension()];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = i % 7 - 3;
    }
    QueryTokenVectors query = new QueryTokenVectors(values.dimension(), flat);
    do {
      addDocument(values.docID(), maxDoc);
      add(values.binaryValue().hashCode());
      add(Float.floatToIntBits(values.scorer(query).score()));
      for (int token = 0; token < values.tokenCount(); token++) {
        add(values.tokenId(token));
      }
    } while (values.nextDoc() != DocIdSetIterator.NO_MORE_DOCS);
    CentroidLists lists = values.centroidLists();
    if (lists != null) {
      addCandidates(new CandidateSearch(lists, query, values.similarity(), 3), maxDoc);
    }
  }

  private void addCandidates(CandidateSearch search, int maxDoc) throws IOException {
    for (int document : search.find(50, null)) {
      addDocument(document, maxDoc);
    }
  }
}
