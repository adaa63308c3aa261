/** MaxSim over coded token vectors: what rescoring costs at each width. */
package io.trident.benchmarks.tokens;
