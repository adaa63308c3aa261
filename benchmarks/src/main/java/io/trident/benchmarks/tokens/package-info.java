/**
 * MaxSim over coded token vectors: what fewer bits and fewer vectors cost in quality, and what the
 * first stage, rescoring and indexing take.
 */
package io.trident.benchmarks.tokens;
