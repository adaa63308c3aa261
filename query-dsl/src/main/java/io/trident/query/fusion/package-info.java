/**
 * The query {@code fusion}: several queries fused into one ranking. Each leg runs as a search of
 * its own while the request is rewritten on the coordinating node; {@link
 * io.trident.query.fusion.RankFusion} fuses the rankings; and the query becomes one over the fused
 * documents. See docs/adr/0001.
 *
 * <p>{@link io.trident.query.fusion.FusionQueryBuilder} is the query of the request, {@link
 * io.trident.query.fusion.FusionOptions} what its JSON says of the ranking, {@link
 * io.trident.query.fusion.FusionRun} what runs it, and {@link
 * io.trident.query.fusion.FusedDocsQueryBuilder} what it becomes. What a request may change in the
 * {@link io.trident.query.fusion.FusedRanking} has a file each, in the order in which it is done:
 * {@link io.trident.query.fusion.MinRelevance}, {@link io.trident.query.fusion.ScoreBoosts}, {@link
 * io.trident.query.fusion.Pinned}, {@link io.trident.query.fusion.NearDuplicates}, {@link
 * io.trident.query.fusion.Diversification}.
 */
package io.trident.query.fusion;
