/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Something that a search may ask for, or a way to run it, that changes no hit.
 *
 * @param name what it is
 * @param parameters what it adds to the address
 * @param body what it adds to the search
 */
record Variation(String name, String parameters, Map<String, Object> body) {

  private static final Map<String, Object> AGGREGATIONS =
      Map.of(
          "shelves", Map.of("terms", Map.of("field", "shelf")),
          "n", Map.of("stats", Map.of("field", "n")));

  /** The highlighter that rewrites queries over a text; some versions of it fail at any range. */
  static final Variation PLAIN_HIGHLIGHT =
      body(
          "plain highlight",
          Map.of("highlight", Map.of("fields", Map.of("body", Map.of("type", "plain")))));

  /** Those that any search may have. */
  static final List<Variation> ALL =
      List.of(
          body("aggs", Map.of("aggs", AGGREGATIONS)),
          body("total", Map.of("track_total_hits", true)),
          body("aggs and total", Map.of("aggs", AGGREGATIONS, "track_total_hits", true)),
          body("no total", Map.of("track_total_hits", false)),
          body("total up to 3", Map.of("track_total_hits", 3)),
          body("profile", Map.of("profile", true)),
          body("profile and aggs", Map.of("profile", true, "aggs", AGGREGATIONS)),
          body("explain", Map.of("explain", true)),
          body("explain and aggs", Map.of("explain", true, "aggs", AGGREGATIONS)),
          body("source", Map.of("_source", true, "version", true)),
          body(
              "highlight",
              Map.of(
                  "highlight", Map.of("fields", Map.of("body", Map.of(), "notes.text", Map.of())))),
          body("scores of names", Map.of("include_named_queries_score", true)),
          body("tracked scores", Map.of("timeout", "60s", "stats", List.of("some"))),
          body(
              "derived field",
              Map.of(
                  "derived",
                  Map.of("d", Map.of("type", "long", "script", Map.of("source", "emit(1L)"))))),
          parameters("can match first", "pre_filter_shard_size=1"),
          parameters("early reduction", "batched_reduce_size=2"),
          parameters("one shard at a time", "max_concurrent_shard_requests=1"),
          parameters("preference", "preference=_local"));

  private static Variation body(String name, Map<String, Object> body) {
    return new Variation(name, "", body);
  }

  private static Variation parameters(String name, String parameters) {
    return new Variation(name, parameters, Map.of());
  }

  /** The search with the variation. */
  Map<String, Object> of(Map<String, Object> search) {
    Map<String, Object> varied = new LinkedHashMap<>(search);
    varied.putAll(body);
    return varied;
  }
}
