/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.highlight;

import io.trident.query.lucene.MaxSimQuery;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;

/** Finds late interaction in queries. Stateless. */
final class MaxSimQueries {

  private MaxSimQueries() {}

  /** The queries in another, legs of a fusion among them, that are wanted. */
  static List<MaxSimQuery> in(Query query, Predicate<MaxSimQuery> wanted) {
    List<MaxSimQuery> found = new ArrayList<>();
    query.visit(
        new QueryVisitor() {
          @Override
          public void visitLeaf(Query leaf) {
            if (leaf instanceof MaxSimQuery maxSim && wanted.test(maxSim)) {
              found.add(maxSim);
            }
          }
        });
    return found;
  }
}
