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
import io.trident.models.tokenizer.TokenizedText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Encodes texts to any of a model's representations in one run of its graph. */
public final class OnnxEncoder {

  private final ModelConfig config;
  private final TextTokenizer tokenizer;
  private final OnnxGraph graph;
  private final SparseReader sparse;
  private final Map<Representation, Integer> dimensions = new EnumMap<>(Representation.class);
  private final long maskId;

  OnnxEncoder(ModelFolder folder, ModelConfig config, TextTokenizer tokenizer, OnnxGraph graph) {
    this.config = config;
    this.tokenizer = tokenizer;
    this.graph = graph;
    this.sparse =
        config.sparse() == null
            ? null
            : new SparseReader(folder, config.sparse(), tokenizer, graph);
    if (config.dense() != null) {
      int rank = config.dense().pooling().equals("none") ? 2 : 3;
      dimensions.put(
          Representation.DENSE,
          dimension(folder, config.dense().output(), rank, config.dense().dimension()));
    }
    if (config.tokens() != null) {
      dimensions.put(
          Representation.TOKENS,
          dimension(folder, config.tokens().output(), 3, config.tokens().dimension()));
    }
    if (config.tokens() != null) {
      known(folder, "query_marker", config.tokens().queryMarker());
      known(folder, "document_marker", config.tokens().documentMarker());
    }
    this.maskId = config.tokens() != null && config.tokens().augmentQueries() ? maskId(folder) : -1;
  }

  private void known(ModelFolder folder, String key, String marker) {
    if (marker != null && tokenizer.id(marker) < 0) {
      throw folder.invalid(
          "must have the [tokens." + key + "] in its vocabulary, got [" + marker + "]", null);
    }
  }

  private long maskId(ModelFolder folder) {
    for (String mask : new String[] {"[MASK]", "<mask>"}) {
      if (tokenizer.id(mask) >= 0) {
        return tokenizer.id(mask);
      }
    }
    throw folder.invalid("must have a mask token in its vocabulary to augment queries", null);
  }

  private int dimension(ModelFolder folder, String output, int rank, Integer wanted) {
    long[] shape = graph.outputShape(output, Set.of(rank));
    long given = shape[rank - 1];
    if (wanted == null && given == -1) {
      throw folder.invalid(
          "must say the [dimension] of output [" + output + "], which its graph leaves open", null);
    }
    if (wanted != null && given != -1 && wanted > given) {
      throw folder.invalid(
          "must have a [dimension] of at most ["
              + given
              + "] for output ["
              + output
              + "], got ["
              + wanted
              + "]",
          null);
    }
    return wanted == null ? (int) given : wanted;
  }

  /** What the model gives. */
  public Set<Representation> representations() {
    Set<Representation> given = EnumSet.noneOf(Representation.class);
    given.addAll(dimensions.keySet());
    if (sparse != null) {
      given.add(Representation.SPARSE);
    }
    return given;
  }

  /** Dimensions of the dense vector and of token vectors. */
  public Map<Representation, Integer> dimensions() {
    return Map.copyOf(dimensions);
  }

  /**
   * The longest batch that one run should take: graphs that give whole logits are memory-hungry.
   */
  public int maxBatch(Set<Representation> wanted) {
    return wanted.contains(Representation.SPARSE) && sparse.readsLogits() ? 4 : 32;
  }

  /** A batch of encodings and the tokens that went through the graph. */
  public record Encodings(List<Encoding> values, long tokens) {}

  /** A text on its way to the graph; the offset undoes the prefix. */
  private record Prepared(TokenizedText text, int prefix, int marker, Batch.Row row) {}

  /** What surrounds a text on its way to the graph, and how long it may be. */
  private record Input(String prefix, String marker, int limit, boolean augment) {}

  private Input input(Representation representation, Side side) {
    boolean query = side == Side.QUERY;
    return switch (representation) {
      case SPARSE -> new Input("", null, config.maxTokens(), false);
      case DENSE ->
          new Input(
              query ? config.dense().queryPrefix() : config.dense().documentPrefix(),
              null,
              config.maxTokens(),
              false);
      case TOKENS ->
          new Input(
              "",
              query ? config.tokens().queryMarker() : config.tokens().documentMarker(),
              query
                  ? Math.min(config.maxTokens(), config.tokens().queryLength())
                  : config.maxTokens(),
              query && config.tokens().augmentQueries());
    };
  }

