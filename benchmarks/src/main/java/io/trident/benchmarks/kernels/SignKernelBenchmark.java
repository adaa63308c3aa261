/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.kernels;

import io.trident.codec.encoding.MaxSimKernel;
import io.trident.codec.encoding.ScalarSignKernel;
import io.trident.codec.encoding.SignKernel;
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

/** The products of 64 codes of 128 signs with query vectors, and the largest of them. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class SignKernelBenchmark {

  private static final int DIMENSION = 128;
  private static final int LENGTH = DIMENSION / Byte.SIZE;
  private static final int TOKENS = 64;

  /** Query vectors. */
  @Param({"8", "24", "32"})
  public int queries;

  private final SignKernel scalar = new ScalarSignKernel();
  private final SignKernel simd = SignKernel.best();
  private final MaxSimKernel largest = MaxSimKernel.best();
  private final byte[] codes = new byte[TOKENS * LENGTH];
  private final float[] factors = new float[TOKENS];
  private float[] sums;
  private float[] products;
  private float[] best;

  /** Makes codes and queries, and proves that both twins give the same bits. */
  @Setup
  public void prepare() {
    Twins.requireDifferent(scalar, simd);
    Random random = new Random(queries);
    random.nextBytes(codes);
    Arrays.fill(factors, 1);
    float[][] rows = new float[DIMENSION][queries];
    for (float[] row : rows) {
      for (int q = 0; q < queries; q++) {
        row[q] = (float) random.nextGaussian();
      }
    }
    sums = SignKernel.sums(rows, LENGTH, queries);
    products = new float[TOKENS * queries];
    best = new float[queries];
    if (Arrays.equals(scalar().clone(), simd()) == false) {
      throw new IllegalStateException("the twins differ with [" + queries + "] query vectors");
    }
  }

  /** Plain Java. */
  @Benchmark
  public float[] scalar() {
    return maxSim(scalar);
  }

  /** The vector module. */
  @Benchmark
  public float[] simd() {
    return maxSim(simd);
  }

  private float[] maxSim(SignKernel kernel) {
    kernel.multiply(codes, 0, LENGTH, LENGTH, factors, TOKENS, sums, queries, products);
    Arrays.fill(best, Float.NEGATIVE_INFINITY);
    largest.max(products, TOKENS, best);
    return best;
  }
}
