/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.models;

import io.trident.benchmarks.command.Arguments;
import io.trident.models.api.Representation;
import io.trident.models.api.Side;
import io.trident.models.encoder.OnnxEncoder;
import io.trident.models.encoder.OnnxModel;
import io.trident.models.encoder.RunListener;
import io.trident.models.folder.ModelFolder;
import io.trident.models.tokenizer.TextTokenizer;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;

/**
 * Encoding as the ingest processor does it, in batches and with one run for all representations,
 * beside a plain loop over ONNX Runtime, which runs the graph for one text after the other and for
 * each representation anew. Both in one thread on the same graph and texts, in turn; processor time
 * is measured, which other work on the machine hardly changes.
 */
public final class LoopBenchmark {

  private static final Map<String, String> DEFAULTS =
      Map.of(
          "files", "",
          "model", "trident-mini",
          "lengths", "16,64,128,250",
          "texts", "128",
          "batch", "32",
          "rounds", "5");

  private final PrintStream out;
  private final Arguments arguments;
  private final OnnxEncoder encoder;

  private LoopBenchmark(PrintStream out, Arguments arguments, OnnxEncoder encoder) {
    this.out = out;
    this.arguments = arguments;
    this.encoder = encoder;
  }

  /** Runs the benchmark; the options are those of the defaults above. */
  public static void main(String[] line) throws IOException {
    Arguments arguments = Arguments.parse(line, DEFAULTS);
    TextTokenizer.prepare(Files.createTempDirectory("trident-native"));
    Texts texts = new Texts(arguments.text("model"));
    try (OnnxModel model = OnnxModel.load(new ModelFolder.Embedded(arguments.text("model")), 1)) {
      LoopBenchmark benchmark = new LoopBenchmark(System.out, arguments, model.encoder());
      for (String length : arguments.list("lengths")) {
        int tokens = Integer.parseInt(length);
        benchmark.compare(
            tokens,
            IntStream.range(0, arguments.number("texts"))
                .mapToObj(i -> texts.text(i, tokens))
                .toList());
      }
    }
  }

  private void compare(int tokens, List<String> texts) {
    Set<Representation> all = encoder.representations();
    Set<Representation> one = EnumSet.of(Representation.DENSE);
    double[] best = {Double.MAX_VALUE, Double.MAX_VALUE, Double.MAX_VALUE, Double.MAX_VALUE};
    for (int round = 0; round <= arguments.number("rounds"); round++) { // the first warms up
      double[] seconds = {
        seconds(() -> loop(texts, all)),
        seconds(() -> batches(texts, all, RunListener.NONE)),
        seconds(() -> loop(texts, one)),
        seconds(() -> batches(texts, one, RunListener.NONE))
      };
      for (int i = 0; i < best.length && round > 0; i++) {
        best[i] = Math.min(best[i], seconds[i]);
      }
    }
    out.println(
        String.format(
            Locale.ROOT,
            "%d tokens, documents per second of processor time: three representations %.1f in"
                + " a loop of three passes, %.1f in batches, %.2f times; one %.1f and %.1f, %.2f"
                + " times; of the batches of three %.1f %% inside ONNX Runtime",
            tokens,
            texts.size() / best[0],
            texts.size() / best[1],
            best[0] / best[1],
            texts.size() / best[2],
            texts.size() / best[3],
            best[2] / best[3],
            100 * insideRuns(texts, all)));
  }

  private static double seconds(Runnable task) {
    long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    task.run();
    return (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start) / 1e9;
  }

  /** The share of the time of batches that is ONNX Runtime's, tensors handed over. */
  private double insideRuns(List<String> texts, Set<Representation> wanted) {
    LongAdder inside = new LongAdder();
    long start = System.nanoTime();
    batches(
        texts,
        wanted,
        new RunListener() {
          @Override
          public boolean wants(int input) {
            return true;
          }

          @Override
          public void ran(int rows, long tokens, long padded, long nanos) {
            inside.add(nanos);
          }
        });
    return inside.doubleValue() / (System.nanoTime() - start);
  }

  private void loop(List<String> texts, Set<Representation> wanted) {
    for (Representation representation : wanted) {
      for (String text : texts) {
        encoder.encode(List.of(text), Side.DOCUMENT, Set.of(representation), RunListener.NONE);
      }
    }
  }

  private void batches(List<String> texts, Set<Representation> wanted, RunListener listener) {
    int batch = arguments.number("batch");
    for (int start = 0; start < texts.size(); start += batch) {
      List<String> some = texts.subList(start, Math.min(texts.size(), start + batch));
      encoder.encode(some, Side.DOCUMENT, wanted, listener);
    }
  }
}
