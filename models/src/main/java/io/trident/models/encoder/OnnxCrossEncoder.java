package io.trident.models.encoder;

import io.trident.models.folder.ModelConfig;
import io.trident.models.folder.ModelFolder;
import io.trident.models.onnx.OnnxGraph;
import io.trident.models.tokenizer.TextTokenizer;
import io.trident.models.tokenizer.TokenizedText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Scores pairs of a query and a text. A pair that is too long loses the end of the text; its query
 * loses its end only when it takes more than half of the model's length. Thread-safe.
 */
public final class OnnxCrossEncoder {

  private static final int MAX_BATCH = 32;

  private final ModelConfig config;
  private final TextTokenizer tokenizer;
  private final OnnxGraph graph;
  private final int columns;

  OnnxCrossEncoder(
      ModelFolder folder, ModelConfig config, TextTokenizer tokenizer, OnnxGraph graph) {
    this.config = config;
    this.tokenizer = tokenizer;
    this.graph = graph;
    this.columns = config.reading().equals("two_classes") ? 2 : 1;
    long[] shape = graph.outputShape(config.output(), Set.of(1, 2));
    long found = shape.length == 1 ? 1 : shape[1];
    if (found != -1 && found != columns) {
      throw folder.invalid(
          "must have an output ["
              + config.output()
              + "] with ["
              + columns
              + "] columns for the reading ["
              + config.reading()
              + "], got ["
              + found
              + "]",
          null);
    }
  }

  /** A query and a text to score against it. */
  public record Pair(String query, String text) {}

  /**
   * Scores pairs.
   *
   * @param listener follows the runs; a pair that it no longer wants gets any score
   * @return a score a pair, in the order of the pairs
   */
  public List<Float> score(List<Pair> pairs, RunListener listener) {
    List<Batch.Row> rows = rows(pairs);
    float[] scores = new float[pairs.size()];
    Batch.split(
        rows,
        MAX_BATCH,
        config.maxTokens(),
        numbers -> {
          List<Integer> live = numbers.stream().filter(listener::wants).toList();
          if (live.isEmpty() == false) {
            run(rows, live, listener, scores);
          }
        });
    return IntStream.range(0, scores.length).mapToObj(i -> scores[i]).toList();
  }

  private List<Batch.Row> rows(List<Pair> pairs) {
    TextTokenizer.Template template = tokenizer.pair();
    int around = template.before().length + template.between().length + template.after().length;
    List<Batch.Row> rows = new ArrayList<>(pairs.size());
    Map<String, TokenizedText> queries = new HashMap<>();
    for (Pair pair : pairs) {
      TokenizedText query = queries.computeIfAbsent(pair.query(), tokenizer::tokenize);
      TokenizedText text = tokenizer.tokenize(pair.text());
      int room = config.maxTokens() - around;
      int queryLength = Math.min(query.length(), Math.max(room / 2, room - text.length()));
      int textLength = Math.min(text.length(), room - queryLength);
      rows.add(row(template, query.ids(), queryLength, text.ids(), textLength));
    }
    return rows;
  }

  private void run(
      List<Batch.Row> rows, List<Integer> numbers, RunListener listener, float[] scores) {
    long start = System.nanoTime();
    Batch batch = Batch.of(numbers.stream().map(rows::get).toList(), config.maxTokens());
    OnnxGraph.Output output =
        graph
            .run(batch.ids(), batch.mask(), batch.types(), Set.of(config.output()))
            .get(config.output());
    int found = output.shape().length == 1 ? 1 : output.width();
    output.checkShape(found == columns, "batch, " + columns);
    for (int r = 0; r < numbers.size(); r++) {
      scores[numbers.get(r)] = read(output, r);
    }
    long tokens = numbers.stream().mapToLong(i -> rows.get(i).length()).sum();
    listener.ran(numbers.size(), tokens, batch.padded(), System.nanoTime() - start);
  }

  private static Batch.Row row(
      TextTokenizer.Template template, long[] query, int queryLength, long[] text, int textLength) {
    long[][] parts = {
      template.before(),
      Arrays.copyOf(query, queryLength),
      template.between(),
      Arrays.copyOf(text, textLength),
      template.after()
    };
    int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
    long[] ids = new long[length];
    long[] types = new long[length];
    int at = 0;
    for (int p = 0; p < parts.length; p++) {
      System.arraycopy(parts[p], 0, ids, at, parts[p].length);
      Arrays.fill(types, at, at + parts[p].length, template.types()[p]);
      at += parts[p].length;
    }
    return new Batch.Row(ids, types, length);
  }

  private float read(OnnxGraph.Output output, int row) {
    float[] values = output.values();
    float logit = columns == 1 ? values[row] : values[2 * row + 1] - values[2 * row];
    output.checkFinite(logit);
    return config.activation().equals("sigmoid") ? (float) (1 / (1 + Math.exp(-logit))) : logit;
  }
}
