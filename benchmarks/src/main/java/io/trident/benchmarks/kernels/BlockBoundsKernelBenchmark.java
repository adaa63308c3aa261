/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.kernels;

import io.trident.codec.encoding.BlockBoundsKernel;
import io.trident.codec.encoding.ScalarBlockBoundsKernel;
import java.util.Arrays;
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

/** The bounds of all blocks of 128 documents of a million, for a query. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class BlockBoundsKernelBenchmark {

  private static final int BLOCKS = 1_000_000 / 128;
  private static final int WEIGHTS = 1 << 10;

  /** Terms of the query. */
  @Param({"7", "29"})
  public int terms;

  private final BlockBoundsKernel scalar = new ScalarBlockBoundsKernel();
  private final BlockBoundsKernel simd = BlockBoundsKernel.best();
  private final int[] bounds = new int[BLOCKS];
  private byte[][] maxima;
  private int[] weights;

  /** Makes maxima and weights, and proves that both twins give the same sums. */
  @Setup
  public void prepare() {
    Twins.requireDifferent(scalar, simd);
    Random random = new Random(terms);
    maxima = new byte[terms][BLOCKS];
    for (byte[] term : maxima) {
      random.nextBytes(term);
    }
    weights = random.ints(terms, 1, WEIGHTS).toArray();
    if (Arrays.equals(scalar().clone(), simd()) == false) {
      throw new IllegalStateException("the twins differ at [" + terms + "] terms");
    }
  }

  /** Plain Java. */
  @Benchmark
  public int[] scalar() {
    scalar.sum(maxima, weights, bounds);
    return bounds;
  }

  /** The vector module. */
  @Benchmark
  public int[] simd() {
    simd.sum(maxima, weights, bounds);
    return bounds;
  }
}
