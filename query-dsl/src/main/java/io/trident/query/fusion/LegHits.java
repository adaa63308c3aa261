package io.trident.query.fusion;

import io.trident.query.mapper.IdColumn;
import java.io.IOException;
import java.util.List;
import org.apache.lucene.index.LeafReaderContext;
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
 * fusion wants them. Immutable.
 */
public final class LegHits extends SearchExtBuilder {

  /** The name between nodes. */
  public static final String NAME = "fusion_leg";

  private static final String NO_STORED_FIELDS = "_none_";

  private LegHits() {}

  /** Reads the wish from another node. */
  public LegHits(StreamInput in) {}

  /** Makes the hits of a search such hits. */
  static void askFor(SearchSourceBuilder source) {
    source.fetchSource(false).storedField(NO_STORED_FIELDS).ext(List.of(new LegHits()));
  }

  /** The {@code _id} of such a hit. */
  static String id(SearchHit hit) {
    return hit.field(NAME).getValue();
  }

  /** Reads the {@code _id}s; part of every search, and idle in others. */
  public static final class Phase implements FetchSubPhase {

    @Override
    public FetchSubPhaseProcessor getProcessor(FetchContext context) {
      return context.getSearchExt(NAME) == null ? null : new Ids();
    }
  }

  private static final class Ids implements FetchSubPhaseProcessor {
    private IdColumn column;

    @Override
    public void setNextReader(LeafReaderContext context) throws IOException {
      column = IdColumn.of(context.reader());
    }

    @Override
    public void process(FetchSubPhase.HitContext hit) throws IOException {
      set(hit.hit(), column.id(hit.docId()));
    }
  }

  /** Gives a hit its {@code _id}. */
  static void set(SearchHit hit, String id) {
    hit.setDocumentField(NAME, new DocumentField(NAME, List.of(id)));
  }

  @Override
  public void writeTo(StreamOutput out) {}

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
    return other instanceof LegHits;
  }

  @Override
  public int hashCode() {
    return NAME.hashCode();
  }
}
