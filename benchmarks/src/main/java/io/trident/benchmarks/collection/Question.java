/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.collection;

/**
 * A query of a collection.
 *
 * @param id its name in judgements
 * @param text what is asked
 */
public record Question(String id, String text) {}
