/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.opensearch.action.DocWriteRequest;

/**
 * The steps in which the items of a bulk are done: the first and every other one has items that
 * stay together, those between have items that are done apart. Items of one document are in
 * different steps, or in one where they stay together, in their order.
 */
final class BulkSteps {

  private final List<List<Integer>> slots = new ArrayList<>();

  /** The step of the last item of each document; by its id alone, as indices have several names. */
  private final Map<String, Integer> last = new HashMap<>();

  private BulkSteps() {}

  /** The slots of the items of each step. */
  static List<List<Integer>> of(
      List<DocWriteRequest<?>> items, Predicate<DocWriteRequest<?>> isApart) {
    BulkSteps steps = new BulkSteps();
    for (int slot = 0; slot < items.size(); slot++) {
      steps.add(slot, items.get(slot).id(), isApart.test(items.get(slot)));
    }
    return steps.slots;
  }

  private void add(int slot, String id, boolean isApart) {
    int step = first(id == null ? null : last.get(id), isApart);
    while (slots.size() <= step) {
      slots.add(new ArrayList<>());
    }
    slots.get(step).add(slot);
    if (id != null) {
      last.put(id, step);
    }
  }

  /** The first step that may have an item behind the one before it, which is null for none. */
  private static int first(Integer before, boolean isApart) {
    int parity = isApart ? 1 : 0;
    if (before == null) {
      return parity;
    }
    if (before % 2 != parity) {
      return before + 1;
    }
    return isApart ? before + 2 : before;
  }
}
