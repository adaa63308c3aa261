/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.query.dsl.QueriesPlugin;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.join.ScoreMode;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.index.RandomIndexWriter;
import org.opensearch.index.mapper.IdFieldMapper;
import org.opensearch.index.mapper.Uid;
import org.opensearch.index.query.InnerHitBuilder;
import org.opensearch.index.query.InnerHitContextBuilder;
import org.opensearch.index.query.MatchAllQueryBuilder;
import org.opensearch.index.query.MatchNoneQueryBuilder;
import org.opensearch.index.query.NestedQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.index.query.WrapperQueryBuilder;
import org.opensearch.plugins.Plugin;
import org.opensearch.test.AbstractBuilderTestCase;

/** What fused documents are on the shards that hold them. */
public class FusedDocsQueryBuilderTests extends AbstractBuilderTestCase {

  private static final int DOCUMENTS = 12;

  private Directory directory;
  private DirectoryReader reader;
  private IndexSearcher searcher;

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    List<Class<? extends Plugin>> plugins = new ArrayList<>(super.getPlugins());
    plugins.add(QueriesPlugin.class);
    return plugins;
  }

  @Override
  public void setUp() throws Exception {
    super.setUp();
    directory = newDirectory();
    try (RandomIndexWriter writer = new RandomIndexWriter(random(), directory)) {
      for (int id = 0; id < DOCUMENTS; id++) {
        Document document = new Document();
        document.add(
            new StringField(
                IdFieldMapper.NAME, Uid.encodeId(Integer.toString(id)), Field.Store.NO));
        writer.addDocument(document);
      }
      writer.forceMerge(1);
      reader = writer.getReader();
    }
    searcher = newSearcher(reader);
  }

  @Override
  public void tearDown() throws Exception {
    reader.close();
    directory.close();
    super.tearDown();
  }

  private static FusedDoc document(String index, int shard, int id, int... ranks) {
    float[] scores = new float[ranks.length];
    float[] normalized = new float[ranks.length];
    for (int leg = 0; leg < ranks.length; leg++) {
      scores[leg] = ranks[leg] == 0 ? 0 : 10 + leg;
      normalized[leg] = ranks[leg] == 0 ? 0 : 0.5f + leg;
    }
    DocKey key = new DocKey(index, shard, Integer.toString(id));
    return new FusedDoc(key, 1f / (1 + id), 1f / (1 + id), 0, ranks, scores, normalized);
  }

  private static FusedDoc here(int id, int... ranks) {
    return document(getIndex().getName(), 0, id, ranks);
  }

  private static FusedDocsQueryBuilder fused(
      List<QueryBuilder> queries, List<FusedDoc> documents, FusionRole role) {
    List<FusionLeg> legs = new ArrayList<>();
    for (int i = 0; i < queries.size(); i++) {
      legs.add(new FusionLeg("leg" + i, 2 + i, queries.get(i)));
    }
    RankFusion fusion = new RankFusion(Combination.ARITHMETIC_MEAN, Normalization.MIN_MAX, 60);
    return new FusedDocsQueryBuilder(new FusedRanking(legs, fusion, documents), List.of(), role);
  }

  private Map<Integer, Float> found(Query query) throws IOException {
    Map<Integer, Float> found = new TreeMap<>();
    for (ScoreDoc hit : searcher.search(query, DOCUMENTS).scoreDocs) {
      found.put(hit.doc, hit.score);
    }
    return found;
  }

  private int documentOf(int id) throws IOException {
    QueryBuilder all = new MatchAllQueryBuilder();
    Query one =
        fused(List.of(all), List.of(here(id, 1)), FusionRole.PART)
            .toQuery(createShardContext(searcher));
    return searcher.search(one, 1).scoreDocs[0].doc;
  }

  public void testTheDocumentsOfAShardHaveTheirScores() throws IOException {
    List<FusedDoc> documents = new ArrayList<>();
    Map<Integer, Float> expected = new TreeMap<>();
    for (int id = 0; id < DOCUMENTS; id++) {
      switch (randomInt(2)) {
        case 0 -> {
          documents.add(here(id, 1));
          expected.put(documentOf(id), 1f / (1 + id));
        }
        case 1 -> documents.add(document("another", 0, id, 1));
        default -> documents.add(document(getIndex().getName(), 1, id, 1));
      }
    }
    List<QueryBuilder> legs = List.of(new MatchAllQueryBuilder());
    Query query = fused(legs, documents, FusionRole.COUNTED).toQuery(createShardContext(searcher));
    assertEquals(expected, found(query));
  }

  public void testAnExplanationSaysWhatEachLegGave() throws IOException {
    List<QueryBuilder> legs = List.of(new MatchAllQueryBuilder(), new MatchAllQueryBuilder());
    FusedDoc pinned = here(3, 0, 7).pinned(2);
    List<FusedDoc> documents = List.of(pinned, here(5, 4, 1));
    Query query = fused(legs, documents, FusionRole.WHOLE).toQuery(createShardContext(searcher));
    Explanation top = searcher.explain(query, documentOf(3));
    assertEquals(pinned.score(), top.getValue().floatValue(), 0);
    assertEquals("pinned at 2, fusion of:", top.getDescription());
    assertFalse(top.getDetails()[0].isMatch());
    assertEquals("leg [leg0] did not find it in its window", top.getDetails()[0].getDescription());
    assertLeg(top.getDetails()[1], 1, 7);
    Explanation below = searcher.explain(query, documentOf(5));
    assertEquals("fusion of:", below.getDescription());
    assertLeg(below.getDetails()[0], 0, 4);
    assertLeg(below.getDetails()[1], 1, 1);
    assertFalse(searcher.explain(query, documentOf(6)).isMatch());
  }

  private static void assertLeg(Explanation leg, int number, int rank) {
    assertTrue(leg.isMatch());
    assertEquals("leg [leg" + number + "]", leg.getDescription());
    assertEquals(0.5f + number, leg.getValue().floatValue(), 0);
    Map<String, Float> parts = new HashMap<>();
    for (Explanation part : leg.getDetails()) {
      parts.put(part.getDescription(), part.getValue().floatValue());
    }
    assertEquals((float) rank, parts.get("rank"), 0);
    assertEquals(10f + number, parts.get("score"), 0);
    assertEquals(2f + number, parts.get("weight"), 0);
    assertEquals("and the leg's own", 4, leg.getDetails().length);
  }

  public void testTheNameOfALegIsThatOfTheDocumentsThatItFound() throws IOException {
    QueryShardContext context = createShardContext(searcher);
    Query outside = new MatchAllQueryBuilder().queryName("outside").toQuery(context);
    List<QueryBuilder> legs =
        List.of(
            new MatchAllQueryBuilder().queryName("first"),
            new MatchAllQueryBuilder().queryName("second"));
    List<FusedDoc> documents = List.of(here(1, 1, 0), here(2, 2, 1), here(4, 0, 2));
    fused(legs, documents, FusionRole.WHOLE).toQuery(context);
    Map<String, Query> named = context.copyNamedQueries();
    assertSame(outside, named.get("outside"));
    assertEquals(Set.of(documentOf(1), documentOf(2)), found(named.get("first")).keySet());
    assertEquals(Set.of(documentOf(2), documentOf(4)), found(named.get("second")).keySet());
  }

  public void testInnerHitsAreThoseOfTheLegsAndOfWhatIsShown() {
    FusedDocsQueryBuilder fused =
        new FusedDocsQueryBuilder(
            fused(List.of(nested("of a leg")), List.of(), FusionRole.WHOLE).ranking(),
            List.of(nested("shown")),
            FusionRole.WHOLE);
    Map<String, InnerHitContextBuilder> innerHits = new HashMap<>();
    InnerHitContextBuilder.extractInnerHits(fused, innerHits);
    assertEquals(Set.of("of a leg", "shown"), innerHits.keySet());
  }

  private static QueryBuilder nested(String innerHits) {
    return new NestedQueryBuilder("passages", new MatchAllQueryBuilder(), ScoreMode.None)
        .innerHit(new InnerHitBuilder(innerHits));
  }

  public void testLegsAndWhatIsShownAreRewritten() throws IOException {
    QueryBuilder boosted = new MatchAllQueryBuilder().boost(3);
    QueryBuilder wrapped = new WrapperQueryBuilder(boosted.toString());
    QueryBuilder all = new MatchAllQueryBuilder();
    for (List<QueryBuilder> legs : List.of(List.of(all, all), List.of(all, wrapped))) {
      for (List<QueryBuilder> shown : List.of(List.of(all), List.of(wrapped, all))) {
        FusedDocsQueryBuilder fused = shown(legs, shown);
        QueryBuilder rewritten = fused.rewrite(createShardContext());
        boolean changes = legs.contains(wrapped) || shown.contains(wrapped);
        assertEquals(changes == false, rewritten == fused);
        assertEquals(shown(replaced(legs, boosted), replaced(shown, boosted)), rewritten);
      }
    }
  }

  private static FusedDocsQueryBuilder shown(List<QueryBuilder> legs, List<QueryBuilder> shown) {
    FusedRanking ranking = fused(legs, List.of(here(1, 1, 1)), FusionRole.WHOLE).ranking();
    return new FusedDocsQueryBuilder(ranking, shown, FusionRole.WHOLE);
  }

  private static List<QueryBuilder> replaced(List<QueryBuilder> queries, QueryBuilder by) {
    return queries.stream().map(q -> q instanceof WrapperQueryBuilder ? by : q).toList();
  }

  public void testAShardWithoutDocumentsMatchesNothingWhereNothingElseIsAsked() throws IOException {
    List<QueryBuilder> legs = List.of(new MatchAllQueryBuilder());
    List<FusedDoc> elsewhere = List.of(document("another", 0, 1, 1));
    for (FusionRole role : FusionRole.values()) {
      QueryBuilder rewritten = fused(legs, elsewhere, role).rewrite(createShardContext());
      assertEquals(role == FusionRole.WHOLE, rewritten instanceof MatchNoneQueryBuilder);
    }
    FusedDocsQueryBuilder some = fused(legs, List.of(here(1, 1)), FusionRole.WHOLE);
    assertSame(some, some.rewrite(createShardContext()));
  }

  /** A shard whose documents no page shows has a count to tell. */
  public void testDocumentsBehindThePageAreCounted() throws IOException {
    List<FusedDoc> documents =
        List.of(document("elsewhere", 0, 1, 1), here(2, 2), here(3, 3), here(4, 4));
    FusedRanking ranking =
        fused(List.of(new MatchAllQueryBuilder()), documents, FusionRole.WHOLE).ranking();
    for (int shown = 0; shown <= documents.size(); shown++) {
      FusedDocsQueryBuilder page =
          new FusedDocsQueryBuilder(ranking.first(shown), List.of(), FusionRole.WHOLE);
      assertSame(page, page.rewrite(createShardContext(searcher)));
      FusedDocsQuery query = (FusedDocsQuery) page.toQuery(createShardContext(searcher));
      int found = Math.max(0, shown - 1);
      assertEquals(found, found(query).size());
      assertEquals(3 - found, query.others());
    }
  }

  public void testTravelsAndIsToldApart() throws IOException {
    List<QueryBuilder> legs = List.of(new MatchAllQueryBuilder());
    FusedDocsQueryBuilder one =
        new FusedDocsQueryBuilder(
            fused(legs, List.of(here(1, 1), here(3, 2), here(4, 3)), FusionRole.WHOLE)
                .ranking()
                .first(1),
            List.of(),
            FusionRole.WHOLE);
    QueryBuilder copy = copyNamedWriteable(one, namedWriteableRegistry(), QueryBuilder.class);
    assertEquals(one, copy);
    assertEquals(one.hashCode(), copy.hashCode());
    for (FusedDocsQueryBuilder other :
        List.of(
            fused(legs, List.of(here(2, 1)), FusionRole.WHOLE),
            fused(legs, List.of(here(1, 1)), FusionRole.WHOLE),
            fused(legs, List.of(here(1, 1)), FusionRole.COUNTED),
            new FusedDocsQueryBuilder(one.ranking(), legs, FusionRole.WHOLE))) {
      assertNotEquals(one, other);
      assertNotEquals(one.hashCode(), other.hashCode());
    }
  }
}
