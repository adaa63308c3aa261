/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.Test;

/** With {@code "missing": "score"} a fusion is the sum over all legs that a scan computes. */
public class FusionCompleteScoresIT extends FusionControlsTestCase {

  private static final Map<String, String> ANY_LEG =
      new TreeMap<>(
          Map.of(
              "words", "{\"match\": {\"body\": \"%s %s\"}}",
              "sparse",
                  "{\"learned_sparse\": {\"sparse\": {\"tokens\": {\"%s\": 1, \"%s\": 2}%s}}}",
              "vectors", "{\"dense\": {\"dense\": {\"vector\": %s, %s}}}",
              "tokens", "{\"max_sim\": {\"tokens\": {\"vectors\": [%s, %s]%s}}}",
              "notes",
                  "{\"nested\": {\"path\": \"notes\", \"score_mode\": \"max\", \"query\":"
                      + " {\"dense\": {\"notes.dense\": {\"vector\": %s, %s}}}}}",
              "passages",
                  "{\"top_passages\": {\"path\": \"notes\", \"count\": 2, \"query\":"
                      + " {\"dense\": {\"notes.dense\": {\"vector\": %s, %s}}}}}"));

  /** A leg as it may be given, and the same one for all documents. */
  private record AnyLeg(String given, String exact) {

    static AnyLeg random(String name) {
      Random random = new Random(randomLong());
      String form = ANY_LEG.get(name);
      String one = WORDS[random.nextInt(3)];
      String other = WORDS[3 + random.nextInt(3)];
      return switch (name) {
        case "words" -> of(form, one, other);
        case "sparse" ->
            new AnyLeg(
                String.format(Locale.ROOT, form, one, other, ", \"approximate\": {\"blocks\": 1}"),
                String.format(Locale.ROOT, form, one, other, ""));
        case "tokens" -> {
          List<Float> first = vector(random, 8);
          List<Float> second = vector(random, 8);
          yield new AnyLeg(
              String.format(Locale.ROOT, form, first, second, ", \"candidates\": 30"),
              String.format(Locale.ROOT, form, first, second, ""));
        }
        default -> {
          List<Float> vector = vector(random, 4);
          yield new AnyLeg(
              String.format(Locale.ROOT, form, vector, "\"k\": 40"),
              String.format(Locale.ROOT, form, vector, "\"exact\": true"));
        }
      };
    }

    private static AnyLeg of(String form, String one, String other) {
      String query = String.format(Locale.ROOT, form, one, other);
      return new AnyLeg(query, query);
    }
  }

  /** What a query gives all documents that it matches, alone. */
  private static Map<String, Double> scoresOf(String index, String query) {
    Map<String, Double> scores = new TreeMap<>();
    String path = "/" + index + "/_search?search_type=dfs_query_then_fetch";
    JsonNode found = ok(api, "POST", path, "{\"size\": 80, \"query\": " + query + "}");
    for (JsonNode hit : found.path("hits").path("hits")) {
      scores.put(hit.path("_id").asText(), hit.path("_score").asDouble());
    }
    return scores;
  }

  /** What a leg gives every document, scaled by its window. */
  private record Complete(List<String> window, Map<String, Double> scores, double weight) {

    private double scaled(String id, boolean minMax) {
      double score = scores.getOrDefault(id, 0.0);
      double max = scores.get(window.get(0));
      double min = scores.get(window.get(window.size() - 1));
      return minMax ? (score - min) / (max - min) : score;
    }
  }

  @Test
  public void testCompleteScoresAreThoseOfAScan() {
    for (int round = 0; round < 4; round++) {
      List<String> names = new ArrayList<>(ANY_LEG.keySet());
      Collections.shuffle(names, new Random(randomLong()));
      boolean minMax = randomBoolean();
      int window = randomIntBetween(10, 25);
      for (String index : INDICES) {
        List<Complete> legs = new ArrayList<>();
        StringBuilder json = new StringBuilder();
        for (String name : names.subList(0, randomIntBetween(2, 4))) {
          AnyLeg leg = AnyLeg.random(name);
          double weight = randomIntBetween(1, 8) / 4.0;
          json.append(json.isEmpty() ? "" : ", ")
              .append("{\"name\": \"" + name + "\", \"weight\": " + weight)
              .append(", \"query\": " + leg.given() + "}");
          Map<String, Double> given = scoresOf(index, leg.given());
          List<String> best = ranked(given).subList(0, Math.min(window, given.size()));
          Map<String, Double> all = scoresOf(index, leg.exact());
          best.forEach(id -> all.put(id, given.get(id)));
          legs.add(new Complete(best, all, weight));
        }
        String query =
            "{\"fusion\": {\"missing\": \"score\", \"scores\": true, \"window\": "
                + window
                + ", \"legs\": ["
                + json
                + "], \"normalization\": \""
                + (minMax ? "min_max" : "none")
                + "\"}}";
        checkComplete(index, query, window, legs, minMax);
      }
    }
  }

