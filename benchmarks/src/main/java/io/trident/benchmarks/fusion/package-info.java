/** What a fusion costs beside its legs. */
package io.trident.benchmarks.fusion;
