/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.carrotsearch.randomizedtesting.annotations.Seed;
import com.carrotsearch.randomizedtesting.annotations.TimeoutSuite;
import com.fasterxml.jackson.databind.JsonNode;
import io.trident.cluster.Api;
import io.trident.cluster.Node;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.BeforeClass;
import org.junit.Test;

/**
 * Sends spoiled requests of every kind to a node. Each must be answered in time, not by a fault of
 * the server's, and shortly when it is refused; the node must live. Sends the same requests every
 * time, so that a change that spoils an answer is told at once; for the seconds of the system
 * property {@code tests.fuzz.seconds}, with {@code tests.seed}, it looks for faults that nobody
 * knows. A failure names the seed of its case, which {@code tests.fuzz.case} runs alone.
 */
@Seed("7A1D")
@TimeoutSuite(millis = 24 * 60 * 60 * 1000)
public class FuzzIT extends ClusterTestCase {

  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final int MAX_REFUSAL = 16 * 1024;
  private static final int MAX_FAILURES = 20;
  private static final int CASES = 1_500;

  private static Node node;
  private static Api api;

  private record Request(String method, String path, String body) {}

  /** A frame of ours or of OpenSearch's, its parser of JSON left out. */
  private static final Pattern FRAME =
      Pattern.compile("at (io\\.trident[.\\w$]+|org\\.opensearch\\.(?!core|common)[.\\w$]+)");

