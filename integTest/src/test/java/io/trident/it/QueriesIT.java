/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.cluster.Api;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.BeforeClass;
import org.junit.Test;

/**
 * The queries by vector over nested documents, by text that says nothing, and where they are
 * stored.
 */
public class QueriesIT extends ClusterTestCase {

  private static final int BOOKS = 60;
  private static final String[] ENCODINGS = {"float32", "8bit", "4bit", "1bit"};

  private static Api api;
  private static final List<Book> STORED = new ArrayList<>();

  private record Page(float x, float y, String word) {
    private double similarity(float toX, float toY) {
      return 1 / (1 + (x - toX) * (x - toX) + (y - toY) * (y - toY));
    }
  }

  private record Book(int year, String shelf, List<Page> pages) {
    private double best(float x, float y, int count) {
      return pages.stream()
          .map(page -> page.similarity(x, y))
          .sorted(Comparator.reverseOrder())
          .limit(count)
          .mapToDouble(Double::doubleValue)
          .sum();
    }
  }

  @BeforeClass
  public static void start() throws IOException {
    api = sharedNode();
    ok(
        api,
        "PUT",
        "/books",
        """
        {"settings": {"index.codec": "trident", "number_of_shards": 2},
         "mappings": {"properties": {
           "year": {"type": "integer"}, "shelf": {"type": "keyword"}, "text": {"type": "text"},
           "tags": {"type": "nested", "properties": {"name": {"type": "keyword"}}},
           "sparse": {"type": "impact_vector"},
           "marked": {"type": "token_vectors", "dimension": 128}, "alias": {"type": "alias", "path": "marked"},
           "pages": {"type": "nested", "properties": {
             "word": {"type": "keyword"},
             "v": {"type": "dense_vector", "dimension": 2, "similarity": "l2_norm"},
             "tokens": {"type": "token_vectors", "dimension": 8, "encoding": "float32"},
             "lines": {"type": "nested", "properties": {
               "v": {"type": "dense_vector", "dimension": 2, "similarity": "l2_norm"}}}}}}}}
        """);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < BOOKS; i++) {
      Book book = randomBook(i);
      STORED.add(book);
      lines.add("{\"index\": {\"_id\": \"" + i + "\"}}");
      lines.add(json(book));
    }
    bulk(api, "books", lines);
  }

  private static Book randomBook(int i) {
    List<Page> pages = new ArrayList<>();
    for (int p = randomIntBetween(1, 4); p > 0; p--) {
      pages.add(
          new Page(10 * randomFloat(), 10 * randomFloat(), randomFrom(List.of("sea", "sand"))));
    }
    return new Book(1950 + i, randomFrom(List.of("left", "right")), pages);
  }

  private static String json(Book book) {
    StringBuilder pages = new StringBuilder();
    for (Page page : book.pages) {
      pages.append(
          String.format(
              Locale.ROOT,
              "%s{\"word\": \"%s\", \"v\": [%s, %s], \"tokens\": [[%s, %s, 1, 0, 0, 0, 0, 0]], \"lines\": [{\"v\": [%s, %s]}]}",
              pages.isEmpty() ? "" : ", ",
              page.word,
              page.x,
              page.y,
              page.x,
              page.y,
              page.x,
              page.y));
    }
    return String.format(
        Locale.ROOT,
        "{\"year\": %d, \"shelf\": \"%s\", \"text\": \"apple\", \"tags\": [{\"name\": \"%s\"}], \"sparse\": {\"apple\": 1}, \"pages\": [%s]}",
        book.year,
        book.shelf,
        book.shelf,
        pages);
  }

  private static JsonNode search(String body) {
    return ok(api, "POST", "/books/_search", body);
  }

  private static String dense(String options) {
    return "{\"dense\": {\"pages.v\": {\"vector\": [3, 3], \"k\": 5" + options + "}}}";
  }

  private static String nested(String kind, String query) {
    return "{\""
        + kind
        + "\": {\"path\": \"pages\", \"query\": "
        + query
        + (kind.equals("nested") ? ", \"score_mode\": \"max\"" : "")
        + "}}";
  }

  private static List<Double> best(Predicate<Book> books, Predicate<Page> pages) {
    return STORED.stream()
        .filter(books)
        .map(
            book ->
                book.pages.stream().filter(pages).mapToDouble(page -> page.similarity(3, 3)).max())
        .filter(OptionalDouble::isPresent)
        .map(OptionalDouble::getAsDouble)
        .sorted(Comparator.reverseOrder())
        .limit(5)
        .toList();
  }

  private static void assertScores(String what, List<Double> expected, JsonNode response) {
    List<Float> scores = scores(response);
    assertEquals(what + scores, expected.size(), scores.size());
    for (int i = 0; i < expected.size(); i++) {
      assertEquals(what, expected.get(i), scores.get(i), 1e-5);
    }
  }

  /** A filter, the books and the pages that it allows. */
  private record Filter(String json, Predicate<Book> books, Predicate<Page> pages) {}

  @Test
  public void testFiltersAreOnPassagesOrOnDocuments() {
    String since = "{\"range\": {\"year\": {\"gte\": 1980}}}";
    String sea = "{\"term\": {\"pages.word\": \"sea\"}}";
    List<Filter> filters =
        List.of(
            new Filter(since, book -> book.year >= 1980, page -> true),
            new Filter(sea, book -> true, page -> page.word.equals("sea")),
            new Filter(
                "{\"bool\": {\"filter\": [" + since + ", " + sea + "]}}",
                book -> book.year >= 1980,
                page -> page.word.equals("sea")),
            new Filter(
                "{\"bool\": {\"must_not\": [" + since + "]}}", book -> book.year < 1980, p -> true),
            new Filter(
                "{\"bool\": {\"must_not\": [" + since + ", " + sea + "]}}",
                book -> book.year < 1980,
                page -> page.word.equals("sand")),
            new Filter("{\"exists\": {\"field\": \"year\"}}", book -> true, page -> true),
            new Filter("{\"exists\": {\"field\": \"absent\"}}", book -> false, page -> true),
            new Filter("{\"ids\": {\"values\": [\"7\"]}}", book -> book.year == 1957, page -> true),
            new Filter(
                "{\"nested\": {\"path\": \"tags\", \"query\": {\"term\": {\"tags.name\": \"left\"}}}}",
                book -> book.shelf.equals("left"),
                page -> true),
            new Filter(
                "{\"nested\": {\"path\": \"pages\", \"query\": " + sea + "}}",
                book -> book.pages.stream().anyMatch(page -> page.word.equals("sea")),
                page -> true),
            new Filter(
                "{\"script\": {\"script\": \"doc['year'].value > 1980\"}}",
                book -> book.year > 1980,
                page -> true));
    for (Filter filter : filters) {
      List<Double> expected = best(filter.books, filter.pages);
      String query = dense(", \"filter\": " + filter.json);
      for (String kind : List.of("nested", "top_passages")) {
        JsonNode found = search("{\"size\": 5, \"query\": " + nested(kind, query) + "}");
        assertScores(kind + filter.json, expected, found);
      }
    }
    refused(
        api,
        400,
        "POST",
        "/books/_search",
        "{\"query\": "
            + nested(
                "nested",
                dense(
                    ", \"filter\": {\"multi_match\": {\"query\": \"sea\", \"fields\": [\"shelf\", \"pages.word\"]}}"))
            + "}",
        "[multi_match] in a [filter]",
        "pages.word");
  }

  @Test
  public void testFiltersOfMaxSimAreOnPassagesOrOnDocuments() {
    for (String filter :
        List.of(
            "{\"range\": {\"year\": {\"gte\": 2000}}}",
            "{\"bool\": {\"must_not\": {\"range\": {\"year\": {\"lt\": 2000}}}}}")) {
      JsonNode found =
          search(
              "{\"size\": 60, \"query\": "
                  + nested(
                      "top_passages",
                      "{\"max_sim\": {\"pages.tokens\": {\"vectors\": [[1, 0, 0, 0, 0, 0, 0, 0]], \"filter\": "
                          + filter
                          + "}}}")
                  + "}");
      assertEquals(STORED.stream().filter(book -> book.year >= 2000).count(), ids(found).size());
    }
  }

  /** Lines are nested in pages: the filter is on the book and on the page. */
  @Test
  public void testFiltersOfObjectsInsideOfNestedOnes() {
    String lines =
        "{\"nested\": {\"path\": \"pages.lines\", \"query\": {\"dense\": {\"pages.lines.v\": {\"vector\": [3, 3], \"k\": 200, \"filter\": {\"bool\": {\"filter\": [{\"term\": {\"pages.word\": \"sea\"}}, {\"range\": {\"year\": {\"gte\": 1980}}}]}}}}}, \"score_mode\": \"max\"}}";
    assertScores(
        "lines",
        best(book -> book.year >= 1980, page -> page.word.equals("sea")),
        search("{\"size\": 5, \"query\": " + nested("nested", lines) + "}"));
  }

  @Test
  public void testTheFilterOfAFusionComesBeforeTheNearest() {
    String range = "{\"range\": {\"year\": {\"gte\": 1990}}}";
    String filter =
        randomBoolean() ? range : "{\"fusion\": {\"legs\": [{\"query\": " + range + "}]}}";
    for (String leg :
        List.of(
            nested("top_passages", dense("")),
            nested("nested", dense("")),
            "{\"bool\": {\"should\": [" + nested("nested", dense("")) + "]}}",
            "{\"fusion\": {\"normalization\": \"none\", \"legs\": [{\"query\": "
                + nested("nested", dense(""))
                + "}]}}")) {
      JsonNode found =
          search(
              "{\"size\": 5, \"query\": {\"fusion\": {\"normalization\": \"none\", \"filter\": "
                  + filter
                  + ", \"legs\": [{\"query\": "
                  + leg
                  + "}]}}}");
      assertScores(filter + leg, best(book -> book.year >= 1990, page -> true), found);
    }
  }

  @Test
  public void testTopPassagesSumsAllPassagesOfTheNearestDocuments() {
    for (int count : new int[] {1, 2, 3, 1000}) {
      String query =
          "{\"top_passages\": {\"path\": \"pages\", \"count\": "
              + count
              + ", \"query\": {\"dense\": {\"pages.v\": {\"vector\": [3, 3], \"k\": 1000}}}, \"inner_hits\": {\"size\": 10}}}";
      JsonNode found = search("{\"size\": 60, \"query\": " + query + "}");
      List<Double> expected =
          STORED.stream()
              .map(book -> book.best(3, 3, count))
              .sorted(Comparator.reverseOrder())
              .toList();
      assertScores("count " + count, expected, found);
      found
          .at("/hits/hits")
          .forEach(
              hit ->
                  assertEquals(
                      STORED.get(hit.get("_id").asInt()).pages.size(),
                      hit.at("/inner_hits/pages/hits/hits").size()));
    }
  }

  @Test
  public void testPassagesScoreAsTheyAreFoundWithEachEncoding() {
    for (String encoding : ENCODINGS) {
      ok(
          api,
          "PUT",
          "/coded-" + encoding,
          "{\"settings\": {\"index.codec\": \"trident\"}, \"mappings\": {\"properties\": {\"pages\": {\"type\": \"nested\", \"properties\": {\"v\": {\"type\": \"dense_vector\", \"dimension\": 8, \"encoding\": \""
              + encoding
              + "\"}}}}}}");
      List<String> lines = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        lines.add("{\"index\": {}}");
        lines.add(
            "{\"pages\": [{\"v\": "
                + vector()
                + "}, {\"v\": "
                + vector()
                + "}, {\"v\": "
                + vector()
                + "}]}");
      }
      bulk(api, "coded-" + encoding, lines);
      String query =
          "{\"size\": 30, \"query\": {\"top_passages\": {\"path\": \"pages\", \"count\": %d, \"query\": {\"dense\": {\"pages.v\": {\"vector\": "
              + vector()
              + "}}}, \"inner_hits\": {}}}}";
      String path = "/coded-" + encoding + "/_search";
      Map<String, Double> one = new TreeMap<>();
      for (JsonNode hit :
          ok(api, "POST", path, String.format(Locale.ROOT, query, 1)).at("/hits/hits")) {
        one.put(hit.get("_id").asText(), hit.get("_score").asDouble());
        assertEquals(3, hit.at("/inner_hits/pages/hits/hits").size());
        assertEquals(
            encoding,
            hit.get("_score").asDouble(),
            hit.at("/inner_hits/pages/hits/max_score").asDouble(),
            0);
      }
      for (JsonNode hit :
          ok(api, "POST", path, String.format(Locale.ROOT, query, 3)).at("/hits/hits")) {
        double sum = 0;
        for (JsonNode passage : hit.at("/inner_hits/pages/hits/hits")) {
          sum += passage.get("_score").asDouble();
        }
        assertEquals(encoding, sum, hit.get("_score").asDouble(), 1e-5);
        assertEquals(
            encoding,
            one.get(hit.get("_id").asText()),
            hit.at("/inner_hits/pages/hits/hits/0/_score").asDouble(),
            0);
      }
    }
  }

  private static String vector() {
    float[] vector = new float[8];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) randomGaussian();
    }
    return Api.JSON.valueToTree(vector).toString();
  }

  @Test
  public void testTopPassagesInsideOfItsOwnPathIsRefused() {
    refused(
        api,
        400,
        "POST",
        "/books/_search",
        "{\"query\": " + nested("nested", nested("top_passages", "{\"match_all\": {}}")) + "}",
        "[path] below [pages], got [pages]");
  }

  @Test
  public void testManyTokensAreToldApart() {
    ok(
        api,
        "PUT",
        "/wide",
        "{\"settings\": {\"index.codec\": \"trident\"}, \"mappings\": {\"properties\": {\"s\": {\"type\": \"impact_vector\"}}}}");
    bulk(
        api,
        "wide",
        List.of(
            "{\"index\": {}}",
            "{\"s\": {\"heavy\": 1}}",
            "{\"index\": {}}",
            "{\"s\": {\"light\": 1}}"));
    for (int tokens : new int[] {10, 1_000, 60_000}) {
      Map<String, Float> query = new TreeMap<>(Map.of("heavy", 0.06f, "light", 0.015f));
      IntStream.range(0, tokens).forEach(i -> query.put("z" + i, 1f));
      JsonNode found =
          ok(
              api,
              "POST",
              "/wide/_search",
              "{\"query\": {\"learned_sparse\": {\"s\": {\"tokens\": "
                  + Api.JSON.valueToTree(query)
                  + "}}}}");
      assertEquals(0.0602, scores(found).get(0), 1e-4);
      assertEquals(0.01506, scores(found).get(1), 1e-5);
    }
  }

  @Test
  public void testBlankTextsFindNothing() {
    for (String text : List.of(" ", "\\n\\t", "\\u200b")) {
      for (String query :
          List.of(
              "{\"learned_sparse\": {\"sparse\": {\"text\": \"" + text + "\"}}}",
              "{\"dense\": {\"pages.v\": {\"text\": \"" + text + "\"}}}",
              "{\"max_sim\": {\"marked\": {\"text\": \"" + text + "\"}}}")) {
        assertEquals(query, List.of(), ids(search("{\"query\": " + query + "}")));
      }
    }
  }

  @Test
  public void testNumbersOfATemplateMayComeInQuotes() {
    String template =
        "{\"source\": {\"query\": {\"dense\": {\"pages.v\": {\"vector\": [0, 0], \"k\": \"{{k}}\", \"boost\": \"{{k}}\"}}}, \"size\": \"{{k}}\"}, \"params\": {\"k\": 2}}";
    ok(api, "POST", "/books/_search/template", template);
  }

  private static final String STORED_FIELDS =
      """
      "properties": {"query": {"type": "percolator"}, "n": {"type": "integer"},
        "s": {"type": "impact_vector"}, "t": {"type": "token_vectors", "dimension": 8},
        "d": {"type": "dense_vector", "dimension": 2, "similarity": "l2_norm"},
        "pages": {"type": "nested", "properties": {
          "s": {"type": "impact_vector"}, "t": {"type": "token_vectors", "dimension": 8},
          "d": {"type": "dense_vector", "dimension": 2, "similarity": "l2_norm"}}}}
      """;

  private static final String LATE = "{\"range\": {\"n\": {\"gte\": 3}}}";

  private static final Map<String, String> BY_VECTOR =
      Map.of(
          "s", "{\"learned_sparse\": {\"%ss\": {\"tokens\": {\"river\": 1, \"sand\": 2}%s}}}",
          "t", "{\"max_sim\": {\"%st\": {\"vectors\": [[1, 0, 0, 0, 0, 0, 0, 0]]%s}}}",
          "d", "{\"dense\": {\"%sd\": {\"vector\": [1, 2]%s}}}");

  /** Every query by vector, as it stands and inside of others. */
  private static Map<String, String> storedQueries() {
    Map<String, String> queries = new TreeMap<>();
    BY_VECTOR.forEach(
        (field, query) -> {
          String plain = String.format(Locale.ROOT, query, "", "");
          String page = String.format(Locale.ROOT, query, "pages.", "");
          queries.put(field, plain);
          if (field.equals("s")) {
            queries.put(
                "s-approximate", String.format(Locale.ROOT, query, "", ", \"approximate\": {}"));
          } else {
            queries.put(
                field + "-all",
                String.format(Locale.ROOT, query, "", ", \"filter\": {\"match_all\": {}}"));
            queries.put(
                field + "-some", String.format(Locale.ROOT, query, "", ", \"filter\": " + LATE));
          }
          queries.put(field + "-and", "{\"bool\": {\"must\": [" + plain + ", " + LATE + "]}}");
          queries.put(
              field + "-not",
              "{\"bool\": {\"must\": [{\"exists\": {\"field\": \"n\"}}], \"must_not\": ["
                  + plain
                  + "]}}");
          for (String kind : List.of("nested", "top_passages")) {
            queries.put(field + "-" + kind, nested(kind, page));
          }
          queries.put(
              field + "-two",
              "{\"top_passages\": {\"path\": \"pages\", \"count\": 2, \"query\": " + page + "}}");
        });
    return queries;
  }

  private static String randomVectors() {
    List<String> fields = new ArrayList<>();
    if (randomBoolean()) {
      fields.add(
          "\"s\": {\""
              + randomFrom(List.of("river", "sand", "lake"))
              + "\": "
              + (1 + randomFloat())
              + "}");
    }
    if (randomBoolean()) {
      fields.add("\"t\": [[" + randomFloat() + ", 1, 0, 0, 0, 0, 0, " + randomFloat() + "]]");
    }
    if (randomBoolean()) {
      fields.add("\"d\": [" + randomFloat() + ", " + randomFloat() + "]");
    }
    return String.join(", ", fields);
  }

  private static String randomStored(int number) {
    List<String> parts = new ArrayList<>(List.of("\"n\": " + number));
    parts.add(randomVectors());
    List<String> pages = new ArrayList<>();
    for (int i = number % 2 == 0 ? 0 : randomIntBetween(1, 3); i > 0; i--) {
      pages.add("{" + randomVectors() + "}");
    }
    if (pages.isEmpty() == false) {
      parts.add("\"pages\": " + pages);
    }
    parts.removeIf(String::isEmpty);
    return "{" + String.join(", ", parts) + "}";
  }

  @Test
  public void testStoredQueriesScoreDocumentsThatAreTriedAsThoseOfAnIndex() {
    assumeTrue("SKIPPED, the server has no percolator", hasModule(api, "percolator"));
    for (String index : List.of("stored", "tried")) {
      ok(
          api,
          "PUT",
          "/" + index,
          "{\"settings\": {\"index.codec\": \"trident\"}, \"mappings\": {" + STORED_FIELDS + "}}");
    }
    Map<String, String> queries = storedQueries();
    List<String> lines = new ArrayList<>();
    queries.forEach(
        (id, query) -> {
          lines.add("{\"index\": {\"_id\": \"" + id + "\"}}");
          lines.add("{\"query\": " + query + "}");
        });
    bulk(api, "stored", lines);
    List<String> searched = List.copyOf(queries.keySet());
    StringBuilder searches = new StringBuilder();
    queries.values().forEach(query -> searches.append("{}\n{\"query\": " + query + "}\n"));
    Map<String, Integer> found = new TreeMap<>();
    for (int n = 0; n < 30; n++) {
      String document = randomStored(n);
      bulk(api, "tried", List.of("{\"index\": {\"_id\": \"one\"}}", document));
      Map<String, Float> expected = new TreeMap<>();
      JsonNode responses = ok(api, "POST", "/tried/_msearch", searches.toString()).get("responses");
      for (int i = 0; i < searched.size(); i++) {
        String id = searched.get(i);
        scores(responses.get(i)).forEach(score -> expected.put(id, score));
      }
      Map<String, Float> actual = percolated(document);
      assertEquals(document, expected.keySet(), actual.keySet());
      expected.forEach(
          (id, score) -> assertEquals(document + id, score, actual.get(id), 1e-4f * score));
      expected.keySet().forEach(id -> found.merge(id, 1, Integer::sum));
    }
    assertEquals("each finds some: " + found, queries.keySet(), found.keySet());
  }

  private static Map<String, Float> percolated(String document) {
    JsonNode response =
        ok(
            api,
            "POST",
            "/stored/_search",
            "{\"size\": 100, \"query\": {\"percolate\": {\"field\": \"query\", \"document\": "
                + document
                + "}}}");
    List<Float> scores = scores(response);
    Map<String, Float> percolated = new TreeMap<>();
    ids(response).forEach(id -> percolated.put(id, scores.get(percolated.size())));
    return percolated;
  }

  private static String reranked(String options, String search) {
    return "{\"query\": {\"match\": {\"text\": \"apple\"}}, \"ext\": {\"cross_encoder\": {\"query\": \"apple\""
        + options
        + "}}"
        + search
        + "}";
  }

  @Test
  public void testCrossEncoderRefusesWhatItCannotRerank() {
    for (String field : List.of("txet", "pages", "tags")) {
      refused(
          api,
          400,
          "POST",
          "/books/_search",
          reranked(", \"field\": \"" + field + "\"", ""),
          "[field] with text",
          "[" + field + "]");
    }
    String field = ", \"field\": \"text\"";
    String[][] refused = {
      {", \"field\": \"te*\"", "", "patterns"},
      {", \"field\": \"\"", "", "[field]"},
      {field, ", \"sort\": [{\"_score\": \"asc\"}]", "[sort]"},
      {field, ", \"stored_fields\": \"_none_\"", "[stored_fields]"},
      {field, ", \"from\": 10, \"size\": 2147483647", "Result window"},
      {field, ", \"from\": 2147483647, \"size\": 10", "Result window"},
      {field + ", \"model\": \"absent\"", ", \"post_filter\": {\"match_none\": {}}", "absent"}
    };
    for (String[] one : refused) {
      String body = reranked(one[0], one[1]);
      Api.Answer answer = api.call("POST", "/books/_search", body);
      assertTrue(body + answer, answer.status() >= 400 && answer.status() < 500);
      assertTrue(body + answer.body(), answer.body().toString().contains(one[2]));
    }
    assertTrue(search(reranked(field, "")).at("/ext/cross_encoder/reranked").asBoolean());
  }

  @Test
  public void testHighlighterRefusesWhatItCannotUse() {
    String body =
        "{\"size\": 60, \"query\": {\"match\": {\"text\": \"apple\"}}, \"highlight\": {\"fields\": {\"text\": {\"type\": \"max_sim\"%s, \"options\": {\"tokens\": \"%s\"}}}}}";
    for (String field : List.of("absent", "text", "sparse")) {
      refused(
          api,
          400,
          "POST",
          "/books/_search",
          String.format(Locale.ROOT, body, "", field),
          "[tokens]",
          field);
    }
    refused(
        api,
        400,
        "POST",
        "/books/_search",
        String.format(Locale.ROOT, body, ", \"pre_tags\": [\"<b>\"], \"post_tags\": []", "marked"),
        "[post_tags]");
    search(String.format(Locale.ROOT, body, "", "alias"));
  }
}
