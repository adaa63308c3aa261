/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.page;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.opensearch.common.hash.MessageDigests;

/**
 * One HTML document, with its style and its script inside, so that a browser needs no second
 * request and the policy can name both by their hashes. The sources are an HTML file, a style sheet
 * and ES modules that import each other by name; a browser shows them as they are, too.
 *
 * @param html the document
 * @param policy its content security policy: nothing but this style and this script, and requests
 *     to the server that it came from; nor may a string become HTML or a script
 */
record Page(String html, String policy) {

  private static final String STYLE = "<link rel=\"stylesheet\" href=\"page.css\">";
  private static final String SCRIPT = "<script type=\"module\" src=\"main.js\"></script>";
  private static final Pattern IMPORT =
      Pattern.compile("^import \\{[^}]*\\} from \"\\./([a-z]+\\.js)\";\\n", Pattern.MULTILINE);
  private static final Pattern EXPORT = Pattern.compile("^export ", Pattern.MULTILINE);

  /** Reads the files of the JAR. */
  static Page read() {
    String style = "\n" + file("page.css");
    Map<String, String> modules = new LinkedHashMap<>();
    include("main.js", modules);
    String script = "\n" + String.join("\n", modules.values());
    String html =
        file("index.html")
            .replace(STYLE, "<style>" + style + "</style>")
            .replace(SCRIPT, "<script type=\"module\">" + script + "</script>");
    return new Page(html, policy(style, script));
  }

  /** Adds a module after those that it imports, each once. */
  private static void include(String name, Map<String, String> modules) {
    String source = file(name);
    Matcher imported = IMPORT.matcher(source);
    while (imported.find()) {
      if (modules.containsKey(imported.group(1)) == false) {
        include(imported.group(1), modules);
      }
    }
    modules.put(name, EXPORT.matcher(IMPORT.matcher(source).replaceAll("")).replaceAll(""));
  }

  private static String policy(String style, String script) {
    return String.join(
        "; ",
        "default-src 'none'",
        "script-src " + hash(script),
        "style-src " + hash(style),
        "connect-src 'self'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'");
  }

  private static String hash(String text) {
    MessageDigest sha256 = MessageDigests.sha256();
    byte[] digest = sha256.digest(text.getBytes(StandardCharsets.UTF_8));
    return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
  }

  private static String file(String name) {
    try (InputStream in = Page.class.getResourceAsStream("web/" + name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
