/**
 * Fits the settings of fusions to judged queries over REST: {@link
 * io.trident.plugin.fusion.FitAction} searches with the rights of who asks, and {@link
 * io.trident.query.fusion.fit.FusionFit} tries settings on what the legs found.
 */
package io.trident.plugin.fusion;
