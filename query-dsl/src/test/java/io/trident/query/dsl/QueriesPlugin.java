package io.trident.query.dsl;

import io.trident.query.fusion.FusedDocsQueryBuilder;
import io.trident.query.fusion.FusionQueryBuilder;
import io.trident.query.mapper.DenseVectorFieldMapper;
import io.trident.query.mapper.ImpactVectorFieldMapper;
import io.trident.query.mapper.TokenVectorsFieldMapper;
import java.util.List;
import java.util.Map;
import org.opensearch.index.mapper.Mapper;
import org.opensearch.plugins.MapperPlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.plugins.SearchPlugin;

/** Brings our queries and field types to a test, with a {@link WordModel}. */
public final class QueriesPlugin extends Plugin implements SearchPlugin, MapperPlugin {

  /** The model of all queries. */
  public static final WordModel MODEL = new WordModel();

  /** The encoder of all queries. */
  public static final QueryEncoder ENCODER = new QueryEncoder(() -> MODEL, () -> "words");

  @Override
  public List<QuerySpec<?>> getQueries() {
    return List.of(
        new QuerySpec<>(
            LearnedSparseQueryBuilder.NAME,
            in -> new LearnedSparseQueryBuilder(ENCODER, in),
            parser -> LearnedSparseQueryBuilder.fromXContent(ENCODER, parser)),
        new QuerySpec<>(
            DenseQueryBuilder.NAME,
            in -> new DenseQueryBuilder(ENCODER, in),
            parser -> DenseQueryBuilder.fromXContent(ENCODER, parser)),
        new QuerySpec<>(
            MaxSimQueryBuilder.NAME,
            in -> new MaxSimQueryBuilder(ENCODER, in),
            parser -> MaxSimQueryBuilder.fromXContent(ENCODER, parser)),
        new QuerySpec<>(
            TopPassagesQueryBuilder.NAME,
            TopPassagesQueryBuilder::new,
            TopPassagesQueryBuilder::fromXContent),
        new QuerySpec<>(
            FusionQueryBuilder.NAME, FusionQueryBuilder::new, FusionQueryBuilder::fromXContent),
        new QuerySpec<>(
            FusedDocsQueryBuilder.NAME,
            FusedDocsQueryBuilder::new,
            parser -> {
              throw new IllegalArgumentException("unknown query");
            }));
  }

  @Override
  public Map<String, Mapper.TypeParser> getMappers() {
    return Map.of(
        ImpactVectorFieldMapper.CONTENT_TYPE, ImpactVectorFieldMapper.PARSER,
        TokenVectorsFieldMapper.CONTENT_TYPE, TokenVectorsFieldMapper.PARSER,
        DenseVectorFieldMapper.CONTENT_TYPE, DenseVectorFieldMapper.PARSER);
  }
}
