/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import static io.trident.codec.impacts.ImpactTerms.BLOCK_SIZE;

import io.trident.query.lucene.BlockCounts.Count;
import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.Terms;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.FixedBitSet;

/** Compares bounds and sums of blocks with the stored impacts. */
public class TestQueryBlocks extends LearnedSparseTestCase {

  /** A segment, and what a query finds in it by the stored impacts. */
  private final class Segment {
    private final LeafReaderContext leaf;
    private final SparseQueryVector vector;
    private final String[] tokens;
    private final long[] sums;

    /** The largest impact of each token in each block. */
    private final int[][] maxima;

    private Segment(LeafReaderContext leaf, SparseQueryVector vector) throws IOException {
      this.leaf = leaf;
      this.vector = vector;
      this.tokens = tokens(vector);
      this.sums = new long[leaf.reader().maxDoc()];
      this.maxima = new int[tokens.length][(sums.length + BLOCK_SIZE - 1) / BLOCK_SIZE];
      StoredFields storedFields = leaf.reader().storedFields();
      for (int doc = 0; doc < sums.length; doc++) {
        Map<String, Integer> impacts = stored.get(storedFields.document(doc).get("id"));
        sums[doc] = sum(vector, tokens, impacts);
        for (int t = 0; t < tokens.length; t++) {
          int impact = impacts.getOrDefault(tokens[t], 0);
          maxima[t][doc / BLOCK_SIZE] = Math.max(maxima[t][doc / BLOCK_SIZE], impact);
        }
      }
    }

    private QueryBlocks blocks(Approximation approximation, BlockCounts counts) throws IOException {
      Terms terms = leaf.reader().terms(FIELD);
      return terms == null
          ? null
          : QueryBlocks.open(
              QueryBlocks.impactTerms(leaf.reader(), FIELD, terms),
              leaf.reader().maxDoc(),
              vector,
              approximation,
              counts);
    }

    private long bestOf(int block) {
      int end = Math.min(sums.length, (block + 1) * BLOCK_SIZE);
      return Arrays.stream(sums, block * BLOCK_SIZE, end).max().getAsLong();
    }

    private int largest(int token) {
      return Arrays.stream(maxima[token]).max().getAsInt();
    }

    /** What documents of a block may have when each token's impact is as large as it gets there. */
    private long boundOf(int block) {
      return IntStream.range(0, tokens.length)
          .mapToLong(t -> (long) vector.coarseWeight(t) * maxima[t][block])
          .sum();
    }
  }

  private Segment segment(LearnedSparseQuery query) throws IOException {
    LeafReaderContext largest =
        reader.leaves().stream().max(Comparator.comparingInt(leaf -> leaf.reader().maxDoc())).get();
    return new Segment(largest, query.vector());
  }

  /** A query of weights so different that its sums need more than an int. */
  private static LearnedSparseQuery wideQuery(int vocabulary) {
    List<String> tokens = IntStream.range(0, vocabulary).mapToObj(i -> "t" + i).toList();
    float[] weights = new float[vocabulary];
    for (int i = 0; i < vocabulary; i++) {
      weights[i] = (float) Math.pow(10, -9 * random().nextDouble());
    }
    LearnedSparseQuery query = new LearnedSparseQuery(FIELD, tokens, weights, QUANTIZER);
    assertFalse(query.vector().isNarrow());
    return query;
  }

