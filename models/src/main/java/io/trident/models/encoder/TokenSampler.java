/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import io.trident.models.onnx.OnnxGraph;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * Chooses the next token among the likeliest, by their probabilities (top-k sampling: Fan et al.,
 * 2018). Used by one thread.
 */
final class TokenSampler {

  private final int topK;
  private final SplittableRandom random;

  /**
   * Makes a sampler.
   *
   * @param topK how many tokens may be chosen; 1 for the likeliest always
   */
  TokenSampler(int topK, SplittableRandom random) {
    this.topK = topK;
    this.random = random;
  }

  private record Candidate(int token, float logit) {}

  /** The next token of a row, by the logits that follow its last token. */
  int next(OnnxGraph.Output logits, int row) {
    int width = logits.width();
    int last = (row + 1) * (int) logits.shape()[1] - 1;
    PriorityQueue<Candidate> likeliest =
        new PriorityQueue<>(
            (a, b) ->
                a.logit == b.logit
                    ? Integer.compare(b.token, a.token)
                    : Float.compare(a.logit, b.logit));
    for (int token = 0; token < width; token++) {
      float logit = logits.values()[last * width + token];
      logits.checkFinite(logit);
      if (likeliest.size() < topK || logit > likeliest.peek().logit) {
        likeliest.add(new Candidate(token, logit));
        if (likeliest.size() > topK) {
          likeliest.poll();
        }
      }
    }
    return draw(likeliest);
  }

  /** Draws from candidates, which are polled the least likely first. */
  private int draw(PriorityQueue<Candidate> candidates) {
    float largest = Float.NEGATIVE_INFINITY; // taken off, so that exp stays in range
    for (Candidate candidate : candidates) {
      largest = Math.max(largest, candidate.logit);
    }
    double sum = 0;
    for (Candidate candidate : candidates) {
      sum += Math.exp(candidate.logit - largest);
    }
    double drawn = topK == 1 ? 0 : random.nextDouble() * sum;
    while (candidates.size() > 1) {
      Candidate candidate = candidates.poll();
      drawn -= Math.exp(candidate.logit - largest);
      if (drawn < 0) {
        return candidate.token;
      }
    }
    return candidates.element().token;
  }
}
