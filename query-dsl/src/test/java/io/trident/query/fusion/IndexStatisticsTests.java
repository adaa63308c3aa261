package io.trident.query.fusion;

import static org.opensearch.index.query.QueryBuilders.boolQuery;
import static org.opensearch.index.query.QueryBuilders.matchAllQuery;
import static org.opensearch.index.query.QueryBuilders.matchQuery;

import io.trident.query.dsl.LearnedSparseQueryBuilder;
import io.trident.query.dsl.QueriesPlugin;
import java.util.Map;
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

  public void testWhatDoesNot() {
    assertFalse(IndexStatistics.usedBy(sparse()));
    assertFalse(IndexStatistics.usedBy(matchAllQuery()));
    assertFalse(IndexStatistics.usedBy(boolQuery().must(sparse()).filter(matchQuery("text", "a"))));
  }
}
