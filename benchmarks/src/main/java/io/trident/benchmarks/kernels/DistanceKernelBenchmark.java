/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.kernels;

import io.trident.codec.encoding.DistanceKernel;
import io.trident.codec.encoding.ScalarDistanceKernel;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The squared distance of two vectors, which clustering of token vectors spends its time on. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class DistanceKernelBenchmark {

  /** Dimensions. */
  @Param({"64", "128"})
  public int dimension;

  private final DistanceKernel scalar = new ScalarDistanceKernel();
  private final DistanceKernel simd = DistanceKernel.best();
  private float[] one;
  private float[] other;

  /** Makes vectors, and proves that both twins give the same distance. */
  @Setup
  public void prepare() {
    Twins.requireDifferent(scalar, simd);
    Random random = new Random(dimension);
    one = new float[dimension];
    other = new float[dimension];
    for (int d = 0; d < dimension; d++) {
      one[d] = (float) random.nextGaussian();
      other[d] = (float) random.nextGaussian();
    }
    if (scalar() != simd()) {
      throw new IllegalStateException("the twins differ at [" + dimension + "] dimensions");
    }
  }

  /** Plain Java. */
  @Benchmark
  public float scalar() {
    return scalar.squareDistance(one, other);
  }

  /** The vector module. */
  @Benchmark
  public float simd() {
    return simd.squareDistance(one, other);
  }
}
