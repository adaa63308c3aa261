/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.vectors;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Made-up vectors in the shape of those that models of page images give (ColPali: Faysse et al.,
 * 2024): 1,030 patches of 128 dimensions per page, in rows of 32, and 20 vectors per query. A patch
 * shows one of the page's 40 motifs, the first ones more often, as margins are, and mostly that of
 * the patch before it; pages share motifs. A query looks for patches of one page. Seeded.
 */
public final class PageVectors implements DataSet {

  /** Patches of a page. */
  public static final int PATCHES = 1_030;

  /** Dimensions of a vector. */
  public static final int DIMENSION = 128;

  /** Vectors of a query. */
  public static final int QUERY_VECTORS = 20;

  private static final int MOTIFS = 4_096;
  private static final int OF_PAGE = 40;
  private static final float CHANGE = 0.3f; // how often a patch shows another motif than the last
  private static final float PATCH_NOISE = 0.6f;
  private static final float QUERY_NOISE = 1;
  private static final long QUERY_SEED = 1L << 40;

  private final TokenBasis motifs = new TokenBasis(DIMENSION, MOTIFS);

  @Override
  public String name() {
    return "pages";
  }

  @Override
  public boolean hasTokens() {
    return true;
  }

  @Override
  public int documents(int limit, Consumer consumer) throws IOException {
    for (int page = 0; page < limit; page++) {
      consumer.accept(page, item(page(page), page));
    }
    return limit;
  }

  @Override
  public List<Item> queries(boolean expanded, int limit, int documents) {
    List<Item> queries = new ArrayList<>();
    for (int i = 0; i < limit; i++) {
      SplittableRandom random = new SplittableRandom(QUERY_SEED + i);
      int page = random.nextInt(documents);
      float[][] patches = page(page);
      float[][] vectors = new float[QUERY_VECTORS][];
      for (int q = 0; q < vectors.length; q++) {
        vectors[q] = near(patches[random.nextInt(PATCHES)], QUERY_NOISE, random);
      }
      queries.add(item(vectors, page));
    }
    return queries;
  }

  private static Item item(float[][] vectors, int page) {
    return new Item(
        null, null, null, new Tokens(new int[vectors.length], vectors), page / Item.GROUP);
  }

  private float[][] page(int number) {
    SplittableRandom random = new SplittableRandom(number);
    int[] shown = random.ints(OF_PAGE, 0, MOTIFS).toArray();
    float[][] patches = new float[PATCHES][];
    int motif = shown[0];
    for (int i = 0; i < PATCHES; i++) {
      if (random.nextFloat() < CHANGE) {
        motif = shown[(int) (OF_PAGE * Math.pow(random.nextDouble(), 2))];
      }
      patches[i] = near(motifs.vector(motif), PATCH_NOISE, random);
    }
    return patches;
  }

  /** A vector of length 1 beside another. */
  private static float[] near(float[] vector, float noise, SplittableRandom random) {
    float[] moved = vector.clone();
    TokenBasis.addGaussian(moved, random, noise / (float) Math.sqrt(DIMENSION));
    return TokenBasis.normalize(moved);
  }
}
