/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.vectors;

/**
 * Token vectors of a text.
 *
 * @param ids of the tokens in the vocabulary, one per vector
 * @param vectors one per token, all of one dimension
 */
public record Tokens(int[] ids, float[][] vectors) {}
