/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Serves the files of a folder over HTTP on loopback, one request at a time: below {@code /models/}
 * and, if it were asked for them, {@code /elsewhere/}. What is below {@code /models/moved/} and
 * {@code /models/left/} is redirected there.
 */
final class Site implements AutoCloseable {

  private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private volatile Path folder;

  /** Starts to listen; there is nothing to be had yet. */
  Site() throws IOException {
    Thread thread = new Thread(this::serve, "site");
    thread.setDaemon(true);
    thread.start();
  }

  /** Serves these files from now on. */
  void serve(Path files) {
    folder = files;
  }

  /** The URL of a path. */
  String at(String path) {
    return "http://127.0.0.1:" + socket.getLocalPort() + path;
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
    String name = path.substring(path.lastIndexOf('/') + 1);
    Path file = folder.resolve(name);
    try (OutputStream out = client.getOutputStream()) {
      if (path.startsWith("/models/moved/") || path.startsWith("/models/left/")) {
        String to = path.startsWith("/models/moved/") ? "/models/" : "/elsewhere/";
        write(out, "302 Found\r\nLocation: " + to + name, new byte[0]);
      } else if (Files.isRegularFile(file)) {
        write(out, "200 OK", Files.readAllBytes(file));
      } else {
        write(out, "404 Not Found", new byte[0]);
      }
    }
  }

  /** Writes an answer, whose head begins with its status, and after which nothing follows. */
  static void write(OutputStream out, String head, byte[] body) throws IOException {
    String answer =
        "HTTP/1.1 " + head + "\r\nContent-Length: " + body.length + "\r\nConnection: close\r\n\r\n";
    out.write(answer.getBytes(StandardCharsets.US_ASCII));
    out.write(body);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
