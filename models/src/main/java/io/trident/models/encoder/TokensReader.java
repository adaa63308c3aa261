/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import io.trident.models.api.Side;
import io.trident.models.api.TokenVectors;
import io.trident.models.config.ModelConfig;
import io.trident.models.folder.ModelFolder;
import io.trident.models.onnx.OnnxGraph;
import io.trident.models.tokenizer.TextTokenizer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Reads one vector per token, for late interaction (ColBERT: Khattab and Zaharia, SIGIR 2020):
 * markers, queries that are filled up with mask tokens, and documents without their punctuation.
 */
final class TokensReader {

  private static final Pattern WORD_SIGN = Pattern.compile("^(##|\u0120|\u2581)(?=.)");

  private final ModelConfig.Tokens config;
  private final TextTokenizer tokenizer;
  private final int dimension;

  /** What vectors go through. */
  private final Layers projection;

  /** Dimensions of the output that are read. */
  private final int width;

  private final BitSet skipped;
  private final InputFormat queries;
  private final InputFormat documents;

  TokensReader(
      ModelFolder folder,
      ModelConfig.Tokens config,
      int maxTokens,
      TextTokenizer tokenizer,
      TransformerGraph graph) {
    this.config = config;
    this.tokenizer = tokenizer;
    boolean maps = config.projection().isEmpty() == false;
    this.width = graph.graph().dimension(config.output(), 3, maps ? null : config.dimension());
    this.projection = Layers.read(folder, config.projection(), width);
    this.dimension = kept(folder, projection.dimension());
    if (config.augmentQueries()
        && config.attendToMaskTokens() == false
        && graph.hasMask() == false) {
      throw folder.invalid(
          "must have an input for its attention mask, or [tokens.attend_to_mask_tokens]: without"
              + " them a query's tokens attend to the mask tokens that fill it up",
          null);
    }
    if (config.gate() != null) {
      graph.graph().outputShape(config.gate(), Set.of(2, 3));
    }
    this.skipped = skipped(folder);
    this.queries =
        new InputFormat(
            "",
            marker(folder, "query_marker", config.queryMarker()),
            Math.min(maxTokens, config.queryLength()),
            config.augmentQueries() ? maskId(folder) : -1,
            config.attendToMaskTokens(),
            false);
    this.documents =
        new InputFormat(
            "",
            marker(folder, "document_marker", config.documentMarker()),
            maxTokens,
            -1,
            false,
            false);
  }

  private int kept(ModelFolder folder, int given) {
    if (config.dimension() != null && config.dimension() > given) {
      throw folder.invalid(
          "must have a [tokens.dimension] of at most ["
              + given
              + "], got ["
              + config.dimension()
              + "]",
          null);
    }
    return config.dimension() == null ? given : config.dimension();
  }

  private long marker(ModelFolder folder, String key, String marker) {
    if (marker != null && tokenizer.id(marker) < 0) {
      throw folder.invalid(
          "must have the [tokens." + key + "] in its vocabulary, got [" + marker + "]", null);
    }
    return marker == null ? -1 : tokenizer.id(marker);
  }

  private long maskId(ModelFolder folder) {
    for (String mask : new String[] {"[MASK]", "<mask>"}) {
      if (tokenizer.id(mask) >= 0) {
        return tokenizer.id(mask);
      }
    }
    throw folder.invalid("must have a mask token in its vocabulary to augment queries", null);
  }

  int dimension() {
    return dimension;
  }

  /** The outputs that are read of a side's texts. */
  Set<String> outputs(Side side) {
    return side == Side.QUERY || config.gate() == null
        ? Set.of(config.output())
        : Set.of(config.output(), config.gate());
  }

  InputFormat format(Side side) {
    return side == Side.QUERY ? queries : documents;
  }