  public void testSumsAreThoseOfTheStoredImpacts() throws IOException {
    index(1_500, 100, false);
    for (LearnedSparseQuery query : List.of(randomQuery(100), randomQuery(100), wideQuery(100))) {
      Segment segment = segment(query);
      QueryBlocks blocks = segment.blocks(Approximation.NONE, BlockCounts.NONE);
      if (blocks == null) {
        continue;
      }
      assertEquals(segment.maxima[0].length, blocks.count());
      for (int block = 0; block < blocks.count(); block++) {
        long best = segment.bestOf(block);
        assertTrue(blocks.bound(block) >= best);
        assertTrue(blocks.score(block, 1) || best == 0);
        for (int doc = block * BLOCK_SIZE; best > 0 && doc < segment.sums.length; doc++) {
          if (doc / BLOCK_SIZE == block) {
            assertEquals("document " + doc, segment.sums[doc], blocks.sum(doc % BLOCK_SIZE));
          }
        }
        long unit = 1L << query.vector().coarseness();
        assertTrue(
            "known by now", blocks.bound(block) >= best && blocks.bound(block) - best < unit);
      }
    }
  }

  public void testBoundsAreSumsOfTheLargestImpacts() throws IOException {
    index(1_500, 100, false);
    for (LearnedSparseQuery query : List.of(randomQuery(100), randomQuery(100), wideQuery(100))) {
      Segment segment = segment(query);
      QueryBlocks blocks = segment.blocks(Approximation.NONE, BlockCounts.NONE);
      for (int block = 0; blocks != null && block < blocks.count(); block++) {
        assertEquals(segment.boundOf(block) << query.vector().coarseness(), blocks.bound(block));
      }
    }
  }

  public void testTheMostPromisingBlocksHaveTheLargestBounds() throws IOException {
    index(2_000, 100, false);
    Segment segment = segment(randomQuery(100));
    QueryBlocks exact = segment.blocks(Approximation.NONE, BlockCounts.NONE);
    if (exact == null) {
      return;
    }
    List<Integer> expected =
        IntStream.range(0, exact.count())
            .boxed()
            .sorted(
                Comparator.comparingLong((Integer block) -> -segment.boundOf(block))
                    .thenComparing(Comparator.reverseOrder()))
            .toList();
    for (int count = 1; count <= exact.count() + 1; count++) {
      int most = Math.min(count, exact.count());
      List<Integer> best = Arrays.stream(exact.mostPromising(count)).boxed().toList();
      assertEquals(expected.subList(0, most), best);
      QueryBlocks some = segment.blocks(new Approximation(1, count, 1), BlockCounts.NONE);
      for (int block = 0; block < exact.count(); block++) {
        assertEquals(best.contains(block) ? exact.bound(block) : 0, some.bound(block));
      }
    }
  }

  /** The heaviest tokens that have the mass are bounded by block, the others by segment. */
  public void testBoundsOfAMassAreThoseOfTheHeaviestTokens() throws IOException {
    index(1_500, 100, false);
    Segment segment = segment(randomQuery(100));
    SparseQueryVector vector = segment.vector;
    int[] heaviest =
        IntStream.range(0, segment.tokens.length)
            .filter(t -> segment.largest(t) > 0)
            .boxed()
            .sorted(Comparator.comparingInt(t -> -vector.coarseWeight(t)))
            .mapToInt(Integer::intValue)
            .toArray();
    double all = Arrays.stream(heaviest).mapToDouble(vector::coarseWeight).sum();
    double mass = 0;
    for (int bounded = 1; bounded < heaviest.length; bounded++) {
      mass += vector.coarseWeight(heaviest[bounded - 1]) / all;
      float asked = (float) (mass - 0.5 * vector.coarseWeight(heaviest[bounded - 1]) / all);
      QueryBlocks blocks =
          segment.blocks(new Approximation(asked, Integer.MAX_VALUE, 1), BlockCounts.NONE);
      for (int block = 0; block < blocks.count(); block++) {
        long bound = 0;
        for (int t = 0; t < heaviest.length; t++) {
          int token = heaviest[t];
          int impact = t < bounded ? segment.maxima[token][block] : segment.largest(token);
          bound += (long) vector.coarseWeight(token) * impact;
        }
        assertEquals(bound << vector.coarseness(), blocks.bound(block));
      }
    }
  }

