/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.lucene.index.MultiReader;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.tests.util.LuceneTestCase;

/** What a fusion is to its search: what it matches, and what it shows to highlighters. */
public class FusedDocsQueryTests extends LuceneTestCase {

  private static final Query DOCUMENTS = new TermQuery(new Term("_id", "1"));
  private static final List<Query> LEGS =
      List.of(new TermQuery(new Term("f", "a")), new TermQuery(new Term("f", "b")));

  private static FusedDocsQuery query(FusionRole role) {
    return new FusedDocsQuery(DOCUMENTS, LEGS, role, 0);
  }

  public void testMatchesWhatItsRoleSays() throws Exception {
    try (MultiReader reader = new MultiReader()) {
      IndexSearcher searcher = new IndexSearcher(reader);
      for (FusionRole role : FusionRole.values()) {
        FusedDocsQuery query = query(role);
        boolean all = role == FusionRole.AGGREGATED;
        assertEquals(all ? query.withLegs() : DOCUMENTS, query.rewrite(searcher));
        assertEquals(role, query.role());
        assertSame(DOCUMENTS, query.documents());
      }
      assertNotEquals(DOCUMENTS, query(FusionRole.WHOLE).withLegs());
    }
  }

  public void testShowsTheTermsOfItsLegs() {
    Set<Term> terms = new HashSet<>();
    query(FusionRole.WHOLE).visit(QueryVisitor.termCollector(terms));
    assertEquals(Set.of(new Term("f", "a"), new Term("f", "b")), terms);
  }

  public void testAnyOfTheLegsMatches() {
    assertEquals(
        new BooleanQuery.Builder()
            .add(LEGS.get(0), Occur.SHOULD)
            .add(LEGS.get(1), Occur.SHOULD)
            .build(),
        FusedDocsQuery.anyOf(LEGS));
  }

  public void testIsFoundUnderAnyBoosts() {
    FusedDocsQuery fused = query(FusionRole.COUNTED);
    Query boosted = fused;
    for (int boosts = random().nextInt(4); boosts > 0; boosts--) {
      boosted = new BoostQuery(boosted, 2);
    }
    assertSame(fused, FusedDocsQuery.of(boosted));
    assertNull(FusedDocsQuery.of(new BoostQuery(DOCUMENTS, 2)));
  }

  /** As a plugin for access control does with every search. */
  public void testIsFoundAndExtendedUnderWhatAnotherPluginDemands() {
    Query seen = new TermQuery(new Term("visible", "yes"));
    FusedDocsQuery fused = query(FusionRole.COUNTED);
    for (Occur occur : List.of(Occur.FILTER, Occur.SHOULD)) {
      assertSame(fused, FusedDocsQuery.of(demanding(seen, occur, new BoostQuery(fused, 2))));
      assertEquals(
          demanding(seen, occur, new BoostQuery(fused.withLegs(), 2)),
          FusedDocsQuery.withLegs(demanding(seen, occur, new BoostQuery(fused, 2))));
      assertNull(FusedDocsQuery.of(demanding(fused, Occur.FILTER, seen)));
      assertNull(FusedDocsQuery.of(demanding(seen, occur, DOCUMENTS)));
    }
  }

  private static Query demanding(Query demand, Occur occur, Query query) {
    return new BooleanQuery.Builder()
        .setMinimumNumberShouldMatch(occur == Occur.SHOULD ? 1 : 0)
        .add(demand, occur)
        .add(query, Occur.MUST)
        .build();
  }

  public void testIsToldApart() {
    List<FusedDocsQuery> queries = new ArrayList<>();
    for (FusionRole role : FusionRole.values()) {
      queries.add(query(role));
      queries.add(new FusedDocsQuery(LEGS.get(0), LEGS, role, 0));
      queries.add(new FusedDocsQuery(DOCUMENTS, LEGS, role, 7));
      assertEquals(query(role), query(role));
      assertEquals(query(role).hashCode(), query(role).hashCode());
    }
    Set<Integer> hashes = new HashSet<>();
    for (int one = 0; one < queries.size(); one++) {
      hashes.add(queries.get(one).hashCode());
      for (int other = 0; other < queries.size(); other++) {
        assertEquals(one == other, queries.get(one).equals(queries.get(other)));
      }
    }
    assertEquals(queries.size(), hashes.size());
    assertNotEquals(
        query(FusionRole.WHOLE),
        new FusedDocsQuery(DOCUMENTS, LEGS.subList(0, 1), FusionRole.WHOLE, 0));
    assertEquals(DOCUMENTS.toString("f"), query(FusionRole.WHOLE).toString("f"));
  }
}
