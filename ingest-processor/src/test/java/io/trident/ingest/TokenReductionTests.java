/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import io.trident.models.api.TokenVectors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.opensearch.test.OpenSearchTestCase;

/** Fewer token vectors. */
public class TokenReductionTests extends OpenSearchTestCase {

  private static TokenReduction skip(boolean punctuation, String... words) {
    return TokenReduction.of(punctuation, List.of(words), WordMerging.NONE, 1, Short.MAX_VALUE);
  }

  /** Tokens between bars, with random vectors; a bar is no part of the text. */
  private static String text(String tokens) {
    return tokens.replace("|", "");
  }

  private static TokenVectors tokens(String tokens) {
    List<Integer> starts = new ArrayList<>();
    List<Integer> ends = new ArrayList<>();
    int at = 0;
    for (String token : tokens.split("\\|", -1)) {
      int blanks = token.length() - token.stripLeading().length();
      starts.add(at + blanks);
      ends.add(at + token.length());
      at += token.length();
    }
    return vectors(
        randomFloats(starts.size() * 3),
        starts.stream().mapToInt(i -> i).toArray(),
        ends.stream().mapToInt(i -> i).toArray());
  }

  private static TokenVectors vectors(float[] values, int[] starts, int[] ends) {
    int[] ids = new int[starts.length];
    Arrays.setAll(ids, i -> 100 + i);
    return new TokenVectors(values.length / starts.length, values, ids, starts, ends);
  }

