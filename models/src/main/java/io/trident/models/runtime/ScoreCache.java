/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.runtime;

import io.trident.models.api.Sha256;
import io.trident.models.encoder.OnnxCrossEncoder.Pair;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps the latest scores of pairs, so that the next page of a ranking, and the same search again,
 * cost no model. A pair is known by half of its SHA-256: its texts are not kept. Thread-safe.
 */
final class ScoreCache {

  private record Key(String model, long version, long high, long low) {

    private static Key of(String model, long version, Pair pair) {
      byte[] query = pair.query().getBytes(StandardCharsets.UTF_16BE);
      MessageDigest sha256 = Sha256.start();
      sha256.update(ByteBuffer.allocate(Integer.BYTES).putInt(query.length).flip());
      sha256.update(query);
      ByteBuffer sum =
          ByteBuffer.wrap(sha256.digest(pair.text().getBytes(StandardCharsets.UTF_16BE)));
      return new Key(model, version, sum.getLong(), sum.getLong());
    }
  }

  private final LatestValues<Key, Float> scores;

  ScoreCache(int size) {
    scores = new LatestValues<>(size);
  }

  /**
   * Fills in the scores that are known.
   *
   * @param version of the loaded model, or -1, of which nothing is known
   * @param scores gets those of the pairs that are known
   * @return the places of the other pairs
   */
  List<Integer> take(String model, long version, List<Pair> pairs, float[] scores) {
    List<Integer> missing = new ArrayList<>();
    for (int i = 0; i < scores.length; i++) {
      Pair pair = pairs.get(i);
      Float score =
          version < 0 || pair.query() == null
              ? null
              : this.scores.get(Key.of(model, version, pair));
      if (score == null) {
        missing.add(i);
      } else {
        scores[i] = score;
      }
    }
    return missing;
  }

  /** Keeps a score, but for that of a text alone: documents are judged once. */
  void put(String model, long version, Pair pair, float score) {
    if (pair.query() != null) {
      scores.put(Key.of(model, version, pair), score);
    }
  }
}
