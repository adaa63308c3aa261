/**
 * What searches of dense vectors find by codes and in fewer dimensions, of the nearest by floats.
 */
package io.trident.benchmarks.dense;
