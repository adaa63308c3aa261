/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.vectors;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import io.trident.benchmarks.collection.TextCollection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.Test;

/** Vectors made of texts: always the same, more than there are texts, and searchable by title. */
public class TextVectorsTests extends RandomizedTest {

  private TextCollection corpus(int documents) throws IOException {
    Path folder = newTempDir();
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < documents; i++) {
      StringBuilder text = new StringBuilder();
      for (int w = 0; w < 40; w++) {
        int topic = i % 5 * 30;
        text.append(" w")
            .append(
                randomIntBetween(0, 4) == 0
                    ? randomIntBetween(0, 149)
                    : topic + randomIntBetween(0, 29));
      }
      lines.add(
          "{\"_id\": \"d%d\", \"title\": \"%s\", \"text\": \"%s\"}"
              .replace("%d", Integer.toString(i))
              .replaceFirst("%s", text.substring(1, 20).strip())
              .replaceFirst("%s", text.toString()));
    }
    Files.write(folder.resolve("corpus.jsonl"), lines);
    return new TextCollection(folder);
  }

  private static List<Item> documents(DataSet data, int limit) throws IOException {
    List<Item> all = new ArrayList<>();
    assertEquals(limit, data.documents(limit, (number, document) -> all.add(document)));
    return all;
  }

  @Test
  public void testTheSameEveryTimeAndInAnyNumber() throws IOException {
    TextCollection corpus = corpus(randomIntBetween(100, 200));
    DerivedVectors.Shape shape = new DerivedVectors.Shape(16, 8, 5, 3);
    int limit = randomIntBetween(250, 500);
    List<Item> all = documents(new DerivedVectors(new TextVectors(corpus), shape), limit);
    List<Item> again = documents(new DerivedVectors(new TextVectors(corpus), shape), limit / 2);
    for (int i = 0; i < again.size(); i++) {
      assertArrayEquals(all.get(i).sparse().tokens(), again.get(i).sparse().tokens());
      assertArrayEquals(all.get(i).sparse().weights(), again.get(i).sparse().weights(), 0);
      assertArrayEquals(all.get(i).dense(), again.get(i).dense(), 0);
      assertArrayEquals(all.get(i).tokens().vectors(), again.get(i).tokens().vectors());
    }
  }

  @Test
  public void testVectorsAreInRangeAndAscending() throws IOException {
    DerivedVectors.Shape shape = new DerivedVectors.Shape(16, 8, 5, 3);
    for (Item item : documents(new DerivedVectors(new TextVectors(corpus(150)), shape), 400)) {
      SparseVector vector = item.sparse();
      for (int i = 0; i < vector.tokens().length; i++) {
        assertTrue(vector.weights()[i] > 0 && vector.weights()[i] <= 3.5f);
        assertTrue(i == 0 || vector.tokens()[i] > vector.tokens()[i - 1]);
      }
      assertEquals(1, length(item.dense()), 1e-5);
      assertEquals(5, item.tokens().vectors().length);
      assertEquals(1, length(item.tokens().vectors()[randomIntBetween(0, 4)]), 1e-5);
    }
  }

  private static double length(float[] vector) {
    double squares = 0;
    for (float value : vector) {
      squares += value * value;
    }
    return Math.sqrt(squares);
  }

  @Test
  public void testExpansionAddsWords() throws IOException {
    TextVectors data = new TextVectors(corpus(200));
    List<Item> expanded = data.queries(true, 20, 200);
    List<Item> plain = data.queries(false, 20, 200);
    int more = 0;
    for (int i = 0; i < plain.size(); i++) {
      assertEquals(plain.get(i).text(), expanded.get(i).text());
      more += expanded.get(i).sparse().tokens().length - plain.get(i).sparse().tokens().length;
    }
    assertTrue("expansions: " + more, more > 0);
  }

  @Test
  public void testFilesAreReadAsTheyWereMade() throws IOException {
    TextCollection corpus = corpus(120);
    Path out = newTempDir();
    VectorFiles.main(
        new String[] {
          "--corpus", corpus.folder().toString(), "--documents", "150", "--out", out.toString()
        });
    List<Item> made = documents(new TextVectors(corpus), 150);
    List<Item> read = documents(new FileVectors(out), 150);
    for (int i = 0; i < made.size(); i++) {
      assertArrayEquals(made.get(i).sparse().tokens(), read.get(i).sparse().tokens());
      assertArrayEquals(made.get(i).sparse().weights(), read.get(i).sparse().weights(), 0);
    }
    assertEquals(
        new TextVectors(corpus).queries(true, 5, 150).get(3).sparse().json(),
        new FileVectors(out).queries(true, 5, 150).get(3).sparse().json());
  }
}
