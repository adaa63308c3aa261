/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.Test;

/**
 * What a request may say of the ranking that a fusion gives. The rankings that are expected are
 * computed here, from searches by each leg alone.
 */
public class FusionControlsIT extends FusionControlsTestCase {

  private static final String EVERYTHING = "{\"match_all\": {}}";

  @Test
  public void testHitsTellTheirScores() {
    Map<String, Map<String, Given>> legs = legs(EVERYTHING);
    List<String> ranking = ranked(fused(legs));
    String scored = fusion(", \"scores\": true, \"_name\": \"f\"");
    for (String index : INDICES) {
      JsonNode plain = search(index, fusion(""), ", \"size\": 80");
      assertEquals(ranking, ids(plain));
      assertTrue(plain.findPath("_fusion").isMissingNode());
      for (String rest :
          List.of(
              "",
              ", \"_source\": false",
              ", \"profile\": true, \"track_total_hits\": true",
              ", \"aggs\": {\"n\": {\"max\": {\"field\": \"n\"}}}",
              ", \"sort\": [{\"n\": \"asc\"}, \"_score\"]",
              ", \"collapse\": {\"field\": \"shelf\", \"inner_hits\": {\"name\": \"in\", \"size\": 3}}")) {
        JsonNode found = search(index, scored, ", \"size\": 80" + rest);
        assertEquals(ids(search(index, fusion(""), ", \"size\": 80" + rest)), ids(found));
        for (JsonNode hit : found.path("hits").path("hits")) {
          checkScores(legs, ranking, hit);
          for (JsonNode inner : hit.path("inner_hits").path("in").path("hits").path("hits")) {
            checkScores(legs, ranking, inner);
          }
        }
      }
    }
  }

  private static void checkScores(
      Map<String, Map<String, Given>> legs, List<String> ranking, JsonNode hit) {
    String id = hit.path("_id").asText();
    JsonNode told = hit.path("fields").path("_fusion");
    assertEquals(hit.toString(), 1, told.size());
    assertEquals("f", told.get(0).path("name").asText());
    assertEquals(ranking.indexOf(id) + 1, told.get(0).path("rank").asInt());
    double score = fused(legs).get(id);
    assertEquals(score, told.get(0).path("score").asDouble(), 1e-5);
    if (hit.path("_score").isNumber()) {
      assertEquals(hit.path("_score").asDouble(), told.get(0).path("score").asDouble(), 1e-6);
    }
    legs.forEach(
        (name, given) -> {
          JsonNode leg = told.get(0).path("legs").path(name);
          assertEquals(given.containsKey(id), leg.isObject());
          if (leg.isObject()) {
            Given part = given.get(id);
            assertEquals(part.rank(), leg.path("rank").asInt());
            assertEquals(part.score(), leg.path("score").asDouble(), 1e-5);
            assertEquals(part.normalized(), leg.path("normalized").asDouble(), 1e-5);
            assertEquals(WEIGHTS.get(name), leg.path("weight").asDouble(), 1e-6);
            assertEquals(
                WEIGHTS.get(name) * part.normalized() / 3.5 / score,
                leg.path("share").asDouble(),
                1e-4);
          }
        });
  }

