/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts;

import java.io.IOException;
import org.apache.lucene.index.Terms;

/**
 * The terms of an impact field, with what block-max pruning needs beside Lucene's own view of them.
 *
 * <p>Documents are cut into blocks of {@value #BLOCK_SIZE} consecutive documents (Mallia, Suel and
 * Tonellotto, SIGIR 2024). Thread-safe; its enums are not.
 */
public abstract class ImpactTerms extends Terms {

  /** Documents per block: 128. */
  public static final int BLOCK_SIZE = 128;

  /** How many blocks {@code maxDoc} documents take. */
  public static int blockCount(int maxDoc) {
    return (int) (((long) maxDoc + BLOCK_SIZE - 1) / BLOCK_SIZE);
  }

  @Override
  public abstract ImpactTermsEnum iterator() throws IOException;
}
