/**
 * The query {@code fusion}: several queries fused into one ranking. Each leg runs as a search of
 * its own while the request is rewritten on the coordinating node; {@link
 * io.trident.query.fusion.RankFusion} fuses the rankings; and the query becomes one over the fused
 * documents. See docs/adr/0001.
 */
package io.trident.query.fusion;
