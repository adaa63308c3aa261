/**
 * Fits the settings of a fusion to judged queries: {@link io.trident.query.fusion.fit.FusionFit}
 * tries settings on the windows that the legs found for each {@link
 * io.trident.query.fusion.fit.JudgedQuery}, and says by cross-validation what they are worth.
 */
package io.trident.query.fusion.fit;
