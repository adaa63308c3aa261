/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.rerank;

import io.trident.models.api.Excerpt;
import io.trident.models.api.Inference;
import io.trident.models.api.Passage;
import io.trident.query.dsl.QueryEncoder;
import io.trident.query.fusion.Combination;
import io.trident.query.fusion.HitScores;
import io.trident.query.search.SearchResponseCopy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.lucene.search.Explanation;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.document.DocumentField;
import org.opensearch.search.SearchHit;
import org.opensearch.search.SearchHits;

/**
 * The reranking of one response. The first hits, up to the window, get a score of the search's and
 * the cross-encoder's (see {@link Interpolation}) and are sorted by it, ties as they were; those
 * below keep their order and have no score. Every hit keeps the score of the search in the field
 * {@value #FIRST_STAGE_SCORE}, and that of the model, if it has one, in {@value
 * #CROSS_ENCODER_SCORE}.
 */
final class Reranking {

  /** The field with the score that a hit had before. */
  static final String FIRST_STAGE_SCORE = "_first_stage_score";

  /** The field with the score that the model gave a hit. */
  static final String CROSS_ENCODER_SCORE = "_cross_encoder_score";

  private final SearchResponse search;
  private final CrossEncoderExtBuilder.Options options;
  private final String model;
  private final List<String> ours;
  private final SearchHit[] hits;
  private final int window;

  /** The hit of each text; a hit with a long text has several. */
  private final List<Integer> owners = new ArrayList<>();

  Reranking(
      SearchResponse search,
      CrossEncoderExtBuilder.Options options,
      String model,
      List<String> ours) {
    this.search = search;
    this.options = options;
    this.model = model;
    this.ours = ours;
    this.hits = search.getHits().getHits();
    this.window = Math.min(options.window(), hits.length);
  }

  /**
   * Scores the hits of the window in one request to the model; the best text of a hit counts.
   * Whatever fails, fails the stage that is returned.
   */
  CompletionStage<float[]> score(Supplier<Inference> models) {
    List<String> wholes = Arrays.stream(hits, 0, window).map(this::text).toList();
    try {
      Inference inference = models.get();
      if (window == 0) { // a model that is not there is refused all the same
        return inference
            .score(model, options.query(), List.of(""))
            .thenApply(scores -> new float[0]);
      }
      if (wholes.stream().allMatch(String::isEmpty)) {
        throw new IllegalArgumentException(
            "["
                + CrossEncoderExtBuilder.NAME
                + "] must have a [field] with text, but none of the first ["
                + window
                + "] hits has any in ["
                + Excerpt.of(String.join(", ", options.fields()))
                + "]");
      }
      return options.passageTokens() == 0
          ? score(inference, wholes, wholes.stream().map(Reranking::whole).toList())
          : inference
              .passages(model, wholes, options.passageTokens(), 0, Inference.Workload.SEARCH)
              .thenCompose(passages -> score(inference, wholes, passages));
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private String text(SearchHit hit) {
    return options.fields().stream()
        .map(hit::field)
        .filter(Objects::nonNull)
        .flatMap(field -> field.getValues().stream())
        .filter(value -> value instanceof Map == false && value instanceof List == false)
        .map(String::valueOf)
        .collect(Collectors.joining("\n"));
  }

  private static List<Passage> whole(String text) {
    return List.of(new Passage(0, text.length()));
  }

  private CompletionStage<float[]> score(
      Inference inference, List<String> wholes, List<List<Passage>> passages) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < window; i++) {
      String text = wholes.get(i);
      for (Passage passage : passages.get(i).isEmpty() ? whole(text) : passages.get(i)) {
        texts.add(text.substring(passage.start(), passage.end()));
        owners.add(i);
      }
    }
    return inference.score(model, options.query(), texts).thenApply(this::best);
  }

  private float[] best(float[] scores) {
    if (scores.length != owners.size()) {
      throw new IllegalStateException(
          "model ["
              + model
              + "] must give one score per text, got ["
              + scores.length
              + "] for ["
              + owners.size()
              + "]");
    }
    float[] best = new float[window];
    Arrays.fill(best, Float.NEGATIVE_INFINITY);
    for (int i = 0; i < scores.length; i++) {
      if (Float.isFinite(scores[i]) == false) {
        throw new IllegalStateException(
            "model [" + model + "] must give finite scores, got [" + scores[i] + "]");
      }
      int owner = owners.get(i);
      best[owner] = Math.max(best[owner], scores[i]);
    }
    return best;
  }