  @Test
  public void testHitsTellTheScoresOfFusionsInsideOfOthersAndOfTheReranker() {
    String inner = fusion(", \"window\": 20");
    String nested =
        "{\"fusion\": {\"scores\": true, \"legs\": [{\"name\": \"in\", \"query\": "
            + inner
            + "}, {\"name\": \"all\", \"query\": {\"match_all\": {}}}]}}";
    String two = "{\"bool\": {\"should\": [" + nested + ", " + fusion(", \"scores\": true") + "]}}";
    for (String index : INDICES) {
      JsonNode alone = search(index, fusion(", \"window\": 20, \"scores\": true"), ", \"size\": 1");
      JsonNode best = alone.path("hits").path("hits").get(0);
      JsonNode both = search(index, two, ", \"size\": 80");
      JsonNode hit = null;
      for (JsonNode other : both.path("hits").path("hits")) {
        hit = other.path("_id").equals(best.path("_id")) ? other : hit;
      }
      JsonNode told = hit.path("fields").path("_fusion");
      assertEquals(2, told.size());
      assertEquals(
          best.path("fields").path("_fusion"), told.get(0).path("legs").path("in").path("fusion"));
      assertTrue(
          told.get(1).path("legs").size()
              >= told.get(0).path("legs").path("in").path("fusion").get(0).path("legs").size());
      JsonNode reranked =
          search(
              index,
              fusion(", \"scores\": true"),
              ", \"size\": 10, \"ext\": {\"cross_encoder\": {\"query\": \"sand\", \"field\": \"body\", \"window\": 5, \"first_stage_weight\": 0.25}}");
      int rank = 0;
      for (JsonNode other : reranked.path("hits").path("hits")) {
        rank++;
        JsonNode stages = other.path("fields").path("_fusion");
        assertEquals(rank <= 5 ? 2 : 1, stages.size());
        if (rank <= 5) {
          JsonNode stage = stages.get(1);
          assertEquals("cross_encoder", stage.path("name").asText());
          assertEquals(rank, stage.path("rank").asInt());
          assertEquals(other.path("_score").asDouble(), stage.path("score").asDouble(), 1e-6);
          JsonNode first = stage.path("legs").path("first_stage");
          JsonNode second = stage.path("legs").path("cross_encoder");
          assertEquals(stages.get(0).path("rank"), first.path("rank"));
          assertEquals(
              other.path("fields").path("_cross_encoder_score").get(0), second.path("score"));
          assertEquals(1, first.path("share").asDouble() + second.path("share").asDouble(), 1e-5);
          assertEquals(
              other.path("_score").asDouble(),
              0.25 * first.path("normalized").asDouble()
                  + 0.75 * second.path("normalized").asDouble(),
              1e-5);
        }
      }
    }
  }

  private static int total(JsonNode response) {
    return response.path("hits").path("total").path("value").asInt();
  }

  @Test
  public void testPinnedDocumentsAreOnTopInTheirOrder() {
    List<String> ranking = ranked(fused(legs(EVERYTHING)));
    List<String> pinned = List.of(ranking.get(70), ranking.get(3), ranking.get(50));
    String ids =
        "[\""
            + pinned.get(0)
            + "\", \"none\", \""
            + pinned.get(1)
            + "\", \""
            + pinned.get(2)
            + "\"]";
    List<String> expected = new ArrayList<>(pinned);
    ranking.stream().filter(id -> pinned.contains(id) == false).forEach(expected::add);
    for (String index : INDICES) {
      String query = fusion(", \"scores\": true, \"pinned\": " + ids);
      JsonNode plain = search(index, fusion(""), ", \"size\": 80");
      JsonNode found = search(index, query, ", \"size\": 80");
      assertEquals(expected, ids(found));
      JsonNode hits = found.path("hits").path("hits");
      float best = scores(plain).get(0);
      for (int i = 0; i < 3; i++) {
        assertEquals(best + 3 - i, hits.get(i).path("_score").asDouble(), 1e-5);
        assertEquals(i + 1, hits.get(i).path("fields").path("_pinned").get(0).asInt());
        assertEquals(i + 1, hits.get(i).path("fields").path("_fusion").get(0).path("rank").asInt());
      }
      assertTrue(hits.get(3).path("fields").path("_pinned").isMissingNode());
      assertEquals(scores(plain).get(0), scores(found).get(3), 1e-6);
      for (String rest :
          List.of(
              "",
              ", \"track_total_hits\": true, \"aggs\": {\"n\": {\"max\": {\"field\": \"n\"}}}",
              ", \"explain\": true, \"profile\": true, \"_source\": false")) {
        assertEquals(
            expected.subList(2, 9), ids(search(index, query, ", \"from\": 2, \"size\": 7" + rest)));
        String inBool = "{\"bool\": {\"must\": [" + query + "], \"filter\": " + EVERYTHING + "}}";
        assertEquals(expected.subList(0, 9), ids(search(index, inBool, ", \"size\": 9" + rest)));
      }
      JsonNode narrow =
          search(
              index,
              fusion(", \"window\": 10, \"pinned\": " + ids),
              ", \"track_total_hits\": true, \"size\": 10");
      assertEquals(pinned, ids(narrow).subList(0, 3));
      assertEquals(DOCUMENTS, total(narrow));
      JsonNode filtered =
          search(
              index,
              fusion(
                  ", \"pinned\": "
                      + ids
                      + ", \"filter\": {\"bool\": {\"must_not\": {\"ids\": {\"values\": [\""
                      + pinned.get(0)
                      + "\"]}}}}"),
              ", \"size\": 80");
      assertEquals(pinned.subList(1, 3), ids(filtered).subList(0, 2));
      assertEquals(DOCUMENTS - 1, ids(filtered).size());
      JsonNode reranked =
          search(
              index,
              query,
              ", \"size\": 10, \"ext\": {\"cross_encoder\": {\"query\": \"sand\", \"field\": \"body\", \"window\": 10, \"first_stage_weight\": 0}}");
      assertEquals(pinned, ids(reranked).subList(0, 3));
    }
  }

