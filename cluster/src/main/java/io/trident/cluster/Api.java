/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;

/** Speaks JSON with a node. Thread-safe. */
public final class Api {

  /** Reads and writes JSON. */
  public static final ObjectMapper JSON = new ObjectMapper();

  private static final Duration DEADLINE = Duration.ofSeconds(120);

  /** One connection a request under way, as most clients have. */
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final int port;
  private final String base;
  private final Map<String, String> headers;

  /** Speaks to a node on loopback. */
  public Api(int port) {
    this(port, Map.of());
  }

  private Api(int port, Map<String, String> headers) {
    this.port = port;
    this.base = "http://127.0.0.1:" + port;
    this.headers = headers;
  }

  /** Speaks to the same node, with a header in every request. */
  public Api with(String header, String value) {
    return new Api(port, Map.of(header, value));
  }

  /**
   * An answer.
   *
   * @param status the HTTP status
   * @param body the body, null when it is no JSON
   */
  public record Answer(int status, JsonNode body) {

    /** The answer, when the request succeeded. */
    public JsonNode ok() {
      if (status >= 300) {
        throw new IllegalStateException("request failed with " + status + ": " + body);
      }
      return body;
    }
  }

  /** The port of the node on loopback. */
  public int port() {
    return port;
  }

  /** Sends a request; a null body is none. */
  public Answer call(String method, String path, String body) {
    return call(method, path, body, DEADLINE);
  }

  /** Sends a request that may take long; a null body is none. */
  public Answer call(String method, String path, String body, Duration deadline) {
    try {
      return tryCall(method, path, body, deadline);
    } catch (IOException e) {
      throw new UncheckedIOException(method + " " + path + " failed", e);
    }
  }

  /** Sends a request once. */
  Answer tryCall(String method, String path, String body, Duration deadline) throws IOException {
    String type = path.contains("_bulk") ? "application/x-ndjson" : "application/json";
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base + path))
            .timeout(deadline)
            .header("Content-Type", type)
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    headers.forEach(request::header);
    try {
      HttpResponse<String> response =
          client.send(request.build(), HttpResponse.BodyHandlers.ofString());
      String text = response.body();
      boolean json = text.startsWith("{") || text.startsWith("[");
      return new Answer(response.statusCode(), json ? JSON.readTree(text) : null);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
