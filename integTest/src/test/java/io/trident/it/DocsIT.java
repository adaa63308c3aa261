/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import io.trident.cluster.Api;
import io.trident.cluster.Node;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.Test;

/**
 * Runs the examples of the documentation: the requests in blocks marked {@code http}, divided by
 * blank lines, page by page and in order. A block marked {@code http 400} must be refused so.
 */
public class DocsIT extends ClusterTestCase {

  private static final Pattern BLOCK =
      Pattern.compile("```http(?: (\\d+))?\\n(.*?)```", Pattern.DOTALL);

  @Test
  public void testExamples() throws IOException {
    Path docs = Path.of(System.getProperty("trident.docs"));
    Node node = install("node-docs", List.of(), Node.freePort(), SMALL);
    copyQueryGenerator(root().resolve("node-docs"));
    Api api = node.start().api();
    List<Path> pages = new ArrayList<>();
    try (Stream<Path> files = Files.list(docs)) {
      files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
    }
    pages.add(docs.resolveSibling("README.md"));
    int requests = 0;
    for (Path page : pages) {
      ok(api, "DELETE", "/_all", null);
      Matcher block = BLOCK.matcher(Files.readString(page));
      while (block.find()) {
        for (String request : block.group(2).strip().split("\\n\\s*\\n", -1)) {
          run(api, page, request.strip(), block.group(1));
          requests++;
        }
      }
    }
    assertTrue("only " + requests + " requests were found", requests > 20);
  }

  private static void run(Api api, Path page, String request, String refusal) {
    String[] lines = request.split("\\n", 2);
    String[] line = lines[0].split(" ", 2);
    String body = lines.length == 1 ? null : lines[1] + '\n';
    Api.Answer answer = api.call(line[0], line[1].strip(), body);
    String what = page.getFileName() + ": " + request + "\n" + answer.body();
    if (refusal == null) {
      assertTrue(what, answer.status() < 300);
    } else {
      assertEquals(what, Integer.parseInt(refusal), answer.status());
    }
  }
}