  @Test
  public void testExcludedDocumentsAreAsIfTheyWereNotThere() {
    List<String> ranking = ranked(fused(legs(EVERYTHING)));
    String ids = "[\"" + ranking.get(0) + "\", \"" + ranking.get(5) + "\", \"none\"]";
    String without = "{\"bool\": {\"must_not\": {\"ids\": {\"values\": " + ids + "}}}}";
    List<String> expected = ranked(fused(legs(without)));
    assertEquals(DOCUMENTS - 2, expected.size());
    String counted =
        ", \"size\": 80, \"track_total_hits\": true, \"aggs\": {\"n\": {\"value_count\": {\"field\": \"n\"}}}";
    for (String index : INDICES) {
      for (String query :
          List.of(
              fusion(", \"excluded\": " + ids),
              "{\"fusion\": {\"legs\": [{\"query\": "
                  + fusion("")
                  + "}], \"excluded\": "
                  + ids
                  + "}}",
              "{\"bool\": {\"must\": [" + fusion(", \"excluded\": " + ids) + "]}}")) {
        JsonNode found = search(index, query, counted);
        assertEquals(expected, ids(found));
        assertEquals(DOCUMENTS - 2, total(found));
        assertEquals(DOCUMENTS - 2, found.path("aggregations").path("n").path("value").asInt());
      }
      JsonNode counts =
          ok(
              api,
              "POST",
              "/" + index + "/_count",
              "{\"query\": " + fusion(", \"window\": 5, \"excluded\": " + ids) + "}");
      assertEquals(DOCUMENTS - 2, counts.path("count").asInt());
      for (String nested : List.of("nested", "top_passages")) {
        String leg =
            "{\""
                + nested
                + "\": {\"path\": \"notes\", \"query\": {\"dense\": {\"notes.dense\": {\"vector\": [1, 0, 0, 0], \"k\": 5}}}}}";
        String query = "{\"fusion\": {\"legs\": [{\"query\": " + leg + "}]%s}}";
        String best = ids(search(index, query.replace("%s", ""), "")).get(0);
        List<String> others =
            ids(search(index, query.replace("%s", ", \"excluded\": [\"" + best + "\"]"), ""));
        assertTrue(others.size() >= 5);
        assertTrue(others.contains(best) == false);
      }
    }
  }

  private static String function(String boostMode) {
    return "{\"functions\": [{\"gauss\": {\"n\": {\"origin\": 50, \"scale\": 20}}},"
        + " {\"filter\": {\"term\": {\"shelf\": \"s1\"}}, \"weight\": 3},"
        + " {\"field_value_factor\": {\"field\": \"n\", \"modifier\": \"log1p\", \"factor\": 2}}],"
        + " \"score_mode\": \"sum\", \"boost_mode\": \""
        + boostMode
        + "\"";
  }

  /** The functions, computed from the documents. */
  private static double boosted(JsonNode source, double fused, String boostMode) {
    double n = source.path("n").asDouble();
    double sum = Math.exp((n - 50) * (n - 50) * Math.log(0.5) / 400);
    sum += source.path("shelf").asText().equals("s1") ? 3 : 0;
    sum += Math.log10(1 + 2 * n);
    return boostMode.equals("multiply") ? fused * sum : fused + sum;
  }

