/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A node whose server and data stay in a folder between runs. The server is installed anew when a
 * ZIP that it comes from has changed; the data are kept.
 *
 * @param folder where server and data live; the server's user must be able to reach it
 * @param distribution what is installed
 */
public record Installation(Path folder, Distribution distribution) {

  /** Root's own folders are closed to the user that the server runs as. */
  public static Path defaultFolder(String name) {
    return "root".equals(System.getProperty("user.name"))
        ? Path.of("/var/tmp/trident-" + name)
        : Path.of(".trident", name).toAbsolutePath();
  }

  /** Whether the installed server is made of the distribution's files as they are now. */
  public boolean isCurrent() throws IOException {
    Path installed = installed();
    return Files.exists(installed) && Files.readString(installed).equals(stamp());
  }

  /** Installs the server, in place of an older one. */
  public void install() throws IOException {
    Files.createDirectories(folder);
    Files.deleteIfExists(installed());
    delete(home());
    Files.createDirectories(data());
    open(folder);
    open(data());
    distribution.install(home());
    Files.writeString(installed(), stamp());
  }

  /**
   * The installed node, not started.
   *
   * @param heap the size of the heap, as {@code 1g}
   */
  public Node node(String heap, int port, Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("path.data", data().toString());
    all.put("cluster.routing.allocation.disk.threshold_enabled", "false");
    return Node.of(home(), distribution.javaHome(), heap, port, all);
  }

  private Path home() {
    return folder.resolve("opensearch");
  }

  private Path data() {
    return folder.resolve("data");
  }

  private Path installed() {
    return folder.resolve("installed");
  }

  private String stamp() throws IOException {
    StringBuilder stamp = new StringBuilder().append(distribution.zip().getFileName());
    for (Path plugin : distribution.plugins()) {
      stamp
          .append('\n')
          .append(plugin.getFileName())
          .append(' ')
          .append(Files.size(plugin))
          .append(' ')
          .append(Files.getLastModifiedTime(plugin));
    }
    return stamp.toString();
  }

  private static void open(Path folder) throws IOException {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
  }

  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
