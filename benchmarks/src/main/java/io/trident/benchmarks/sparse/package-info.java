/** Measurements of learned sparse retrieval beside plain Lucene, on vectors from files. */
package io.trident.benchmarks.sparse;
