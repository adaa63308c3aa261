package io.trident.query.mapper;

import java.util.Map;
import org.opensearch.index.mapper.Mapper;
import org.opensearch.plugins.MapperPlugin;
import org.opensearch.plugins.Plugin;

/** Brings our field types to a test. */
public final class VectorFieldsPlugin extends Plugin implements MapperPlugin {
  @Override
  public Map<String, Mapper.TypeParser> getMappers() {
    return Map.of(
        ImpactVectorFieldMapper.CONTENT_TYPE, ImpactVectorFieldMapper.PARSER,
        TokenVectorsFieldMapper.CONTENT_TYPE, TokenVectorsFieldMapper.PARSER,
        DenseVectorFieldMapper.CONTENT_TYPE, DenseVectorFieldMapper.PARSER);
  }
}
