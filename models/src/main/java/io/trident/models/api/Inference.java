/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.api;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Runs models. Every call returns at once; the work is done on bounded pools of the implementation,
 * and the stage completes there with a result or a {@link ModelException}. Who cancels the future
 * behind a stage stops its work: no further batch of it is run. Thread-safe.
 */
public interface Inference extends AutoCloseable {

  /** The pool that does the work: ingest never starves search. */
  enum Workload {
    /**
     * Encoding documents. Nothing is refused for want of room, and a request waits as long as those
     * before it get on: who asks bounds what it asks for at once.
     */
    INGEST,
    /** Encoding queries and reranking. Bounded in number, and in the time that they take. */
    SEARCH
  }

  /** Requests of {@link Workload#INGEST} that are worked on at a time. */
  default int ingestThreads() {
    return 1;
  }

  /** The models that are loaded or can be, sorted by id. */
  List<ModelDescription> models();

  /**
   * Describes a model, loading it when it is not.
   *
   * @throws ModelException NOT_FOUND or INVALID_MODEL
   */
  ModelDescription describe(String model);

  /**
   * Encodes texts, in one run per batch whatever the number of representations.
   *
   * @param model the model's id
   * @param texts the texts; a text over the model's length is truncated
   * @param side query or document
   * @param wanted at least one representation that the model gives
   * @return one encoding per text, in the order of the texts
   */
  CompletionStage<List<Encoding>> encode(
      String model, List<String> texts, Side side, Set<Representation> wanted, Workload workload);

  /**
   * Scores texts against a query with a cross-encoder; the longest-first truncation shortens the
   * text, never the query.
   *
   * @return one score per text, higher is better, unbounded unless the model says otherwise
   */
  CompletionStage<float[]> score(String model, String query, List<String> texts);

  /**
   * Scores texts against queries of their own, as {@link #score} does against one.
   *
   * @param queries one per text
   * @return one score per text, higher is better
   */
  default CompletionStage<float[]> scorePairs(
      String model, List<String> queries, List<String> texts, Workload workload) {
    return CompletableFuture.failedFuture(
        new ModelException(
            ModelException.Kind.BAD_REQUEST, "model [" + model + "] scores no pairs"));
  }

  /**
   * Scores texts alone, by their quality say, with a cross-encoder that is made for it.
   *
   * @return one score per text, higher is better
   */
  default CompletionStage<float[]> judge(String model, List<String> texts, Workload workload) {
    return CompletableFuture.failedFuture(
        new ModelException(
            ModelException.Kind.BAD_REQUEST, "model [" + model + "] judges no texts alone"));
  }

  /**
   * Predicts queries that texts answer, with a query generator.
   *
   * @return the queries of each text, in the order of the texts; one may be empty
   */
  default CompletionStage<List<List<String>>> predictQueries(
      String model, List<String> texts, QueryPrediction prediction, Workload workload) {
    return CompletableFuture.failedFuture(
        new ModelException(
            ModelException.Kind.BAD_REQUEST, "model [" + model + "] predicts no queries"));
  }

  /**
   * Cuts texts into overlapping passages by the model's own tokens.
   *
   * @param maxTokens tokens per passage at most, markers excluded, at least 8; an encoder's
   *     passages have no more than it reads
   * @param overlap tokens that a passage shares with the one before, less than half of {@code
   *     maxTokens}
   * @return the passages of each text in order; one for a short text, none for a blank one
   */
  CompletionStage<List<List<Passage>>> passages(
      String model, List<String> texts, int maxTokens, int overlap, Workload workload);

  /** Counters since start, by model, sorted by id. */
  List<ModelStats> stats();

  @Override
  void close();
}