  public void testABlockBelowTheMinimumIsKnownToBe() throws IOException {
    index(1_500, 100, false);
    for (LearnedSparseQuery query : List.of(randomQuery(100), wideQuery(100))) {
      Segment segment = segment(query);
      QueryBlocks blocks = segment.blocks(Approximation.NONE, BlockCounts.NONE);
      for (int block = 0; blocks != null && block < blocks.count(); block++) {
        long best = segment.bestOf(block);
        if (best > 0) {
          assertTrue(blocks.score(block, best));
          assertFalse(blocks.score(block, best + (1L << query.vector().coarseness())));
          assertTrue(blocks.bound(block) >= best);
          assertTrue(blocks.bound(block) - best < 2L << query.vector().coarseness());
        }
      }
    }
  }

  public void testCountsBlocksOnceAndTokensEachTime() throws IOException {
    index(1_000, 30, false);
    Segment segment = segment(randomQuery(30));
    Map<Count, Integer> done = new EnumMap<>(Count.class);
    QueryBlocks blocks =
        segment.blocks(Approximation.NONE, (what, count) -> done.merge(what, count, Integer::sum));
    if (blocks == null) {
      return;
    }
    assertEquals(Map.of(Count.BLOCKS, segment.maxima[0].length), done);
    int cells = 0;
    for (int block = 0; block < blocks.count(); block++) {
      for (int[] maxima : segment.maxima) {
        cells += maxima[block] > 0 ? 2 : 0;
      }
      blocks.score(block, 1);
      blocks.score(block, 1);
    }
    assertEquals(blocks.count(), (int) done.get(Count.BLOCKS_SCORED));
    assertEquals(cells, (int) done.get(Count.CELLS));
  }

  public void testCostIsThatOfThePostingsOrOfTheDocuments() throws IOException {
    index(500, 100, false);
    Segment segment = segment(randomQuery(100));
    QueryBlocks blocks = segment.blocks(Approximation.NONE, BlockCounts.NONE);
    long postings = 0;
    for (String token : segment.tokens) {
      postings += segment.leaf.reader().docFreq(new Term(FIELD, token));
    }
    if (blocks != null) {
      assertEquals(Math.min(postings, segment.sums.length), blocks.cost());
    }
  }

  /** The threshold is a sum that so many live documents of the blocks looked at have. */
  public void testTheThresholdIsTheLeastOfTheBestOfThePromisingBlocks() throws IOException {
    index(4_000, 100, false);
    for (LearnedSparseQuery query : List.of(randomQuery(100), wideQuery(100))) {
      Segment segment = segment(query);
      FixedBitSet live = new FixedBitSet(segment.sums.length);
      for (int doc = 0; doc < segment.sums.length; doc++) {
        if (random().nextInt(3) > 0) {
          live.set(doc);
        }
      }
      for (FixedBitSet alive : Arrays.asList(live, null)) {
        QueryBlocks blocks = segment.blocks(Approximation.NONE, BlockCounts.NONE);
        if (blocks == null) {
          continue;
        }
        int hits = TestUtil.nextInt(random(), 1, 100);
        int most = Math.min(blocks.count() / 8, 32 + hits / 2);
        long[] best =
            Arrays.stream(blocks.mostPromising(Math.max(1, most)))
                .flatMap(b -> IntStream.range(b * BLOCK_SIZE, (b + 1) * BLOCK_SIZE))
                .filter(doc -> doc < segment.sums.length && (alive == null || alive.get(doc)))
                .mapToLong(doc -> segment.sums[doc])
                .filter(sum -> sum > 0)
                .sorted()
                .toArray();
        long expected = most == 0 || best.length < hits ? 1 : best[best.length - hits];
        assertEquals(expected, new Pruning(hits, alive).threshold(blocks));
        assertEquals(1, new Pruning(0, alive).threshold(blocks));
        assertEquals(1, new Pruning(most * BLOCK_SIZE + 1, alive).threshold(blocks));
      }
    }
  }
}