  @BeforeClass
  public static void start() throws IOException {
    node = node(List.of(), Map.of("logger.level", "WARN"));
    api = node.api();
    ok(
        api,
        "PUT",
        "/_ingest/pipeline/fuzz",
        "{\"processors\": [{\"encode\": {\"field\": \"text\", \"sparse\": \"sparse\", \"dense\": \"dense\", \"tokens\": \"tokens\"}}]}");
    ok(api, "PUT", "/fuzz", INDEX);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      lines.add("{\"index\": {\"_id\": \"" + i + "\", \"pipeline\": \"fuzz\"}}");
      lines.add(DOCUMENT.replace("1999", Integer.toString(1990 + i)));
    }
    bulk(api, "fuzz", lines);
  }

  private static final String INDEX =
      """
      {"settings": {"index.codec": "trident", "number_of_shards": 2},
       "mappings": {"properties": {"text": {"type": "text"}, "year": {"type": "integer"},
         "sparse": {"type": "impact_vector", "max_weight": 4.0},
         "dense": {"type": "dense_vector", "dimension": 128, "similarity": "cosine", "encoding": "8bit", "m": 16, "ef_construction": 100},
         "tokens": {"type": "token_vectors", "dimension": 128, "encoding": "2bit", "similarity": "cosine"},
         "percolated": {"type": "percolator"},
         "small": {"type": "token_vectors", "dimension": 8, "encoding": "4bit"},
         "pages": {"type": "nested", "properties": {"word": {"type": "keyword"}, "s": {"type": "impact_vector"},
           "v": {"type": "dense_vector", "dimension": 2, "similarity": "l2_norm"}}}}}}
      """;

  private static final String DOCUMENT =
      "{\"text\": \"Rivers carry sand to the sea\", \"year\": 1999, \"small\": [[1, 0, 0, 0, 0, 0, 0, 1], [0, 1, 0, 0, 0, 0, 0, 0]],"
          + " \"pages\": [{\"word\": \"sea\", \"v\": [1, 2], \"s\": {\"sea\": 1.5, \"sand\": 0.5}}, {\"word\": \"sand\", \"v\": [2, 1], \"s\": {\"sand\": 1}}]}";

  private static final List<String> QUERIES =
      List.of(
          "{\"learned_sparse\": {\"sparse\": {\"text\": \"sand in rivers\", \"model\": \"trident-mini\", \"boost\": 2, \"_name\": \"n\"}}}",
          "{\"learned_sparse\": {\"sparse\": {\"tokens\": {\"river\": 1.5, \"sand\": 0.5}, \"idf\": true, \"approximate\": {\"mass\": 0.5, \"blocks\": 3, \"overestimate\": 1.1}}}}",
          "{\"learned_sparse\": {\"sparse\": {\"tokens\": [\"river\", 17]}}}",
          "{\"learned_sparse\": {\"sparse\": {\"texts\": [{\"text\": \"sand\", \"weight\": 0.5}, {\"text\": \"sea\"}], \"like\": [{\"_index\": \"fuzz\", \"_id\": \"3\", \"weight\": 0.5}]}}}",
          "{\"max_sim\": {\"small\": {\"like\": [{\"_id\": \"1\"}]}}}",
          "{\"dense\": {\"dense\": {\"texts\": [{\"text\": \"sand\"}, {\"text\": \"sea\", \"weight\": -1}], \"model\": \"trident-mini\"}}}",
          "{\"dense\": {\"dense\": {\"text\": \"sand\", \"feedback\": {\"documents\": 2, \"weight\": 0.5, \"terms\": 10, \"query\": {\"match\": {\"text\": \"sea\"}}, \"filter\": {\"match_all\": {}}}}}}",
          "{\"max_sim\": {\"tokens\": {\"texts\": [{\"text\": \"sand\"}, {\"text\": \"sea\", \"weight\": 1}]}}}",
          "{\"dense\": {\"dense\": {\"text\": \"sand\", \"k\": 5, \"oversample\": 2.5, \"filter\": {\"range\": {\"year\": {\"gte\": 1995}}}}}}",
          "{\"nested\": {\"path\": \"pages\", \"query\": {\"dense\": {\"pages.v\": {\"vector\": [1, 2], \"k\": 5, \"filter\": {\"bool\": {\"must_not\": [{\"term\": {\"pages.word\": \"sea\"}}, {\"range\": {\"year\": {\"gte\": 1995}}}]}}}}}, \"inner_hits\": {}}}",
          "{\"max_sim\": {\"tokens\": {\"text\": \"sand\", \"candidates\": 10, \"probes\": 4, \"filter\": {\"match\": {\"text\": \"sea\"}}}}}",
          "{\"max_sim\": {\"small\": {\"vectors\": [[1, 2, 3, 4, 5, 6, 7, 8], [0, 0, 0, 0, 0, 0, 0, 1]]}}}",
          "{\"top_passages\": {\"path\": \"pages\", \"count\": 2, \"ignore_unmapped\": false, \"query\": {\"dense\": {\"pages.v\": {\"vector\": [1, 2], \"exact\": true}}}, \"inner_hits\": {\"size\": 1}}}",
          "{\"top_passages\": {\"path\": \"pages\", \"count\": 3, \"query\": {\"learned_sparse\": {\"pages.s\": {\"tokens\": {\"sea\": 1}}}}}}",
          "{\"fusion\": {\"window\": 20, \"scores\": true, \"diversify\": {\"field\": \"pages.v\", \"lambda\": 0.5, \"window\": 10}, \"min_relevance\": {\"probability\": 0.1, \"intercept\": 0.5, \"fused\": 2, \"legs\": {\"a\": 0.5}}, \"boosts\": {\"functions\": [{\"gauss\": {\"year\": {\"origin\": 2000, \"scale\": 10}}}, {\"filter\": {\"match\": {\"text\": \"sand\"}}, \"weight\": 2}], \"boost_mode\": \"sum\"}, \"pinned\": [\"3\", \"7\"], \"excluded\": [\"4\"], \"combination\": \"arithmetic_mean\", \"normalization\": \"min_max\", \"missing\": \"score\", \"filter\": {\"range\": {\"year\": {\"gte\": 1992}}}, \"legs\": [{\"name\": \"a\", \"weight\": 0.5, \"query\": {\"match\": {\"text\": \"sand\"}}}, {\"query\": {\"learned_sparse\": {\"sparse\": {\"text\": \"sea\"}}}}, {\"query\": {\"top_passages\": {\"path\": \"pages\", \"query\": {\"dense\": {\"pages.v\": {\"vector\": [0, 0]}}}}}}]}}",
          "{\"fusion\": {\"combination\": \"rrf\", \"rank_constant\": 10, \"legs\": [{\"query\": {\"fusion\": {\"legs\": [{\"query\": {\"match_all\": {}}}]}}}, {\"query\": {\"max_sim\": {\"tokens\": {\"text\": \"sea\"}}}}]}}");

  private static final List<String> SEARCHES =
      List.of(
          "{\"size\": 5, \"query\": @}",
          "{\"from\": 1, \"size\": 3, \"track_total_hits\": true, \"aggs\": {\"y\": {\"terms\": {\"field\": \"year\"}}}, \"query\": @}",
          "{\"explain\": true, \"profile\": true, \"size\": 2, \"query\": {\"bool\": {\"must\": [@], \"should\": [{\"match\": {\"text\": \"sea\"}}]}}}",
          "{\"query\": {\"match\": {\"text\": \"sand\"}}, \"rescore\": {\"window_size\": 10, \"query\": {\"rescore_query\": @, \"query_weight\": 0.5}}}",
          "{\"query\": @, \"sort\": [{\"_score\": \"desc\"}, {\"year\": \"asc\"}], \"min_score\": 0.1, \"collapse\": {\"field\": \"year\"}}",
          "{\"query\": @, \"highlight\": {\"fields\": {\"text\": {\"type\": \"max_sim\", \"number_of_fragments\": 2, \"fragment_size\": 20, \"pre_tags\": [\"<b>\"], \"post_tags\": [\"</b>\"], \"options\": {\"tokens\": \"tokens\", \"fields\": [\"text\"], \"min_share\": 0.5}}}}}",
          "{\"size\": 3, \"query\": @, \"ext\": {\"cross_encoder\": {\"query\": \"sand\", \"field\": \"text\", \"window\": 5, \"passage_tokens\": 16, \"first_stage_weight\": 0.3, \"on_failure\": \"keep_ranking\"}}}",
          "{\"query\": {\"match\": {\"text\": \"sand\"}}, \"from\": 1, \"size\": 3, \"ext\": {\"cross_encoder\": {\"query\": \"sand\", \"field\": [\"text\", \"year\"], \"window\": 5, \"model\": \"trident-mini-reranker\"}}}",
          "{\"query\": {\"percolate\": {\"field\": \"percolated\", \"document\": {\"text\": \"sand\"}}}, \"post_filter\": @}",
          "{\"query\": {\"function_score\": {\"query\": @, \"boost_mode\": \"sum\", \"field_value_factor\": {\"field\": \"year\"}}}}");

  private static final List<Request> OTHERS =
      List.of(
          new Request("PUT", "/fuzz-made", INDEX),
          new Request(
              "PUT",
              "/fuzz/_mapping",
              "{\"properties\": {\"more\": {\"type\": \"token_vectors\", \"dimension\": 8, \"encoding\": \"1bit\", \"similarity\": \"dot_product\", \"meta\": {\"a\": \"b\"}}}}"),
          new Request(
              "PUT",
              "/fuzz/_settings",
              "{\"index\": {\"refresh_interval\": \"1s\", \"max_result_window\": 10000}}"),
          new Request(
              "PUT",
              "/_ingest/pipeline/fuzz-made",
              "{\"processors\": [{\"encode\": {\"field\": \"text\", \"sparse\": \"sparse\", \"dense\": \"dense\", \"tokens\": \"tokens\", \"model\": \"trident-mini\", \"batch_size\": 4, \"ignore_missing\": true, \"ignore_failure\": true, \"passages\": {\"field\": \"pages\", \"max_tokens\": 16, \"overlap\": 4}}}]}"),
          new Request(
              "POST",
              "/_ingest/pipeline/_simulate",
              "{\"pipeline\": {\"processors\": [{\"encode\": {\"field\": [\"text\", \"title\"], \"sparse\": \"s\", \"dense\": \"d\", \"tokens\": \"t\", \"passages\": {\"field\": \"pages\", \"max_tokens\": 16, \"overlap\": 4}}}]}, \"docs\": [{\"_source\": {\"text\": \"Rivers carry sand\", \"title\": \"sea\"}}]}"),
          new Request(
              "POST",
              "/_ingest/pipeline/fuzz-made/_simulate",
              "{\"docs\": [{\"_source\": {\"text\": [\"Rivers\", \"carry sand\"]}}]}"),
          new Request("POST", "/fuzz/_doc?pipeline=fuzz", DOCUMENT),
          new Request("POST", "/fuzz/_doc?pipeline=fuzz-made", DOCUMENT),
          new Request(
              "POST",
              "/fuzz/_doc",
              "{\"sparse\": {\"river\": 1.5, \"sand\": 0.5}, \"small\": {\"vectors\": [[1, 2, 3, 4, 5, 6, 7, 8]], \"token_ids\": [7]}, \"pages\": {\"v\": [1, 2]}}"),
          new Request(
              "POST",
              "/fuzz/_doc",
              "{\"small\": \"float16:ADwAPAA8ADwAPAA8ADwAPA==\", \"percolated\": {\"learned_sparse\": {\"sparse\": {\"tokens\": {\"river\": 1}}}}}"),
          new Request(
              "POST",
              "/fuzz/_doc",
              "{\"percolated\": {\"max_sim\": {\"small\": {\"vectors\": [[1, 2, 3, 4, 5, 6, 7, 8]]}}}}"),
          new Request(
              "POST",
              "/_plugins/_trident/models/trident-mini/_encode",
              "{\"texts\": [\"a river\", \"sand\"], \"side\": \"query\", \"representations\": [\"sparse\", \"tokens\", \"dense\"]}"),
          new Request(
              "POST",
              "/_plugins/_trident/models/trident-mini-reranker/_encode",
              "{\"query\": \"a river\", \"texts\": [\"Rivers flow to the sea\"]}"),
          new Request(
              "PUT",
              "/_plugins/_trident/models/fuzz-model",
              "{\"files\": {\"model.onnx\": {\"sha256\": \"0000000000000000000000000000000000000000000000000000000000000000\", \"chunks\": 1}}}"),
          new Request(
              "PUT",
              "/_plugins/_trident/models/trident-mini",
              "{\"index\": {\"name\": \"fuzz-made\", \"field\": \"body\"}}"),
          new Request(
              "POST",
              "/fuzz/_validate/query",
              "{\"query\": {\"learned_sparse\": {\"sparse\": {\"tokens\": {\"river\": 1}}}}}"),
          new Request(
              "POST",
              "/fuzz/_count",
              "{\"query\": {\"max_sim\": {\"small\": {\"vectors\": [[1, 2, 3, 4, 5, 6, 7, 8]]}}}}"),
          new Request(
              "POST",
              "/fuzz/_explain/1",
              "{\"query\": {\"dense\": {\"dense\": {\"text\": \"sand\"}}}}"),
          new Request(
              "POST",
              "/fuzz/_search/template",
              "{\"source\": {\"query\": {\"nested\": {\"path\": \"pages\", \"query\": {\"dense\": {\"pages.v\": {\"vector\": [1, 2], \"k\": \"{{k}}\"}}}}}}, \"params\": {\"k\": 3}}"));

  private static final List<String> PATHS =
      List.of(
          "GET /_plugins/_trident/stats",
          "GET /_plugins/_trident/stats/_all",
          "GET /_plugins/_trident/models/@",
          "GET /_plugins/_trident/models/@/_validate",
          "DELETE /_plugins/_trident/models/@",
          "PUT /_plugins/_trident/models/fuzz-model/files/@/0",
          "GET /_plugins/_trident/stats/@");

  private static Request request(Random random) {
    JsonMutation mutation = new JsonMutation(random);
    int kind = random.nextInt(10);
    if (kind < 6) {
      String query = pick(QUERIES, random);
      String search = pick(SEARCHES, random).replace("@", query);
      return new Request("POST", "/fuzz/_search", mutation.spoil(search));
    }
    if (kind < 9) {
      Request valid = pick(OTHERS, random);
      return new Request(valid.method, valid.path, mutation.spoil(valid.body));
    }
    String id =
        pick(
            List.of(
                "none-such",
                "..%2F..%2Fetc",
                "%00",
                "a".repeat(3_000),
                "-x",
                "A",
                "%F0%9F%9A%80",
                ".",
                "*"),
            random);
    String[] path = pick(PATHS, random).replace("@", id).split(" ", -1);
    return new Request(path[0], path[1], null);
  }

  private static <T> T pick(List<T> list, Random random) {
    return list.get(random.nextInt(list.size()));
  }

  /** What is wrong with the answer to a request, by our fault; null when nothing is. */
  private static String fault(Request request) {
    try {
      Api.Answer answer = answer(request, "");
      String text = String.valueOf(answer.body());
      String fault = null;
      if (answer.status() >= 500 || innerStatus(answer.body()) >= 500) {
        fault = "status " + answer.status() + ": " + shortened(text);
      } else if (answer.status() >= 400 && text.length() > MAX_REFUSAL) {
        fault = "refused with " + text.length() + " characters: " + shortened(text);
      }
      return fault != null && isOurs(answer(request, "error_trace=true").body()) ? fault : null;
    } catch (UncheckedIOException e) {
      return "no answer: " + e.getCause();
    }
  }

  private static Api.Answer answer(Request request, String parameter) {
    String separator = request.path.contains("?") ? "&" : "?";
    String path = parameter.isEmpty() ? request.path : request.path + separator + parameter;
    try {
      return api.call(request.method, path, request.body, DEADLINE);
    } finally {
      if (request.path.equals("/fuzz-made") || request.path.endsWith("/trident-mini")) {
        api.call("DELETE", "/fuzz-made", null, DEADLINE);
      }
    }
  }

  /**
   * Whether a failure arose in code of ours: OpenSearch's own queries, processors and mappings,
   * which spoiled requests have too, fail with 500 and repeat all that they were given as well. The
   * innermost cause tells by the first of its frames that is of either.
   */
  private static boolean isOurs(JsonNode body) {
    List<String> traces = body == null ? List.of() : body.findValuesAsText("stack_trace");
    return traces.isEmpty()
        || traces.stream()
            .map(trace -> trace.substring(1 + trace.lastIndexOf("Caused by:")))
            .map(FRAME::matcher)
            .anyMatch(frame -> frame.find() && frame.group(1).startsWith("io.trident"));
  }

  /** The status of a failure inside of an answer that succeeded. */
  private static int innerStatus(JsonNode body) {
    return body == null ? 0 : body.at("/docs/0/error/status").asInt();
  }

  private static String shortened(String text) {
    return text.length() < 1_500 ? text : text.substring(0, 1_500) + "…";
  }

  @Test
  public void testSpoiledRequestsAreRefused() throws IOException {
    long only = Long.getLong("tests.fuzz.case", 0);
    if (only != 0) {
      Request request = request(new Random(only));
      System.out.println(request);
      assertEquals(null, fault(request));
      return;
    }
    int seconds = Integer.getInteger("tests.fuzz.seconds", 0);
    long start = System.nanoTime();
    long cases = 0;
    Map<String, String> faults = new LinkedHashMap<>();
    while (faults.size() < MAX_FAILURES
        && (seconds == 0 ? cases < CASES : System.nanoTime() - start < seconds * 1_000_000_000L)) {
      long seed = randomLong();
      Request request = request(new Random(seed));
      String fault = fault(request);
      cases++;
      if (fault != null) {
        String kind = fault.replaceAll("[0-9]+", "#");
        faults.putIfAbsent(
            kind.substring(0, Math.min(160, kind.length())),
            "-Dtests.fuzz.case=" + seed + " " + fault + "\n  of " + shortened(request.toString()));
        assertTrue("the node ended after " + seed + ":\n" + node.logTail(), node.isRunning());
      }
    }
    double minutes = (System.nanoTime() - start) / 60e9;
    System.out.printf(
        Locale.ROOT,
        "%d cases in %.1f minutes, %.0f per minute%n",
        cases,
        minutes,
        cases / minutes);
    assertEquals(String.join("\n\n", faults.values()), 0, faults.size());
    ok(api, "POST", "/fuzz/_search", SEARCHES.get(0).replace("@", QUERIES.get(0)));
  }
}
