/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import static org.hamcrest.Matchers.containsString;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Predicate;
import org.apache.lucene.search.join.ScoreMode;
import org.opensearch.action.search.SearchPhaseExecutionException;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.DisMaxQueryBuilder;
import org.opensearch.index.query.ExistsQueryBuilder;
import org.opensearch.index.query.IdsQueryBuilder;
import org.opensearch.index.query.InnerHitBuilder;
import org.opensearch.index.query.MatchAllQueryBuilder;
import org.opensearch.index.query.MultiMatchQueryBuilder;
import org.opensearch.index.query.NestedQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.RangeQueryBuilder;
import org.opensearch.index.query.TermQueryBuilder;
import org.opensearch.index.query.functionscore.FunctionScoreQueryBuilder;
import org.opensearch.plugins.Plugin;
import org.opensearch.search.SearchHit;
import org.opensearch.test.OpenSearchSingleNodeTestCase;

/** Searches the vectors of nested objects, against what arithmetic in this class says. */
public class NestedVectorsTests extends OpenSearchSingleNodeTestCase {

  private static final int BOOKS = 60;

  private final List<Book> books = new ArrayList<>();

  private record Page(float x, float y, String word) {
    private double similarity() {
      return 1 / (1 + (x - 3) * (x - 3) + (y - 3) * (y - 3));
    }
  }

