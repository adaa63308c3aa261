/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.page;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.opensearch.common.hash.MessageDigests;
import org.opensearch.common.io.PathUtils;
import org.opensearch.core.common.Strings;
import org.opensearch.test.OpenSearchTestCase;

public class PageTests extends OpenSearchTestCase {

  private static final int MAX_SIZE = 150_000;

  private final Page page = Page.read();

  public void testTheWholePageIsSmall() {
    int bytes = page.html().getBytes(StandardCharsets.UTF_8).length;
    assertTrue(bytes + " bytes", bytes <= MAX_SIZE);
  }

  /** A browser refuses to run what the policy does not name. */
  public void testThePolicyNamesStyleAndScriptByTheirHashes() {
    Matcher parts =
        Pattern.compile("<(script|style)[^>]*>(.*?)</\\1>", Pattern.DOTALL).matcher(page.html());
    int found = 0;
    while (parts.find()) {
      byte[] bytes = parts.group(2).getBytes(StandardCharsets.UTF_8);
      String hash = Base64.getEncoder().encodeToString(MessageDigests.sha256().digest(bytes));
      String source = parts.group(1) + "-src 'sha256-" + hash + "'";
      assertTrue(source + " in " + page.policy(), page.policy().contains(source));
      found++;
    }
    assertEquals(2, found);
  }

  public void testThePolicyAllowsNothingElse() {
    assertTrue(page.policy().startsWith("default-src 'none'; "));
    assertTrue(page.policy().contains("; connect-src 'self'; "));
    assertTrue(
        page.policy().contains("; require-trusted-types-for 'script'; trusted-types 'none'; "));
    assertTrue(page.policy().endsWith("; frame-ancestors 'none'"));
    assertFalse(page.policy(), page.policy().contains("unsafe"));
  }

  /** Each module is there once, and nothing is fetched later. */
  public void testModulesBecomeOneScript() {
    assertFalse(
        Pattern.compile("^(import|export) ", Pattern.MULTILINE).matcher(page.html()).find());
    assertFalse(page.html().contains("src="));
    assertFalse(page.html().contains("<link rel=\"stylesheet\""));
  }

  /** As modules on their own they work, too. */
  public void testModulesExportWhatOthersImport() throws IOException {
    int imports = 0;
    for (Path module : modules()) {
      Matcher imported =
          Pattern.compile("^import \\{ ([^}]*) \\} from \"\\./(.*)\";$", Pattern.MULTILINE)
              .matcher(Files.readString(module));
      while (imported.find()) {
        String exporting = Files.readString(module.resolveSibling(imported.group(2)));
        for (String name : Strings.splitStringByCommaToArray(imported.group(1))) {
          Pattern export =
              Pattern.compile("^export .*\\b" + name.strip() + "\\b", Pattern.MULTILINE);
          assertTrue(module + ": " + name, export.matcher(exporting).find());
          imports++;
        }
      }
    }
    assertTrue(imports > 30);
  }

  private static List<Path> modules() throws IOException {
    try (Stream<Path> files = Files.list(PathUtils.get("src", "main", "web"))) {
      return files.filter(file -> file.toString().endsWith(".js")).toList();
    }
  }

  /** Modules that are one script share their names. */
  public void testEachNameOfTheScriptIsDeclaredOnce() {
    Matcher declared =
        Pattern.compile("^(?:async )?(?:function|const|let|class) (\\w+)", Pattern.MULTILINE)
            .matcher(page.html());
    Set<String> names = new HashSet<>();
    while (declared.find()) {
      assertTrue(declared.group(1), names.add(declared.group(1)));
    }
    assertTrue(names.contains("searchOf"));
  }

  /** Texts of documents become nodes of text; nothing reads them as HTML. */
  public void testNothingMakesHtmlOfText() {
    for (String sink :
        new String[] {
          "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
          "new Function", "srcdoc", "javascript:", "createContextualFragment", "DOMParser"
        }) {
      assertFalse(sink, page.html().contains(sink));
    }
  }

  public void testAddressesAreRelative() {
    assertFalse(Pattern.compile("[\"'`]https?://(?!www\\.w3\\.org/)").matcher(page.html()).find());
    assertFalse(Pattern.compile("[\"'`]/_?[a-z]").matcher(page.html()).find());
  }
}
