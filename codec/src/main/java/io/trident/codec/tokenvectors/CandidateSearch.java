/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors;

import io.trident.codec.encoding.MaxSimKernel;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.LongHeap;

/**
 * Finds the documents of a segment that promise the largest MaxSim, without reading their codes:
 * for each query vector the nearest centroids are probed, best first, and each of their documents
 * gets the centroid's similarity, once a query vector. What a document misses counts as much as the
 * first centroid that was not probed (WARP: Scheerer et al., SIGIR 2025). Not thread-safe.
 */
public final class CandidateSearch {

  private static final MaxSimKernel KERNEL = MaxSimKernel.best();
  private static final int CENTROID_BLOCK = 16;
  private static final int WINDOW = 1 << 16;

  private final CentroidLists lists;
  private final QueryTokenVectors query;
  private final int probes;
  private final NearestCentroids[] nearest;
  private long visited;

  /**
   * Documents of a segment, those that promise most first.
   *
   * @param documents their numbers
   * @param estimates of the MaxSim of each, which compare with those of other segments
   */
  public record Candidates(int[] documents, float[] estimates) {}

  /**
   * Prepares a search.
   *
   * @param lists of the segment
   * @param query of the lists' dimension
   * @param similarity of the field
   * @param probes centroids per query vector, at least 1
   */
  public CandidateSearch(
      CentroidLists lists, QueryTokenVectors query, TokenSimilarity similarity, int probes)
      throws IOException {
    this.lists = lists;
    this.query = query;
    this.probes = Math.min(probes, lists.count());
    this.nearest = new NearestCentroids[query.count()];
    Arrays.setAll(nearest, q -> new NearestCentroids(this.probes));
    scoreCentroids(query.columns(CentroidLists.ENCODING, similarity));
  }

  private void scoreCentroids(float[] columns) throws IOException {
    int dimension = query.dimension();
    int bits = CentroidLists.ENCODING.bits();
    FactorCode factor = CentroidLists.factors(dimension);
    int codeBytes = CentroidLists.codeBytes(dimension);
    int width = QueryTokenVectors.width(dimension, CentroidLists.ENCODING);
    int padded = query.paddedCount(CentroidLists.ENCODING);
    byte[] codes = new byte[CENTROID_BLOCK * codeBytes];
    float[] levels = new float[CENTROID_BLOCK * width];
    float[] factors = new float[CENTROID_BLOCK];
    float[] products = new float[CENTROID_BLOCK * padded];
    for (int from = 0; from < lists.count(); from += CENTROID_BLOCK) {
      int count = Math.min(CENTROID_BLOCK, lists.count() - from);
      lists.readCodes(from, count, codes);
      for (int i = 0, at = 0; i < count; i++, at += codeBytes) {
        factors[i] = factor.read(codes, at);
        KERNEL.unpack(
            codes, at + factor.bytes(), codeBytes - factor.bytes(), bits, levels, i * width);
      }
      KERNEL.multiply(levels, factors, CENTROID_BLOCK, width, columns, padded, products);
      for (int i = 0; i < count; i++) {
        for (int q = 0; q < nearest.length; q++) {
          nearest[q].add(products[i * padded + q], from + i);
        }
      }
    }
  }

  /** Documents and centroids that were met, a document as often as it was: a measure of work. */
  public long visited() {
    return visited;
  }

  /**
   * The candidates.
   *
   * @param count how many at most
   * @param accept the documents to choose from, or null for all
   * @return documents in ascending order
   */
  public int[] find(int count, Bits accept) throws IOException {
    int[] documents = search(count, accept).bestFirst().documents;
    Arrays.sort(documents);
    return documents;
  }

  /**
   * The candidates with what they promise.
   *
   * @param count how many at most
   * @param accept the documents to choose from, or null for all
   */
  public Candidates bestFirst(int count, Bits accept) throws IOException {
    Candidates found = search(count, accept).bestFirst();
    float missing = 0;
    for (NearestCentroids centroids : nearest) {
      missing += centroids.missing();
    }
    for (int i = 0; i < found.estimates.length; i++) {
      found.estimates[i] += missing;
    }
    return found;
  }

