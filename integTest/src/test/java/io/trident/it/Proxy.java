/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;

/**
 * A reverse proxy on loopback that has a node under a path, and can answer searches as a bad node
 * would. Each connection carries one request.
 */
final class Proxy implements AutoCloseable {

  private static final String PATH = "/search/node-1";
  private static final List<String> HEADERS =
      List.of("content-type", "content-security-policy", "x-content-type-options", "location");

  private final HttpClient client = HttpClient.newHttpClient();
  private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final String node;

  /** When it is not null, the status line and the body that searches are answered with. */
  volatile String failure;

  /** What searches wait for. */
  volatile CountDownLatch gate = new CountDownLatch(0);

  Proxy(int nodePort) throws IOException {
    node = "http://127.0.0.1:" + nodePort;
    start("proxy", this::serve);
  }

  /** The address of the page. */
  String page() {
    return "http://127.0.0.1:" + socket.getLocalPort() + PATH + "/_plugins/_trident/";
  }

  private static void start(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  private void serve() {
    while (socket.isClosed() == false) {
      try {
        Socket connection = socket.accept();
        start("proxied request", () -> answer(connection));
      } catch (IOException e) {
        // the test has gone
      }
    }
  }

  private void answer(Socket connection) {
    try (connection) {
      InputStream in = connection.getInputStream();
      String[] request = line(in).split(" ", -1);
      int length = 0;
      for (String header = line(in); header.isEmpty() == false; header = line(in)) {
        if (header.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
          length = Integer.parseInt(header.substring(header.indexOf(':') + 1).strip());
        }
      }
      byte[] body = in.readNBytes(length);
      answer(connection.getOutputStream(), request[0], request[1], body);
    } catch (IOException e) {
      // the browser has gone
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void answer(OutputStream out, String method, String path, byte[] body)
      throws IOException, InterruptedException {
    String broken = null;
    if (path.endsWith("/_search")) {
      gate.await();
      broken = failure;
    }
    if (broken != null) {
      Site.write(out, broken, "upstream is tired".getBytes(StandardCharsets.UTF_8));
    } else if (path.startsWith(PATH + "/")) {
      pass(out, method, path.substring(PATH.length()), body);
    } else {
      Site.write(
          out, path.equals("/favicon.ico") ? "204 No Content" : "404 Not Found", new byte[0]);
    }
  }

  private void pass(OutputStream out, String method, String path, byte[] body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(node + path))
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofByteArray(body));
    HttpResponse<byte[]> response =
        client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    StringBuilder head = new StringBuilder(response.statusCode() + " Passed on");
    for (String header : HEADERS) {
      response
          .headers()
          .firstValue(header)
          .ifPresent(value -> head.append("\r\n").append(header).append(": ").append(value));
    }
    Site.write(out, head.toString(), response.body());
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
      line.write(next);
    }
    return line.toString(StandardCharsets.US_ASCII).strip();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
