package io.trident.models.encoder;

import io.trident.models.api.Encoding;
import io.trident.models.api.Representation;
import io.trident.models.api.Side;
import io.trident.models.api.SparseVector;
import io.trident.models.api.TokenVectors;
import io.trident.models.folder.ModelConfig;
import io.trident.models.folder.ModelFolder;
import io.trident.models.onnx.OnnxGraph;
import io.trident.models.tokenizer.TextTokenizer;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Encodes texts to any of a model's representations. Those that read one input share the runs of
 * the graph, so a representation does not depend on which others are wanted. Thread-safe.
 */
public final class OnnxEncoder {

  private final ModelConfig config;
  private final TextTokenizer tokenizer;
  private final OnnxGraph graph;
  private final SparseReader sparse;
  private final DenseReader dense;
  private final TokensReader tokens;

  OnnxEncoder(ModelFolder folder, ModelConfig config, TextTokenizer tokenizer, OnnxGraph graph) {
    this.config = config;
    this.tokenizer = tokenizer;
    this.graph = graph;
    this.sparse =
        config.sparse() == null
            ? null
            : new SparseReader(folder, config.sparse(), config.maxTokens(), tokenizer, graph);
    this.dense =
        config.dense() == null ? null : new DenseReader(config.dense(), config.maxTokens(), graph);
    this.tokens =
        config.tokens() == null
            ? null
            : new TokensReader(folder, config.tokens(), config.maxTokens(), tokenizer, graph);
  }

  /** What the model gives. */
  public Set<Representation> representations() {
    Set<Representation> given = EnumSet.noneOf(Representation.class);
    given.addAll(dimensions().keySet());
    if (sparse != null) {
      given.add(Representation.SPARSE);
    }
    return given;
  }

  /** Dimensions of the dense vector and of token vectors. */
  public Map<Representation, Integer> dimensions() {
    Map<Representation, Integer> dimensions = new EnumMap<>(Representation.class);
    if (dense != null) {
      dimensions.put(Representation.DENSE, dense.dimension());
    }
    if (tokens != null) {
      dimensions.put(Representation.TOKENS, tokens.dimension());
    }
    return dimensions;
  }

  /** Whether what is wanted needs no run of the graph. */
  public boolean needsNoRun(Side side, Set<Representation> wanted) {
    return side == Side.QUERY
        && wanted.equals(Set.of(Representation.SPARSE))
        && sparse != null
        && sparse.readsQueriesAlone();
  }

  /** What has been made of a call's texts so far. */
  private static final class Made {
    private final SparseVector[] sparse;
    private final float[][] dense;
    private final TokenVectors[] tokens;

    private Made(int texts) {
      sparse = new SparseVector[texts];
      dense = new float[texts][];
      tokens = new TokenVectors[texts];
    }

    private List<Encoding> encodings() {
      return IntStream.range(0, sparse.length)
          .mapToObj(i -> new Encoding(sparse[i], dense[i], tokens[i]))
          .toList();
    }
  }

  /**
   * Encodes texts.
   *
   * @param listener follows the runs; a text that it no longer wants gets an incomplete encoding
   * @return an encoding a text, in the order of the texts
   */
  public List<Encoding> encode(
      List<String> texts, Side side, Set<Representation> wanted, RunListener listener) {
    Made made = new Made(texts.size());
    Map<InputFormat, Set<Representation>> runs = new LinkedHashMap<>();
    for (Representation representation : wanted) {
      if (representation == Representation.SPARSE && needsNoRun(side, Set.of(representation))) {
        readQueries(texts, listener, made);
      } else {
        runs.computeIfAbsent(
                format(representation, side), format -> EnumSet.noneOf(Representation.class))
            .add(representation);
      }
    }
    runs.forEach((format, outputs) -> run(texts, side, format, outputs, listener, made));
    return made.encodings();
  }

  private InputFormat format(Representation representation, Side side) {
    return switch (representation) {
      case SPARSE -> sparse.format();
      case DENSE -> dense.format(side);
      case TOKENS -> tokens.format(side);
    };
  }

  private void readQueries(List<String> texts, RunListener listener, Made made) {
    for (int i = 0; i < texts.size(); i++) {
      if (listener.wants(i)) {
        made.sparse[i] = sparse.query(InputRow.of(texts.get(i), sparse.format(), tokenizer).text());
      }
    }
  }

  private void run(
      List<String> texts,
      Side side,
      InputFormat format,
      Set<Representation> wanted,
      RunListener listener,
      Made made) {
    List<InputRow> rows = texts.stream().map(text -> InputRow.of(text, format, tokenizer)).toList();
    int tokensPerRun =
        wanted.contains(Representation.SPARSE) ? sparse.tokensPerRun() : Batch.TOKENS_PER_RUN;
    Batch.split(
        rows.stream().map(InputRow::row).toList(),
        tokensPerRun,
        config.maxTokens(),
        numbers -> {
          List<Integer> live = numbers.stream().filter(listener::wants).toList();
          if (live.isEmpty() == false) {
            run(rows, live, side, wanted, listener, made);
          }
        });
  }

  private void run(
      List<InputRow> rows,
      List<Integer> numbers,
      Side side,
      Set<Representation> wanted,
      RunListener listener,
      Made made) {
    long start = System.nanoTime();
    Batch batch =
        Batch.of(numbers.stream().map(i -> rows.get(i).row()).toList(), config.maxTokens());
    Map<String, OnnxGraph.Output> outputs =
        graph.run(batch.ids(), batch.mask(), batch.types(), outputs(wanted));
    long tokenCount = 0;
    for (int r = 0; r < numbers.size(); r++) {
      int i = numbers.get(r);
      InputRow row = rows.get(i);
      tokenCount += row.row().length();
      if (wanted.contains(Representation.SPARSE)) {
        made.sparse[i] = sparse.read(outputs.get(sparse.output()), r, row.row().ids());
      }
      if (wanted.contains(Representation.DENSE)) {
        made.dense[i] = dense.read(outputs.get(dense.output()), r, row.row().length());
      }
      if (wanted.contains(Representation.TOKENS)) {
        made.tokens[i] = tokens.read(outputs.get(tokens.output()), r, row, side);
      }
    }
    listener.ran(numbers.size(), tokenCount, batch.padded(), System.nanoTime() - start);
  }

  private Set<String> outputs(Set<Representation> wanted) {
    Set<String> outputs = new HashSet<>();
    for (Representation representation : wanted) {
      outputs.add(
          switch (representation) {
            case SPARSE -> sparse.output();
            case DENSE -> dense.output();
            case TOKENS -> tokens.output();
          });
    }
    return outputs;
  }
}
