/** JMH benchmarks of the codec: each candidate beside its baseline, proven equal before. */
package io.trident.benchmarks.kernels;
