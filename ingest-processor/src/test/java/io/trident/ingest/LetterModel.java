/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import io.trident.models.api.Encoding;
import io.trident.models.api.Inference;
import io.trident.models.api.ModelDescription;
import io.trident.models.api.ModelException;
import io.trident.models.api.ModelStats;
import io.trident.models.api.Passage;
import io.trident.models.api.QueryPrediction;
import io.trident.models.api.Representation;
import io.trident.models.api.Side;
import io.trident.models.api.SparseVector;
import io.trident.models.api.TokenVectors;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * A small real model: letters are tokens, the weight of a word is its length, vectors hold a text's
 * length and its first letter. It fails on texts that contain {@link #POISON}.
 */
final class LetterModel implements Inference {

  static final String ID = "letters";

  static final String FINGERPRINT = "0123456789abcdef0123456789abcdef";

  static final String POISON = "poison";

  /** The model has no token of a text of these. */
  private static final char ZERO_WIDTH = '\u200B';

  /** The model hangs on texts that contain this. */
  static final String HANGING = "hanging";

  /** The texts of every call, in order. */
  final List<List<String>> calls = Collections.synchronizedList(new ArrayList<>());

  private final Executor executor;

  /** When set, every call fails with it. */
  volatile ModelException failure;

  /** When set, every call throws it where it is made, or in the thread that works on it. */
  volatile Error error;

  /** Calls that are worked on now, and the most that ever were. */
  final AtomicInteger underWay = new AtomicInteger();

  final AtomicInteger mostUnderWay = new AtomicInteger();

  LetterModel(Executor executor) {
    this.executor = executor;
  }

  @Override
  public CompletionStage<List<Encoding>> encode(
      String model, List<String> texts, Side side, Set<Representation> wanted, Workload workload) {
    calls.add(List.copyOf(texts));
    mostUnderWay.accumulateAndGet(underWay.incrementAndGet(), Math::max);
    CompletableFuture<List<Encoding>> result = new CompletableFuture<>();
    executor.execute(
        () -> {
          try {
            List<Encoding> encodings = encode(model, texts, wanted);
            underWay.decrementAndGet();
            result.complete(encodings);
          } catch (ModelException | Error e) {
            underWay.decrementAndGet();
            result.completeExceptionally(e);
          }
        });
    if (error != null && texts.size() % 2 == 1) {
      throw error;
    }
    return result;
  }

  private List<Encoding> encode(String model, List<String> texts, Set<Representation> wanted) {
    if (failure != null) {
      throw failure;
    }
    if (error != null) {
      throw error;
    }
    if (ID.equals(model) == false) {
      throw new ModelException(ModelException.Kind.NOT_FOUND, "no model [" + model + "]");
    }
    if (texts.stream().anyMatch(text -> text.contains(POISON))) {
      throw new ModelException(ModelException.Kind.FAILED, "model [" + model + "] cannot read it");
    }
    if (texts.stream().anyMatch(text -> text.contains(HANGING))) {
      throw new ModelException(ModelException.Kind.TIMEOUT, "model [" + model + "] hangs");
    }
    return texts.stream().map(text -> encoding(text, wanted)).toList();
  }

  static Encoding encoding(String text, Set<Representation> wanted) {
    if (text.chars().allMatch(c -> c == ZERO_WIDTH)) {
      return noTokens(wanted);
    }
    float[] vector = {text.length(), text.charAt(0)};
    return new Encoding(
        wanted.contains(Representation.SPARSE)
            ? SparseVector.of(Map.of(text, (float) text.length()))
            : null,
        wanted.contains(Representation.DENSE) ? vector : null,
        wanted.contains(Representation.TOKENS)
            ? new TokenVectors(2, vector, new int[] {7}, new int[] {0}, new int[] {text.length()})
            : null,
        FINGERPRINT);
  }

  private static Encoding noTokens(Set<Representation> wanted) {
    return new Encoding(
        wanted.contains(Representation.SPARSE) ? SparseVector.of(Map.of()) : null,
        wanted.contains(Representation.DENSE) ? new float[2] : null,
        wanted.contains(Representation.TOKENS)
            ? new TokenVectors(2, new float[0], new int[0], new int[0], new int[0])
            : null,
        FINGERPRINT);
  }

  @Override
  public CompletionStage<List<List<Passage>>> passages(
      String model, List<String> texts, int maxTokens, int overlap, Workload workload) {
    if (ID.equals(model) == false) {
      return CompletableFuture.failedFuture(
          new ModelException(ModelException.Kind.NOT_FOUND, "no model [" + model + "]"));
    }
    if (texts.stream().anyMatch(text -> text.contains(POISON))) {
      return CompletableFuture.failedFuture(
          new ModelException(ModelException.Kind.FAILED, "model [" + model + "] cannot cut it"));
    }
    return CompletableFuture.completedFuture(
        texts.stream().map(text -> passages(text, maxTokens, overlap)).toList());
  }

  private static List<Passage> passages(String text, int maxTokens, int overlap) {
    List<Passage> passages = new ArrayList<>();
    for (int start = 0; start < text.length(); start += maxTokens - overlap) {
      int end = Math.min(text.length(), start + maxTokens);
      passages.add(new Passage(start, end));
      if (end == text.length()) {
        break;
      }
    }
    return passages;
  }

  @Override
  public List<ModelDescription> models() {
    return List.of();
  }

  @Override
  public ModelDescription describe(String model) {
    throw new ModelException(ModelException.Kind.NOT_FOUND, "no model [" + model + "]");
  }

  /** A text is as good as it is long. */
  @Override
  public CompletionStage<float[]> judge(String model, List<String> texts, Workload workload) {
    if (ID.equals(model) == false) {
      return CompletableFuture.failedFuture(
          new ModelException(ModelException.Kind.NOT_FOUND, "no model [" + model + "]"));
    }
    float[] lengths = new float[texts.size()];
    for (int i = 0; i < lengths.length; i++) {
      lengths[i] = texts.get(i).length();
    }
    return CompletableFuture.completedFuture(lengths);
  }

  /** A text's queries are its first letters, one more with each. */
  @Override
  public CompletionStage<List<List<String>>> predictQueries(
      String model, List<String> texts, QueryPrediction prediction, Workload workload) {
    if (ID.equals(model) == false || texts.stream().anyMatch(text -> text.contains(POISON))) {
      return CompletableFuture.failedFuture(
          new ModelException(
              ModelException.Kind.FAILED, "model [" + model + "] cannot predict for it"));
    }
    return CompletableFuture.completedFuture(
        texts.stream()
            .map(
                text ->
                    IntStream.rangeClosed(1, prediction.queries())
                        .mapToObj(count -> text.substring(0, Math.min(count, text.length())))
                        .toList())
            .toList());
  }

  /** A query is worth its share of the text. */
  @Override
  public CompletionStage<float[]> scorePairs(
      String model, List<String> queries, List<String> texts, Workload workload) {
    float[] shares = new float[texts.size()];
    for (int i = 0; i < shares.length; i++) {
      shares[i] = (float) queries.get(i).length() / texts.get(i).length();
    }
    return CompletableFuture.completedFuture(shares);
  }

  @Override
  public CompletionStage<float[]> score(String model, String query, List<String> texts) {
    throw new ModelException(ModelException.Kind.BAD_REQUEST, "letters are not scored");
  }

  @Override
  public List<ModelStats> stats() {
    return List.of();
  }

  @Override
  public void close() {}
}
