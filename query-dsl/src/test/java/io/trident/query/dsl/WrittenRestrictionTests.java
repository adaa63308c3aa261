/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import static org.opensearch.index.query.QueryBuilders.boolQuery;
import static org.opensearch.index.query.QueryBuilders.termQuery;

import io.trident.query.fusion.FusionLeg;
import io.trident.query.fusion.FusionQueryBuilder;
import java.util.List;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.test.OpenSearchTestCase;

/** What the legs of a fusion demand, where access control has written its rule into a search. */
public class WrittenRestrictionTests extends OpenSearchTestCase {

  private final QueryBuilder visible = termQuery("visible", "yes");
  private final QueryBuilder wanted = termQuery("year", 2000);
  private final FusionQueryBuilder fusion =
      new FusionQueryBuilder(List.of(new FusionLeg("leg", 1, termQuery("text", "sand"))));

  private QueryBuilder demanded(QueryBuilder query) {
    ThreadContext context = new ThreadContext(Settings.EMPTY);
    assertNull("only then", WrittenRestriction.of(context, query, fusion));
    context.putHeader("_opendistro_security_filter_level_dls_done", "true");
    return WrittenRestriction.of(context, query, fusion);
  }

  public void testLegsDemandWhatStandsAroundTheFusion() {
    QueryBuilder inner = boolQuery().must(fusion).filter(wanted);
    BoolQueryBuilder both = boolQuery().filter(visible).filter(wanted);
    assertEquals(both, demanded(boolQuery().must(visible).must(inner)));
    assertEquals(both, demanded(boolQuery().filter(visible).should(inner)));
    assertEquals(
        boolQuery().mustNot(visible).filter(wanted),
        demanded(boolQuery().mustNot(visible).must(inner)));
    assertEquals(
        boolQuery().filter(boolQuery().should(visible).minimumShouldMatch("1")),
        demanded(boolQuery().should(visible).minimumShouldMatch("1").must(fusion)));
  }

  public void testNothingStandsAroundAFusionAlone() {
    assertNull(demanded(fusion));
    assertNull(demanded(boolQuery().must(fusion).should(wanted)));
  }

  public void testLegsOfAFusionElsewhereDemandTheWholeQuery() {
    QueryBuilder query = boolQuery().must(visible).must(wanted);
    assertEquals(query, demanded(query));
  }
}
