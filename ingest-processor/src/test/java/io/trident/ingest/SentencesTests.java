/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import io.trident.models.api.TokenVectors;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.opensearch.test.OpenSearchTestCase;

/** Which token vectors are of one sentence. */
public class SentencesTests extends OpenSearchTestCase {

  /** A vector for each word, perhaps between markers that stand for no part of the text. */
  private static TokenVectors words(String text, boolean markers) {
    List<int[]> spans = new ArrayList<>();
    if (markers) {
      spans.add(new int[] {0, 0});
    }
    for (int start = 0, end; start < text.length(); start = end + 1) {
      end = text.indexOf(' ', start) < 0 ? text.length() : text.indexOf(' ', start);
      spans.add(new int[] {start, end});
    }
    if (markers) {
      int end = randomFrom(0, text.length());
      spans.add(new int[] {end, end});
    }
    int[] starts = spans.stream().mapToInt(span -> span[0]).toArray();
    int[] ends = spans.stream().mapToInt(span -> span[1]).toArray();
    int count = starts.length;
    return new TokenVectors(1, new float[count], new int[count], starts, ends);
  }

  public void testAUnitIsASentence() {
    String text = "The river is deep. Is it cold? Yes! It is 3.5 degrees.";
    assertArrayEquals(new int[] {0, 4, 7, 8}, Sentences.starts(text, words(text, false)));
    assertArrayEquals(new int[] {0, 5, 8, 9}, Sentences.starts(text, words(text, true)));
  }

  public void testASentenceWithoutVectorsIsNoUnit() {
    String text = "One. Two. Three.";
    TokenVectors tokens =
        new TokenVectors(1, new float[2], new int[2], new int[] {0, 10}, new int[] {3, 15});
    assertArrayEquals(new int[] {0, 1}, Sentences.starts(text, tokens));
  }

  public void testShortTexts() {
    assertArrayEquals(new int[0], Sentences.starts("", words("", false)));
    assertArrayEquals(new int[] {0}, Sentences.starts("", words("", true)));
    assertArrayEquals(new int[] {0}, Sentences.starts("one", words("one", true)));
  }

  public void testUnitsAscendFromTheFirstVector() {
    for (int i = 0; i < 50; i++) {
      String text =
          randomRealisticUnicodeOfCodepointLengthBetween(1, 80) + ". " + randomAlphaOfLength(9);
      TokenVectors tokens = words(text, randomBoolean());
      int[] starts = Sentences.starts(text, tokens);
      assertEquals(0, starts[0]);
      assertTrue(IntStream.range(1, starts.length).allMatch(u -> starts[u] > starts[u - 1]));
      assertTrue(starts[starts.length - 1] < tokens.count());
    }
  }
}
