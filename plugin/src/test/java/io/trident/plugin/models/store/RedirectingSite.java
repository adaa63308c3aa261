/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.store;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Answers each request, one at a time, with its path, or sends it elsewhere. */
final class RedirectingSite implements AutoCloseable {

  private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final Map<String, String> redirects = new ConcurrentHashMap<>();

  private final Thread thread = new Thread(this::serve, "site");

  RedirectingSite() throws IOException {
    thread.start();
  }

  /** The host and the port. */
  String host() {
    return "127.0.0.1:" + socket.getLocalPort();
  }

  void redirect(String path, String location) {
    redirects.put(path, location);
  }

  private void serve() {
    while (socket.isClosed() == false) {
      try (Socket client = socket.accept()) {
        answer(client);
      } catch (IOException e) {
        // the client, or the test, has gone
      }
    }
  }

  private void answer(Socket client) throws IOException {
    BufferedReader in =
        new BufferedReader(
            new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
    String path = in.readLine().split(" ", -1)[1];
    for (String header = in.readLine(); header.isEmpty() == false; ) {
      header = in.readLine();
    }
    String location = redirects.get(path);
    String status = location == null ? "200 OK" : "302 Found\r\nLocation: " + location;
    String body = location == null ? path : "";
    String head =
        "HTTP/1.1 " + status + "\r\nContent-Length: " + body.length() + "\r\nConnection: close";
    try (OutputStream out = client.getOutputStream()) {
      out.write((head + "\r\n\r\n" + body).getBytes(StandardCharsets.US_ASCII));
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
