/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Makes documents and searches at random: every query of the plugin and the common ones of
 * OpenSearch, nested in each other, with what else a search may have that decides its hits. Queries
 * give vectors, so that no model is needed. For one thread.
 */
final class RandomSearches {

  /** How many documents there are. */
  static final int DOCUMENTS = 300;

  /** Fields of {@link #document}. */
  static final String MAPPING =
      """
      {"properties": {"n": {"type": "integer"}, "shelf": {"type": "keyword"}, "body": {"type": "text"},
        "sparse": {"type": "impact_vector"},
        "dense": {"type": "dense_vector", "dimension": 4, "similarity": "l2_norm"},
        "tokens": {"type": "token_vectors", "dimension": 8},
        "notes": {"type": "nested", "properties": {"text": {"type": "text"},
          "sparse": {"type": "impact_vector"},
          "dense": {"type": "dense_vector", "dimension": 4, "similarity": "l2_norm"},
          "tokens": {"type": "token_vectors", "dimension": 8}}}}}
      """;

  private static final int MAX_DEPTH = 3;
  private static final int WORDS = 40;

  private final Random random;

  /** Whether hits are to be the same however documents are spread over shards. */
  private boolean spread;

  RandomSearches(Random random) {
    this.random = random;
  }

  private int between(int least, int most) {
    return least + random.nextInt(most - least + 1);
  }

  private boolean one(int in) {
    return random.nextInt(in) == 0;
  }

  @SafeVarargs
  private <T> T any(T... of) {
    return of[random.nextInt(of.length)];
  }

  private String word() {
    return "w" + (int) (WORDS * Math.pow(random.nextDouble(), 2));
  }

  private String text(int least, int most) {
    return String.join(
        " ", IntStream.range(0, between(least, most)).mapToObj(i -> word()).toList());
  }

  private float[] vector(int dimension) {
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return vector;
  }

  private List<float[]> vectors(int most) {
    return IntStream.range(0, between(1, most)).mapToObj(i -> vector(8)).toList();
  }

  private Map<String, Float> tokens(int most) {
    Map<String, Float> tokens = new LinkedHashMap<>();
    for (int i = between(1, most); i > 0; i--) {
      tokens.put(word(), 0.1f + 2 * random.nextFloat());
    }
    return tokens;
  }

