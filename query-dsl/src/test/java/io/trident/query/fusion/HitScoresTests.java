/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.search.TotalHits;
import org.opensearch.action.OriginalIndices;
import org.opensearch.common.document.DocumentField;
import org.opensearch.core.index.shard.ShardId;
import org.opensearch.index.query.MatchAllQueryBuilder;
import org.opensearch.search.SearchHit;
import org.opensearch.search.SearchHits;
import org.opensearch.search.SearchShardTarget;
import org.opensearch.test.OpenSearchTestCase;

/** What hits are told of a fusion that is known. */
public class HitScoresTests extends OpenSearchTestCase {

  private static final ShardId SHARD = new ShardId("index", "uuid", 1);

  private static SearchHit hit(String id) {
    SearchHit hit = new SearchHit(0, id, new HashMap<>(), new HashMap<>());
    hit.shard(new SearchShardTarget("node", SHARD, null, OriginalIndices.NONE));
    return hit;
  }

  private static SearchHits hits(SearchHit... hits) {
    return new SearchHits(hits, new TotalHits(hits.length, TotalHits.Relation.EQUAL_TO), 1);
  }

  /** Documents in their order, of which the first ones are pinned; one leg found each. */
  private static HitScores told(boolean scores, int pinned, String... ids) {
    List<FusedDoc> documents = new ArrayList<>();
    for (int i = 0; i < ids.length; i++) {
      documents.add(
          new FusedDoc(
              new DocKey("index", 1, ids[i]),
              9 - i,
              0.5f,
              i < pinned ? i + 1 : 0,
              new int[] {i + 1, 0},
              new float[] {7, 0},
              new float[] {0.25f, 0}));
    }
    HitScores told = new HitScores(scores);
    told.of(
        new FusedDocsQueryBuilder(
            new FusedRanking(
                List.of(
                    new FusionLeg("a", 2, new MatchAllQueryBuilder()),
                    new FusionLeg("b", 3, new MatchAllQueryBuilder())),
                new RankFusion(Combination.ARITHMETIC_MEAN, Normalization.MIN_MAX, 60),
                documents),
            List.of(),
            FusionRole.WHOLE));
    return told;
  }

  private static Map<String, Object> expected(int rank) {
    Map<String, Object> leg = HitScores.leg(rank, 7f, 0.25f, 2f, 1f);
    return Map.of("rank", rank, "score", 10f - rank, "legs", Map.of("a", leg), "fused", 0.5f);
  }

  public void testPinnedHitsAreMarkedWithTheirPlaces() {
    boolean scores = randomBoolean();
    SearchHit first = hit("1");
    SearchHit second = hit("2");
    SearchHit third = hit("3");
    HitScores.addTo(hits(third, second, first), List.of(told(scores, 2, "1", "2", "3")));
    assertEquals(List.of(1), first.field(HitScores.PINNED).getValues());
    assertEquals(List.of(2), second.field(HitScores.PINNED).getValues());
    assertNull(third.field(HitScores.PINNED));
    assertEquals(scores, third.field(HitScores.FIELD) != null);
  }

  public void testHitsUnderACollapsedOneAreToldToo() {
    SearchHit inner = hit("2");
    SearchHit outer = hit("1");
    outer.setInnerHits(Map.of("group", hits(inner, hit("1"))));
    HitScores.addTo(hits(outer), List.of(told(true, 0, "1", "2")));
    assertEquals(List.of(expected(1)), outer.field(HitScores.FIELD).getValues());
    assertEquals(List.of(expected(2)), inner.field(HitScores.FIELD).getValues());
    assertEquals(
        "the same document again",
        List.of(expected(1)),
        outer.getInnerHits().get("group").getAt(1).field(HitScores.FIELD).getValues());
  }

  public void testWhatIsNotKnownIsNotTold() {
    SearchHit unknown = hit("5");
    SearchHit nowhere = new SearchHit(0, "1", new HashMap<>(), new HashMap<>());
    HitScores.addTo(
        hits(unknown, nowhere), List.of(told(true, 1, "1"), new HitScores(randomBoolean())));
    for (SearchHit hit : List.of(unknown, nowhere)) {
      assertNull(hit.field(HitScores.FIELD));
      assertNull(hit.field(HitScores.PINNED));
    }
  }

  public void testALaterStageAddsToWhatIsTold() {
    SearchHit hit = hit("1");
    HitScores.append(hit, "later", 3, 0.5f, Map.of());
    assertNull("nothing is told of a hit that has nothing", hit.field(HitScores.FIELD));
    Map<String, Object> before = Map.of("rank", 1);
    hit.setDocumentField(HitScores.FIELD, new DocumentField(HitScores.FIELD, List.of(before)));
    HitScores.append(hit, "later", 3, 0.5f, Map.of());
    HitScores.append(hit, null, 4, 1.5f, Map.of());
    assertEquals(
        List.of(
            before,
            Map.of("name", "later", "rank", 3, "score", 0.5f, "legs", Map.of()),
            Map.of("rank", 4, "score", 1.5f, "legs", Map.of())),
        hit.field(HitScores.FIELD).getValues());
  }
}
