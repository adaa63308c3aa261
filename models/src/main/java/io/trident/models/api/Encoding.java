/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.api;

/**
 * What one encoder run made of one text. A representation that was not asked for is null.
 *
 * @param sparse the learned sparse vector, or null
 * @param dense the dense vector, or null
 * @param tokens the token vectors, or null
 * @param fingerprint that of the model, as {@link ModelDescription} has it, or null when it is not
 *     known
 */
public record Encoding(
    SparseVector sparse, float[] dense, TokenVectors tokens, String fingerprint) {}
