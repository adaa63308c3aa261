/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.rerank;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.apache.lucene.tests.util.LuceneTestCase;

/** Rounds by a clock that a model moves; a text's score is its length. */
public class BudgetedScoringTests extends LuceneTestCase {

  private final List<Integer> rounds = new ArrayList<>();
  private long now;

  /** A hit of one text, or of several of which the first is the longest. */
  private static List<List<String>> texts(int hits, int perHit) {
    return IntStream.range(0, hits)
        .mapToObj(
            hit ->
                IntStream.range(0, perHit)
                    .mapToObj(text -> "x".repeat(hit + perHit - text))
                    .toList())
        .toList();
  }

  private BudgetedScoring scoring(List<List<String>> texts, long nanosPerText) {
    return new BudgetedScoring(texts, some -> score(some, nanosPerText), () -> now);
  }

  private CompletionStage<float[]> score(List<String> texts, long nanosPerText) {
    rounds.add(texts.size());
    now += nanosPerText * texts.size();
    float[] scores = new float[texts.size()];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = texts.get(i).length();
    }
    return CompletableFuture.completedFuture(scores);
  }

  private static float[] lengths(int hits, int perHit) {
    float[] lengths = new float[hits];
    for (int i = 0; i < hits; i++) {
      lengths[i] = i + perHit;
    }
    return lengths;
  }

  private static float[] join(CompletionStage<float[]> scores) {
    return scores.toCompletableFuture().join();
  }

  public void testWithoutABudgetAllIsOneRound() {
    int perHit = 1 + random().nextInt(3);
    assertArrayEquals(lengths(50, perHit), join(scoring(texts(50, perHit), 1_000).all()), 0);
    assertEquals(List.of(50 * perHit), rounds);
  }

  public void testRoundsGrowAndEndInTime() {
    // 2 in 20, 4 in 40, 8 in 80, and 60 are left
    assertArrayEquals(lengths(20, 1), join(scoring(texts(100, 1), 10).until(200)), 0);
    assertEquals(List.of(2, 4, 8, 6), rounds);
    assertEquals(200, now);
  }

  public void testTheFirstRoundIsRunWhateverItTakes() {
    now = random().nextInt();
    assertArrayEquals(lengths(2, 3), join(scoring(texts(10, 3), 10).until(now + 1)), 0);
    assertArrayEquals(lengths(1, 3), join(scoring(texts(1, 3), 10).until(now - 1)), 0);
    assertEquals(List.of(6, 3), rounds);
  }

  public void testHitsThatTakeNoTimeAreAllScored() {
    assertArrayEquals(lengths(1_000, 1), join(scoring(texts(1_000, 1), 0).until(1_000_000)), 0);
  }

  public void testABudgetIsKeptAtAnySteadyRate() {
    for (int i = 0; i < 100; i++) {
      now = 0;
      int hits = 1 + random().nextInt(200);
      long nanosPerText = 1L + random().nextInt(1_000);
      long end = random().nextInt(100_000);
      int scored = join(scoring(texts(hits, 1), nanosPerText).until(end)).length;
      int affordable = (int) Math.min(hits, Math.max(2, end / nanosPerText));
      assertEquals(affordable, scored, 0);
    }
  }

  public void testAFailureEndsTheRounds() {
    BudgetedScoring failing =
        new BudgetedScoring(
            texts(10, 1),
            some ->
                rounds.isEmpty()
                    ? score(some, 1)
                    : CompletableFuture.failedFuture(new IllegalStateException("broken")),
            () -> now);
    Exception failure = expectThrows(Exception.class, () -> join(failing.until(1_000)));
    assertEquals("broken", failure.getCause().getMessage());
  }
}
