/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.highlight;

import static org.hamcrest.Matchers.containsString;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.lucene.analysis.tokenattributes.OffsetAttribute;
import org.opensearch.search.lookup.SourceLookup;
import org.opensearch.test.OpenSearchTestCase;

/** Marks in the values of a field. */
public class MarkedTextTests extends OpenSearchTestCase {

  private static MarkedText text(Map<String, Object> source, List<String> fields, String field) {
    SourceLookup lookup = new SourceLookup();
    lookup.setSource(source);
    return MarkedText.of(lookup, fields, field);
  }

  /** Whatever part of a word is marked, the whole word is, and in the right value of the field. */
  public void testMarksWholeWords() throws IOException {
    List<String> titles = randomList(0, 2, () -> randomBoolean() ? " " : words());
    List<String> bodies = randomList(1, 3, MarkedTextTests::words);
    List<String> all = new ArrayList<>(titles);
    all.removeIf(String::isBlank);
    all.addAll(bodies);
    String joined = String.join("\n", all);
    MarkedText text =
        text(Map.of("title", titles, "body", bodies), List.of("title", "body"), "body");
    assertEquals(bodies, text.parts().stream().map(MarkedText.Part::text).toList());

    int start = randomInt(joined.length() - 1);
    while (Character.isLetter(joined.charAt(start)) == false) {
      start = (start + 1) % joined.length();
    }
    int end = start + 1;
    text.mark(start, end, 2);
    List<String> marked = new ArrayList<>();
    for (MarkedText.Part part : text.parts()) {
      assertEquals(
          part.text(), joined.substring(part.offset(), part.offset() + part.text().length()));
      marked.addAll(marked(part));
    }
    int from = start;
    while (from > 0 && Character.isLetter(joined.charAt(from - 1))) {
      from--;
    }
    int to = end;
    while (to < joined.length() && Character.isLetter(joined.charAt(to))) {
      to++;
    }
    boolean inTitle = start < text.parts().get(0).offset();
    assertEquals(inTitle ? List.of() : List.of(joined.substring(from, to)), marked);
  }

  private static String words() {
    return String.join(
        randomFrom(" ", ", ", " - "), randomList(1, 5, () -> randomAlphaOfLength(4)));
  }

  private static List<String> marked(MarkedText.Part part) throws IOException {
    List<String> marked = new ArrayList<>();
    MarkedWords.Score score = new MarkedWords.Score();
    try (MarkedWords words = new MarkedWords(part)) {
      OffsetAttribute offsets = words.getAttribute(OffsetAttribute.class);
      score.init(words);
      score.startFragment(null);
      while (words.incrementToken()) {
        if (score.getTokenScore() > 0) {
          marked.add(part.text().substring(offsets.startOffset(), offsets.endOffset()));
        }
      }
    }
    assertEquals(2f * marked.size(), score.getFragmentScore(), 0);
    return marked;
  }

  public void testMarksOutsideOfTheTextAreLeftOut() {
    MarkedText text = text(Map.of("body", "one two"), List.of("body"), "body");
    text.mark(7, 9, 1);
    text.mark(100, 101, 1);
    text.mark(3, 3, 1);
    assertTrue(text.parts().get(0).marks().isEmpty());
    text.mark(5, 100, 1);
    assertEquals(Map.of(4, 1f), text.parts().get(0).marks());
  }

  public void testOptions() {
    assertEquals(
        new HighlightOptions("t", List.of("body"), 0.5),
        HighlightOptions.read("body", Map.of("tokens", "t")));
    assertEquals(
        new HighlightOptions("t", List.of("title", "body"), 1),
        HighlightOptions.read(
            "body", Map.of("tokens", "t", "fields", List.of("title", "body"), "min_share", 1)));
    refused(null, "[tokens]", "null");
    refused(Map.of("tokens", 1), "[tokens]", "[1]");
    refused(Map.of("tokens", "t", "fields", List.of("title")), "[fields]", "[title]");
    refused(Map.of("tokens", "t", "fields", "body"), "[fields]", "[body]");
    refused(Map.of("tokens", "t", "min_share", 2), "[min_share]", "[2]");
    refused(Map.of("tokens", "t", "other", 2), "[other]", "[min_share]");
  }

  private static void refused(Map<String, Object> options, String... words) {
    IllegalArgumentException refused =
        expectThrows(IllegalArgumentException.class, () -> HighlightOptions.read("body", options));
    assertThat(refused.getMessage(), containsString("[max_sim] highlighting of field [body]"));
    for (String word : words) {
      assertThat(refused.getMessage(), containsString(word));
    }
  }
}
