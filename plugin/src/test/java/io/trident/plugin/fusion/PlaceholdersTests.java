/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.fusion;

import java.util.List;
import java.util.Map;
import org.apache.lucene.tests.util.LuceneTestCase;

/** Filling of templates. */
public class PlaceholdersTests extends LuceneTestCase {

  private static final Placeholders PLACEHOLDERS =
      new Placeholders("q", Map.of("query", "a $1 \\ \"b\"", "vector", List.of(1, 2), "k", 7));

  public void testStringsAreFilledAtAnyDepthAndKeysAreNot() {
    assertEquals(
        Map.of(
            "{{query}}",
            List.of(Map.of("t", "x a $1 \\ \"b\" 7 y"), 3, true),
            "plain",
            "{query} {{ not closed"),
        PLACEHOLDERS.filled(
            Map.of(
                "{{query}}",
                List.of(Map.of("t", "x {{query}} {{ k }} y"), 3, true),
                "plain",
                "{query} {{ not closed")));
  }

  public void testAStringThatIsAPlaceholderBecomesTheParameterAsItIs() {
    assertEquals(
        Map.of("vector", List.of(1, 2), "k", 7, "text", "7!"),
        PLACEHOLDERS.filled(Map.of("vector", "{{vector}}", "k", "{{ k }}", "text", "{{k}}!")));
  }

  public void testAParameterThatIsMissingIsNamed() {
    IllegalArgumentException e =
        expectThrows(
            IllegalArgumentException.class, () -> PLACEHOLDERS.filled(Map.of("a", "b {{lost}}")));
    assertTrue(e.getMessage(), e.getMessage().contains("[q] must have a parameter"));
    assertTrue(e.getMessage(), e.getMessage().contains("[lost]"));
  }

  public void testWhetherThereAreAny() {
    assertTrue(Placeholders.areIn(Map.of("a", List.of(1, Map.of("b", "c {{d}}")))));
    assertFalse(Placeholders.areIn(Map.of("{{a}}", List.of(1, Map.of("b", "c {d}")))));
  }
}
