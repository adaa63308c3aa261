/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.source;

import io.trident.query.mapper.VectorFieldType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.Function;
import org.apache.lucene.index.DirectoryReader;
import org.opensearch.index.engine.Engine.Searcher;
import org.opensearch.index.engine.EngineConfig;
import org.opensearch.index.mapper.DocumentMapper;
import org.opensearch.index.mapper.FieldMapper;
import org.opensearch.index.mapper.ParseContext;

/**
 * The vectors of an engine's index, by its mapping.
 *
 * @param config the engine's
 */
record MappedVectors(EngineConfig config) {

  private VectorFieldType type(String path) {
    DocumentMapper mapper = config.getDocumentMapperForTypeSupplier().get().getDocumentMapper();
    return mapper.mappers().getMapper(path) instanceof FieldMapper field
            && field.fieldType() instanceof VectorFieldType type
        ? type
        : null;
  }

  /** Leaves vectors out of the source that is stored with a document. */
  void leaveOutOf(List<ParseContext.Document> documents) {
    List<String> leftOut = DerivedVectors.SETTING.get(config.getIndexSettings().getSettings());
    new LeftOutVectors(
            path -> {
              VectorFieldType type = type(path);
              return type != null && leftOut.contains(type.typeName()) ? type : null;
            })
        .leaveOutOf(documents);
  }

  /** A wrapper of searchers that see the sources with vectors before {@code outer} sees them. */
  Function<Searcher, Searcher> in(Function<Searcher, Searcher> outer) {
    return searcher -> outer.apply(whole(searcher));
  }

  private Searcher whole(Searcher searcher) {
    try {
      DirectoryReader reader = new RestoringReader(searcher.getDirectoryReader(), this::type);
      return new Searcher(
          searcher.source(),
          reader,
          searcher.getSimilarity(),
          searcher.getQueryCache(),
          searcher.getQueryCachingPolicy(),
          searcher);
    } catch (IOException e) {
      searcher.close();
      throw new UncheckedIOException(e);
    }
  }
}
