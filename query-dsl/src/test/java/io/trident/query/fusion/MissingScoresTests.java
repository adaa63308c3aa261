/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.query.dsl.DenseQueryBuilder;
import io.trident.query.dsl.LearnedSparseQueryBuilder;
import io.trident.query.dsl.MaxSimQueryBuilder;
import io.trident.query.dsl.QueriesPlugin;
import io.trident.query.lucene.Approximation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.search.SearchModule;
import org.opensearch.test.OpenSearchTestCase;

/** What is asked of legs beside their windows. */
public class MissingScoresTests extends OpenSearchTestCase {

  private static final NamedWriteableRegistry REGISTRY =
      new NamedWriteableRegistry(
          new SearchModule(Settings.EMPTY, List.of(new QueriesPlugin())).getNamedWriteables());

  private static DenseQueryBuilder dense() {
    return new DenseQueryBuilder(QueriesPlugin.ENCODER, "v").vector(new float[] {1, 2});
  }

  private static MaxSimQueryBuilder maxSim() {
    return new MaxSimQueryBuilder(QueriesPlugin.ENCODER, "t").vectors(new float[][] {{1, 2}});
  }

  private static LearnedSparseQueryBuilder sparse() {
    return new LearnedSparseQueryBuilder(QueriesPlugin.ENCODER, "s").tokens(Map.of("a", 1f));
  }

  private static QueryBuilder around(
      QueryBuilder dense, QueryBuilder maxSim, QueryBuilder sparse, QueryBuilder filter) {
    return new BoolQueryBuilder()
        .must(dense)
        .should(new BoolQueryBuilder().must(maxSim).should(sparse))
        .filter(filter)
        .mustNot(filter);
  }

  public void testWhatScoresIsMadeExactAndFiltersStay() throws IOException {
    QueryBuilder filter = dense().k(5).oversample(2);
    QueryBuilder leg =
        around(
            dense().k(7),
            maxSim().candidates(9),
            sparse().approximate(new Approximation(0.5f, 3, 1)),
            filter);
    String before = leg.toString();
    QueryBuilder exact = around(dense().exact(), maxSim(), sparse(), filter);
    assertEquals(exact, MissingScores.exact(leg, REGISTRY));
    assertEquals("it is a copy", before, leg.toString());
  }

  /** An index may give no more hits than a window has. */
  public void testNoSearchIsForMoreDocumentsThanAWindowHas() throws IOException {
    RankFusion fusion =
        new RankFusion(Combination.ARITHMETIC_MEAN, Normalization.NONE, 60, Missing.SCORE);
    List<FusionLeg> legs = new ArrayList<>();
    List<List<RankFusion.Scored>> windows = new ArrayList<>();
    for (int leg = 0; leg < 4; leg++) {
      legs.add(new FusionLeg("leg" + leg, 1, sparse()));
      List<RankFusion.Scored> window = new ArrayList<>();
      for (int id = 0; id < 5; id++) {
        DocKey key = new DocKey("index", 0, leg + "-" + (leg == 3 ? 0 : id));
        window.add(new RankFusion.Scored(key, 1));
      }
      windows.add(leg == 3 ? window.subList(0, 1) : window);
    }
    MissingScores missing = new MissingScores(legs, windows, fusion, 5, REGISTRY);
    assertEquals(
        List.of(0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3),
        missing.searches().stream().map(MissingScores.Search::leg).toList());
    for (MissingScores.Search search : missing.searches()) {
      BoolQueryBuilder query = (BoolQueryBuilder) search.query().query();
      int documents = ((FusedDocsQueryBuilder) query.filter().get(0)).ranking().documents().size();
      assertTrue(documents > 0 && documents <= 5);
    }
  }
}
