/** Vectors to measure with: from files, or made of texts and seeds, always the same. */
package io.trident.benchmarks.vectors;
