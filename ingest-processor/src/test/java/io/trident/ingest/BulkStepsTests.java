/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.opensearch.action.DocWriteRequest;
import org.opensearch.action.delete.DeleteRequest;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.update.UpdateRequest;
import org.opensearch.test.OpenSearchTestCase;

/** The order in which the items of a bulk are done. */
public class BulkStepsTests extends OpenSearchTestCase {

  private static List<List<Integer>> steps(List<DocWriteRequest<?>> items) {
    return BulkSteps.of(items, UpdateRequest.class::isInstance);
  }

  public void testItemsOfDifferentDocumentsTakeTwoSteps() {
    List<DocWriteRequest<?>> items =
        List.of(
            new UpdateRequest("i", "1"),
            new IndexRequest("i"),
            new UpdateRequest("i", "2"),
            new IndexRequest("i"));
    assertEquals(List.of(List.of(1, 3), List.of(0, 2)), steps(items));
  }

  public void testItemsOfOneDocumentAreDoneInTheirOrder() {
    for (int i = 0; i < 100; i++) {
      List<DocWriteRequest<?>> items =
          randomList(
              0,
              20,
              () ->
                  switch (randomInt(2)) {
                    case 0 -> new UpdateRequest(randomFrom("index", "alias"), "" + randomInt(3));
                    case 1 -> new DeleteRequest("index", "" + randomInt(3));
                    default ->
                        new IndexRequest("index").id(randomBoolean() ? null : "" + randomInt(2));
                  });
      List<List<Integer>> steps = steps(items);
      assertEquals(
          "every item is done once",
          IntStream.range(0, items.size()).boxed().toList(),
          steps.stream().flatMap(List::stream).sorted().toList());
      Map<String, List<Integer>> done = new HashMap<>();
      for (int step = 0; step < steps.size(); step++) {
        Map<String, Integer> ofStep = new HashMap<>();
        for (int slot : steps.get(step)) {
          String id = items.get(slot).id();
          assertEquals(step % 2 == 1, items.get(slot) instanceof UpdateRequest);
          assertTrue("apart", ofStep.merge("" + id, 1, Integer::sum) == 1 || step % 2 == 0);
          done.computeIfAbsent(id, key -> new ArrayList<>()).add(slot);
        }
      }
      done.remove(null);
      done.values().forEach(slots -> assertEquals(slots.stream().sorted().toList(), slots));
    }
  }
}
