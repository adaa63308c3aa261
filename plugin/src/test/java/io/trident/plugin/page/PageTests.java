package io.trident.plugin.page;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.opensearch.common.hash.MessageDigests;
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
