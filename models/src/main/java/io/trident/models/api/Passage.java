/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.api;

/**
 * A stretch of a text that fits an encoder.
 *
 * @param start where it starts in the text, in UTF-16 units
 * @param end where it ends (exclusive), in UTF-16 units
 */
public record Passage(int start, int end) {}
