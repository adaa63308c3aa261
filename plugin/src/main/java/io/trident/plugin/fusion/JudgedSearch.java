/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.fusion;

import io.trident.query.fusion.fit.Ratings;
import java.util.Map;

/**
 * A search whose hits are judged.
 *
 * @param name tells the search in messages
 * @param query its query, as JSON has it
 * @param ratings the judgments
 */
record JudgedSearch(String name, Map<String, Object> query, Ratings ratings) {}
