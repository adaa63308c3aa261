/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import java.util.List;

/**
 * What the legs of a fusion found, before they are fused.
 *
 * @param names those of the legs
 * @param weights those of the legs
 * @param fusion how they are to be fused
 * @param rankings the window of each leg, best first
 */
public record LegWindows(
    List<String> names,
    List<Float> weights,
    RankFusion fusion,
    List<List<RankFusion.Scored>> rankings) {}
