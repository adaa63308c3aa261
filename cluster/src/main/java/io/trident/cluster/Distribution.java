/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * An OpenSearch distribution and the plugins to install into it.
 *
 * @param zip the distribution, without a JDK of its own
 * @param plugins the plugins' ZIPs, in the order of installation
 * @param javaHome the JDK to run it with
 */
public record Distribution(Path zip, List<Path> plugins, Path javaHome) {

  private static final long INSTALL_MINUTES = 3;

  /**
   * Unpacks the distribution into a new folder, gives the folder to the server's user, and installs
   * the plugins.
   */
  public void install(Path home) throws IOException {
    unpack(home);
    Server.own(home);
    for (Path plugin : plugins) {
      Path copy = Files.copy(plugin, home.resolve(plugin.getFileName()));
      Server.own(copy);
      run(
          home,
          home.resolve("bin/opensearch-plugin").toString(),
          "install",
          "--batch",
          copy.toUri().toString());
      Files.delete(copy);
    }
  }

  /** Copies an installed distribution that was never started. */
  public void copy(Path installed, Path home) throws IOException {
    try (Stream<Path> files = Files.walk(installed)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Path copy = home.resolve(installed.relativize(file).toString());
        Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
    Server.own(home);
  }

  private void run(Path home, String... command) throws IOException {
    Path log = home.resolve("install.log");
    Process process = Server.process(home, javaHome, log, List.of(command)).start();
    try {
      if (process.waitFor(INSTALL_MINUTES, TimeUnit.MINUTES) == false) {
        process.destroyForcibly();
        throw new IOException(String.join(" ", command) + " did not end: " + Files.readString(log));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    if (process.exitValue() != 0) {
      throw new IOException(String.join(" ", command) + " failed: " + Files.readString(log));
    }
  }

  private void unpack(Path home) throws IOException {
    List<Path> executables = new ArrayList<>();
    try (InputStream in = Files.newInputStream(zip);
        ZipInputStream entries = new ZipInputStream(in)) {
      for (ZipEntry entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
        int slash = entry.getName().indexOf('/');
        Path target = home.resolve(entry.getName().substring(slash + 1)).normalize();
        if (target.startsWith(home) == false) {
          throw new IOException("[" + entry.getName() + "] is outside of the distribution");
        }
        if (entry.isDirectory()) {
          Files.createDirectories(target);
        } else {
          Files.createDirectories(target.getParent());
          Files.copy(entries, target);
          if (target.getParent().endsWith("bin")) {
            executables.add(target);
          }
        }
      }
    }
    for (Path executable : executables) {
      Files.setPosixFilePermissions(executable, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }
}
