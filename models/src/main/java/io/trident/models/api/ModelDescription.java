/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.api;

import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a loaded model can do.
 *
 * @param id the name that queries and pipelines use
 * @param description a line for people
 * @param license the licence of the weights, as the model's folder says
 * @param sha256 the digest of the graph's file, in hexadecimal
 * @param fingerprint tells models apart by what decides their outputs, 32 hexadecimal digits; null
 *     where it is not known
 * @param maxTokens the longest input in tokens, markers included; a longer one is truncated
 * @param representations what it gives as an encoder; empty for other kinds
 * @param dimensions dimensions of the vectors by representation (DENSE and TOKENS alone)
 * @param kind what it is for
 * @param source where its files come from: {@code embedded}, {@code directory} or {@code index}
 * @param version counts up when a stored model is replaced; 0 for others
 * @param loaded whether it is in memory
 * @param problem why the model cannot be used, or null
 * @param reducedMap the map of its dense vectors to fewer dimensions, as mappings of fields keep
 *     it; null when it has none, or is not loaded
 */
public record ModelDescription(
    String id,
    String description,
    String license,
    String sha256,
    String fingerprint,
    int maxTokens,
    Set<Representation> representations,
    Map<Representation, Integer> dimensions,
    ModelKind kind,
    String source,
    long version,
    boolean loaded,
    String problem,
    String reducedMap) {

  /** What an id looks like: it may be the name of a folder. */
  public static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

  /** The same as a version of a stored model that is not loaded. */
  public ModelDescription stored(long storedVersion) {
    return new ModelDescription(
        id,
        description,
        license,
        sha256,
        fingerprint,
        maxTokens,
        representations,
        dimensions,
        kind,
        "index",
        storedVersion,
        false,
        null,
        null);
  }

  /**
   * A model whose files cannot be used.
   *
   * @param loaded whether what they were before is in memory, and used
   */
  public static ModelDescription broken(String id, String problem, boolean loaded) {
    return new ModelDescription(
        id,
        "",
        "",
        "",
        null,
        0,
        Set.of(),
        Map.of(),
        ModelKind.ENCODER,
        "",
        0,
        loaded,
        problem,
        null);
  }
}
