/** Pictures of measurements, drawn from the records that benchmarks keep. */
package io.trident.benchmarks.plots;
