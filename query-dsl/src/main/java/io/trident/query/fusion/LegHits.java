/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.query.mapper.IdColumn;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.lucene.index.LeafReaderContext;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.document.DocumentField;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.search.SearchExtBuilder;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.fetch.FetchContext;
import org.opensearch.search.fetch.FetchSubPhase;
import org.opensearch.search.fetch.FetchSubPhaseProcessor;

/**
 * Asks for hits that have nothing but their {@code _id}, read from {@link IdColumn}, as a leg of a
 * fusion wants them, and, to tell how alike they are, a vector. Immutable.
 */
public final class LegHits extends SearchExtBuilder {

  /** The name between nodes. */
  public static final String NAME = "fusion_leg";

  private static final String NO_STORED_FIELDS = "_none_";

  private static final String VECTOR = "fusion_leg_vector";

  private final String field;

  /**
   * Makes a wish.
   *
   * @param field whose vectors the hits are to have, too; null for none
   */
  LegHits(String field) {
    this.field = field;
  }

  /** Reads the wish from another node. */
  public LegHits(StreamInput in) throws IOException {
    this(in.readOptionalString());
  }

  /** Makes the hits of a search such hits. */
  void askFor(SearchSourceBuilder source) {
    source.fetchSource(false).storedField(NO_STORED_FIELDS).ext(List.of(this));
  }

  /** The vectors of such hits. */
  static Map<DocKey, DocVector> vectors(SearchResponse response) {
    Map<DocKey, DocVector> vectors = new HashMap<>();
    for (SearchHit hit : response.getHits().getHits()) {
      DocumentField vector = hit.field(VECTOR);
      if (vector != null) {
        vectors.put(DocKey.of(hit, id(hit)), DocVector.of(vector.getValue()));
      }
    }
    return vectors;
  }

  /** The {@code _id} of such a hit. */
  static String id(SearchHit hit) {
    return hit.field(NAME).getValue();
  }

  /** Reads the {@code _id}s; part of every search, and idle in others. */
  public static final class Phase implements FetchSubPhase {

    @Override
    public FetchSubPhaseProcessor getProcessor(FetchContext context) {
      if (context.getSearchExt(NAME) instanceof LegHits hits) {
        return new Reading(
            hits.field == null
                ? null
                : DocumentVectors.of(hits.field, context.getQueryShardContext()));
      }
      return null;
    }
  }

  private static final class Reading implements FetchSubPhaseProcessor {
    private final DocumentVectors vectors;
    private IdColumn column;

    private Reading(DocumentVectors vectors) {
      this.vectors = vectors;
    }

    @Override
    public void setNextReader(LeafReaderContext context) throws IOException {
      column = IdColumn.of(context.reader());
      if (vectors != null) {
        vectors.setNextReader(context);
      }
    }

    @Override
    public void process(FetchSubPhase.HitContext hit) throws IOException {
      set(hit.hit(), column.id(hit.docId()));
      setVector(hit.hit(), vectors == null ? null : vectors.of(hit.sourceLookup()));
    }
  }

  /** Gives a hit its {@code _id}. */
  static void set(SearchHit hit, String id) {
    hit.setDocumentField(NAME, new DocumentField(NAME, List.of(id)));
  }

  /** Gives a hit its vector; none for null. */
  static void setVector(SearchHit hit, Object vector) {
    if (vector != null) {
      hit.setDocumentField(VECTOR, new DocumentField(VECTOR, List.of(vector)));
    }
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeOptionalString(field);
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    return builder.startObject(NAME).endObject();
  }

  @Override
  public String getWriteableName() {
    return NAME;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LegHits that && Objects.equals(field, that.field);
  }

  @Override
  public int hashCode() {
    return Objects.hash(NAME, field);
  }
}
