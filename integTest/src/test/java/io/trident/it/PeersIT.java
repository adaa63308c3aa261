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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.Test;

/** One cluster and one index with neural-search, k-NN and ml-commons beside us. */
public class PeersIT extends ClusterTestCase {

  /** The peers, each after those that it needs. */
  private static final List<String> ORDER =
      List.of(
          "opensearch-job-scheduler", "opensearch-knn", "opensearch-ml-plugin", "neural-search");

  private static List<Path> peers() throws IOException {
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("trident.peers")))) {
      List<Path> all = files.toList();
      return ORDER.stream()
          .map(
              name ->
                  all.stream()
                      .filter(file -> file.getFileName().toString().startsWith(name))
                      .findFirst()
                      .orElseThrow())
          .toList();
    }
  }

  @Test
  public void testOneIndexHoldsOursAndTheirs() throws IOException {
    Api api = node(peers(), Map.of()).api();
    ok(
        api,
        "PUT",
        "/_ingest/pipeline/encode",
        "{\"processors\": [{\"encode\": {\"field\": \"body\", \"sparse\": \"sparse\", \"dense\": \"dense\", \"tokens\": \"tokens\"}}]}");
    ok(
        api,
        "PUT",
        "/shared",
        """
        {"settings": {"index.codec": "trident", "index.knn": true, "default_pipeline": "encode"},
         "mappings": {"properties": {
           "body": {"type": "text"}, "sparse": {"type": "impact_vector"},
           "dense": {"type": "dense_vector", "dimension": 128},
           "tokens": {"type": "token_vectors", "dimension": 128},
           "ranks": {"type": "rank_features"},
           "knn": {"type": "knn_vector", "dimension": 4, "space_type": "l2",
                   "method": {"name": "hnsw", "engine": "lucene"}}}}}
        """);
    bulk(
        api,
        "shared",
        List.of(
            "{\"index\": {\"_id\": \"1\"}}",
            "{\"body\": \"merges segments of an index\", \"knn\": [1, 0, 0, 0], \"ranks\": {\"a\": 2, \"b\": 1}}",
            "{\"index\": {\"_id\": \"2\"}}",
            "{\"body\": \"cats drink milk\", \"knn\": [0, 1, 0, 0], \"ranks\": {\"c\": 1}}",
            "{\"index\": {\"_id\": \"3\"}}",
            "{\"body\": \"an index has segments\", \"knn\": [0.9, 0.1, 0, 0], \"ranks\": {\"a\": 1}}"));
    ok(api, "POST", "/shared/_forcemerge?max_num_segments=1", null);
    JsonNode found =
        ok(
            api,
            "POST",
            "/shared/_search",
            """
            {"explain": true, "query": {"fusion": {"legs": [
              {"name": "bm25", "query": {"match": {"body": "segments"}}},
              {"name": "knn", "query": {"knn": {"knn": {"vector": [1, 0, 0, 0], "k": 3}}}},
              {"name": "neural", "query": {"neural_sparse": {"ranks": {"query_tokens": {"a": 1.5, "b": 0.5}}}}},
              {"name": "sparse", "query": {"learned_sparse": {"sparse": {"text": "merges segments"}}}},
              {"name": "dense", "query": {"dense": {"dense": {"text": "merges segments"}}}},
              {"name": "tokens", "query": {"max_sim": {"tokens": {"text": "merges segments"}}}}]}},
             "ext": {"cross_encoder": {"query": "merges segments", "field": "body"}}}
            """);
    assertEquals("1", ids(found).get(0));
    assertEquals(3, ids(found).size());
    String text = found.toString();
    for (String leg : new String[] {"knn", "neural"}) {
      assertTrue(text, text.contains("leg [" + leg + "]"));
    }
    JsonNode filtered =
        ok(
            api,
            "POST",
            "/shared/_search",
            """
            {"query": {"fusion": {"filter": {"ids": {"values": ["2", "3"]}}, "legs": [
              {"query": {"knn": {"knn": {"vector": [1, 0, 0, 0], "k": 3}}}},
              {"query": {"neural_sparse": {"ranks": {"query_tokens": {"a": 1.5, "b": 0.5}}}}}]}}}
            """);
    assertEquals(List.of("3", "2"), ids(filtered));
    refused(
        api,
        400,
        "POST",
        "/shared/_search",
        "{\"query\": {\"fusion\": {\"legs\": [{\"query\": {\"hybrid\": {\"queries\": [{\"match_all\": {}}]}}}]}}}",
        "[hybrid]");
    checkRefusals(api);
    checkNeuralText(api);
  }

  private static void checkRefusals(Api api) {
    refused(
        api,
        400,
        "PUT",
        "/quantised",
        """
        {"settings": {"index.codec": "trident", "index.knn": true},
         "mappings": {"properties": {"d": {"type": "dense_vector", "dimension": 4, "encoding": "8bit"}}}}
        """,
        "[index.knn]",
        "8bit");
    refused(
        api,
        400,
        "PUT",
        "/quantised",
        """
        {"settings": {"index.knn": true},
         "mappings": {"properties": {"body": {"type": "neural_text", "dense": {"encoding": "8bit"}}}}}
        """,
        "[body_neural.passages.dense]",
        "[index.knn]");
  }

  private static void checkNeuralText(Api api) {
    ok(
        api,
        "PUT",
        "/neural",
        """
        {"settings": {"index.knn": true},
         "mappings": {"properties": {
           "body": {"type": "neural_text"}, "ranks": {"type": "rank_features"},
           "knn": {"type": "knn_vector", "dimension": 4, "space_type": "l2",
                   "method": {"name": "hnsw", "engine": "lucene"}}}}}
        """);
    bulk(
        api,
        "neural",
        List.of(
            "{\"index\": {\"_id\": \"1\"}}",
            "{\"body\": \"merges segments of an index\", \"knn\": [1, 0, 0, 0], \"ranks\": {\"a\": 2}}",
            "{\"index\": {\"_id\": \"2\"}}",
            "{\"body\": \"cats drink milk\", \"knn\": [0, 1, 0, 0], \"ranks\": {\"c\": 1}}"));
    ok(api, "POST", "/neural/_forcemerge?max_num_segments=1", null);
    JsonNode found =
        ok(
            api,
            "POST",
            "/neural/_search",
            """
            {"query": {"neural_text": {"body": {"text": "merging of segments", "legs": [
               {"query": {"knn": {"knn": {"vector": [1, 0, 0, 0], "k": 3}}}},
               {"query": {"neural_sparse": {"ranks": {"query_tokens": {"a": 1.5}}}}}]}}},
             "ext": {"cross_encoder": {}}}
            """);
    assertEquals(List.of("1", "2"), ids(found));
    assertEquals(
        "merges segments of an index",
        found.at("/hits/hits/0/inner_hits/body/hits/hits/0/_source/text").asText());
  }
}
