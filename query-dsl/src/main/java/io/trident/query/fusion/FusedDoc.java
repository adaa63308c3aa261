/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;

/**
 * A document of the fused ranking, with what each leg gave it. The arrays have one element per leg.
 *
 * @param key the document
 * @param score its score in the ranking
 * @param fused its fused score, before the request's other wishes for the ranking
 * @param pinned its place among the documents that are pinned on top, from 1; 0 for others
 * @param ranks its rank in each leg, from 1; 0 where the leg did not find it
 * @param scores the leg's own score
 * @param normalized the leg's score after normalization
 */
record FusedDoc(
    DocKey key,
    float score,
    float fused,
    int pinned,
    int[] ranks,
    float[] scores,
    float[] normalized)
    implements Writeable {

  /** Reads a document from another node. */
  FusedDoc(StreamInput in) throws IOException {
    this(
        new DocKey(in.readString(), in.readVInt(), in.readString()),
        in.readFloat(),
        in.readFloat(),
        in.readVInt(),
        in.readVIntArray(),
        in.readFloatArray(),
        in.readFloatArray());
  }

  /** A document that no leg found. */
  static FusedDoc notFound(DocKey key, int legs) {
    return new FusedDoc(key, 0, 0, 0, new int[legs], new float[legs], new float[legs]);
  }

  /** The document in its place among the pinned ones. */
  FusedDoc pinned(int place) {
    return new FusedDoc(key, score, fused, place, ranks, scores, normalized);
  }

  /** The document with another score in the ranking. */
  FusedDoc scored(float other) {
    return new FusedDoc(key, other, fused, pinned, ranks, scores, normalized);
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeString(key.index());
    out.writeVInt(key.shard());
    out.writeString(key.id());
    out.writeFloat(score);
    out.writeFloat(fused);
    out.writeVInt(pinned);
    out.writeVIntArray(ranks);
    out.writeFloatArray(scores);
    out.writeFloatArray(normalized);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FusedDoc that
        && key.equals(that.key)
        && score == that.score
        && fused == that.fused
        && pinned == that.pinned
        && Arrays.equals(ranks, that.ranks)
        && Arrays.equals(scores, that.scores)
        && Arrays.equals(normalized, that.normalized);
  }

  @Override
  public int hashCode() {
    return Objects.hash(key, score);
  }
}
