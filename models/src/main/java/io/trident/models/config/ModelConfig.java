/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.config;

import com.fasterxml.jackson.annotation.JacksonAnnotationsInside;
import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.trident.models.api.ModelKind;
import io.trident.models.api.Side;
import io.trident.models.folder.ModelFolder;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a model's {@code trident.json} says. Keys that it does not know are refused. Absent parts
 * are null; absent options have the defaults given here.
 *
 * @param kind what the model is for
 * @param description a line for people
 * @param license the licence of the weights
 * @param maxTokens the longest input in tokens, markers included; 512
 * @param queryGraph the file of another graph, of the same inputs and outputs, that encodes queries
 * @param inputs the names of the graph's inputs; null for those of {@link Inputs#PUBLISHED} that
 *     the graph has
 * @param sparse how to read a sparse vector
 * @param dense how to read a dense vector
 * @param tokens how to read token vectors
 * @param output of a cross-encoder or query generator: the output with the logits
 * @param reading of a cross-encoder: how a score is read; {@code logit}
 * @param activation of a cross-encoder: what is done to it then; {@code none}
 * @param yes the token that says that a text is relevant; yes
 * @param no the token that says that it is not; no
 * @param template of a cross-encoder or query generator: a text with {@code {query}} and {@code
 *     {text}} in it, in place of what the tokenizer puts around a pair; without {@code {query}}, it
 *     judges texts alone, and a query generator always reads texts alone
 * @param decoderStart where there is a decoder: the token that it starts with; &lt;pad&gt;
 * @param decoderEnd of a query generator: the token that ends a query; &lt;/s&gt;
 */
