/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import io.trident.cluster.Node;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.Before;
import org.junit.BeforeClass;
import org.junit.Test;

/**
 * Runs the programs that the page on clients shows, each as it stands there but for the node's
 * port.
 */
public class ClientsIT extends ClusterTestCase {

  private static final String TEXT =
      "Small segments are merged into larger ones when an index grows.";

  private static Node node;
  private static int port;
  private Path folder;

  @BeforeClass
  public static void start() throws IOException {
    port = Node.freePort();
    node = install("node-clients", List.of(), port, Map.of()).start();
  }

  @Before
  public void empty() throws IOException {
    ok(node.api(), "DELETE", "/_all", null);
    folder = Files.createTempDirectory(root(), "client");
  }

  @Test
  public void testJava() throws Exception {
    Files.writeString(folder.resolve("Articles.java"), program("java"));
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    assertFound(
        run(java, "--class-path", System.getProperty("java.class.path"), "Articles.java"), "\"1\"");
  }

  /** Skipped where there is no Node.js, or its registry of packages cannot be reached. */
  @Test
  public void testJavaScript() throws Exception {
    Files.writeString(folder.resolve("articles.js"), program("js"));
    for (String name : List.of("package.json", "package-lock.json")) {
      try (InputStream file = ClientsIT.class.getResourceAsStream("/clients/" + name)) {
        Files.copy(file, folder.resolve(name));
      }
    }
    assumeTrue("SKIPPED, the JavaScript client needs npm", isInstalled("npm"));
    assumeTrue(
        "SKIPPED, npm cannot fetch the JavaScript client",
        run("npm", "ci", "--no-audit", "--no-fund").status() == 0);
    assertFound(run("node", "articles.js"), "[ '1' ]");
  }

  private void assertFound(Ended program, String ids) {
    assertEquals(program.output(), 0, program.status());
    assertTrue(program.output(), program.output().contains(TEXT));
    assertTrue(program.output(), program.output().contains(ids));
  }

  /** The block of a language, for the node of this test. */
  private static String program(String language) throws IOException {
    String page =
        Files.readString(Path.of(System.getProperty("trident.docs")).resolve("clients.md"));
    Matcher block = Pattern.compile("```" + language + "\\n(.*?)```", Pattern.DOTALL).matcher(page);
    assertTrue("no program in [" + language + "]", block.find());
    String program = block.group(1);
    assertTrue(program, program.contains("9200"));
    return program.replace("9200", String.valueOf(port));
  }

  private static boolean isInstalled(String command) {
    return Pattern.compile(Pattern.quote(java.io.File.pathSeparator))
        .splitAsStream(System.getenv("PATH"))
        .anyMatch(path -> Files.isExecutable(Path.of(path, command)));
  }

  /** A program that came to its end, and what it said. */
  private record Ended(int status, String output) {}

  private Ended run(String... command) throws Exception {
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    if (process.waitFor(2, TimeUnit.MINUTES) == false) {
      process.destroyForcibly();
    }
    return new Ended(process.waitFor(), Files.readString(output, StandardCharsets.UTF_8));
  }
}