  /**
   * Encodes texts. Representations that read the same input share one run, so a representation does
   * not depend on which others are wanted.
   */
  public Encodings encode(List<String> texts, Side side, Set<Representation> wanted) {
    Map<Input, Set<Representation>> runs = new LinkedHashMap<>();
    for (Representation representation : Representation.values()) {
      if (wanted.contains(representation)) {
        runs.computeIfAbsent(
                input(representation, side), input -> EnumSet.noneOf(Representation.class))
            .add(representation);
      }
    }
    Encodings encodings = null;
    for (Map.Entry<Input, Set<Representation>> run : runs.entrySet()) {
      Encodings next = encode(texts, side, run.getValue(), run.getKey());
      encodings = encodings == null ? next : join(encodings, next);
    }
    return encodings;
  }

  private static Encodings join(Encodings one, Encodings other) {
    List<Encoding> joined = new ArrayList<>(one.values().size());
    for (int i = 0; i < one.values().size(); i++) {
      Encoding a = one.values().get(i);
      Encoding b = other.values().get(i);
      joined.add(
          new Encoding(
              a.sparse() == null ? b.sparse() : a.sparse(),
              a.dense() == null ? b.dense() : a.dense(),
              a.tokens() == null ? b.tokens() : a.tokens()));
    }
    return new Encodings(joined, one.tokens() + other.tokens());
  }

  private Encodings encode(List<String> texts, Side side, Set<Representation> wanted, Input input) {
    if (side == Side.QUERY
        && wanted.equals(Set.of(Representation.SPARSE))
        && sparse.readsQueriesAlone()) {
      return new Encodings(
          texts.stream()
              .map(text -> new Encoding(sparse.query(tokenizer.tokenize(text)), null, null))
              .toList(),
          0);
    }
    List<Prepared> prepared = texts.stream().map(text -> prepare(text, input)).toList();
    Batch batch = Batch.of(prepared.stream().map(Prepared::row).toList(), config.maxTokens());
    Map<String, OnnxGraph.Output> outputs =
        graph.run(batch.ids(), batch.mask(), batch.types(), outputs(side, wanted));
    List<Encoding> encodings = new ArrayList<>(texts.size());
    long tokens = 0;
    for (int i = 0; i < prepared.size(); i++) {
      Prepared text = prepared.get(i);
      tokens += text.row.ids().length;
      encodings.add(
          new Encoding(
              wanted.contains(Representation.SPARSE) ? sparse(outputs, i, text, side) : null,
              wanted.contains(Representation.DENSE) ? dense(outputs, i, text) : null,
              wanted.contains(Representation.TOKENS) ? tokens(outputs, i, text, side) : null));
    }
    return new Encodings(encodings, tokens);
  }

  private Set<String> outputs(Side side, Set<Representation> wanted) {
    Set<String> outputs = new HashSet<>();
    if (wanted.contains(Representation.SPARSE)
        && (side == Side.QUERY && sparse.readsQueriesAlone()) == false) {
      outputs.add(config.sparse().output());
    }
    if (wanted.contains(Representation.DENSE)) {
      outputs.add(config.dense().output());
    }
    if (wanted.contains(Representation.TOKENS)) {
      outputs.add(config.tokens().output());
    }
    return outputs;
  }

  private Prepared prepare(String text, Input input) {
    String prefix = input.prefix;
    String marker = input.marker;
    int limit = input.limit;
    TokenizedText tokens = tokenizer.tokenize(prefix + text);
    TextTokenizer.Template template = tokenizer.single();
    int markers = marker == null ? 0 : 1;
    int room = limit - template.before().length - template.after().length - markers;
    int kept = Math.max(0, Math.min(tokens.length(), room));
    int length = template.before().length + markers + kept + template.after().length;
    long[] ids = new long[input.augment ? Math.max(length, limit) : length];
    Arrays.fill(ids, Math.max(maskId, 0));
    System.arraycopy(template.before(), 0, ids, 0, template.before().length);
    if (marker != null) {
      ids[template.before().length] = tokenizer.id(marker);
    }
    int first = template.before().length + markers;
    System.arraycopy(tokens.ids(), 0, ids, first, kept);
    System.arraycopy(template.after(), 0, ids, first + kept, template.after().length);
    TokenizedText keptText =
        new TokenizedText(
            Arrays.copyOf(tokens.ids(), kept),
            Arrays.copyOf(tokens.starts(), kept),
            Arrays.copyOf(tokens.ends(), kept));
    return new Prepared(keptText, prefix.length(), first, new Batch.Row(ids, new long[ids.length]));
  }

