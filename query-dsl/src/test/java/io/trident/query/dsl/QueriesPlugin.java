/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import io.trident.query.fusion.FusedDocsQueryBuilder;
import io.trident.query.fusion.FusionProfile;
import io.trident.query.fusion.FusionQueryBuilder;
import io.trident.query.fusion.NeuralTextQueryBuilder;
import io.trident.query.mapper.DenseVectorFieldMapper;
import io.trident.query.mapper.ImpactVectorFieldMapper;
import io.trident.query.mapper.TokenVectorsFieldMapper;
import io.trident.query.neural.EncodedTextsFieldMapper;
import io.trident.query.neural.NeuralTextField;
import io.trident.query.neural.NeuralTextFieldMapper;
import io.trident.query.neural.TargetMappings;
import java.util.List;
import java.util.Map;
import org.opensearch.cluster.ClusterState;
import org.opensearch.index.mapper.Mapper;
import org.opensearch.index.mapper.MetadataFieldMapper;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.plugins.MapperPlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.plugins.SearchPlugin;

/** Brings our queries and field types to a test, with a {@link WordModel}. */
public final class QueriesPlugin extends Plugin implements SearchPlugin, MapperPlugin {

  /** The model of all queries. */
  public static final WordModel MODEL = new WordModel();

  /** The encoder of all queries. */
  public static final QueryEncoder ENCODER = new QueryEncoder(() -> MODEL, () -> "words");

  /** The stored profiles: one of legs with names, and one of legs without. */
  public static final Map<String, FusionProfile> PROFILES =
      Map.of(
          "named",
          FusionProfile.parse(
              """
              {"combination": "geometric_mean", "normalization": "l2", "window": 40,
               "first_stage_weight": 0.3, "min_relevance": {"intercept": -3, "legs": {"vectors": 8}},
               "legs": [{"name": "words", "weight": 0.25}, {"name": "vectors", "weight": 4}]}
              """),
          "unnamed",
          FusionProfile.parse(
              """
              {"combination": "rrf", "rank_constant": 7, "window": 30,
               "legs": [{"weight": 2}, {"weight": 3}]}
              """));

  /** What queries by text and fields need; knows no index. */
  static final NeuralTextQueryBuilder.Node NODE =
      new NeuralTextQueryBuilder.Node(
          ENCODER,
          new TargetMappings(() -> ClusterState.EMPTY_STATE, () -> null, () -> null),
          () -> PROFILES);

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
        new QuerySpec<QueryBuilder>(
            FusionQueryBuilder.NAME,
            FusionQueryBuilder::new,
            parser -> FusionQueryBuilder.fromXContent(NODE, parser)),
        new QuerySpec<>(
            NeuralTextQueryBuilder.NAME,
            in -> new NeuralTextQueryBuilder(NODE, in),
            parser -> NeuralTextQueryBuilder.fromXContent(NODE, parser)),
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
        DenseVectorFieldMapper.CONTENT_TYPE, DenseVectorFieldMapper.PARSER,
        NeuralTextField.CONTENT_TYPE, NeuralTextFieldMapper.PARSER);
  }

  @Override
  public Map<String, MetadataFieldMapper.TypeParser> getMetadataMappers() {
    return Map.of(EncodedTextsFieldMapper.NAME, EncodedTextsFieldMapper.PARSER);
  }
}
