/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts104;

import io.trident.codec.impacts.VectorTerms;
import java.io.IOException;
import java.util.Arrays;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.ArrayUtil;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.BytesRefHash;

/**
 * Inverts the vectors of a segment: from {@link VectorTerms} to postings by token. The tokens are
 * numbered and counted first. Then every posting goes to its place, by a counting sort over the
 * documents in their order, for as many tokens at a time as have some millions of postings: few
 * enough that the places which are written to next stay in the processor's caches. In memory are
 * five bytes per posting, and five for each of those that are sorted at a time.
 */
final class VectorInversion {

  /** How many postings are sorted at a time: 2^23, 40 MB. */
  private static final int MAX_POSTINGS = 1 << 23;

  private final int maxPostings;

  /** The distinct tokens; each has a number. */
  private final BytesRefHash tokens = new BytesRefHash();

  /** How many postings a token has, by its number. */
  private int[] counts = new int[1024];

  /** The numbers of the tokens of all vectors, one vector after the other. */
  private final int[] numbers;

  /** The impact of each of {@link #numbers}. */
  private final byte[] impacts;

  private int size;

  /** Where the vectors start in {@link #numbers}, and the last one ends. */
  private int[] starts = new int[1024];

  /** The documents in their order: each in the upper half, its vector in the lower half. */
  private long[] docs = new long[1024];

  private int docCount;

  /** Reads the vectors of a field. */
  VectorInversion(Terms terms) throws IOException {
    this(terms, MAX_POSTINGS);
  }

  /** The same with another number of postings that are sorted at a time. */
  VectorInversion(Terms terms, int maxPostings) throws IOException {
    this.maxPostings = maxPostings;
    int total = countTokens(terms);
    numbers = new int[total];
    impacts = new byte[total];
    int vector = 0;
    TermsEnum termsEnum = terms.iterator();
    PostingsEnum postings = null;
    for (BytesRef term = termsEnum.next(); term != null; term = termsEnum.next()) {
      postings = termsEnum.postings(postings, PostingsEnum.FREQS);
      addVector(term, addDocuments(postings, vector));
      starts = ArrayUtil.grow(starts, ++vector + 1);
      starts[vector] = size;
    }
    Arrays.sort(docs, 0, docCount);
  }

  private static int countTokens(Terms terms) throws IOException {
    int count = 0;
    TermsEnum termsEnum = terms.iterator();
    for (BytesRef term = termsEnum.next(); term != null; term = termsEnum.next()) {
      count += VectorTerms.countTokens(term);
    }
    return count;
  }

  /** Notes which documents have a vector, and returns how often it is had. */
  private int addDocuments(PostingsEnum postings, int vector) throws IOException {
    int before = docCount;
    while (postings.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) {
      for (int i = 0; i < postings.freq(); i++) {
        docs = ArrayUtil.grow(docs, docCount + 1);
        docs[docCount++] = (long) postings.docID() << Integer.SIZE | vector;
      }
    }
    return docCount - before;
  }

  private void addVector(BytesRef vector, int times) throws IOException {
    VectorTerms.forEachToken(
        vector,
        (token, impact) -> {
          int number = tokens.add(token);
          number = number < 0 ? -number - 1 : number; // of a token that was there
          counts = ArrayUtil.grow(counts, number + 1);
          counts[number] += times;
          numbers[size] = number;
          impacts[size++] = (byte) impact;
        });
  }

  /** Writes the postings of all tokens. */
  void writeTo(Impacts104FieldWriter field) throws IOException {
    int[] sorted = tokens.sort();
    int end;
    for (int start = 0; start < tokens.size(); start = end) {
      int postings = counts[sorted[start]];
      for (end = start + 1; end < tokens.size(); end++) {
        if (counts[sorted[end]] > maxPostings - postings) {
          break;
        }
        postings += counts[sorted[end]];
      }
      writeTokens(Arrays.copyOfRange(sorted, start, end), postings, field);
    }
  }

  /** Writes tokens that have so many postings. */
  private void writeTokens(int[] sorted, int postings, Impacts104FieldWriter field)
      throws IOException {
    int[] sortedDocs = new int[postings];
    byte[] sortedImpacts = new byte[postings];
    sort(places(sorted), sortedDocs, sortedImpacts);
    BytesRef token = new BytesRef();
    int place = 0;
    for (int number : sorted) {
      for (int end = place + counts[number]; place < end; place++) {
        field.add(sortedDocs[place], sortedImpacts[place] & 0xff);
      }
      field.finishTerm(tokens.get(number, token));
    }
  }

  /** Where the first posting of a token goes, by its number; -1 for those that are left out. */
  private int[] places(int[] sorted) {
    int[] places = new int[tokens.size()];
    Arrays.fill(places, -1);
    int place = 0;
    for (int number : sorted) {
      places[number] = place;
      place += counts[number];
    }
    return places;
  }

  /** Puts every posting at its place, and the place one further. */
  private void sort(int[] places, int[] sortedDocs, byte[] sortedImpacts) {
    for (int i = 0; i < docCount; i++) {
      int doc = (int) (docs[i] >>> Integer.SIZE);
      int vector = (int) docs[i];
      for (int j = starts[vector]; j < starts[vector + 1]; j++) {
        int place = places[numbers[j]];
        if (place >= 0) {
          sortedDocs[place] = doc;
          sortedImpacts[place] = impacts[j];
          places[numbers[j]]++;
        }
      }
    }
  }
}
