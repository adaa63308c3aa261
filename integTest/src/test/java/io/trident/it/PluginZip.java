/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Packs a plugin of the tests, which is a package, as {@code opensearch-plugin} takes it. */
public final class PluginZip {

  private static final Pattern DISTRIBUTION = Pattern.compile("opensearch-(.*)\\.zip");

  private PluginZip() {}

  /**
   * Writes the ZIP into a folder, for the distribution under test.
   *
   * @param plugin the plugin's class
   */
  public static Path write(Class<?> plugin, Path folder) throws IOException {
    String name = plugin.getSimpleName();
    String packageFolder = plugin.getPackageName().replace('.', '/');
    Path jar = folder.resolve(name + ".jar");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar));
        Stream<Path> files = Files.list(classes(plugin))) {
      for (Path file : files.sorted().toList()) {
        out.putNextEntry(new ZipEntry(packageFolder + "/" + file.getFileName()));
        Files.copy(file, out);
      }
    }
    Path zip = folder.resolve(name + ".zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip));
        InputStream packed = Files.newInputStream(jar)) {
      out.putNextEntry(new ZipEntry("plugin-descriptor.properties"));
      write(descriptor(plugin), out);
      out.putNextEntry(new ZipEntry(jar.getFileName().toString()));
      packed.transferTo(out);
    }
    return zip;
  }

  private static Path classes(Class<?> plugin) throws IOException {
    try {
      return Path.of(plugin.getResource(plugin.getSimpleName() + ".class").toURI()).getParent();
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
  }

  private static String version() {
    Path distribution = Path.of(System.getProperty("trident.distribution"));
    Matcher version = DISTRIBUTION.matcher(distribution.getFileName().toString());
    if (version.matches() == false) {
      throw new IllegalStateException("[" + distribution + "] does not name a version");
    }
    return version.group(1);
  }

  private static List<String> descriptor(Class<?> plugin) {
    return List.of(
        "name=" + plugin.getSimpleName(),
        "description=A plugin of the tests",
        "version=1",
        "classname=" + plugin.getName(),
        "java.version=21",
        "opensearch.version=" + version());
  }

  private static void write(List<String> lines, OutputStream out) throws IOException {
    out.write(String.join("\n", lines).getBytes(StandardCharsets.UTF_8));
  }
}
