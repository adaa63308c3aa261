/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.apache.lucene.search.BooleanClause;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilderVisitor;

/** The fusion of a query whose settings are to be fitted. */
public final class FittedFusion {

  private final FusionQueryBuilder fusion;

  private FittedFusion(FusionQueryBuilder fusion) {
    this.fusion = fusion;
  }

  /** The only fusion of a query; those inside of its legs are left alone. */
  public static FittedFusion in(QueryBuilder query) {
    Outermost outermost = new Outermost(new ArrayList<>());
    query.visit(outermost);
    if (outermost.found.size() != 1) {
      throw new IllegalArgumentException(
          "the [query] of a fit must hold one [fusion] or ["
              + NeuralTextQueryBuilder.NAME
              + "], got ["
              + outermost.found.size()
              + "]");
    }
    return new FittedFusion(outermost.found.get(0));
  }

  /**
   * The share that a profile gives the fusion of a query when a cross-encoder reranks, or null.
   *
   * @param query that of a search, or null
   */
  public static Float firstStageWeight(QueryBuilder query) {
    Outermost outermost = new Outermost(new ArrayList<>());
    if (query != null) {
      query.visit(outermost);
    }
    return outermost.found.stream()
        .map(FusionQueryBuilder::firstStageWeight)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  /** How many documents each leg gives. */
  public int window() {
    return fusion.window();
  }

  /** Has the legs give more documents, and somebody told what they find. */
  public void watch(int window, Consumer<LegWindows> observer) {
    fusion.window(Math.max(window, fusion.window()));
    fusion.observer(observer);
  }

  /**
   * Finds fusions that are in no other one. A child has its own visitor, which knows its parent.
   */
  private static final class Outermost implements QueryBuilderVisitor {
    private final List<FusionQueryBuilder> found;
    private boolean inside;

    private Outermost(List<FusionQueryBuilder> found) {
      this.found = found;
    }

    @Override
    public void accept(QueryBuilder query) {
      if (query instanceof FusionQueryBuilder fusion) {
        found.add(fusion);
        inside = true;
      } else if (query instanceof NeuralTextQueryBuilder text) {
        found.add(text.options());
        inside = true;
      }
    }

    @Override
    public QueryBuilderVisitor getChildVisitor(BooleanClause.Occur occur) {
      return inside ? QueryBuilderVisitor.NO_OP_VISITOR : new Outermost(found);
    }
  }
}