public record ModelConfig(
    ModelKind kind,
    String description,
    String license,
    @JsonProperty("max_tokens") Integer maxTokens,
    @JsonProperty("query_graph") String queryGraph,
    Inputs inputs,
    Sparse sparse,
    Dense dense,
    Tokens tokens,
    String output,
    ScoreReading reading,
    ScoreActivation activation,
    String yes,
    String no,
    String template,
    @JsonProperty("decoder_start") String decoderStart,
    @JsonProperty("decoder_end") String decoderEnd) {

  /** The keys that decide no output. */
  static final Set<String> FOR_PEOPLE = Set.of("description", "license");

  /** The files of the graphs that encode queries and not documents, each once. */
  public Set<String> queryGraphs() {
    Set<String> graphs = new LinkedHashSet<>();
    if (queryGraph != null) {
      graphs.add(queryGraph);
    }
    if (sparseQueryGraph() != null) {
      graphs.add(sparseQueryGraph());
    }
    return graphs;
  }

  /** The file of the graph that gives sparse vectors of queries; null for the main one. */
  public String sparseQueryGraph() {
    boolean own = sparse != null && sparse.query != null && sparse.query.graph != null;
    return own ? sparse.query.graph : queryGraph;
  }

  /** Where a template has the query. */
  public static final String QUERY = "{query}";

  /** Where a template has the text. */
  public static final String TEXT = "{text}";

  private static final int DEFAULT_MAX_TOKENS = 512;

  public ModelConfig {
    description = or(description, "");
    license = or(license, "");
    maxTokens = or(maxTokens, DEFAULT_MAX_TOKENS);
    if (kind == ModelKind.CROSS_ENCODER) {
      output = or(output, "logits");
      reading = or(reading, ScoreReading.LOGIT);
      activation = or(activation, ScoreActivation.NONE);
    }
    if (kind == ModelKind.QUERY_GENERATOR) {
      output = or(output, "logits");
      template = or(template, TEXT);
      decoderEnd = or(decoderEnd, "</s>");
    }
    if (reading == ScoreReading.YES_NO) {
      yes = or(yes, "yes");
      no = or(no, "no");
    }
  }

  /** One file, or a list of several. */
  @Retention(RetentionPolicy.RUNTIME)
  @JacksonAnnotationsInside
  @JsonFormat(
      with = {
        JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY,
        JsonFormat.Feature.WRITE_SINGLE_ELEM_ARRAYS_UNWRAPPED
      })
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  private @interface Files {}

  private static List<String> copy(List<String> list) {
    return list == null ? List.of() : List.copyOf(list);
  }

  private static <T> T or(T value, T other) {
    return value == null ? other : value;
  }

  /**
   * The names of the graph's inputs; a null one is not fed.
   *
   * @param positions the places of the tokens: 0, 1, ...
   * @param decoder of a sequence-to-sequence graph: the tokens that the decoder has so far
   */
  public record Inputs(String ids, String mask, String types, String positions, String decoder) {

    /** The names that published graphs have. */
    public static final Inputs PUBLISHED =
        new Inputs(
            "input_ids", "attention_mask", "token_type_ids", "position_ids", "decoder_input_ids");
  }

  /**
   * How to read a sparse vector.
   *
   * @param output the graph's output
   * @param reading what is read from it; {@code max_logits}
   * @param saturation of logits; {@code log}
   * @param specialTokens whether signs for the model, [SEP] say, may have weights; true
   * @param topK keep the heaviest tokens only; 256
   * @param threshold keep weights above it only; 0
   * @param query how queries are read when not as documents are
   * @param echo whether the text is put in twice and only its second copy is read, which a decoder
   *     has seen whole by then; false
   * @param autoencoder the file of the autoencoder's weights
   * @param dense how the vector is read that it is given
   */
  public record Sparse(
      String output,
      SparseReading reading,
      Saturation saturation,
      @JsonProperty("special_tokens") Boolean specialTokens,
      @JsonProperty("top_k") Integer topK,
      Float threshold,
      SparseQuery query,
      Boolean echo,
      String autoencoder,
      Dense dense) {
    public Sparse {
      reading = or(reading, SparseReading.MAX_LOGITS);
      if (reading == SparseReading.AUTOENCODER) {
        dense = dense == null ? Dense.DEFAULT : dense;
      } else {
        output = or(output, "sparse");
      }
      saturation = or(saturation, Saturation.LOG);
      specialTokens = or(specialTokens, true);
      topK = or(topK, 256);
      threshold = or(threshold, 0f);
      echo = or(echo, false);
    }

    /** Whether the graph is not run for queries. */
    public boolean readsQueriesWithoutInference() {
      return query != null && query.reading.ofGraph().isEmpty();
    }

    /** How queries are read when the graph is run for them. */
    public Sparse forQueries() {
      SparseReading ofGraph = query == null ? null : query.reading.ofGraph().orElse(null);
      if (ofGraph == null) {
        return this;
      }
      boolean encodes = ofGraph == SparseReading.AUTOENCODER;
      return new Sparse(
          or(query.output, encodes ? null : output),
          ofGraph,
          or(query.saturation, saturation),
          or(query.specialTokens, specialTokens),
          or(query.topK, topK),
          or(query.threshold, threshold),
          null,
          or(query.echo, encodes ? null : echo),
          encodes ? autoencoder : null,
          encodes ? dense : null);
    }
  }

  /**
   * How queries are read. Without inference there is nothing but the reading and the file; else
   * what is absent is as for documents.
   *
   * @param reading how; {@code idf}
   * @param file of {@code idf}, the table: a JSON object of tokens and weights
   * @param output the graph's output
   * @param saturation of logits
   * @param specialTokens whether signs for the model may have weights
   * @param topK keep the heaviest tokens only
   * @param threshold keep weights above it only
   * @param echo whether the text is put in twice and only its second copy is read
   * @param graph the file of the graph that is run for them alone; that of all queries
   */
  public record SparseQuery(
      QueryReading reading,
      String file,
      String output,
      Saturation saturation,
      @JsonProperty("special_tokens") Boolean specialTokens,
      @JsonProperty("top_k") Integer topK,
      Float threshold,
      Boolean echo,
      String graph) {
    public SparseQuery {
      reading = or(reading, QueryReading.IDF);
      if (reading == QueryReading.IDF) {
        file = or(file, "idf.json");
      }
    }
  }

  /**
   * How to read a dense vector.
   *
   * @param output the graph's output: [batch, tokens, dimension], or [batch, dimension] when pooled
   *     in the graph; null for one of the usual names
   * @param pooling how it is made of the vectors of tokens; {@code mean}
   * @param normalize whether to scale it to length 1; true
   * @param dimension keep the first dimensions only (Matryoshka); all when absent
   * @param queryPrefix put before every query
   * @param documentPrefix put before every document
   * @param precision what its values are rounded to; {@code float32}
   * @param queryMap the file of a linear map that queries go through, or those of several, one
   *     after the other; none
   * @param documentMap the same for documents
   * @param poolPrefix whether the mean is that of the prefix and the sign before it too; true
   */
  public record Dense(
      String output,
      Pooling pooling,
      Boolean normalize,
      Integer dimension,
      @JsonProperty("query_prefix") String queryPrefix,
      @JsonProperty("document_prefix") String documentPrefix,
      Precision precision,
      @JsonProperty("query_map") @Files List<String> queryMap,
      @JsonProperty("document_map") @Files List<String> documentMap,
      @JsonProperty("pool_prefix") Boolean poolPrefix) {

    private static final Dense DEFAULT =
        new Dense(null, null, null, null, null, null, null, null, null, null);

    public Dense {
      pooling = or(pooling, Pooling.MEAN);
      queryMap = copy(queryMap);
      documentMap = copy(documentMap);
      poolPrefix = or(poolPrefix, true);
      normalize = or(normalize, true);
      queryPrefix = or(queryPrefix, "");
      documentPrefix = or(documentPrefix, "");
      precision = or(precision, Precision.FLOAT32);
    }

    List<String> maps() {
      return Stream.concat(queryMap.stream(), documentMap.stream()).toList();
    }
  }

  /**
   * How to read token vectors.
   *
   * @param output the graph's output: [batch, tokens, dimension]
   * @param projection the file of a linear map that each vector goes through, or those of several,
   *     one after the other; none
   * @param dimension keep the first dimensions only, of what comes out of that; all when absent
   * @param normalize whether to scale each to length 1; true
   * @param queryMarker a token put first in every query
   * @param documentMarker a token put first in every document
   * @param queryLength the longest query in tokens; 32
   * @param augmentQueries whether queries are filled up to that length with mask tokens (ColBERT)
   * @param attendToMaskTokens whether the query's other tokens attend to those; false
   * @param specialTokens whether the tokens around a text, the marker included, get vectors; false
   * @param skipPunctuation whether a document's punctuation gets no vector; true
   * @param skipTokens further tokens that get no vector in a document; none
   * @param gate the output with a number per token of a document, by which its vector is multiplied
   *     at last; those of 0 and less get no vector. None
   */
  public record Tokens(
      String output,
      @Files List<String> projection,
      Integer dimension,
      Boolean normalize,
      @JsonProperty("query_marker") String queryMarker,
      @JsonProperty("document_marker") String documentMarker,
      @JsonProperty("query_length") Integer queryLength,
      @JsonProperty("augment_queries") Boolean augmentQueries,
      @JsonProperty("attend_to_mask_tokens") Boolean attendToMaskTokens,
      @JsonProperty("special_tokens") Boolean specialTokens,
      @JsonProperty("skip_punctuation") Boolean skipPunctuation,
      @JsonProperty("skip_tokens") List<String> skipTokens,
      String gate) {
    public Tokens {
      output = or(output, "tokens");
      normalize = or(normalize, true);
      queryLength = or(queryLength, 32);
      augmentQueries = or(augmentQueries, false);
      attendToMaskTokens = or(attendToMaskTokens, false);
      specialTokens = or(specialTokens, false);
      skipPunctuation = or(skipPunctuation, true);
      skipTokens = copy(skipTokens);
      projection = copy(projection);
    }
  }

  /**
   * Reads a model's configuration, or takes it from what was published, and checks what can be
   * checked without the graph.
   *
   * @throws io.trident.models.api.ModelException INVALID_MODEL, saying what is wrong with which key
   */
  public static ModelConfig read(ModelFolder folder) {
    ModelConfig config = ConfigReader.read(folder);
    new ConfigRules(folder, config).check();
    return config;
  }

  /** How a side's sparse vectors are read where the graph is run for it. */
  public Sparse sparse(Side side) {
    return side == Side.QUERY ? sparse.forQueries() : sparse;
  }

  /** The files of weights that are not in a graph. */
  public List<String> weights() {
    List<String> files = new ArrayList<>();
    if (sparse != null && sparse.query != null && sparse.query.file != null) {
      files.add(sparse.query.file);
    }
    if (sparse != null && sparse.autoencoder != null) {
      files.add(sparse.autoencoder);
      files.addAll(sparse.dense.maps());
    }
    if (dense != null) {
      files.addAll(dense.maps());
    }
    if (tokens != null) {
      files.addAll(tokens.projection);
    }
    return files;
  }

  /** The keys and values as JSON has them, with the defaults, without those that are absent. */
  public Map<String, Object> toMap() {
    return ConfigReader.map(this);
  }
}
