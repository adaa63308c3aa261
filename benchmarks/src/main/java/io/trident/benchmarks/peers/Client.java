/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.peers;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.cluster.Api;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Sends prepared searches and takes their time, from the request to the last byte of the answer;
 * reading the answer's JSON is not timed. Thread-safe; each thread has a connection of its own.
 */
final class Client {

  private static final Duration DEADLINE = Duration.ofMinutes(2);

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final String base;

  Client(int port) {
    base = "http://127.0.0.1:" + port + "/";
  }

  /** A timed answer. */
  record Answer(long nanos, byte[] body) {

    /** The ids of the hits, best first. */
    List<String> ids() throws IOException {
      List<String> ids = new ArrayList<>();
      tree().path("hits").path("hits").forEach(hit -> ids.add(hit.path("_id").asText()));
      return ids;
    }

    /** The milliseconds that the server says it took, which it rounds down. */
    long took() throws IOException {
      return tree().path("took").asLong();
    }

    private JsonNode tree() throws IOException {
      return Api.JSON.readTree(body);
    }
  }

  /** A search of an index, ready to be sent any number of times. */
  HttpRequest prepare(String index, String parameters, String body) {
    String query = parameters.isEmpty() ? "" : "&" + parameters;
    return HttpRequest.newBuilder(URI.create(base + index + "/_search?request_cache=false" + query))
        .timeout(DEADLINE)
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  /** Sends a search, which must succeed. */
  Answer send(HttpRequest request) throws IOException {
    try {
      long start = System.nanoTime();
      HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      long nanos = System.nanoTime() - start;
      if (response.statusCode() != 200) {
        throw new IOException(
            request.uri()
                + " failed with "
                + response.statusCode()
                + ": "
                + new String(response.body(), StandardCharsets.UTF_8));
      }
      return new Answer(nanos, response.body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
