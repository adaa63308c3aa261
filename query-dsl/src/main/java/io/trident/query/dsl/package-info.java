/**
 * The JSON queries {@code learned_sparse}, {@code dense} and {@code max_sim}. Each takes the
 * query's vector, or its text, which is encoded once, on the coordinating node, whatever the number
 * of shards.
 */
package io.trident.query.dsl;
