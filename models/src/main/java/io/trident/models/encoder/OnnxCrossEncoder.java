package io.trident.models.encoder;

import io.trident.models.folder.ModelConfig;
import io.trident.models.folder.ModelFolder;
import io.trident.models.onnx.OnnxGraph;
import io.trident.models.tokenizer.TextTokenizer;
import io.trident.models.tokenizer.TokenizedText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Scores pairs of a query and a text. A pair that is too long loses the end of the text; a query
 * loses its end only when it takes more than half of the model's length.
 */
public final class OnnxCrossEncoder {

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

  /** A batch of scores and the tokens that went through the graph. */
  public record Scores(float[] values, long tokens) {}

  /** Scores texts against a query, one run. */
  public Scores score(String query, List<String> texts) {
    TextTokenizer.Template template = tokenizer.pair();
    int around = template.before().length + template.between().length + template.after().length;
    TokenizedText queryTokens = tokenizer.tokenize(query);
    int queryLength = Math.min(queryTokens.length(), (config.maxTokens() - around) / 2);
    List<Batch.Row> rows = new ArrayList<>(texts.size());
    long tokens = 0;
    for (String text : texts) {
      TokenizedText textTokens = tokenizer.tokenize(text);
      int textLength = Math.min(textTokens.length(), config.maxTokens() - around - queryLength);
      rows.add(row(template, queryTokens.ids(), queryLength, textTokens.ids(), textLength));
      tokens += around + queryLength + textLength;
    }
    Batch batch = Batch.of(rows, config.maxTokens());
    OnnxGraph.Output output =
        graph
            .run(batch.ids(), batch.mask(), batch.types(), Set.of(config.output()))
            .get(config.output());
    return new Scores(read(output.values(), texts.size()), tokens);
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
    return new Batch.Row(ids, types);
  }

  private float[] read(float[] values, int rows) {
    float[] scores = new float[rows];
    for (int i = 0; i < rows; i++) {
      float logit = columns == 1 ? values[i] : values[2 * i + 1] - values[2 * i];
      scores[i] =
          config.activation().equals("sigmoid") ? (float) (1 / (1 + Math.exp(-logit))) : logit;
    }
    return scores;
  }
}
