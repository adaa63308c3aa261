/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.query.dsl.OptionParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;

/**
 * Leaves documents out of the top of a ranking that are much like a better one of it. Takes time in
 * the square of the window.
 *
 * @param top the documents that are compared
 * @param similarity the greatest cosine to a better document with which one stays
 */
record NearDuplicates(ComparedTop top, float similarity) implements Writeable, ToXContentObject {

  /** The name of the option, and of the search that reads vectors. */
  static final String NAME = "collapse";

  private static final String SIMILARITY = "similarity";

  NearDuplicates {
    ComparedTop.check(
        NAME, similarity >= 0 && similarity <= 1, "a [similarity] of 0 to 1", similarity);
  }

  /** Reads it from another node. */
  NearDuplicates(StreamInput in) throws IOException {
    this(new ComparedTop(NAME, in), in.readFloat());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    top.writeTo(out);
    out.writeFloat(similarity);
  }

  /** Reads it from JSON; the parser stands on its object. */
  static NearDuplicates fromXContent(XContentParser parser, OptionParser options)
      throws IOException {
    return ComparedTop.fromXContent(NAME, SIMILARITY, parser, options, NearDuplicates::new);
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    return top.toXContent(SIMILARITY, similarity, builder);
  }

  /**
   * The ranking without duplicates; pinned documents stay, and others are compared with them.
   *
   * @param vectors those of documents; one without is like no other
   * @param most how many documents are compared at most
   */
  FusedRanking apply(FusedRanking ranking, Map<DocKey, DocVector> vectors, int most) {
    List<FusedDoc> compared = top.of(ranking, most);
    List<FusedDoc> kept = new ArrayList<>(ranking.documents().size());
    List<DocVector> seen = new ArrayList<>();
    for (FusedDoc document : compared) {
      DocVector vector = vectors.get(document.key());
      if (document.pinned() > 0 || vector == null || isLikeNone(vector, seen)) {
        kept.add(document);
        if (vector != null) {
          seen.add(vector);
        }
      }
    }
    kept.addAll(ranking.documents().subList(compared.size(), ranking.documents().size()));
    return ranking.withDocuments(kept);
  }

  private boolean isLikeNone(DocVector vector, List<DocVector> seen) {
    return seen.stream().allMatch(other -> vector.cosine(other) <= similarity);
  }
}
