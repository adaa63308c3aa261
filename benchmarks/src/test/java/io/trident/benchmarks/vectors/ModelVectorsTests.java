/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.vectors;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;
import io.trident.models.api.Representation;
import io.trident.models.api.Side;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.Test;

/** Vectors that the plugin's model gives: one text's are those that it has alone. */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // ONNX Runtime keeps threads of its own
public class ModelVectorsTests extends RandomizedTest {

  private static final String MODEL = "trident-mini";
  private static final Set<Representation> ALL = Set.of(Representation.values());

  private static DataSet texts(int documents) {
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < documents; i++) {
      StringBuilder text = new StringBuilder();
      for (int w = randomIntBetween(1, 60); w > 0; w--) {
        text.append(randomAsciiLettersOfLengthBetween(2, 9)).append(' ');
      }
      items.add(new Item(text.toString(), null, null, null, i / Item.GROUP));
    }
    return new DataSet() {
      @Override
      public String name() {
        return "texts";
      }

      @Override
      public int documents(int limit, Consumer consumer) throws IOException {
        for (int i = 0; i < Math.min(limit, documents); i++) {
          consumer.accept(i, items.get(i));
        }
        return Math.min(limit, documents);
      }

      @Override
      public List<Item> queries(boolean expanded, int limit, int searched) {
        return items.subList(0, Math.min(limit, documents));
      }
    };
  }

  @Test
  public void testEveryDocumentHasItsOwnVectors() throws IOException {
    int count = randomIntBetween(1, 90);
    int most = randomIntBetween(1, 40);
    DataSet texts = texts(count);
    try (TextEncoder encoder = new TextEncoder(newTempDir().resolve("models"), MODEL)) {
      DataSet data = new ModelVectors(texts, encoder, ALL, most, 3);
      List<Item> documents = new ArrayList<>();
      assertEquals(
          count,
          data.documents(
              Integer.MAX_VALUE,
              (number, document) -> {
                assertEquals(documents.size(), number);
                documents.add(document);
              }));
      assertEquals(count, documents.size());
      Item one = documents.get(randomIntBetween(0, count - 1));
      var alone = encoder.encode(List.of(one.text()), Side.DOCUMENT, ALL).get(0);
      assertArrayEquals(alone.dense(), one.dense(), 1e-4f);
      assertEquals(alone.sparse().tokens().size(), one.sparse().tokens().length);
      int tokens = Math.min(most, alone.tokens().count());
      assertEquals(tokens, one.tokens().vectors().length);
      assertEquals(tokens, one.tokens().ids().length);
      for (int i = 1; i < one.sparse().tokens().length; i++) {
        assertTrue(one.sparse().tokens()[i] > one.sparse().tokens()[i - 1]);
      }
      for (Item query : data.queries(true, 5, count)) {
        assertTrue(query.tokens().vectors().length <= 3);
      }
    }
  }
}