  private SparseVector sparse(
      Map<String, OnnxGraph.Output> outputs, int row, Prepared text, Side side) {
    if (side == Side.QUERY && sparse.readsQueriesAlone()) {
      return sparse.query(text.text);
    }
    return sparse.read(outputs.get(config.sparse().output()), row, text.row.ids());
  }

  private float[] dense(Map<String, OnnxGraph.Output> outputs, int row, Prepared text) {
    ModelConfig.Dense dense = config.dense();
    OnnxGraph.Output output = outputs.get(dense.output());
    int width = (int) output.shape()[output.shape().length - 1];
    int length = text.row.ids().length;
    float[] pooled;
    if (dense.pooling().equals("none")) {
      pooled = Arrays.copyOfRange(output.values(), row * width, (row + 1) * width);
    } else {
      int start = row * (int) output.shape()[1] * width;
      pooled =
          switch (dense.pooling()) {
            case "cls" -> Arrays.copyOfRange(output.values(), start, start + width);
            case "last" -> {
              int last = start + (length - 1) * width;
              yield Arrays.copyOfRange(output.values(), last, last + width);
            }
            default -> mean(output.values(), start, length, width);
          };
    }
    float[] vector = Arrays.copyOf(pooled, dimensions.get(Representation.DENSE));
    if (dense.normalize()) {
      normalize(vector, 0, vector.length);
    }
    return vector;
  }

  private static float[] mean(float[] values, int start, int length, int width) {
    float[] mean = new float[width];
    for (int t = 0; t < length; t++) {
      for (int d = 0; d < width; d++) {
        mean[d] += values[start + t * width + d] / length;
      }
    }
    return mean;
  }

  private static void normalize(float[] values, int start, int length) {
    double sum = 0;
    for (int i = start; i < start + length; i++) {
      sum += (double) values[i] * values[i];
    }
    float scale = sum == 0 ? 0 : (float) (1 / Math.sqrt(sum));
    for (int i = start; i < start + length; i++) {
      values[i] *= scale;
    }
  }

  /** The vectors of the text's own tokens; of a query that is augmented, those of every input. */
  private TokenVectors tokens(
      Map<String, OnnxGraph.Output> outputs, int row, Prepared text, Side side) {
    ModelConfig.Tokens tokens = config.tokens();
    OnnxGraph.Output output = outputs.get(tokens.output());
    int width = (int) output.shape()[2];
    int dimension = dimensions.get(Representation.TOKENS);
    int start = row * (int) output.shape()[1] * width;
    boolean all = side == Side.QUERY && tokens.augmentQueries();
    int[] positions = all ? every(text.row.ids().length) : kept(text, side);
    float[] values = new float[positions.length * dimension];
    int[] ids = new int[positions.length];
    int[] starts = new int[positions.length];
    int[] ends = new int[positions.length];
    for (int i = 0; i < positions.length; i++) {
      System.arraycopy(
          output.values(), start + positions[i] * width, values, i * dimension, dimension);
      if (tokens.normalize()) {
        normalize(values, i * dimension, dimension);
      }
      ids[i] = (int) text.row.ids()[positions[i]];
      int inText = positions[i] - text.marker;
      if (inText >= 0 && inText < text.text.length()) {
        starts[i] = Math.max(0, text.text.starts()[inText] - text.prefix);
        ends[i] = Math.max(0, text.text.ends()[inText] - text.prefix);
      }
    }
    return new TokenVectors(dimension, values, ids, starts, ends);
  }

  private static int[] every(int length) {
    int[] positions = new int[length];
    Arrays.setAll(positions, i -> i);
    return positions;
  }

  private int[] kept(Prepared text, Side side) {
    boolean skips = side == Side.DOCUMENT && config.tokens().skipPunctuation();
    int[] positions = new int[text.text.length()];
    int count = 0;
    for (int i = 0; i < positions.length; i++) {
      String token = tokenizer.token((int) text.text.ids()[i]);
      if ((skips && isPunctuation(token)) == false) {
        positions[count++] = text.marker + i;
      }
    }
    return Arrays.copyOf(positions, count);
  }

  private static boolean isPunctuation(String token) {
    return token != null
        && token.isEmpty() == false
        && token.codePoints().noneMatch(Character::isLetterOrDigit);
  }
}