  @Test
  public void testBoostsOrderTheWholeWindow() {
    Map<String, Double> fused = fused(legs(EVERYTHING));
    Map<String, JsonNode> sources = new TreeMap<>();
    search("controls1", EVERYTHING, ", \"size\": 80")
        .path("hits")
        .path("hits")
        .forEach(hit -> sources.put(hit.path("_id").asText(), hit.path("_source")));
    for (String mode : List.of("multiply", "sum")) {
      Map<String, Double> expected = new TreeMap<>();
      fused.forEach((id, score) -> expected.put(id, boosted(sources.get(id), score, mode)));
      String query = fusion(", \"scores\": true, \"boosts\": " + function(mode) + "}");
      for (String index : INDICES) {
        JsonNode found = search(index, query, ", \"size\": 80");
        assertEquals(ranked(expected), ids(found));
        for (JsonNode hit : found.path("hits").path("hits")) {
          String id = hit.path("_id").asText();
          JsonNode told = hit.path("fields").path("_fusion").get(0);
          assertEquals(expected.get(id), hit.path("_score").asDouble(), 1e-4);
          assertEquals(expected.get(id), told.path("score").asDouble(), 1e-4);
          assertEquals(fused.get(id), told.path("fused").asDouble(), 1e-5);
        }
        assertEquals(
            ranked(expected).subList(0, 4),
            ids(
                search(
                    index,
                    query,
                    ", \"size\": 4, \"track_total_hits\": true, \"aggs\": {\"n\": {\"max\": {\"field\": \"n\"}}}")));
        List<String> narrow = ids(search(index, fusion(", \"window\": 12"), ", \"size\": 12"));
        String around =
            "{\"function_score\": "
                + function(mode)
                + ", \"query\": "
                + fusion(", \"window\": 12")
                + "}}";
        assertEquals(
            ids(search(index, around, ", \"size\": 12")),
            ids(
                search(
                    index,
                    fusion(", \"window\": 12, \"boosts\": " + function(mode) + "}"),
                    ", \"size\": 12")));
        assertEquals(12, narrow.size());
      }
    }
    refused(
        api,
        400,
        "POST",
        "/controls3/_search",
        "{\"query\": "
            + fusion(", \"boosts\": {\"field_value_factor\": {\"field\": \"nowhere\"}}")
            + "}",
        "[boosts]",
        "nowhere");
  }

  @Test
  public void testOnlyDocumentsThatReachTheLeastRelevanceAreFound() {
    Map<String, Map<String, Given>> legs = legs(EVERYTHING);
    Map<String, Double> fused = fused(legs);
    Map<String, Double> logits = new TreeMap<>();
    fused.forEach(
        (id, score) ->
            logits.put(
                id,
                -1.5
                    + 2 * score
                    + (legs.get("words").containsKey(id)
                        ? 0.4 * legs.get("words").get(id).score()
                        : 0)));
    List<String> ranking = ranked(fused);
    double least = (fused.get(ranking.get(20)) + fused.get(ranking.get(21))) / 2;
    Map<String, List<String>> expected = new LinkedHashMap<>();
    expected.put(", \"min_relevance\": " + least, ranking.subList(0, 21));
    expected.put(", \"min_relevance\": 100", List.of());
    for (double probability : new double[] {0.2, 0.5}) {
      expected.put(
          ", \"min_relevance\": {\"probability\": "
              + probability
              + ", \"intercept\": -1.5, \"fused\": 2, \"legs\": {\"words\": 0.4}}",
          ranking.stream()
              .filter(id -> 1 / (1 + Math.exp(-logits.get(id))) >= probability)
              .toList());
    }
    String counted =
        ", \"track_total_hits\": true, \"aggs\": {\"n\": {\"value_count\": {\"field\": \"n\"}}}";
    for (String index : INDICES) {
      expected.forEach(
          (option, ids) -> {
            assertEquals(ids, ids(search(index, fusion(option), ", \"size\": 80")));
            JsonNode found = search(index, fusion(option), ", \"size\": 5" + counted);
            assertEquals(ids.subList(0, Math.min(5, ids.size())), ids(found));
            assertEquals(ids.size(), total(found));
            assertEquals(ids.size(), found.path("aggregations").path("n").path("value").asInt());
            String inBool = "{\"bool\": {\"must\": [" + fusion(option) + "]}}";
            assertEquals(ids, ids(search(index, inBool, ", \"size\": 80")));
            String pinned = fusion(option + ", \"pinned\": [\"" + ranking.get(75) + "\"]");
            assertEquals(
                ranking.get(75), ids(search(index, pinned, ", \"size\": 80" + counted)).get(0));
          });
    }
  }

  /** The vectors of documents in a field, by what each dimension or token is called. */
  private static Map<String, Map<String, Double>> vectors(String field) {
    Map<String, Map<String, Double>> vectors = new TreeMap<>();
    JsonNode found =
        search(
            "controls1",
            EVERYTHING,
            ", \"size\": 80, \"fields\": [{\"field\": \"sparse\", \"format\": \"stored\"}, {\"field\": \"tokens\", \"format\": \"stored\"}]");
    for (JsonNode hit : found.path("hits").path("hits")) {
      List<JsonNode> parts = new ArrayList<>();
      switch (field) {
        case "sparse" -> parts.add(hit.path("fields").path("sparse").get(0));
        case "tokens" ->
            hit.path("fields").path("tokens").get(0).path("vectors").forEach(parts::add);
        case "dense" -> parts.add(hit.path("_source").path("dense"));
        default -> hit.path("_source").path("notes").forEach(note -> parts.add(note.path("dense")));
      }
      Map<String, Double> sum = new TreeMap<>();
      parts.forEach(part -> unit(named(part)).forEach((k, v) -> sum.merge(k, v, Double::sum)));
      vectors.put(hit.path("_id").asText(), unit(sum));
    }
    return vectors;
  }

