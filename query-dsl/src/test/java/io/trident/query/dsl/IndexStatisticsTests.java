/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import static org.opensearch.index.query.QueryBuilders.boolQuery;
import static org.opensearch.index.query.QueryBuilders.boostingQuery;
import static org.opensearch.index.query.QueryBuilders.constantScoreQuery;
import static org.opensearch.index.query.QueryBuilders.disMaxQuery;
import static org.opensearch.index.query.QueryBuilders.existsQuery;
import static org.opensearch.index.query.QueryBuilders.matchAllQuery;
import static org.opensearch.index.query.QueryBuilders.matchQuery;
import static org.opensearch.index.query.QueryBuilders.nestedQuery;
import static org.opensearch.index.query.QueryBuilders.rangeQuery;

import java.util.List;
import java.util.Map;
import org.apache.lucene.search.join.ScoreMode;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.test.OpenSearchTestCase;

/** Which queries need a round for statistics that all shards share. */
public class IndexStatisticsTests extends OpenSearchTestCase {

  private static LearnedSparseQueryBuilder sparse() {
    return new LearnedSparseQueryBuilder(QueriesPlugin.ENCODER, "sparse").tokens(Map.of("a", 1f));
  }

  public void testWhatScoresByFrequenciesOfDocuments() {
    assertTrue(IndexStatistics.usedBy(matchQuery("text", "a")));
    assertTrue(IndexStatistics.usedBy(boolQuery().should(matchQuery("text", "a"))));
    assertTrue(IndexStatistics.usedBy(sparse().idf(true)));
    assertTrue(IndexStatistics.usedBy(boolQuery().must(sparse().idf(true))));
  }

  public void testQueriesThatScoreByThemselvesNeedNone() {
    QueryBuilder passages = new TopPassagesQueryBuilder("passages", sparse());
    for (QueryBuilder query :
        List.of(
            sparse(),
            matchAllQuery(),
            boolQuery().must(sparse()).filter(matchQuery("text", "a")),
            passages,
            nestedQuery("passages", sparse(), ScoreMode.Max),
            constantScoreQuery(matchQuery("text", "a")),
            boolQuery().should(sparse()).should(rangeQuery("year").gte(1990)),
            disMaxQuery().add(passages).add(existsQuery("text")))) {
      assertFalse(query.toString(), IndexStatistics.usedBy(query));
    }
  }

  public void testWhatIsInsideOfAQueryCounts() {
    for (QueryBuilder query :
        List.of(
            new TopPassagesQueryBuilder("passages", matchQuery("passages.text", "a")),
            nestedQuery("passages", sparse().idf(true), ScoreMode.Max),
            disMaxQuery().add(sparse()).add(matchQuery("text", "a")),
            boostingQuery(boolQuery().must(matchQuery("text", "a")), sparse()))) {
      assertTrue(query.toString(), IndexStatistics.usedBy(query));
    }
  }
}
