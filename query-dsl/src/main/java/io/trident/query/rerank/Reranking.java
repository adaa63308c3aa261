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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.lucene.search.Explanation;
import org.opensearch.common.document.DocumentField;
import org.opensearch.search.SearchHit;

/**
 * One stage of reranking hits. The first ones, up to the window, get a score of the stage's before
 * and the cross-encoder's (see {@link Interpolation}) and are sorted by it, ties as they were;
 * those below, and those that a budget has no time for, keep their order and have no score. Every
 * hit keeps the score of the search in the field {@value #FIRST_STAGE_SCORE}, and that of the model
 * that scored it last in {@value #CROSS_ENCODER_SCORE}.
 */
final class Reranking {

  /** The field with the score that a hit had before. */
  static final String FIRST_STAGE_SCORE = "_first_stage_score";

  /** The field with the score that the model gave a hit. */
  static final String CROSS_ENCODER_SCORE = "_cross_encoder_score";

  private final SearchHit[] hits;
  private final CrossEncoderExtBuilder.Options options;
  private final String model;
  private final int window;

  /**
   * Scores nothing yet.
   *
   * @param hits a ranking, of which those at the end may have no score any more
   */
  Reranking(SearchHit[] hits, CrossEncoderExtBuilder.Options options, String model) {
    this.hits = hits;
    this.options = options;
    this.model = model;
    this.window =
        (int) Arrays.stream(hits).limit(options.window()).takeWhile(Reranking::hasScore).count();
  }

  private static boolean hasScore(SearchHit hit) {
    return Float.isNaN(hit.getScore()) == false;
  }

  /**
   * Scores the hits of the window, or as many of them as there is time for; the best text of a hit
   * counts. Whatever fails, fails the stage that is returned.
   */
  CompletionStage<float[]> score(Supplier<Inference> models) {
    long start = System.nanoTime();
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
          ? score(inference, wholes.stream().map(List::of).toList(), start)
          : inference
              .passages(model, wholes, options.passageTokens(), 0, Inference.Workload.SEARCH)
              .thenCompose(passages -> score(inference, chosen(parts(wholes, passages)), start));
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

  private static List<List<String>> parts(List<String> wholes, List<List<Passage>> passages) {
    List<List<String>> parts = new ArrayList<>();
    for (int i = 0; i < wholes.size(); i++) {
      String whole = wholes.get(i);
      List<String> cut =
          passages.get(i).stream().map(part -> whole.substring(part.start(), part.end())).toList();
      parts.add(cut.isEmpty() ? List.of(whole) : cut);
    }
    return parts;
  }

  /** Those of the passages that the model is to score. */
  private List<List<String>> chosen(List<List<String>> passages) {
    if (options.passageCount() == 0) {
      return passages;
    }
    PassageChoice choice = new PassageChoice(options.query(), passages, options.passageCount());
    return passages.stream().map(choice::of).toList();
  }

  private CompletionStage<float[]> score(
      Inference inference, List<List<String>> texts, long start) {
    BudgetedScoring scoring =
        new BudgetedScoring(
            texts,
            some ->
                inference
                    .score(model, options.query(), some)
                    .thenApply(scores -> checked(scores, some.size())),
            System::nanoTime);
    return options.budget() == null
        ? scoring.all()
        : scoring.until(start + options.budget().nanos());
  }

  private float[] checked(float[] scores, int texts) {
    if (scores.length != texts) {
      throw new IllegalStateException(
          "model ["
              + model
              + "] must give one score per text, got ["
              + scores.length
              + "] for ["
              + texts
              + "]");
    }
    for (float score : scores) {
      if (Float.isFinite(score) == false) {
        throw new IllegalStateException(
            "model [" + model + "] must give finite scores, got [" + score + "]");
      }
    }
    return scores;
  }

  /** What a response says of the stage. */
  CrossEncoderReport.Stage report(float[] scores, Throwable failure, long millis) {
    return new CrossEncoderReport.Stage(
        model,
        scores == null ? window : scores.length,
        scores == null ? 0 : window - scores.length,
        millis,
        failure == null ? null : QueryEncoder.answer(failure).getMessage());
  }

  /**
   * The new ranking.
   *
   * @param scores of the first hits
   */
  SearchHit[] rank(float[] scores) {
    int reached = scores.length;
    float[] first = new float[reached];
    for (int i = 0; i < reached; i++) {
      first[i] = hits[i].getScore();
    }
    float[] combined = new Interpolation(options.firstStageWeight()).combine(first, scores);
    keepPinned(combined);
    for (int i = 0; i < hits.length; i++) {
      if (hits[i].field(FIRST_STAGE_SCORE) == null) {
        keep(hits[i], FIRST_STAGE_SCORE, hits[i].getScore());
      }
      if (i < reached) {
        keep(hits[i], CROSS_ENCODER_SCORE, scores[i]);
        explain(hits[i], scores[i], combined[i]);
      }
      hits[i].score(i < reached ? combined[i] : Float.NaN);
    }
    List<Integer> reranked = ranked(combined);
    if (reached > 0 && hits[0].field(HitScores.FIELD) != null) {
      tell(first, scores, combined, reranked);
    }
    return Stream.concat(reranked.stream(), IntStream.range(reached, hits.length).boxed())
        .map(i -> hits[i])
        .toArray(SearchHit[]::new);
  }

  /** Pinned hits stay on top: their scores are 1, 2, … more than the best one of the others. */
  private void keepPinned(float[] combined) {
    int pinned = 0;
    while (pinned < combined.length && hits[pinned].field(HitScores.PINNED) != null) {
      pinned++;
    }
    float best = 0;
    for (int i = pinned; i < combined.length; i++) {
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
    for (int rank = 1; rank <= scores.length; rank++) {
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
}
