/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.budget;

import io.trident.query.lucene.MaxSimQuery;
import io.trident.query.lucene.ScoringBudget;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;

/** Finds the budgets of a query. Not thread-safe. */
final class Budgets extends QueryVisitor {

  private final Set<ScoringBudget> found = Collections.newSetFromMap(new IdentityHashMap<>());

  @Override
  public void visitLeaf(Query query) {
    if (query instanceof MaxSimQuery maxSim && maxSim.budget() != null) {
      found.add(maxSim.budget());
    }
  }

  /** Adds those of a query, and of the queries inside of it, but for those that it excludes. */
  Budgets of(Query query) {
    query.visit(this);
    return this;
  }

  Set<ScoringBudget> found() {
    return found;
  }
}
