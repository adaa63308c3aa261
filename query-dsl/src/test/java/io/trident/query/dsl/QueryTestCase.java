/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import static org.hamcrest.Matchers.containsString;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.opensearch.common.compress.CompressedXContent;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.common.ParsingException;
import org.opensearch.index.engine.EngineConfig;
import org.opensearch.index.mapper.MapperService;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.BaseQueryRewriteContext;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryRewriteContext;
import org.opensearch.plugins.Plugin;
import org.opensearch.test.AbstractQueryTestCase;

/** An index with our fields and queries. */
public abstract class QueryTestCase<QB extends AbstractQueryBuilder<QB>>
    extends AbstractQueryTestCase<QB> {

  /** An {@code impact_vector}. */
  protected static final String SPARSE = "mapped_sparse";

  /** A {@code dense_vector} with the cosine. */
  protected static final String DENSE = "mapped_dense";

  /** A {@code dense_vector} with the dot product. */
  protected static final String DOT_PRODUCT = "mapped_dot_product";

  /** A {@code dense_vector} that is searched in 3 dimensions. */
  protected static final String REDUCED = "mapped_reduced";

  /** A {@code token_vectors}. */
  protected static final String TOKENS = "mapped_tokens";

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    List<Class<? extends Plugin>> plugins = new ArrayList<>(super.getPlugins());
    plugins.add(QueriesPlugin.class);
    return plugins;
  }

  @Override
  protected Settings createTestIndexSettings() {
    return Settings.builder()
        .put(super.createTestIndexSettings())
        .put(EngineConfig.INDEX_CODEC_SETTING.getKey(), "trident")
        .build();
  }

  @Override
  protected void initializeAdditionalMappings(MapperService mapperService) throws IOException {
    mapperService.merge(
        "_doc",
        new CompressedXContent(
            String.format(
                Locale.ROOT,
                """
            {"properties": {
              "mapped_sparse": {"type": "impact_vector"},
              "mapped_dense": {"type": "dense_vector", "dimension": 8},
              "mapped_dot_product": {"type": "dense_vector", "dimension": 8, "similarity": "dot_product"},
              "mapped_reduced": {"type": "dense_vector", "dimension": 8,
                "reduced": {"dimension": 3, "map": "truncate"}},
              "mapped_tokens": {"type": "token_vectors", "dimension": 8},
              "own_sparse": {"type": "impact_vector", %1$s},
              "own_dense": {"type": "dense_vector", "dimension": 8, %1$s},
              "own_tokens": {"type": "token_vectors", "dimension": 8, %1$s},
              "other_sparse": {"type": "impact_vector", %2$s},
              "other_dense": {"type": "dense_vector", "dimension": 8, %2$s},
              "other_tokens": {"type": "token_vectors", "dimension": 8, %2$s}}}
            """,
                ofModel(WordModel.FINGERPRINT),
                ofModel("f".repeat(32)))),
        MapperService.MergeReason.MAPPING_UPDATE);
  }

  private static String ofModel(String fingerprint) {
    return String.format(
        Locale.ROOT, "\"model\": \"mine\", \"model_fingerprint\": \"%s\"", fingerprint);
  }

  /** Words that a {@link WordModel} takes for what they are. */
  protected static String randomText() {
    return String.join(" ", randomList(1, 4, () -> randomAlphaOfLengthBetween(1, 6)));
  }

  /** Finite numbers, of which one at least is not 0. */
  protected static float[] randomVector(int dimension) {
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = (float) randomDoubleBetween(-2, 2, true);
    }
    vector[randomInt(dimension - 1)] = 1;
    return vector;
  }

  /** The node that takes the request rewrites before the shards do. */
  protected QueryBuilder coordinate(QueryBuilder query) throws IOException {
    return rewriteAndFetch(
        query,
        new BaseQueryRewriteContext(xContentRegistry(), namedWriteableRegistry(), null, () -> 0L));
  }

  @Override
  protected QueryBuilder rewriteQuery(QB query, QueryRewriteContext context) throws IOException {
    QueryBuilder coordinated = coordinate(query);
    assertSerialization(coordinated);
    QueryBuilder rewritten = rewriteAndFetch(coordinated, context);
    assertSerialization(rewritten);
    return rewritten;
  }

  /** Queries in JSON that are refused, each with words that the reason must have. */
  protected abstract Map<String, List<String>> refusedJson();

  public final void testRefusedJson() {
    refusedJson()
        .forEach(
            (json, words) -> {
              ParsingException refused =
                  expectThrows(ParsingException.class, json, () -> parseQuery(json));
              assertEquals(400, refused.status().getStatus());
              for (String word : words) {
                assertThat(json, refused.getMessage(), containsString(word));
              }
            });
  }
}
