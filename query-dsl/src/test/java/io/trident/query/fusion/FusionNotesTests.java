/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import java.util.List;
import org.apache.lucene.search.TotalHits;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.search.ShardSearchFailure;
import org.opensearch.search.SearchHit;
import org.opensearch.search.SearchHits;
import org.opensearch.search.internal.InternalSearchResponse;

/** What a response says of the legs of its fusions. */
public class FusionNotesTests extends LuceneTestCase {

  private static SearchResponse nothing() {
    TotalHits total = new TotalHits(0, TotalHits.Relation.EQUAL_TO);
    return new SearchResponse(
        new InternalSearchResponse(
            new SearchHits(new SearchHit[0], total, 0), null, null, null, false, null, 1),
        null,
        1,
        1,
        0,
        1,
        ShardSearchFailure.EMPTY_ARRAY,
        SearchResponse.Clusters.EMPTY);
  }

  public void testAProfileReportsLegsAndThoseOfLegs() {
    FusionNotes inner = new FusionNotes();
    inner.answered(new LegReport("b", 3, 4), nothing());
    FusionNotes outer = new FusionNotes();
    outer.answered(new LegReport("a", 1, 2), inner.profiled(nothing()));
    String answer = outer.profiled(nothing()).toString();
    String report =
        "\"ext\":{\"fusion\":{\"legs\":[{\"name\":\"a\",\"candidates\":1,\"took\":2},"
            + "{\"name\":\"a/b\",\"candidates\":3,\"took\":4}]}}";
    assertTrue(answer, answer.contains(report));
  }

  public void testASearchWithoutLegsIsAnsweredAsItIs() {
    SearchResponse response = nothing();
    FusionNotes notes = new FusionNotes();
    notes.scores(random().nextBoolean());
    assertSame(response, notes.profiled(response));
    notes.tell(response.getHits());
    assertEquals(List.of(), List.of(response.getHits().getHits()));
  }
}
