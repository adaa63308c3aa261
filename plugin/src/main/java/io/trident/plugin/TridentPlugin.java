package io.trident.plugin;

import io.trident.query.dsl.DenseQueryBuilder;
import io.trident.query.dsl.LearnedSparseQueryBuilder;
import io.trident.query.dsl.QueryEncoder;
import io.trident.query.fusion.FusedDocsQueryBuilder;
import io.trident.query.fusion.FusionQueryBuilder;
import io.trident.query.mapper.DenseVectorFieldMapper;
import io.trident.query.mapper.ImpactVectorFieldMapper;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.opensearch.index.IndexSettings;
import org.opensearch.index.codec.AdditionalCodecs;
import org.opensearch.index.mapper.Mapper;
import org.opensearch.plugins.EnginePlugin;
import org.opensearch.plugins.MapperPlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.plugins.SearchPlugin;

/** Neural retrieval for OpenSearch. Wires the modules; holds no logic. */
public final class TridentPlugin extends Plugin
    implements MapperPlugin, EnginePlugin, SearchPlugin {

  private final QueryEncoder queryEncoder = new QueryEncoder(() -> null, () -> null);

  @Override
  public Map<String, Mapper.TypeParser> getMappers() {
    return Map.of(
        ImpactVectorFieldMapper.CONTENT_TYPE, ImpactVectorFieldMapper.PARSER,
        DenseVectorFieldMapper.CONTENT_TYPE, DenseVectorFieldMapper.PARSER);
  }

  @Override
  public Optional<AdditionalCodecs> getAdditionalCodecs(IndexSettings indexSettings) {
    return Optional.of(new TridentCodecs());
  }

  @Override
  public List<QuerySpec<?>> getQueries() {
    return List.of(
        new QuerySpec<>(
            LearnedSparseQueryBuilder.NAME,
            in -> new LearnedSparseQueryBuilder(queryEncoder, in),
            parser -> LearnedSparseQueryBuilder.fromXContent(queryEncoder, parser)),
        new QuerySpec<>(
            DenseQueryBuilder.NAME,
            in -> new DenseQueryBuilder(queryEncoder, in),
            parser -> DenseQueryBuilder.fromXContent(queryEncoder, parser)),
        new QuerySpec<>(
            FusionQueryBuilder.NAME, FusionQueryBuilder::new, FusionQueryBuilder::fromXContent),
        new QuerySpec<>(
            FusedDocsQueryBuilder.NAME,
            FusedDocsQueryBuilder::new,
            parser -> {
              throw new IllegalArgumentException(
                  "unknown query [" + FusedDocsQueryBuilder.NAME + "]: write a [fusion]");
            }));
  }
}
