/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.TermToBytesRefAttribute;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.BytesRef;

/** What a field takes, and the terms in which its vector waits for the flush. */
public class TestImpactVectorField extends LuceneTestCase {

  private static List<BytesRef> terms(TokenStream stream) throws IOException {
    List<BytesRef> terms = new ArrayList<>();
    TermToBytesRefAttribute term = stream.getAttribute(TermToBytesRefAttribute.class);
    stream.reset();
    while (stream.incrementToken()) {
      terms.add(BytesRef.deepCopyOf(term.getBytesRef()));
    }
    stream.end();
    stream.close();
    return terms;
  }

  private static void assertHolds(List<String> tokens, int[] impacts, List<BytesRef> terms)
      throws IOException {
    List<String> read = new ArrayList<>();
    List<Integer> readImpacts = new ArrayList<>();
    for (BytesRef term : terms) {
      assertTrue(term.length <= IndexWriter.MAX_TERM_LENGTH);
      VectorTerms.forEachToken(
          term,
          (token, impact) -> {
            read.add(token.utf8ToString());
            readImpacts.add(impact);
          });
    }
    assertEquals(tokens, read);
    assertEquals(Arrays.stream(impacts).boxed().toList(), readImpacts);
  }

  private static int[] randomImpacts(int count) {
    return random().ints(count, 1, 256).toArray();
  }

  public void testItsTermsHoldTheVector() throws IOException {
    TokenStream reused = null;
    for (int i = 0; i < 50; i++) {
      int most = random().nextBoolean() ? 10 : 3_000;
      List<String> tokens =
          Stream.generate(() -> TestUtil.randomRealisticUnicodeString(random(), 1, most))
              .limit(random().nextInt(60))
              .toList();
      int[] impacts = randomImpacts(tokens.size());
      ImpactVectorField field = new ImpactVectorField("f", tokens, impacts);
      TokenStream stream = field.tokenStream(null, reused);
      assertTrue("a stream is made once", reused == null || stream == reused);
      reused = stream;
      List<BytesRef> terms = terms(stream);
      assertHolds(tokens, impacts, terms);
      assertEquals(terms, terms(stream));
    }
  }

  /** A token of one letter takes three bytes: its length, itself and its impact. */
  public void testAVectorHasFewTerms() throws IOException {
    int most = IndexWriter.MAX_TERM_LENGTH / 3;
    for (int count : new int[] {1, most - 2, most + 1}) {
      List<String> tokens = Stream.generate(() -> "a").limit(count).toList();
      ImpactVectorField field = new ImpactVectorField("f", tokens, randomImpacts(count));
      assertEquals(count > most ? 2 : 1, terms(field.tokenStream(null, null)).size());
    }
  }

  public void testTheLongestTokens() throws IOException {
    String longest = "é".repeat(ImpactVectorField.MAX_TOKEN_BYTES / 2);
    assertEquals(
        ImpactVectorField.MAX_TOKEN_BYTES, longest.getBytes(StandardCharsets.UTF_8).length);
    List<String> tokens = List.of(longest, "a", longest);
    int[] impacts = {1, 255, 7};
    ImpactVectorField field = new ImpactVectorField("f", tokens, impacts);
    assertHolds(tokens, impacts, terms(field.tokenStream(null, null)));
    refused(
        List.of(longest + "a"),
        "a token of field [f] must have at most [32762] bytes, got [32763]",
        1);
  }

  private static void refused(List<String> tokens, String message, int... impacts) {
    IllegalArgumentException refused =
        expectThrows(
            IllegalArgumentException.class, () -> new ImpactVectorField("f", tokens, impacts));
    assertEquals(message, refused.getMessage());
  }

  public void testWhatIsNoVectorIsRefused() {
    String range = "impact of token [b] of field [f] must be between [1] and [255], got [";
    refused(List.of("a", "b"), range + "0]", 1, 0);
    refused(List.of("a", "b"), range + "256]", 255, 256);
    refused(
        List.of("a", "b"),
        "field [f] must have one impact per token, got [2] tokens and [1] impacts",
        1);
  }

  public void testItKeepsWhatItWasGiven() throws IOException {
    List<String> tokens = new ArrayList<>(List.of("a", "b"));
    int[] impacts = {3, 4};
    ImpactVectorField field = new ImpactVectorField("f", tokens, impacts);
    long key = ImpactOrder.key(tokens, impacts);
    tokens.set(0, "c");
    impacts[0] = 9;
    assertEquals(key, field.numericValue());
    assertHolds(List.of("a", "b"), new int[] {3, 4}, terms(field.tokenStream(null, null)));
  }
}