  private static float[] randomFloats(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random().nextGaussian();
    }
    return values;
  }

  private static String kept(String tokens, TokenReduction reduction) {
    TokenVectors reduced = reduction.reduce(text(tokens), tokens(tokens));
    List<String> pieces = new ArrayList<>();
    for (int i = 0; i < reduced.count(); i++) {
      pieces.add(text(tokens).substring(reduced.starts()[i], reduced.ends()[i]));
    }
    return String.join("|", pieces);
  }

  public void testSkips() {
    assertEquals("The|riv|ers|flow", kept("The| riv|ers| flow|.", skip(true)));
    assertEquals("riv|ers|flow|.", kept("The| riv|ers| flow|.", skip(false, "THE")));
    assertEquals("The|flow|.", kept("The| riv|ers| flow|.", skip(false, "rivers")));
    assertEquals("The|riv|ers", kept("The| riv|ers", skip(false, "riv", "ers")));
    assertEquals("what is left must not be nothing", "the|.", kept("the|.", skip(true, "the")));
    assertEquals("a marker stays", "|river", kept("|river|!", skip(true)));
  }

  public void testMergesWords() {
    TokenReduction merge =
        TokenReduction.of(false, List.of(), WordMerging.PIECES, 1, Short.MAX_VALUE);
    assertEquals("The|rivers|'|flow|42|.", kept("The| riv|er|s|'| flow| 4|2|.", merge));
    assertEquals("東|京|tower", kept("東|京| tow|er", merge));
    TokenVectors word = vectors(new float[] {1, 0, 0, 1}, new int[] {0, 2}, new int[] {2, 4});
    TokenVectors merged = merge.reduce("word", word);
    assertArrayEquals(new float[] {0.5f, 0.5f}, merged.values(), 0);
    assertArrayEquals(new int[] {100}, merged.tokenIds());
    TokenVectors opposite = vectors(new float[] {1, 0, -1, 0}, new int[] {0, 2}, new int[] {2, 4});
    assertArrayEquals(new float[] {1, 0}, merge.reduce("word", opposite).values(), 0);
  }

  public void testMergesWhatTheTextSaysOfAWord() {
    TokenReduction unique =
        TokenReduction.of(false, List.of(), WordMerging.UNIQUE, 1, Short.MAX_VALUE);
    String text = "Sailing on, sailing";
    TokenVectors tokens =
        vectors(
            new float[] {4, 0, 2, 0, 0, 1, 0, 2, 0, 4, 0, 2},
            new int[] {0, 4, 8, 10, 12, 16},
            new int[] {4, 7, 10, 11, 16, 19});
    TokenVectors reduced = unique.reduce(text, tokens);
    assertArrayEquals(
        "the mean of what is said of each, whatever its pieces",
        new float[] {1.5f, 1.5f, 0, 1, 0, 2},
        reduced.values(),
        0);
    assertArrayEquals(new int[] {0, 8, 10}, reduced.starts());
    assertArrayEquals(new int[] {7, 10, 11}, reduced.ends());
    assertEquals("markers are no words", "||river|sea", kept("||river| river| sea", unique));
    assertEquals("a|b", kept("a| b", unique));
  }

  public void testVectorsOfZerosAreLeftOut() {
    float[] values = {0, 0, 1, 0, 1e-30f, 0, 0, 2};
    int[] places = {0, 1, 2, 3};
    TokenVectors kept =
        TokenReduction.NONE.reduce("abcd", vectors(values, places, new int[] {1, 2, 3, 4}));
    assertArrayEquals(new float[] {1, 0, 0, 2}, kept.values(), 0);
    assertArrayEquals(new int[] {101, 103}, kept.tokenIds());
    assertArrayEquals(new int[] {1, 3}, kept.starts());
    assertEquals(0, TokenReduction.NONE.reduce("", vectors(new float[4], places, places)).count());
  }

  public void testNoneLeavesVectorsAlone() {
    TokenVectors tokens = tokens("a|b c|d");
    assertSame(tokens, TokenReduction.NONE.reduce(text("a|b c|d"), tokens));
    TokenVectors none = new TokenVectors(2, new float[0], new int[0], new int[0], new int[0]);
    assertSame(none, TokenReduction.of(true, List.of(), WordMerging.PIECES, 9, 1).reduce("", none));
  }

  public void testPools() {
    int count = randomIntBetween(1, 40);
    int[] offsets = new int[count];
    TokenVectors tokens = vectors(randomFloats(count * 5), offsets, offsets);
    double factor = randomDoubleBetween(1, 4, true);
    int most = randomIntBetween(1, 40);
    TokenVectors pooled =
        TokenReduction.of(false, List.of(), WordMerging.NONE, factor, most).reduce("", tokens);
    int expected = Math.max(1, (int) Math.min(most, Math.ceil(count / factor)));
    assertEquals(expected, pooled.count());
    if (expected == count) {
      assertSame(tokens, pooled);
    } else {
      assertEquals(naive(tokens, expected), show(TokenPooling.pool(tokens, expected)));
    }
  }

  public void testPoolsLongTextsByEqualStretches() {
    int count = TokenPooling.STRETCH + randomIntBetween(1, TokenPooling.STRETCH);
    TokenVectors tokens = vectors(randomFloats(count * 2), new int[count], new int[count]);
    int clusters = randomIntBetween(2, 50);
    List<int[]> groups = TokenPooling.pool(tokens, clusters);
    assertEquals(clusters, groups.size());
    assertEquals(count, groups.stream().flatMapToInt(Arrays::stream).distinct().count(), 0);
    for (int[] group : groups) {
      assertEquals(group[0] < count / 2, group[group.length - 1] < count / 2);
    }
  }

  private static List<String> show(List<int[]> groups) {
    return groups.stream().map(Arrays::toString).toList();
  }

  /** Ward's method as it is defined: the cheapest merge first. */
  private static List<String> naive(TokenVectors tokens, int clusters) {
    List<List<Integer>> groups = new ArrayList<>();
    for (int i = 0; i < tokens.count(); i++) {
      groups.add(new ArrayList<>(List.of(i)));
    }
    while (groups.size() > clusters) {
      int one = 0;
      int other = 1;
      double least = Double.POSITIVE_INFINITY;
      for (int i = 0; i < groups.size(); i++) {
        for (int j = i + 1; j < groups.size(); j++) {
          List<Integer> both = new ArrayList<>(groups.get(i));
          both.addAll(groups.get(j));
          double cost =
              spread(tokens, both) - spread(tokens, groups.get(i)) - spread(tokens, groups.get(j));
          if (cost < least) {
            least = cost;
            one = i;
            other = j;
          }
        }
      }
      groups.get(one).addAll(groups.remove(other));
    }
    return groups.stream()
        .map(group -> group.stream().sorted().toList().toString())
        .collect(Collectors.toList());
  }

  private static double spread(TokenVectors tokens, List<Integer> group) {
    int dimension = tokens.dimension();
    double[][] units = new double[group.size()][dimension];
    double[] mean = new double[dimension];
    for (int i = 0; i < units.length; i++) {
      double square = 0;
      for (int d = 0; d < dimension; d++) {
        units[i][d] = tokens.values()[group.get(i) * dimension + d];
        square += units[i][d] * units[i][d];
      }
      for (int d = 0; d < dimension; d++) {
        units[i][d] /= Math.sqrt(square);
        mean[d] += units[i][d] / units.length;
      }
    }
    double spread = 0;
    for (double[] unit : units) {
      for (int d = 0; d < dimension; d++) {
        spread += (unit[d] - mean[d]) * (unit[d] - mean[d]);
      }
    }
    return spread;
  }
}
