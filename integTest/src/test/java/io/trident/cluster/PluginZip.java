/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.access;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Packs {@link RestrictingPlugin} as {@code opensearch-plugin} takes it. */
public final class RestrictingZip {

  /** The header that says how a request is restricted. */
  public static final String HEADER = Restriction.HEADER;

  private static final String NAME = "restricting";

  private RestrictingZip() {}

  /**
   * Writes the ZIP into a folder.
   *
   * @param version of OpenSearch
   */
  public static Path write(Path folder, String version) throws IOException {
    Path jar = folder.resolve(NAME + ".jar");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar));
        Stream<Path> files = Files.list(classes())) {
      for (Path file : files.sorted().toList()) {
        String folderOfPackage = RestrictingZip.class.getPackageName().replace('.', '/');
        out.putNextEntry(new ZipEntry(folderOfPackage + "/" + file.getFileName()));
        Files.copy(file, out);
      }
    }
    Path zip = folder.resolve(NAME + ".zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip));
        InputStream packed = Files.newInputStream(jar)) {
      out.putNextEntry(new ZipEntry("plugin-descriptor.properties"));
      write(descriptor(version), out);
      out.putNextEntry(new ZipEntry(jar.getFileName().toString()));
      packed.transferTo(out);
    }
    return zip;
  }

  private static Path classes() throws IOException {
    try {
      URI here = RestrictingZip.class.getResource("RestrictingZip.class").toURI();
      return Path.of(here).getParent();
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
  }

  private static List<String> descriptor(String version) {
    return List.of(
        "name=" + NAME,
        "description=Restricts what requests see",
        "version=1",
        "classname=" + RestrictingPlugin.class.getName(),
        "java.version=21",
        "opensearch.version=" + version);
  }

  private static void write(List<String> lines, OutputStream out) throws IOException {
    out.write(String.join("\n", lines).getBytes(StandardCharsets.UTF_8));
  }
}
