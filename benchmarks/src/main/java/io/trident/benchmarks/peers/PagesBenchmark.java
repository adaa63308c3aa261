/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.peers;

import io.trident.benchmarks.command.Arguments;
import io.trident.benchmarks.vectors.PageVectors;
import java.io.IOException;
import java.util.Map;

/**
 * The comparison of late interaction at the size of page images: 100 pages of 1,030 patches, sent
 * from outside, and queries of 20 vectors, beside k-NN's script, which scores but ten of the pages,
 * for it takes a second or two for these. The options are those of {@link PeersBenchmark}; {@code
 * --indices pages_1bit} leaves out all but one width, and with it the script.
 */
public final class PagesBenchmark {

  private static final Map<String, String> DEFAULTS =
      Map.of("comparisons", "pages", "documents", "100", "queries", "10", "out", "pages");

  private PagesBenchmark() {}

  /** Runs the comparison. */
  public static void main(String[] line) throws IOException {
    Arguments arguments = Arguments.parse(line, PeersBenchmark.options(DEFAULTS));
    PeersBenchmark.run(System.out, arguments, new PageVectors());
  }
}
