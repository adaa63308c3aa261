/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.cluster.Api;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.BeforeClass;

/**
 * The same documents in one shard and in three, and a fusion of three legs, which is computed here
 * from searches by each leg alone.
 */
public abstract class FusionControlsTestCase extends ClusterTestCase {

  private static final String MAPPING =
      """
      {"settings": {"index.codec": "trident", "number_of_shards": %d, "number_of_replicas": 0},
       "mappings": {"properties": {
         "body": {"type": "text"}, "n": {"type": "integer"}, "shelf": {"type": "keyword"},
         "sparse": {"type": "impact_vector"}, "dense": {"type": "dense_vector", "dimension": 4},
         "tokens": {"type": "token_vectors", "dimension": 8, "encoding": "4bit"},
         "notes": {"type": "nested", "properties": {"dense": {"type": "dense_vector", "dimension": 4}}}}}}
      """;
  static final List<String> INDICES = List.of("controls1", "controls3");
  static final String[] WORDS = {"river", "sand", "mountain", "sea", "stone", "boat"};
  static final int DOCUMENTS = 80;

  static final Map<String, String> LEGS =
      new TreeMap<>(
          Map.of(
              "words", "{\"match\": {\"body\": \"river sand\"}}",
              "sparse",
                  "{\"learned_sparse\": {\"sparse\": {\"tokens\": {\"sea\": 1, \"boat\": 2}}}}",
              "vectors", "{\"dense\": {\"dense\": {\"vector\": [1, 0.5, 0, 0.2], \"k\": 80}}}"));
  static final Map<String, Double> WEIGHTS = Map.of("words", 1.0, "sparse", 0.5, "vectors", 2.0);

  static Api api;

  @BeforeClass
  public static void start() throws IOException {
    api = sharedNode();
    Random random = new Random(randomLong());
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < DOCUMENTS; i++) {
      StringBuilder body = new StringBuilder();
      for (int word = 0; word < 3 + random.nextInt(8); word++) {
        body.append(WORDS[random.nextInt(WORDS.length)]).append(' ');
      }
      lines.add("{\"index\": {\"_id\": \"" + i + "\"}}");
      lines.add(
          String.format(
              Locale.ROOT,
              "{\"body\": \"%s\", \"n\": %d, \"shelf\": \"s%d\", \"sparse\": {\"%s\": %f, \"%s\": %f}, \"dense\": %s,"
                  + " \"tokens\": [%s, %s], \"notes\": [{\"dense\": %s}, {\"dense\": %s}]}",
              body,
              1 + random.nextInt(100),
              i % 4,
              WORDS[i % 3],
              0.5 + random.nextFloat(),
              WORDS[3 + i % 3],
              0.5 + random.nextFloat(),
              vector(random, 4),
              vector(random, 8),
              vector(random, 8),
              vector(random, 4),
              vector(random, 4)));
    }
    for (String index : INDICES) {
      ok(
          api,
          "PUT",
          "/" + index,
          String.format(Locale.ROOT, MAPPING, index.charAt(index.length() - 1) - '0'));
      bulk(api, index, lines);
    }
  }

  static List<Float> vector(Random random, int dimension) {
    List<Float> vector = new ArrayList<>();
    for (int i = 0; i < dimension; i++) {
      vector.add((float) random.nextGaussian());
    }
    return vector;
  }

  static String fusion(String options) {
    StringBuilder legs = new StringBuilder();
    LEGS.forEach(
        (name, query) ->
            legs.append(legs.isEmpty() ? "" : ", ")
                .append("{\"name\": \"" + name + "\", \"weight\": " + WEIGHTS.get(name))
                .append(", \"query\": " + query + "}"));
    return "{\"fusion\": {\"legs\": [" + legs + "]" + options + "}}";
  }

  static JsonNode search(String index, String query, String rest) {
    return ok(api, "POST", "/" + index + "/_search", "{\"query\": " + query + rest + "}");
  }

  /** What one leg gives one document. */
  record Given(int rank, double score, double normalized) {}

  /** What each leg gives each document that a filter allows. */
  static Map<String, Map<String, Given>> legs(String filter) {
    Map<String, Map<String, Given>> legs = new TreeMap<>();
    LEGS.forEach(
        (name, query) -> {
          String filtered = "{\"bool\": {\"must\": [" + query + "], \"filter\": " + filter + "}}";
          JsonNode found =
              ok(
                  api,
                  "POST",
                  "/controls3/_search?search_type=dfs_query_then_fetch",
                  "{\"size\": 80, \"query\": " + filtered + "}");
          Map<String, Double> scores = new LinkedHashMap<>();
          for (JsonNode hit : found.path("hits").path("hits")) {
            scores.put(hit.path("_id").asText(), hit.path("_score").asDouble());
          }
          legs.put(name, given(scores));
        });
    return legs;
  }

  static Map<String, Given> given(Map<String, Double> scores) {
    double max = scores.values().stream().mapToDouble(s -> s).max().orElse(0);
    double min = scores.values().stream().mapToDouble(s -> s).min().orElse(0);
    Map<String, Given> given = new LinkedHashMap<>();
    ranked(scores)
        .forEach(
            id -> {
              double scaled = max == min ? 1 : (scores.get(id) - min) / (max - min);
              double normalized = scaled < 0.002 ? 0.001 + scaled / 2 : scaled;
              given.put(id, new Given(given.size() + 1, scores.get(id), normalized));
            });
    return given;
  }

  /** The documents by descending score, ties by id. */
  static List<String> ranked(Map<String, Double> scores) {
    return scores.keySet().stream()
        .sorted(
            Comparator.comparingDouble((String id) -> -scores.get(id))
                .thenComparing(Comparator.naturalOrder()))
        .toList();
  }

  /** The weighted mean of what legs give. */
  static Map<String, Double> fused(Map<String, Map<String, Given>> legs) {
    double weights = WEIGHTS.values().stream().mapToDouble(w -> w).sum();
    Map<String, Double> fused = new TreeMap<>();
    legs.forEach(
        (name, given) ->
            given.forEach(
                (id, part) ->
                    fused.merge(id, WEIGHTS.get(name) * part.normalized() / weights, Double::sum)));
    return fused;
  }
}
