package io.trident.codec.impacts;

import java.io.IOException;

/**
 * The postings of one term, window by window. The directory of windows (which ones, and the largest
 * impact in each) is in memory; the postings of a window are read by {@link #load}. Not
 * thread-safe.
 */
public abstract class ImpactWindows {

  /** How many documents hold the term. */
  public abstract int docFreq();

  /** How many windows hold the term. */
  public abstract int count();

  /** The number of the {@code index}-th of those windows; ascending. */
  public abstract int window(int index);

  /** The largest impact in the {@code index}-th window, a bound for every document of it. */
  public abstract int maxImpact(int index);

  /** Reads the postings of the {@code index}-th window, which the methods below then speak of. */
  public abstract void load(int index) throws IOException;

  /**
   * Adds {@code weight} times the largest impact of every block to that block's bound.
   *
   * @param bounds one bound a block of the window: {@link ImpactTerms#BLOCKS_PER_WINDOW}
   */
  public abstract void addBounds(int weight, int[] bounds);

  /**
   * Adds {@code weight} times the impact of every document to that document's score.
   *
   * @param blocks the blocks to visit, one bit each; scores of others may or may not be touched
   * @param scores one score a document of the window: {@link ImpactTerms#WINDOW_SIZE}
   */
  public abstract void addScores(int weight, long blocks, int[] scores);
}
