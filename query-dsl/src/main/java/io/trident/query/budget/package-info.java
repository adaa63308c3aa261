/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Searches that score by {@code max_sim} for as long as a budget lasts: in the order of the hits of
 * the query where they rescore, and with a count in the answer of what was scored.
 */
package io.trident.query.budget;