  private record Book(int year, String shelf, List<Page> pages) {}

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    return List.of(QueriesPlugin.class);
  }

  @Override
  public void setUp() throws Exception {
    super.setUp();
    client()
        .admin()
        .indices()
        .prepareCreate("books")
        .setMapping(
            """
            {"properties": {"year": {"type": "integer"}, "shelf": {"type": "keyword"},
              "tags": {"type": "nested", "properties": {"name": {"type": "keyword"}}},
              "pages": {"type": "nested", "properties": {"word": {"type": "keyword"},
                "v": {"type": "dense_vector", "dimension": 2, "similarity": "l2_norm"},
                "lines": {"type": "nested", "properties": {
                  "v": {"type": "dense_vector", "dimension": 2, "similarity": "l2_norm"}}}}}}}
            """)
        .get();
    for (int i = 0; i < BOOKS; i++) {
      Book book = randomBook(i);
      books.add(book);
      client()
          .prepareIndex("books")
          .setId(Integer.toString(i))
          .setSource(json(book), XContentType.JSON)
          .get();
    }
    client().admin().indices().prepareRefresh("books").get();
  }

  private static Book randomBook(int i) {
    List<Page> pages = new ArrayList<>();
    for (int p = randomIntBetween(1, 4); p > 0; p--) {
      pages.add(new Page(10 * randomFloat(), 10 * randomFloat(), randomFrom("sea", "sand")));
    }
    return new Book(1950 + i, randomFrom("left", "right"), pages);
  }

  private static String json(Book book) {
    List<String> pages = new ArrayList<>();
    for (Page page : book.pages) {
      String vector = "\"v\": [" + page.x + ", " + page.y + "]";
      pages.add("{\"word\": \"" + page.word + "\", " + vector + ", \"lines\": [{" + vector + "}]}");
    }
    return "{\"year\": "
        + book.year
        + ", \"shelf\": \""
        + book.shelf
        + "\", \"tags\": [{\"name\": \""
        + book.shelf
        + "\"}], \"pages\": "
        + pages
        + "}";
  }

  private static DenseQueryBuilder dense(String field, int k) {
    DenseQueryBuilder dense =
        new DenseQueryBuilder(QueriesPlugin.ENCODER, field).vector(new float[] {3, 3}).k(k);
    return randomBoolean() ? dense : dense.oversample(randomIntBetween(1, 20));
  }

  private static QueryBuilder nested(QueryBuilder query) {
    return new NestedQueryBuilder("pages", query, ScoreMode.Max);
  }

  private SearchResponse search(QueryBuilder query, int size) {
    return client().prepareSearch("books").setQuery(query).setSize(size).get();
  }

  /** The best passages' similarities of the five nearest documents that filters allow. */
  private List<Double> nearest(Predicate<Book> some, Predicate<Page> pages) {
    return books.stream()
        .filter(some)
        .map(book -> book.pages.stream().filter(pages).mapToDouble(Page::similarity).max())
        .filter(OptionalDouble::isPresent)
        .map(OptionalDouble::getAsDouble)
        .sorted(Comparator.reverseOrder())
        .limit(5)
        .toList();
  }

  private static void assertScores(String what, List<Double> expected, SearchResponse response) {
    SearchHit[] hits = response.getHits().getHits();
    assertEquals(what, expected.size(), hits.length);
    for (int i = 0; i < hits.length; i++) {
      assertEquals(what, expected.get(i), hits[i].getScore(), 1e-5);
    }
  }

  private void assertFiltered(QueryBuilder filter, Predicate<Book> some, Predicate<Page> pages) {
    List<Double> expected = nearest(some, pages);
    QueryBuilder query = dense("pages.v", 5).filter(filter);
    assertScores(filter.toString(), expected, search(nested(query), 5));
    QueryBuilder exact = dense("pages.v", 5).exact().filter(filter);
    ScoreMode mode = randomFrom(ScoreMode.Max, ScoreMode.Avg, ScoreMode.Total);
    assertScores(
        "exact " + mode + " " + filter,
        expected,
        search(new NestedQueryBuilder("pages", exact, mode), 5));
    assertScores(
        filter.toString(), expected, search(new TopPassagesQueryBuilder("pages", query), 5));
  }

  public void testFiltersAreOnPassagesOrOnDocuments() {
    QueryBuilder since = new RangeQueryBuilder("year").gte(1980);
    QueryBuilder sea = new TermQueryBuilder("pages.word", "sea");
    Predicate<Book> anyBook = book -> true;
    Predicate<Page> anyPage = page -> true;
    Predicate<Book> hasSea = book -> book.pages.stream().anyMatch(page -> page.word.equals("sea"));
    assertFiltered(since, book -> book.year >= 1980, anyPage);
    assertFiltered(sea, anyBook, page -> page.word.equals("sea"));
    assertFiltered(
        new BoolQueryBuilder().filter(since).must(sea),
        book -> book.year >= 1980,
        page -> page.word.equals("sea"));
    assertFiltered(new BoolQueryBuilder().mustNot(since), book -> book.year < 1980, anyPage);
    assertFiltered(
        new BoolQueryBuilder().mustNot(since).mustNot(sea),
        book -> book.year < 1980,
        page -> page.word.equals("sand"));
    assertFiltered(
        new BoolQueryBuilder()
            .should(new TermQueryBuilder("year", 1957))
            .should(new TermQueryBuilder("year", 1960)),
        book -> book.year == 1957 || book.year == 1960,
        anyPage);
    assertFiltered(new ExistsQueryBuilder("year"), anyBook, anyPage);
    assertFiltered(new ExistsQueryBuilder("absent"), book -> false, anyPage);
    assertFiltered(new IdsQueryBuilder().addIds("7"), book -> book.year == 1957, anyPage);
    assertFiltered(
        new NestedQueryBuilder("tags", new TermQueryBuilder("tags.name", "left"), ScoreMode.None),
        book -> book.shelf.equals("left"),
        anyPage);
    assertFiltered(nested(sea), hasSea, anyPage);
    assertFiltered(new FunctionScoreQueryBuilder(nested(sea)), hasSea, anyPage);
    assertFiltered(
        new FunctionScoreQueryBuilder(new TopPassagesQueryBuilder("pages", sea)), hasSea, anyPage);
    assertFiltered(
        new DisMaxQueryBuilder().add(since).add(nested(sea)),
        book -> book.year >= 1980 || hasSea.test(book),
        anyPage);
  }

  public void testFiltersOfObjectsInsideOfNestedOnes() {
    QueryBuilder lines =
        dense("pages.lines.v", 500)
            .filter(
                new BoolQueryBuilder()
                    .filter(new TermQueryBuilder("pages.word", "sea"))
                    .filter(new RangeQueryBuilder("year").gte(1980)));
    assertScores(
        "lines",
        nearest(book -> book.year >= 1980, page -> page.word.equals("sea")),
        search(nested(new NestedQueryBuilder("pages.lines", lines, ScoreMode.Max)), 5));
  }

  public void testAFilterOnBothIsRefused() {
    QueryBuilder query =
        nested(
            dense("pages.v", 5).filter(new MultiMatchQueryBuilder("sea", "shelf", "pages.word")));
    SearchPhaseExecutionException refused =
        expectThrows(SearchPhaseExecutionException.class, () -> search(query, 5));
    assertEquals(400, refused.status().getStatus());
    assertThat(refused.toString(), containsString("[multi_match] in a [filter]"));
  }

  public void testTopPassagesSumsAllPassagesOfTheNearestDocuments() throws IOException {
    for (int count : new int[] {1, 2, 3, 1000}) {
      TopPassagesQueryBuilder query =
          new TopPassagesQueryBuilder("pages", dense("pages.v", 1000))
              .count(count)
              .innerHits(new InnerHitBuilder().setSize(10));
      List<Double> expected =
          books.stream()
              .map(
                  book ->
                      book.pages.stream()
                          .map(Page::similarity)
                          .sorted(Comparator.reverseOrder())
                          .limit(count)
                          .mapToDouble(Double::doubleValue)
                          .sum())
              .sorted(Comparator.reverseOrder())
              .toList();
      SearchResponse found = search(query, BOOKS);
      assertScores("count " + count, expected, found);
      for (SearchHit hit : found.getHits()) {
        assertEquals(
            books.get(Integer.parseInt(hit.getId())).pages.size(),
            hit.getInnerHits().get("pages").getHits().length);
      }
    }
  }

  public void testAllPassagesHaveToPassTheFilter() {
    QueryBuilder query = dense("pages.v", 1000).filter(new TermQueryBuilder("pages.word", "sea"));
    SearchResponse found = search(new TopPassagesQueryBuilder("pages", query).count(1000), BOOKS);
    List<Double> expected =
        books.stream()
            .map(
                book ->
                    book.pages.stream()
                        .filter(page -> page.word.equals("sea"))
                        .mapToDouble(Page::similarity)
                        .sum())
            .filter(sum -> sum > 0)
            .sorted(Comparator.reverseOrder())
            .toList();
    assertScores("sea", expected, found);
  }

  public void testTopPassagesInsideOfItsOwnPathIsRefused() {
    SearchPhaseExecutionException refused =
        expectThrows(
            SearchPhaseExecutionException.class,
            () ->
                search(
                    nested(new TopPassagesQueryBuilder("pages", new MatchAllQueryBuilder())), 5));
    assertEquals(400, refused.status().getStatus());
    assertThat(refused.toString(), containsString("[path] below [pages], got [pages]"));
  }
}
