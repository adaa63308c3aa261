/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** How the server's processes run: never as root, which OpenSearch refuses. */
final class Server {

  /** The user that every Unix has for what should own nothing else. */
  private static final String UNPRIVILEGED = "nobody";

  private Server() {}

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  /** Gives a file or folder to the user that the server runs as. */
  static void own(Path path) throws IOException {
    if (isRoot() == false) {
      return;
    }
    UserPrincipal user =
        path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(UNPRIVILEGED);
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.setOwner(file, user);
      }
    }
  }

  /** A process of the server's user, whose output goes to a file. */
  static ProcessBuilder process(Path home, Path javaHome, Path log, List<String> command) {
    List<String> line = new ArrayList<>();
    if (isRoot()) {
      line.addAll(List.of("setpriv", "--reuid=" + UNPRIVILEGED, "--clear-groups", "--"));
    }
    line.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(line)
            .directory(home.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    Map<String, String> environment = builder.environment();
    environment.put("OPENSEARCH_JAVA_HOME", javaHome.toString());
    environment.put("JAVA_HOME", javaHome.toString());
    environment.put("HOME", home.toString());
    environment.remove("JAVA_OPTS");
    return builder;
  }
}