  private BestDocuments search(int count, Bits accept) throws IOException {
    int[][][] documents = readLists();
    BestDocuments best = new BestDocuments(count);
    float[] scores = new float[WINDOW];
    short[] stamps = new short[WINDOW];
    int[][] positions = new int[nearest.length][probes];
    for (int start = 0; start >= 0; start = nextWindow(documents, positions)) {
      Arrays.fill(scores, 0);
      Arrays.fill(stamps, (short) 0);
      int window = start & -WINDOW;
      for (int q = 0; q < nearest.length; q++) {
        for (int rank = 0; rank < probes; rank++) {
          positions[q][rank] =
              add(documents[q][rank], positions[q][rank], window, q, rank, scores, stamps);
        }
      }
      collect(window, scores, stamps, accept, best);
    }
    return best;
  }

  private int[][][] readLists() throws IOException {
    Map<Integer, int[]> read = new HashMap<>();
    int[][][] documents = new int[nearest.length][probes][];
    for (int q = 0; q < nearest.length; q++) {
      for (int rank = 0; rank < probes; rank++) {
        int centroid = nearest[q].centroids[rank];
        int[] list = read.get(centroid);
        if (list == null) {
          list = lists.documents(centroid);
          read.put(centroid, list);
        }
        visited += list.length;
        documents[q][rank] = list;
      }
    }
    return documents;
  }

  /** The smallest document that no window has met yet, or -1. */
  private static int nextWindow(int[][][] documents, int[][] positions) {
    int next = Integer.MAX_VALUE;
    for (int q = 0; q < documents.length; q++) {
      for (int rank = 0; rank < documents[q].length; rank++) {
        if (positions[q][rank] < documents[q][rank].length) {
          next = Math.min(next, documents[q][rank][positions[q][rank]]);
        }
      }
    }
    return next == Integer.MAX_VALUE ? -1 : next;
  }

  private int add(
      int[] list, int from, int window, int q, int rank, float[] scores, short[] stamps) {
    float gain = nearest[q].scores[rank] - nearest[q].missing();
    short stamp = (short) (q + 1);
    int at = from;
    for (; at < list.length; at++) {
      int slot = list[at] - window;
      if (slot >= WINDOW) {
        break;
      }
      if (stamps[slot] != stamp) {
        stamps[slot] = stamp;
        scores[slot] += gain;
      }
    }
    return at;
  }

  private static void collect(
      int window, float[] scores, short[] stamps, Bits accept, BestDocuments best) {
    for (int slot = 0; slot < WINDOW; slot++) {
      if (stamps[slot] != 0
          && best.competes(scores[slot])
          && (accept == null || accept.get(window + slot))) {
        best.add(scores[slot], window + slot);
      }
    }
  }

  /** The centroids nearest to one query vector, and one more for what is missing. */
  private static final class NearestCentroids {
    private final float[] scores;
    private final int[] centroids;

    private NearestCentroids(int probes) {
      scores = new float[probes + 1];
      centroids = new int[probes + 1];
      Arrays.fill(scores, Float.NEGATIVE_INFINITY);
    }

    private void add(float score, int centroid) {
      int at = scores.length - 1;
      if (score > scores[at]) {
        for (; at > 0 && score > scores[at - 1]; at--) {
          scores[at] = scores[at - 1];
          centroids[at] = centroids[at - 1];
        }
        scores[at] = score;
        centroids[at] = centroid;
      }
    }

    /** The similarity that a document has at most when no probed centroid is near it. */
    private float missing() {
      int last = scores.length - 1;
      return scores[last] == Float.NEGATIVE_INFINITY ? scores[last - 1] : scores[last];
    }
  }

  /** The documents with the largest scores; of equal ones the smaller document. */
  private static final class BestDocuments {
    private final LongHeap heap;
    private final int count;

    private BestDocuments(int count) {
      this.count = count;
      this.heap = new LongHeap(count);
    }

    private boolean competes(float score) {
      return heap.size() < count || Float.floatToIntBits(score) > heap.top() >>> Integer.SIZE;
    }

    /** Scores are 0 or more, so that their bits are in order. */
    private void add(float score, int document) {
      heap.insertWithOverflow(
          (long) Float.floatToIntBits(score) << Integer.SIZE | (Integer.MAX_VALUE - document));
    }

    private Candidates bestFirst() {
      int[] documents = new int[heap.size()];
      float[] scores = new float[documents.length];
      for (int i = documents.length - 1; i >= 0; i--) {
        long worst = heap.pop();
        documents[i] = Integer.MAX_VALUE - (int) worst;
        scores[i] = Float.intBitsToFloat((int) (worst >>> Integer.SIZE));
      }
      return new Candidates(documents, scores);
    }
  }
}
