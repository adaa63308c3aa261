/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import io.trident.models.api.Representation;
import io.trident.models.api.Side;
import io.trident.models.config.ModelConfig;
import io.trident.models.folder.ModelFolder;
import io.trident.models.tokenizer.TextTokenizer;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The graphs, and the readers of their outputs, for one side of the search. A reader is null when
 * the model does not give its representation.
 *
 * @param graph may be that of the other side too
 * @param sparseGraph gives sparse vectors; the same, but for queries perhaps
 * @param sparseQueries reads the sparse vectors of queries without the graph; null when it is run
 */
record Readers(
    Side side,
    TransformerGraph graph,
    TransformerGraph sparseGraph,
    SparseReader sparse,
    SparseQueryReader sparseQueries,
    DenseReader dense,
    TokensReader tokens) {

  static Readers of(
      ModelFolder folder,
      ModelConfig config,
      TextTokenizer tokenizer,
      Map<String, TransformerGraph> graphs,
      Side side) {
    TransformerGraph main = graphs.get(folder.graph());
    boolean queries = side == Side.QUERY;
    TransformerGraph graph = queries ? graphs.getOrDefault(config.queryGraph(), main) : main;
    TransformerGraph sparseGraph =
        queries ? graphs.getOrDefault(config.sparseQueryGraph(), main) : main;
    int maxTokens = config.maxTokens();
    SparseReader sparse =
        config.sparse() == null
            ? null
            : new SparseReader(
                folder, config.sparse(side), maxTokens, tokenizer, sparseGraph.graph(), side);
    boolean alone = queries && sparse != null && config.sparse().readsQueriesWithoutInference();
    return new Readers(
        side,
        graph,
        sparseGraph,
        sparse,
        alone
            ? new SparseQueryReader(folder, config.sparse().query(), tokenizer, sparse.terms())
            : null,
        config.dense() == null
            ? null
            : new DenseReader(folder, config.dense(), maxTokens, tokenizer, graph.graph(), side),
        config.tokens() == null
            ? null
            : new TokensReader(folder, config.tokens(), maxTokens, tokenizer, graph));
  }

  Set<Representation> representations() {
    Set<Representation> given = EnumSet.noneOf(Representation.class);
    given.addAll(dimensions().keySet());
    if (sparse != null) {
      given.add(Representation.SPARSE);
    }
    return given;
  }

  Map<Representation, Integer> dimensions() {
    Map<Representation, Integer> dimensions = new EnumMap<>(Representation.class);
    if (dense != null) {
      dimensions.put(Representation.DENSE, dense.dimension());
    }
    if (tokens != null) {
      dimensions.put(Representation.TOKENS, tokens.dimension());
    }
    return dimensions;
  }

  /** Whether a representation needs no run of the graph. */
  boolean needsNoRun(Representation representation) {
    return representation == Representation.SPARSE && sparseQueries != null;
  }

  /** The graph that gives a representation. */
  TransformerGraph graph(Representation representation) {
    return representation == Representation.SPARSE ? sparseGraph : graph;
  }

  InputFormat format(Representation representation) {
    return switch (representation) {
      case SPARSE -> sparse.format();
      case DENSE -> dense.format();
      case TOKENS -> tokens.format(side);
    };
  }

  int tokensPerRun(Set<Representation> wanted) {
    return wanted.contains(Representation.SPARSE) ? sparse.tokensPerRun() : Batch.TOKENS_PER_RUN;
  }

  Set<String> outputs(Set<Representation> wanted) {
    Set<String> outputs = new HashSet<>();
    for (Representation representation : wanted) {
      outputs.addAll(
          switch (representation) {
            case SPARSE -> Set.of(sparse.output());
            case DENSE -> Set.of(dense.output());
            case TOKENS -> tokens.outputs(side);
          });
    }
    return outputs;
  }
}
