/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.kernels;

import io.trident.codec.encoding.MaxSimKernel;
import io.trident.codec.encoding.ScalarMaxSimKernel;
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

/**
 * MaxSim of one document of 80 tokens with 32 query vectors of 128 dimensions: the levels unpacked,
 * multiplied, and the largest products taken. At 32 bits nothing is unpacked.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class MaxSimKernelBenchmark {

  private static final int DIMENSION = 128;
  private static final int TOKENS = 80;
  private static final int QUERIES = 32;
  private static final int FLOAT = 32;

  /** Bits of a level. */
  @Param({"2", "4", "8", "32"})
  public int bits;

  private final MaxSimKernel scalar = new ScalarMaxSimKernel();
  private final MaxSimKernel simd = MaxSimKernel.best();
  private final float[] levels = new float[TOKENS * DIMENSION];
  private final float[] factors = new float[TOKENS];
  private final float[] columns = new float[QUERIES * DIMENSION];
  private final float[] products = new float[TOKENS * QUERIES];
  private final float[] best = new float[QUERIES];
  private byte[] codes;

  /** Makes codes and queries, and proves that both twins give the same bits. */
  @Setup
  public void prepare() {
    Twins.requireDifferent(scalar, simd);
    Random random = new Random(bits);
    codes = new byte[TOKENS * DIMENSION * Math.min(bits, Byte.SIZE) / Byte.SIZE];
    random.nextBytes(codes);
    fill(random, levels);
    fill(random, factors);
    fill(random, columns);
    if (Arrays.equals(scalar().clone(), simd()) == false) {
      throw new IllegalStateException("the twins differ at [" + bits + "] bits");
    }
  }

  private static void fill(Random random, float[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
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

  private float[] maxSim(MaxSimKernel kernel) {
    if (bits < FLOAT) {
      int length = DIMENSION * bits / Byte.SIZE;
      for (int token = 0; token < TOKENS; token++) {
        kernel.unpack(codes, token * length, length, bits, levels, token * DIMENSION);
      }
    }
    kernel.multiply(levels, factors, TOKENS, DIMENSION, columns, QUERIES, products);
    Arrays.fill(best, Float.NEGATIVE_INFINITY);
    kernel.max(products, TOKENS, best);
    return best;
  }
}
