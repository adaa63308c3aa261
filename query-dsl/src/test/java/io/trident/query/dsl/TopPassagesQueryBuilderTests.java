/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.instanceOf;

import io.trident.query.lucene.TopPassagesQuery;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.join.ScoreMode;
import org.opensearch.common.compress.CompressedXContent;
import org.opensearch.index.mapper.MapperService;
import org.opensearch.index.query.InnerHitBuilder;
import org.opensearch.index.query.InnerHitContextBuilder;
import org.opensearch.index.query.MatchAllQueryBuilder;
import org.opensearch.index.query.NestedQueryBuilder;
import org.opensearch.index.query.QueryShardContext;

/** The query {@code top_passages}. */
public class TopPassagesQueryBuilderTests extends QueryTestCase<TopPassagesQueryBuilder> {

  @Override
  protected void initializeAdditionalMappings(MapperService mapperService) throws IOException {
    super.initializeAdditionalMappings(mapperService);
    mapperService.merge(
        "_doc",
        new CompressedXContent(
            """
            {"properties": {"passages": {"type": "nested", "properties": {
              "tokens": {"type": "token_vectors", "dimension": 8}}}}}
            """),
        MapperService.MergeReason.MAPPING_UPDATE);
  }

  @Override
  protected TopPassagesQueryBuilder doCreateTestQueryBuilder() {
    MaxSimQueryBuilder maxSim = new MaxSimQueryBuilder(QueriesPlugin.ENCODER, "passages.tokens");
    TopPassagesQueryBuilder query =
        new TopPassagesQueryBuilder(
            "passages",
            randomBoolean()
                ? maxSim.vectors(new float[][] {randomVector(8)})
                : maxSim.text(randomText(), null));
    if (randomBoolean()) {
      query.innerHits(new InnerHitBuilder(randomAlphaOfLength(4)));
    }
    return query
        .count(randomIntBetween(1, TopPassagesQueryBuilder.MAX_COUNT))
        .ignoreUnmapped(randomBoolean());
  }

  @Override
  protected void doAssertLuceneQuery(
      TopPassagesQueryBuilder query, Query lucene, QueryShardContext context) {
    assertThat(lucene, instanceOf(TopPassagesQuery.class));
  }

  @Override
  protected Map<String, List<String>> refusedJson() {
    String body =
        "{\"top_passages\": {\"path\": \"passages\", \"query\": {\"match_all\": {}}, %s}}";
    Map<String, List<String>> refused = new HashMap<>();
    refused.put(body.replace("%s", "\"count\": 0"), List.of("[count]", "[0]"));
    refused.put(body.replace("%s", "\"count\": 1001"), List.of("[count]", "[1001]"));
    refused.put(body.replace("%s", "\"count\": 1.5"), List.of("[count]", "whole number"));
    refused.put(body.replace("%s", "\"score_mode\": \"max\""), List.of("[score_mode]"));
    refused.put(body.replace("%s", "\"inner_hits\": 1"), List.of("[inner_hits]", "an object"));
    refused.put("{\"top_passages\": {\"path\": \"passages\"}}", List.of("[path]", "[query]"));
    refused.put("{\"top_passages\": {\"query\": {\"match_all\": {}}}}", List.of("[path]"));
    return refused;
  }

  @Override
  public void testMustRewrite() throws IOException {
    QueryShardContext context = createShardContext();
    TopPassagesQueryBuilder byText =
        new TopPassagesQueryBuilder(
            "passages",
            new MaxSimQueryBuilder(QueriesPlugin.ENCODER, "passages.tokens")
                .text(randomText(), null));
    IllegalArgumentException refused =
        expectThrows(IllegalArgumentException.class, () -> byText.toQuery(context));
    assertThat(refused.getMessage(), containsString("must be part of a search"));
  }

  public void testPathMustBeInsideOfTheOuterOne() throws IOException {
    NestedQueryBuilder nested =
        new NestedQueryBuilder(
            "passages",
            new TopPassagesQueryBuilder("passages", new MatchAllQueryBuilder()),
            ScoreMode.Max);
    IllegalArgumentException refused =
        expectThrows(IllegalArgumentException.class, () -> nested.toQuery(createShardContext()));
    assertThat(refused.getMessage(), containsString("[path] below [passages], got [passages]"));
  }

  public void testUnmappedPathMayBeIgnored() throws IOException {
    TopPassagesQueryBuilder query =
        new TopPassagesQueryBuilder("unmapped", new MatchAllQueryBuilder()).ignoreUnmapped(true);
    assertThat(query.toQuery(createShardContext()), instanceOf(MatchNoDocsQuery.class));
  }

  public void testPathMustBeNested() {
    TopPassagesQueryBuilder query =
        new TopPassagesQueryBuilder("unmapped", new MatchAllQueryBuilder());
    IllegalStateException refused =
        expectThrows(IllegalStateException.class, () -> query.toQuery(createShardContext()));
    assertThat(refused.getMessage(), containsString("[unmapped]"));
  }

  public void testInnerHits() {
    TopPassagesQueryBuilder query =
        new TopPassagesQueryBuilder("passages", new MatchAllQueryBuilder());
    Map<String, InnerHitContextBuilder> found = new HashMap<>();
    InnerHitContextBuilder.extractInnerHits(query, found);
    assertTrue(found.isEmpty());
    InnerHitContextBuilder.extractInnerHits(query.innerHits(new InnerHitBuilder()), found);
    assertEquals(1, found.size());
    assertTrue(found.containsKey("passages"));
  }
}
