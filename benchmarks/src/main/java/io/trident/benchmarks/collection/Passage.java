/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.collection;

/**
 * A document of a collection.
 *
 * @param id its name in judgements
 * @param title its title, which may be empty
 * @param text its text
 */
public record Passage(String id, String title, String text) {}
