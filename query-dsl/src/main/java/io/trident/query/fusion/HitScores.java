/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.util.SetOnce;
import org.opensearch.common.document.DocumentField;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilderVisitor;
import org.opensearch.search.SearchHit;
import org.opensearch.search.SearchHits;

/**
 * Tells each hit what the legs of a fusion gave it, in the field {@value #FIELD}, which has one
 * entry per fusion of the search. The coordinating node knows it without asking anybody, because it
 * fused them: neither shards nor what they are sent take part. See docs/adr/0021.
 */
public final class HitScores {

  /** The field of a hit. */
  public static final String FIELD = "_fusion";

  /** The field of a hit that is pinned, with its place. */
  public static final String PINNED = "_pinned";

  private static final String INNER = "fusion";

  private static final String RANK = "rank";

  private final SetOnce<FusedDocsQueryBuilder> query = new SetOnce<>();

  private final boolean scores;

  /**
   * Makes what is told of a fusion.
   *
   * @param scores whether hits are told what legs gave them, or only that they are pinned
   */
  HitScores(boolean scores) {
    this.scores = scores;
  }

  /** Says what the fusion has become. */
  void of(FusedDocsQueryBuilder fused) {
    query.set(fused);
  }

  /** Adds the field to hits, and to the hits that collapsing has put under them. */
  static void addTo(SearchHits hits, List<HitScores> fusions) {
    Map<DocKey, List<SearchHit>> documents = new HashMap<>();
    collect(hits, documents);
    Map<DocKey, Map<String, Object>> told = new HashMap<>();
    documents.keySet().forEach(key -> told.put(key, new HashMap<>()));
    for (HitScores fusion : fusions) {
      if (fusion.query.get() != null) {
        mark(fusion.query.get(), documents);
      }
      if (fusion.query.get() != null && fusion.scores) {
        tell(fusion.query.get(), told);
      }
    }
    told.forEach(
        (key, entries) -> {
          if (entries.get(INNER) instanceof List<?> values) {
            documents.get(key).forEach(hit -> set(hit, List.copyOf(values)));
          }
        });
  }

  /** Adds to a hit that has the field what a stage after the fusion has made of it. */
  public static void append(
      SearchHit hit, String name, int rank, float score, Map<String, ?> legs) {
    DocumentField field = hit.field(FIELD);
    if (field != null) {
      List<Object> entries = new ArrayList<>(field.getValues());
      entries.add(entry(name, rank, score, legs));
      set(hit, entries);
    }
  }

  private static Map<String, Object> entry(
      String name, int rank, float score, Map<String, ?> legs) {
    Map<String, Object> entry = new LinkedHashMap<>();
    if (name != null) {
      entry.put("name", name);
    }
    entry.put(RANK, rank);
    entry.put("score", score);
    entry.put("legs", legs);
    return entry;
  }

  private static void mark(FusedDocsQueryBuilder query, Map<DocKey, List<SearchHit>> documents) {
    for (FusedDoc document : query.ranking().documents()) {
      if (document.pinned() == 0) {
        return;
      }
      for (SearchHit hit : documents.getOrDefault(document.key(), List.of())) {
        hit.setDocumentField(PINNED, new DocumentField(PINNED, List.of(document.pinned())));
      }
    }
  }

  private static void set(SearchHit hit, List<Object> entries) {
    hit.setDocumentField(FIELD, new DocumentField(FIELD, entries));
  }

  private static void collect(SearchHits hits, Map<DocKey, List<SearchHit>> documents) {
    for (SearchHit hit : hits.getHits()) {
      if (hit.getShard() != null && hit.getId() != null && hit.getNestedIdentity() == null) {
        documents.computeIfAbsent(DocKey.of(hit, hit.getId()), key -> new ArrayList<>()).add(hit);
        if (hit.getInnerHits() != null) {
          hit.getInnerHits().values().forEach(inner -> collect(inner, documents));
        }
      }
    }
  }

  /** Adds what a fusion knows of documents to what is told of each, and so on for fusions in it. */
  private static void tell(FusedDocsQueryBuilder query, Map<DocKey, Map<String, Object>> told) {
    FusedRanking ranking = query.ranking();
    List<Map<DocKey, Map<String, Object>>> ofLegs = new ArrayList<>();
    ranking.legs().forEach(leg -> ofLegs.add(new HashMap<>()));
    for (int i = 0; i < ranking.documents().size(); i++) {
      FusedDoc document = ranking.documents().get(i);
      Map<String, Object> outer = told.get(document.key());
      if (outer != null) {
        Map<String, Object> legs = legs(ranking, document, ofLegs);
        Map<String, Object> entry = entry(query.queryName(), i + 1, document.score(), legs);
        entry.put("fused", document.fused());
        append(outer, entry);
      }
    }
    for (int leg = 0; leg < ofLegs.size(); leg++) {
      for (FusedDocsQueryBuilder inner : fusionsIn(ranking.legs().get(leg).query())) {
        tell(inner, ofLegs.get(leg));
      }
    }
  }

  private static Map<String, Object> legs(
      FusedRanking ranking, FusedDoc document, List<Map<DocKey, Map<String, Object>>> ofLegs) {
    double[] shares = ranking.shares(document);
    Map<String, Object> legs = new LinkedHashMap<>();
    for (int i = 0; i < shares.length; i++) {
      if (document.ranks()[i] > 0 || ranking.fusion().isComplete()) {
        Map<String, Object> leg =
            leg(
                document.ranks()[i],
                document.scores()[i],
                document.normalized()[i],
                ranking.legs().get(i).weight(),
                (float) shares[i]);
        if (document.ranks()[i] == 0) {
          leg.remove(RANK);
          leg.put("completed", true);
        }
        ofLegs.get(i).put(document.key(), leg);
        legs.put(ranking.legs().get(i).name(), leg);
      }
    }
    return legs;
  }

  /** What one leg gave a hit. */
  public static Map<String, Object> leg(
      int rank, float score, float normalized, float weight, float share) {
    Map<String, Object> leg = new LinkedHashMap<>();
    leg.put(RANK, rank);
    leg.put("score", score);
    leg.put("normalized", normalized);
    leg.put("weight", weight);
    leg.put("share", share);
    return leg;
  }

  @SuppressWarnings("unchecked") // nobody else writes under the key
  private static void append(Map<String, Object> outer, Map<String, Object> entry) {
    ((List<Object>) outer.computeIfAbsent(INNER, key -> new ArrayList<>())).add(entry);
  }

  private static List<FusedDocsQueryBuilder> fusionsIn(QueryBuilder query) {
    List<FusedDocsQueryBuilder> found = new ArrayList<>();
    query.visit(
        new QueryBuilderVisitor() {
          @Override
          public void accept(QueryBuilder part) {
            if (part instanceof FusedDocsQueryBuilder fused) {
              found.add(fused);
            }
          }

          @Override
          public QueryBuilderVisitor getChildVisitor(BooleanClause.Occur occur) {
            return this;
          }
        });
    return found;
  }
}