  private static Map<String, Object> map(Object... keysAndValues) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      map.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return map;
  }

  /** A document, of which fields may lack. */
  Map<String, Object> document(int number) {
    Map<String, Object> document = representations();
    document.put("n", number);
    document.put("shelf", "s" + number % 5);
    document.put("body", text(3, 15));
    document.put(
        "notes",
        IntStream.range(0, between(0, 4))
            .mapToObj(
                i -> {
                  Map<String, Object> note = representations();
                  note.put("text", text(2, 8));
                  return note;
                })
            .toList());
    return document;
  }

  private Map<String, Object> representations() {
    Map<String, Object> fields = new LinkedHashMap<>();
    if (one(8) == false) {
      fields.put("sparse", tokens(12));
    }
    if (one(8) == false) {
      fields.put("dense", vector(4));
    }
    if (one(8) == false) {
      fields.put("tokens", vectors(5));
    }
    return fields;
  }

  /**
   * A search.
   *
   * @param overShards whether its hits are to be the same however documents are spread over shards:
   *     then no leg has many equal scores or gives fewer neighbours than there are, and no range
   *     has all documents of a shard or none: OpenSearch takes no statistics of words from a shard
   *     where a search can find nothing
   */
  Map<String, Object> search(boolean overShards) {
    spread = overShards;
    Map<String, Object> search = map("_source", false);
    int from = one(4) ? between(0, 10) : 0;
    int size = between(1, 30);
    boolean whole = one(2);
    search.put("query", whole ? fusion(from + size, 0) : part());
    search.put("from", from);
    search.put("size", size);
    if (one(4)) {
      search.put("post_filter", query(1));
    }
    if (one(6)) {
      search.put("min_score", random.nextDouble() * 0.8);
    }
    switch (random.nextInt(6)) {
      case 0 -> search.put("sort", List.of(map("n", any("asc", "desc"))));
      case 1 -> search.put("sort", List.of(map("_score", any("asc", "desc")), map("n", "asc")));
      case 2 -> search.put("collapse", map("field", "shelf"));
      case 3 -> {
        if (spread == false) {
          search.put("rescore", rescore());
        }
      }
      default -> {}
    }
    if (spread && whole == false) {
      search.putIfAbsent("sort", List.of(map("_score", "desc"), map("n", "asc")));
    }
    return search;
  }

  /** A query that is no fusion, whose window would have to reach to the end of the page. */
  private Map<String, Object> part() {
    Map<String, Object> query = query(1);
    return query.containsKey("fusion") ? map("bool", map("must", List.of(query))) : query;
  }

  private Map<String, Object> rescore() {
    return map(
        "window_size",
        between(1, 60),
        "query",
        map(
            "rescore_query",
            query(1),
            "score_mode",
            any("total", "multiply", "avg", "max", "min"),
            "query_weight",
            any(0.0, 0.5, 1.0),
            "rescore_query_weight",
            any(0.5, 1.0, 2.0)));
  }

  /** A query of documents. */
  private Map<String, Object> query(int depth) {
    if (depth > MAX_DEPTH || one(4)) {
      return simple("", depth);
    }
    return switch (random.nextInt(8)) {
      case 0, 1, 2 -> fusion(1, depth);
      case 3 -> bool(depth);
      case 4 -> functionScore(depth);
      case 5 -> map("dis_max", map("queries", several(depth), "tie_breaker", any(0.0, 0.3)));
      case 6 -> passages();
      default ->
          spread
              ? map(
                  "bool", map("must", List.of(query(depth + 1)), "filter", List.of(filter(depth))))
              : any(
                  map("constant_score", map("filter", query(depth + 1), "boost", any(1, 2.5))),
                  map(
                      "boosting",
                      map(
                          "positive",
                          query(depth + 1),
                          "negative",
                          query(depth + 1),
                          "negative_boost",
                          0.4)),
                  map(
                      "script_score",
                      map(
                          "query",
                          query(depth + 1),
                          "script",
                          map("source", "_score * 2 + doc['n'].value % 7"))));
    };
  }

  private List<Map<String, Object>> several(int depth) {
    List<Map<String, Object>> several = new ArrayList<>();
    for (int i = between(1, 3); i > 0; i--) {
      several.add(query(depth + 1));
    }
    return several;
  }

  private Map<String, Object> bool(int depth) {
    Map<String, Object> bool = map("must", several(depth));
    if (one(2)) {
      bool.put("should", several(depth));
    }
    if (one(2)) {
      bool.put("filter", List.of(filter(depth)));
    }
    if (one(3)) {
      bool.put("must_not", List.of(filter(depth)));
    }
    if (one(4)) {
      bool.put("should", bool.remove("must"));
    }
    bool.values().removeIf(clauses -> clauses == null);
    return map("bool", bool);
  }

  private Map<String, Object> functionScore(int depth) {
    return map(
        "function_score",
        map(
            "query",
            query(depth + 1),
            "field_value_factor",
            map("field", "n", "factor", 0.01, "modifier", any("none", "log1p", "sqrt")),
            "boost_mode",
            any("sum", "multiply", "replace", "avg", "max", "min")));
  }

  private Map<String, Object> filter(int depth) {
    return switch (random.nextInt(5)) {
      case 0 -> query(depth + 1);
      case 1 -> map("terms", map("shelf", List.of("s1", "s" + random.nextInt(5))));
      case 2 -> map("exists", map("field", any("sparse", "dense", "tokens")));
      default -> range();
    };
  }

  private Map<String, Object> range() {
    int from = random.nextInt(DOCUMENTS);
    int to = from + between(1, DOCUMENTS);
    if (spread) {
      from = between(DOCUMENTS / 10, DOCUMENTS / 2);
      to = between(from + DOCUMENTS / 10, DOCUMENTS * 9 / 10);
    }
    return map("range", map("n", map("gte", from, "lt", to)));
  }

  private Map<String, Object> passages() {
    return one(2)
        ? map(
            "top_passages",
            map("path", "notes", "count", between(1, 3), "query", simple("notes.", MAX_DEPTH)))
        : map(
            "nested",
            map(
                "path",
                "notes",
                "score_mode",
                any("max", "sum", "avg"),
                "query",
                simple("notes.", MAX_DEPTH)));
  }

  /** A query without queries in it but filters, of documents or of the objects in them. */
  private Map<String, Object> simple(String path, int depth) {
    return switch (random.nextInt(spread || path.isEmpty() == false ? 5 : 7)) {
      case 0 ->
          map("match", map(path.isEmpty() ? "body" : path + "text", named("query", text(1, 3))));
      case 1, 2 ->
          map(
              "learned_sparse",
              map(
                  path + "sparse",
                  one(4) ? named("tokens", tokens(6), "idf", true) : named("tokens", tokens(6))));
      case 3 -> map("dense", map(path + "dense", filtered(dense(), path, depth)));
      case 4 ->
          map("max_sim", map(path + "tokens", filtered(named("vectors", vectors(3)), path, depth)));
      case 5 -> any(range(), map("match_all", map()), map("term", map("shelf", "s2")));
      default -> map("ids", map("values", Arrays.asList("1", "7", "30", "none")));
    };
  }

  private Map<String, Object> dense() {
    Map<String, Object> dense = named("vector", vector(4));
    if (one(4)) {
      dense.put("exact", true);
      return dense;
    }
    if (one(3)) {
      dense.put("oversample", any(1, 2.5, 20));
    }
    if (spread) {
      dense.put("k", 5 * DOCUMENTS);
    } else if (one(2)) {
      dense.put("k", any(10, 150, 5 * DOCUMENTS));
    }
    return dense;
  }

  private Map<String, Object> filtered(Map<String, Object> options, String path, int depth) {
    if (path.isEmpty() && one(3)) {
      options.put("filter", depth < MAX_DEPTH ? filter(depth) : range());
    }
    return options;
  }

  private Map<String, Object> named(Object... keysAndValues) {
    Map<String, Object> options = map(keysAndValues);
    if (one(5)) {
      options.put("_name", "name" + random.nextInt(3));
    }
    if (one(5)) {
      options.put("boost", any(0.3, 2.5));
    }
    return options;
  }

  private Map<String, Object> fusion(int least, int depth) {
    List<Map<String, Object>> legs = new ArrayList<>();
    for (int i = between(1, 3); i > 0; i--) {
      Map<String, Object> leg = map("query", one(3) ? query(depth + 1) : leg(depth));
      if (one(3)) {
        leg.put("weight", 0.1 + random.nextDouble());
      }
      legs.add(leg);
    }
    Map<String, Object> fusion = named("legs", legs, "window", least + random.nextInt(60));
    if (one(4)) {
      fusion.put("combination", "rrf");
      fusion.put("rank_constant", any(1, 60, Integer.MAX_VALUE));
    } else {
      fusion.put("combination", any("arithmetic_mean", "geometric_mean", "harmonic_mean"));
      fusion.put("normalization", any("min_max", "l2", "z_score", "theoretical", "none"));
      if (one(3)) {
        fusion.put("combination", "arithmetic_mean");
        fusion.put("missing", "score");
      }
    }
    if (one(5)) {
      fusion.put("filter", filter(depth));
    }
    if (one(4)) {
      fusion.put("scores", true);
    }
    if (one(5)) {
      fusion.put(
          "diversify",
          map(
              "field",
              any("dense", "sparse", "tokens", "notes.dense", "notes.tokens"),
              "lambda",
              any(0.3, 0.8),
              "window",
              between(1, 60)));
    }
    if (one(5)) {
      fusion.put("min_relevance", random.nextDouble() / 2);
    }
    if (one(5)) {
      fusion.put(
          "boosts",
          map(
              "field_value_factor",
              map("field", "n", "factor", 0.01, "modifier", any("none", "log1p", "sqrt")),
              "boost_mode",
              any("sum", "multiply", "avg", "max", "min")));
    }
    if (one(5)) {
      fusion.put(
          "pinned",
          List.of("7", "none", String.valueOf(random.nextInt(DOCUMENTS))).stream()
              .distinct()
              .toList());
    }
    if (one(5)) {
      fusion.put(
          "excluded",
          List.of("1", "30", "" + (100 + random.nextInt(DOCUMENTS))).stream()
              .filter(id -> String.valueOf(fusion.get("pinned")).contains(id) == false)
              .toList());
    }
    return map("fusion", fusion);
  }

  private Map<String, Object> leg(int depth) {
    return one(4) ? passages() : simple("", depth);
  }
}