  /** Reads one row of the outputs. */
  TokenVectors read(Map<String, OnnxGraph.Output> outputs, int row, InputRow input, Side side) {
    OnnxGraph.Output output = outputs.get(config.output());
    float[] gate = gate(outputs, row, input, side);
    int given = output.width();
    output.checkShape(given >= width, "..., at least " + width);
    int start = row * (int) output.shape()[1] * given;
    int[] places = places(input, side, gate);
    float[] values = new float[places.length * dimension];
    int[] ids = new int[places.length];
    int[] starts = new int[places.length];
    int[] ends = new int[places.length];
    for (int i = 0; i < places.length; i++) {
      int from = start + places[i] * given;
      projection.apply(output.values(), from, values, i * dimension, dimension);
      ids[i] = (int) input.row().ids()[places[i]];
      if (input.isText(places[i])) {
        starts[i] = input.text().starts()[places[i] - input.first()];
        ends[i] = input.text().ends()[places[i] - input.first()];
      }
    }
    for (float value : values) {
      output.checkFinite(value);
    }
    if (config.normalize()) {
      for (int i = 0; i < places.length; i++) {
        Vectors.normalize(values, i * dimension, dimension);
      }
    }
    for (int i = 0; i < values.length; i++) {
      values[i] *= gate[places[i / dimension]];
    }
    return new TokenVectors(dimension, values, ids, starts, ends);
  }

  /** What the vector at each place of the row is multiplied by. */
  private float[] gate(Map<String, OnnxGraph.Output> outputs, int row, InputRow input, Side side) {
    float[] gate = new float[input.row().length()];
    Arrays.fill(gate, 1);
    if (side == Side.DOCUMENT && config.gate() != null) {
      OnnxGraph.Output output = outputs.get(config.gate());
      output.checkShape(output.shape().length == 2 || output.width() == 1, "batch, tokens, 1");
      System.arraycopy(output.values(), row * (int) output.shape()[1], gate, 0, gate.length);
      for (float value : gate) {
        output.checkFinite(value);
      }
    }
    return gate;
  }

  /** The places in the row whose vectors are kept. */
  private int[] places(InputRow input, Side side, float[] gate) {
    boolean query = side == Side.QUERY;
    boolean all = config.specialTokens() || (query && config.augmentQueries());
    return IntStream.range(0, input.row().length())
        .filter(place -> all || input.isText(place))
        .filter(place -> gate[place] > 0)
        .filter(place -> query || skipped.get((int) input.row().ids()[place]) == false)
        .toArray();
  }

  private BitSet skipped(ModelFolder folder) {
    BitSet ids = new BitSet(tokenizer.size());
    if (config.skipPunctuation()) {
      for (int id = 0; id < tokenizer.size(); id++) {
        ids.set(id, isPunctuation(tokenizer.token(id)));
      }
    }
    for (String token : config.skipTokens()) {
      if (tokenizer.id(token) < 0) {
        throw folder.invalid(
            "must have the [tokens.skip_tokens] in its vocabulary, got [" + token + "]", null);
      }
      ids.set(tokenizer.id(token));
    }
    return ids;
  }

  /**
   * Whether a token is nothing but punctuation: what Unicode says is, and the symbols of ASCII,
   * which ColBERT leaves out too. The signs for the start or the inside of a word do not count.
   */
  private static boolean isPunctuation(String token) {
    if (token == null) {
      return false;
    }
    String text = WORD_SIGN.matcher(token).replaceFirst("");
    return text.isEmpty() == false && text.codePoints().allMatch(TokensReader::isPunctuation);
  }

  private static boolean isPunctuation(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONNECTOR_PUNCTUATION,
          Character.DASH_PUNCTUATION,
          Character.START_PUNCTUATION,
          Character.END_PUNCTUATION,
          Character.INITIAL_QUOTE_PUNCTUATION,
          Character.FINAL_QUOTE_PUNCTUATION,
          Character.OTHER_PUNCTUATION ->
          true;
      case Character.MATH_SYMBOL, Character.CURRENCY_SYMBOL, Character.MODIFIER_SYMBOL ->
          codePoint < 128;
      default -> false;
    };
  }
}
