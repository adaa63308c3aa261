/** A real OpenSearch for benchmarks: installed once, kept between runs, and fed in bulk. */
package io.trident.benchmarks.node;