  /**
   * The response to send.
   *
   * @param scores one score per hit of the window, or null when the model failed
   * @param failure why it failed, or null
   * @param page cuts the page that was asked for
   */
  SearchResponse response(
      float[] scores, Throwable failure, long millis, UnaryOperator<SearchHit[]> page) {
    SearchHit[] ranking = scores == null ? hits : rank(scores);
    for (SearchHit hit : ranking) {
      stripFields(hit);
    }
    float maxScore =
        scores == null || ranking.length == 0
            ? search.getHits().getMaxScore()
            : ranking[0].getScore();
    String reason = failure == null ? null : QueryEncoder.answer(failure).getMessage();
    CrossEncoderReport report = new CrossEncoderReport(model, window, millis, reason);
    SearchHits old = search.getHits();
    SearchHits reranked =
        new SearchHits(
            page.apply(ranking),
            old.getTotalHits(),
            maxScore,
            old.getSortFields(),
            old.getCollapseField(),
            old.getCollapseValues());
    return new SearchResponseCopy(search, reranked, search.getProfileResults(), report, millis)
        .response();
  }

  private SearchHit[] rank(float[] scores) {
    float[] first = new float[window];
    for (int i = 0; i < window; i++) {
      first[i] = hits[i].getScore();
    }
    float[] combined = new Interpolation(options.firstStageWeight()).combine(first, scores);
    keepPinned(combined);
    for (int i = 0; i < hits.length; i++) {
      keep(hits[i], FIRST_STAGE_SCORE, hits[i].getScore());
      if (i < window) {
        keep(hits[i], CROSS_ENCODER_SCORE, scores[i]);
        explain(hits[i], scores[i], combined[i]);
      }
      hits[i].score(i < window ? combined[i] : Float.NaN);
    }
    List<Integer> reranked = ranked(combined);
    if (window > 0 && hits[0].field(HitScores.FIELD) != null) {
      tell(first, scores, combined, reranked);
    }
    return Stream.concat(reranked.stream(), IntStream.range(window, hits.length).boxed())
        .map(i -> hits[i])
        .toArray(SearchHit[]::new);
  }

  /** Pinned hits stay on top: their scores are 1, 2, … more than the best one of the others. */
  private void keepPinned(float[] combined) {
    int pinned = 0;
    while (pinned < window && hits[pinned].field(HitScores.PINNED) != null) {
      pinned++;
    }
    float best = 0;
    for (int i = pinned; i < window; i++) {
      best = Math.max(best, combined[i]);
    }
    for (int i = 0; i < pinned; i++) {
      combined[i] = best + pinned - i;
    }
  }

  private static List<Integer> ranked(float[] scores) {
    return IntStream.range(0, scores.length)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> -scores[i]))
        .toList();
  }

  /** Adds to what hits say of their fusions what both stages gave them. */
  private void tell(float[] first, float[] scores, float[] combined, List<Integer> reranked) {
    double[] before = Interpolation.normalized(first);
    double[] after = Interpolation.normalized(scores);
    List<Integer> bySecond = ranked(scores);
    float weight = options.firstStageWeight();
    double[] weights = {weight, 1 - weight};
    for (int rank = 1; rank <= window; rank++) {
      int hit = reranked.get(rank - 1);
      int second = bySecond.indexOf(hit) + 1;
      double[] shares =
          Combination.ARITHMETIC_MEAN.shares(
              new double[] {before[hit], after[hit]}, new int[] {hit + 1, second}, weights, 0);
      HitScores.append(
          hits[hit],
          CrossEncoderExtBuilder.NAME,
          rank,
          combined[hit],
          Map.of(
              "first_stage",
              HitScores.leg(hit + 1, first[hit], (float) before[hit], weight, (float) shares[0]),
              CrossEncoderExtBuilder.NAME,
              HitScores.leg(
                  second, scores[hit], (float) after[hit], 1 - weight, (float) shares[1])));
    }
  }

  private static void keep(SearchHit hit, String field, float score) {
    hit.setDocumentField(field, new DocumentField(field, List.of(score)));
  }

  private void explain(SearchHit hit, float score, float combined) {
    if (hit.getExplanation() == null) {
      return;
    }
    float weight = options.firstStageWeight();
    String combination =
        weight == 0
            ? "cross-encoder in place of the first stage:"
            : "first stage by " + weight + " and cross-encoder by " + (1 - weight) + ", min-max:";
    hit.explanation(
        Explanation.match(
            combined,
            combination,
            Explanation.match(score, "cross-encoder [" + model + "]"),
            hit.getExplanation()));
  }

  /** Takes away the fields that only the reranking asked for. */
  private void stripFields(SearchHit hit) {
    ours.forEach(hit::removeDocumentField);
  }
}
