/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.rerank;

import java.util.ArrayList;
import java.util.List;
import org.opensearch.test.OpenSearchTestCase;

/** Which passages a cross-encoder reads. */
public class PassageChoiceTests extends OpenSearchTestCase {

  private static List<String> choose(String query, int count, String... passages) {
    List<String> all = List.of(passages);
    return new PassageChoice(query, List.of(all, List.of("the the", "the rest")), count).of(all);
  }

  public void testRareWordsWeighMore() {
    assertEquals(
        List.of("of sand"), choose("the sand", 1, "the sea", "of sand", "the wind", "the boats"));
  }

  public void testWordsThatAreCoveredWeighLess() {
    String[] passages = {"sand dunes", "sand dunes again", "rivers", "nothing"};
    assertEquals(List.of("sand dunes", "rivers"), choose("Sand, dunes, rivers?", 2, passages));
  }

  public void testFirstPassagesAreChosenWhereNoneHasAWord() {
    assertEquals(List.of("one", "two"), choose("four", 2, "one", "two", "three"));
    assertEquals(List.of("one", "two"), choose("?!", 2, "one", "two", "three"));
  }

  public void testChosenPassagesKeepTheirOrderAndAreNoMoreThanThereAre() {
    assertEquals(
        List.of("sand", "rivers and sand"),
        choose("rivers sand", 2, "sand", "no", "rivers and sand"));
    assertEquals(List.of("a", "b"), choose("c", 9, "a", "b"));
  }

  /** As Baidu's: an answer far down is read with two of many passages. */
  public void testAnAnswerFarDownIsFound() {
    List<String> passages = new ArrayList<>();
    int many = randomIntBetween(10, 60);
    for (int i = 0; i < many; i++) {
      passages.add("the ships of the harbor are at sea " + randomAlphaOfLength(8));
    }
    int place = randomIntBetween(0, many - 1);
    passages.set(place, "Sand is moved by rivers.");
    List<String> chosen =
        new PassageChoice("how is sand moved at sea", List.of(passages), 2).of(passages);
    assertTrue(chosen.contains(passages.get(place)));
    assertEquals(2, chosen.size());
  }
}
