/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trident.cluster.Api;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A document whose vectors follow from its id and version, and what a search scores it by plain
 * arithmetic.
 */
record FaultDocument(int version, Map<String, Integer> sparse, float[][] tokens, float[] dense) {

  static final int DIMENSION = 8;

  /** Of a mapping with this weight, a weight is an impact. */
  static final int MAX_WEIGHT = 255;

  private static final int VOCABULARY = 20;

  static FaultDocument of(String id, int version) {
    Random random = new Random(31L * id.hashCode() + version);
    Map<String, Integer> sparse = new TreeMap<>();
    for (int t = random.nextInt(8); t >= 0; t--) {
      sparse.put("t" + random.nextInt(VOCABULARY), 1 + random.nextInt(MAX_WEIGHT));
    }
    float[][] tokens = new float[1 + random.nextInt(3)][];
    for (int t = 0; t < tokens.length; t++) {
      tokens[t] = vector(random);
    }
    return new FaultDocument(version, sparse, tokens, vector(random));
  }

  private static float[] vector(Random random) {
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return vector;
  }

  String json() {
    ObjectNode json = Api.JSON.createObjectNode();
    json.put("version", version);
    json.set("sparse", Api.JSON.valueToTree(sparse));
    json.set("tokens", Api.JSON.valueToTree(tokens));
    json.set("dense", Api.JSON.valueToTree(dense));
    json.set("codes", Api.JSON.valueToTree(dense));
    return json.toString();
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  /** The dot product with the sparse vector of a query. */
  double sparseScore(FaultDocument query) {
    return query.sparse.entrySet().stream()
        .mapToDouble(token -> token.getValue() * (double) sparse.getOrDefault(token.getKey(), 0))
        .sum();
  }

  /** MaxSim with the token vectors of a query. */
  double tokensScore(FaultDocument query) {
    double sum = 0;
    for (float[] wanted : query.tokens) {
      double best = Double.NEGATIVE_INFINITY;
      for (float[] token : tokens) {
        best = Math.max(best, dot(wanted, token));
      }
      sum += best;
    }
    return Math.max(0, sum);
  }

  /** What Lucene makes of the Euclidean distance from the dense vector of a query. */
  double denseScore(FaultDocument query) {
    double square = 0;
    for (int i = 0; i < DIMENSION; i++) {
      double difference = (double) dense[i] - query.dense[i];
      square += difference * difference;
    }
    return 1 / (1 + square);
  }
}
