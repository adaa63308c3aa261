/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import io.trident.codec.impacts.ImpactVectorField;
import io.trident.models.api.Encoding;
import io.trident.models.api.Inference;
import io.trident.models.api.ModelDescription;
import io.trident.models.api.ModelException;
import io.trident.models.api.ModelStats;
import io.trident.models.api.Passage;
import io.trident.models.api.Representation;
import io.trident.models.api.Side;
import io.trident.models.api.SparseVector;
import io.trident.models.api.TokenVectors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A small real model for queries: words are tokens and their lengths weights; a token's vector has
 * its word's letters, and the dense vector of 8 dimensions is the sum of those. What it makes of
 * {@link #UNFIT}, {@link #NOTHING} and {@link #BUSY} is what a bad model makes of any text.
 */
public final class WordModel implements Inference {

  /** Dimensions of all vectors. */
  public static final int DIMENSION = 8;

  /** The fingerprint of the model, whatever id it is asked for under. */
  public static final String FINGERPRINT = "0123456789abcdef0123456789abcdef";

  /** A text with vectors that no field holds: a token too long, and lengths not finite. */
  static final String UNFIT = "unfit";

  /** A text without any representation. */
  static final String NOTHING = "nothing";

  /** A text that the model has no time for. */
  static final String BUSY = "busy";

  /** The model and the text of each call. */
  final List<String> calls = Collections.synchronizedList(new ArrayList<>());

  @Override
  public CompletionStage<List<Encoding>> encode(
      String model, List<String> texts, Side side, Set<Representation> wanted, Workload workload) {
    calls.add(model + ":" + texts.get(0));
    if (texts.contains(BUSY)) {
      return CompletableFuture.failedFuture(
          new ModelException(ModelException.Kind.REJECTED, "model [" + model + "] is busy"));
    }
    return CompletableFuture.completedFuture(texts.stream().map(WordModel::encode).toList());
  }

  private static Encoding encode(String text) {
    if (text.equals(NOTHING)) {
      return new Encoding(null, null, null, FINGERPRINT);
    }
    Map<String, Float> weights = new HashMap<>();
    List<String> words = Arrays.stream(text.split(" ", -1)).filter(w -> !w.isEmpty()).toList();
    float[] tokens = new float[words.size() * DIMENSION];
    float[] dense = new float[DIMENSION];
    for (int word = 0; word < words.size(); word++) {
      weights.put(words.get(word), (float) words.get(word).length());
      for (char letter : words.get(word).toCharArray()) {
        tokens[word * DIMENSION + letter % DIMENSION]++;
        dense[letter % DIMENSION]++;
      }
    }
    if (text.equals(UNFIT)) {
      dense[0] = Float.NaN;
      tokens[0] = Float.MAX_VALUE;
      weights.put("x".repeat(ImpactVectorField.MAX_TOKEN_BYTES + 1), 1f);
    }
    int[] positions = new int[words.size()];
    return new Encoding(
        SparseVector.of(weights),
        dense,
        new TokenVectors(DIMENSION, tokens, positions, positions, positions),
        FINGERPRINT);
  }

  @Override
  public List<ModelDescription> models() {
    return List.of();
  }

  @Override
  public ModelDescription describe(String model) {
    throw new UnsupportedOperationException(model);
  }

  @Override
  public CompletionStage<float[]> score(String model, String query, List<String> texts) {
    throw new UnsupportedOperationException(model);
  }

  @Override
  public CompletionStage<List<List<Passage>>> passages(
      String model, List<String> texts, int maxTokens, int overlap, Workload workload) {
    throw new UnsupportedOperationException(model);
  }

  @Override
  public List<ModelStats> stats() {
    return List.of();
  }

  @Override
  public void close() {}
}
