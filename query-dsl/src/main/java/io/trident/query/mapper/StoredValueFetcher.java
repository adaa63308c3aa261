package io.trident.query.mapper;

import java.io.IOException;
import java.util.List;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.opensearch.index.mapper.ValueFetcher;
import org.opensearch.search.lookup.SourceLookup;

/** Fetches a field's value from the index instead of the source. Not thread-safe. */
final class StoredValueFetcher implements ValueFetcher {

  private final VectorFieldType type;
  private LeafReader reader;

  StoredValueFetcher(VectorFieldType type) {
    this.type = type;
  }

  @Override
  public void setNextReader(LeafReaderContext context) {
    reader = context.reader();
  }

  @Override
  public List<Object> fetchValues(SourceLookup lookup) throws IOException {
    return type.storedValues(reader, lookup.docId());
  }
}