  private static void checkComplete(
      String index, String query, int window, List<Complete> legs, boolean minMax) {
    Map<String, Double> scan = new TreeMap<>();
    double weights = legs.stream().mapToDouble(Complete::weight).sum();
    for (int id = 0; id < DOCUMENTS; id++) {
      String document = Integer.toString(id);
      scan.put(
          document,
          legs.stream().mapToDouble(l -> l.weight() * l.scaled(document, minMax)).sum() / weights);
    }
    Set<String> union = new TreeSet<>();
    legs.forEach(leg -> union.addAll(leg.window()));
    double raise = Math.max(0, union.stream().mapToDouble(id -> -scan.get(id)).max().orElse(0));
    JsonNode found =
        search(index, query, ", \"explain\": true, \"profile\": true, \"size\": " + window);
    List<String> ids = ids(found);
    assertEquals(query, Math.min(window, union.size()), ids.size());
    List<String> expected = ranked(scan).stream().filter(union::contains).toList();
    JsonNode hits = found.path("hits").path("hits");
    int completed = 0;
    for (int i = 0; i < ids.size(); i++) {
      String id = ids.get(i);
      double score = hits.get(i).path("_score").asDouble();
      assertEquals(query + " " + id, scan.get(id) + raise, score, 1e-4 * (1 + Math.abs(score)));
      assertEquals(query, scan.get(expected.get(i)) + raise, score, 1e-4 * (1 + Math.abs(score)));
      JsonNode told = hits.get(i).path("fields").path("_fusion").get(0).path("legs");
      assertEquals(legs.size(), told.size());
      String explanation = hits.get(i).path("_explanation").toString();
      for (JsonNode leg : told) {
        assertTrue(leg.toString(), leg.has("rank") != leg.has("completed"));
        completed += leg.has("completed") ? 1 : 0;
        assertTrue(leg.has("rank") || explanation.contains("completed: outside of its window"));
      }
    }
    String profiled = found.path("ext").path("fusion").path("legs").toString();
    assertTrue(profiled, completed == 0 || profiled.contains(" (missing)"));
    JsonNode reranked =
        search(
            index,
            query,
            ", \"size\": 10, \"ext\": {\"cross_encoder\": {\"query\": \"sand\", \"field\": \"body\", \"window\": 10, \"first_stage_weight\": 1}}");
    assertEquals(ids.subList(0, 10), ids(reranked));
  }

  /** A fusion as a leg gives its documents their scores, and others none. */
  @Test
  public void testCompleteScoresWithAFusionAsALegAreThoseOfAnyNumberOfShards() {
    String inner = fusion(", \"window\": 10, \"missing\": \"score\"");
    for (String normalization : List.of("min_max", "l2", "z_score", "theoretical", "none")) {
      String outer =
          "{\"fusion\": {\"missing\": \"score\", \"window\": 15, \"normalization\": \""
              + normalization
              + "\", \"filter\": {\"range\": {\"n\": {\"gte\": 20}}}, \"legs\": [{\"query\": "
              + inner
              + "}, {\"query\": {\"max_sim\": {\"tokens\": {\"vectors\": [[1, 0, 0, 0, 1, 0, 0, 0]]}}}}]}}";
      JsonNode one = search("controls1", outer, ", \"size\": 15");
      JsonNode three = search("controls3", outer, ", \"size\": 15");
      assertEquals(ids(one), ids(three));
      for (int i = 0; i < 15; i++) {
        assertEquals(scores(one).get(i), scores(three).get(i), 1e-5);
        assertTrue(one.path("hits").path("hits").get(i).path("_source").path("n").asInt() >= 20);
      }
    }
  }
}
