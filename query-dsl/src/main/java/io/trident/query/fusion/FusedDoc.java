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
 * @param ranks its rank in each leg, from 1; 0 where the leg did not find it
 * @param scores the leg's own score
 * @param normalized the leg's score after normalization
 */
record FusedDoc(DocKey key, float score, int[] ranks, float[] scores, float[] normalized)
    implements Writeable {

  /** Reads a document from another node. */
  FusedDoc(StreamInput in) throws IOException {
    this(
        new DocKey(in.readString(), in.readVInt(), in.readString()),
        in.readFloat(),
        in.readVIntArray(),
        in.readFloatArray(),
        in.readFloatArray());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeString(key.index());
    out.writeVInt(key.shard());
    out.writeString(key.id());
    out.writeFloat(score);
    out.writeVIntArray(ranks);
    out.writeFloatArray(scores);
    out.writeFloatArray(normalized);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FusedDoc that
        && key.equals(that.key)
        && score == that.score
        && Arrays.equals(ranks, that.ranks)
        && Arrays.equals(scores, that.scores)
        && Arrays.equals(normalized, that.normalized);
  }

  @Override
  public int hashCode() {
    return Objects.hash(key, score);
  }
}