  private static Map<String, Double> named(JsonNode vector) {
    Map<String, Double> named = new TreeMap<>();
    if (vector.isObject()) {
      vector.properties().forEach(e -> named.put(e.getKey(), e.getValue().asDouble()));
    } else {
      vector.forEach(value -> named.put("d" + named.size(), value.asDouble()));
    }
    return named;
  }

  private static Map<String, Double> unit(Map<String, Double> vector) {
    double length = Math.sqrt(vector.values().stream().mapToDouble(v -> v * v).sum());
    Map<String, Double> unit = new TreeMap<>();
    vector.forEach((key, value) -> unit.put(key, value / length));
    return unit;
  }

  /** The ranking by maximal marginal relevance, after documents that are taken already. */
  private static List<String> diversified(
      List<String> taken,
      List<String> ranking,
      Map<String, Double> scores,
      Map<String, Map<String, Double>> vectors,
      double lambda) {
    List<String> chosen = new ArrayList<>(taken);
    List<String> others = new ArrayList<>(ranking);
    double best = scores.get(ranking.get(0));
    while (others.isEmpty() == false) {
      String next = null;
      double greatest = Double.NEGATIVE_INFINITY;
      for (String other : others) {
        double like =
            chosen.stream()
                .mapToDouble(
                    id ->
                        vectors.get(id).entrySet().stream()
                            .mapToDouble(
                                e ->
                                    e.getValue() * vectors.get(other).getOrDefault(e.getKey(), 0.0))
                            .sum())
                .max()
                .orElse(0);
        double value = lambda * scores.get(other) / best - (1 - lambda) * like;
        if (value > greatest) {
          greatest = value;
          next = other;
        }
      }
      others.remove(next);
      chosen.add(next);
    }
    return chosen;
  }

  @Test
  public void testDiversifiedDocumentsAreRelevantAndUnlikeEachOther() {
    Map<String, Double> fused = fused(legs(EVERYTHING));
    List<String> ranking = ranked(fused);
    for (String field : List.of("dense", "sparse", "tokens", "notes.dense")) {
      Map<String, Map<String, Double>> vectors = vectors(field);
      for (double lambda : new double[] {1, 0.6, 0}) {
        List<String> expected =
            new ArrayList<>(diversified(List.of(), ranking.subList(0, 30), fused, vectors, lambda));
        expected.addAll(ranking.subList(30, DOCUMENTS));
        String option =
            ", \"diversify\": {\"field\": \""
                + field
                + "\", \"lambda\": "
                + lambda
                + ", \"window\": 30}";
        for (String index : INDICES) {
          JsonNode found = search(index, fusion(option), ", \"size\": 80");
          assertEquals(field + lambda, expected, ids(found));
          assertEquals(scores(search(index, fusion(""), ", \"size\": 80")), scores(found));
          assertEquals(
              expected.subList(5, 12),
              ids(
                  search(
                      index,
                      fusion(option + ", \"scores\": true"),
                      ", \"from\": 5, \"size\": 7, \"track_total_hits\": true, \"aggs\": {\"n\": {\"max\": {\"field\": \"n\"}}}")));
        }
        List<String> pinned = List.of(ranking.get(60), ranking.get(2));
        List<String> top = new ArrayList<>(ranking);
        top.removeAll(pinned);
        List<String> below = diversified(pinned, top.subList(0, 28), fused, vectors, lambda);
        String ids = ", \"pinned\": [\"" + pinned.get(0) + "\", \"" + pinned.get(1) + "\"]";
        assertEquals(below, ids(search("controls3", fusion(option + ids), ", \"size\": 30")));
      }
    }
  }

  @Test
  public void testDiversifyingByWhatIsNoVectorIsRefused() {
    for (String field : List.of("n", "nowhere", "notes")) {
      refused(
          api,
          400,
          "POST",
          "/controls3/_search",
          "{\"query\": "
              + fusion(", \"diversify\": {\"field\": \"" + field + "\", \"lambda\": 0.5}")
              + "}",
          "[diversify]",
          "[" + field + "]");
    }
  }
}
