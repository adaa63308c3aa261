/** How well ranked the answers of a real node are, on collections with judgements. */
package io.trident.benchmarks.relevance;
