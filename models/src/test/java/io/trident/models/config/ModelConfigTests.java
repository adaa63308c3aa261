/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.config;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import io.trident.models.api.ModelException;
import io.trident.models.api.Side;
import io.trident.models.encoder.MemoryFolder;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.Test;

/** What a configuration may say, what it means when it says nothing, and how it is refused. */
public class ModelConfigTests extends RandomizedTest {

  private static ModelConfig read(String json) {
    return ModelConfig.read(MemoryFolder.encoder(json.replace('\'', '"')));
  }

  private static void assertRefused(String json, String because) {
    ModelException e = assertThrows(json, ModelException.class, () -> read(json));
    assertEquals(ModelException.Kind.INVALID_MODEL, e.kind());
    assertTrue(e.getMessage(), e.getMessage().startsWith("model [readings] "));
    assertTrue(e.getMessage(), e.getMessage().contains(because));
  }

  private static void assertEncoderRefused(String parts, String because) {
    assertRefused("{'kind': 'encoder', " + parts + "}", because);
  }

  private static void assertCrossEncoderRefused(String parts, String because) {
    assertRefused("{'kind': 'cross_encoder', " + parts + "}", because);
  }

  @Test
  public void testDefaults() {
    ModelConfig config = read("{'kind': 'encoder', 'sparse': {}, 'dense': {}, 'tokens': {}}");
    assertEquals(512, (int) config.maxTokens());
    assertNull("those that the graph has", config.inputs());
    assertEquals(
        new ModelConfig.Sparse(
            "sparse",
            SparseReading.MAX_LOGITS,
            Saturation.LOG,
            true,
            256,
            0f,
            null,
            false,
            null,
            null),
        config.sparse());
    assertEquals(
        new ModelConfig.Dense(
            null, Pooling.MEAN, true, null, "", "", Precision.FLOAT32, null, null, null),
        config.dense());
    assertEquals(
        new ModelConfig.Tokens(
            "tokens", null, null, true, null, null, 32, false, false, false, true, List.of(), null),
        config.tokens());
    ModelConfig pairs = read("{'kind': 'cross_encoder'}");
    assertEquals("logits", pairs.output());
    assertEquals(ScoreReading.LOGIT, pairs.reading());
    assertEquals(ScoreActivation.NONE, pairs.activation());
    assertNull(pairs.template());
    assertEquals("yes", read("{'kind': 'cross_encoder', 'reading': 'yes_no'}").yes());
  }

  @Test
  public void testKinds() {
    assertRefused("{}", "[kind] of [encoder, cross_encoder, query_generator]");
    assertRefused("{'kind': 'both'}", "got [both]");
    assertEncoderRefused("'max_tokens': 128", "at least one of [sparse, dense, tokens]");
    assertEncoderRefused("'dense': {}, 'reading': 'logit'", "must not have [reading]");
    assertEncoderRefused("'dense': {}, 'template': 'x'", "must not have [template]");
    assertCrossEncoderRefused("'dense': {}", "must not have [dense]");
    assertCrossEncoderRefused("'yes': 'true'", "must not have [yes]");
  }

  @Test
  public void testUnknownKeys() {
    assertEncoderRefused("'dense': {}, 'nonsense': 1", "unknown key [nonsense]");
    assertEncoderRefused("'dense': {'poling': 'cls'}", "unknown key [dense.poling]");
    assertEncoderRefused("'tokens': {'topk': 1}", "unknown key [tokens.topk]");
    assertEncoderRefused("'sparse': {'query': {'table': 'x'}}", "unknown key [sparse.query.table]");
    assertEncoderRefused(
        "'dense': {}, 'inputs': {'id': 'x'}",
        "unknown key [inputs.id] in [trident.json]; known there are");
  }

  @Test
  public void testMalformed() {
    assertRefused("", "[trident.json]");
    assertRefused("{", "[trident.json]");
    assertRefused("[]", "[trident.json]");
    assertRefused("null", "[trident.json]");
    assertRefused("{'kind': 'encoder', 'dense': {}} {}", "[trident.json]");
    assertEncoderRefused("'dense': {'dimension': 'many'}", "[trident.json]");
    assertEncoderRefused("'dense': 1", "[trident.json]");
  }

  @Test
  public void testValuesAreTakenByTheirNamesAlone() {
    assertNamed(
        List.of("sparse", "reading"),
        "{'kind': 'encoder', 'sparse': {'reading': ?}}",
        "max_logits, sum_logits, token_weights, word_weights, vocabulary, dimensions, autoencoder");
    assertNamed(
        List.of("sparse", "saturation"),
        "{'kind': 'encoder', 'sparse': {'saturation': ?}}",
        "log, log_log");
    String queries =
        "idf, binary, max_logits, sum_logits, token_weights, word_weights, vocabulary, dimensions,"
            + " autoencoder";
    for (String[] side :
        new String[][] {
          {"vocabulary", "idf, binary, max_logits, sum_logits, token_weights, vocabulary"},
          {"word_weights", "idf, binary, word_weights"},
          {"dimensions", "dimensions"}
        }) {
      assertNamed(
          List.of("sparse", "query", "reading"),
          "{'kind': 'encoder', 'sparse': {'reading': '" + side[0] + "', 'query': {'reading': ?}}}",
          side[1],
          queries);
    }
    assertNamed(
        List.of("dense", "pooling"),
        "{'kind': 'encoder', 'dense': {'pooling': ?}}",
        "cls, mean, last, none");
    assertNamed(
        List.of("dense", "precision"),
        "{'kind': 'encoder', 'dense': {'precision': ?}}",
        "float32, int8, binary");
    assertNamed(
        List.of("sparse", "dense", "pooling"),
        "{'kind': 'encoder', 'sparse': {'reading': 'autoencoder', 'autoencoder': 'x',"
            + " 'dense': {'pooling': ?}}}",
        "cls, mean, last, none");
    assertNamed(List.of("kind"), "{'kind': ?}", "encoder, cross_encoder, query_generator");
    assertNamed(
        List.of("reading"),
        "{'kind': 'cross_encoder', 'reading': ?}",
        "logit, two_classes, yes_no");
    assertNamed(
        List.of("activation"), "{'kind': 'cross_encoder', 'activation': ?}", "none, sigmoid");
  }

  @Test
  public void testGraphsOfQueriesAreNamedOnce() {
    String all = "'query_graph': 'q', ";
    assertEquals(Set.of(), withGraphs("", "").queryGraphs());
    assertEquals(Set.of("q"), withGraphs(all, "").queryGraphs());
    assertEquals("q", withGraphs(all, "").sparseQueryGraph());
    assertEquals(Set.of("q"), withGraphs(all, ", 'graph': 'q'").queryGraphs());
    ModelConfig both = withGraphs(all, ", 'graph': 's'");
    assertEquals(List.of("q", "s"), List.copyOf(both.queryGraphs()));
    assertEquals("s", both.sparseQueryGraph());
    assertEncoderRefused(
        "'sparse': {'query': {'graph': 's'}}", "must not have [sparse.query.graph]");
  }

  private static ModelConfig withGraphs(String all, String sparse) {
    return read(
        "{'kind': 'encoder', "
            + all
            + "'sparse': {'query': {'reading': 'max_logits'"
            + sparse
            + "}}}");
  }

  @Test
  public void testWhatQueriesDoNotSayIsAsForDocuments() {
    ModelConfig config =
        read(
            "{'kind': 'encoder', 'sparse': {'reading': 'autoencoder', 'autoencoder': 'x',"
                + " 'threshold': 2, 'query': {'reading': 'autoencoder', 'top_k': 3}}}");
    assertEquals(256, (int) config.sparse(Side.DOCUMENT).topK());
    ModelConfig.Sparse queries = config.sparse(Side.QUERY);
    assertEquals(3, (int) queries.topK());
    assertEquals(2, queries.threshold(), 0);
    assertEquals("x", queries.autoencoder());
  }

  /** A name is taken as it is written, reported so, and told to whoever wrote something else. */
  private static void assertNamed(List<String> path, String json, String names) {
    assertNamed(path, json, names, names);
  }

  private static void assertNamed(List<String> path, String json, String some, String names) {
    for (String name : some.split(", ", -1)) {
      String more =
          switch (name) {
            case "encoder" -> ", 'dense': {}";
            case "autoencoder" -> ", 'autoencoder': 'x'";
            default -> "";
          };
      Object reported = read(json.replace("?", "'" + name + "'" + more)).toMap();
      for (String key : path) {
        reported = ((Map<?, ?>) reported).get(key);
      }
      assertEquals(name, reported);
      String upper = name.toUpperCase(Locale.ROOT);
      for (Object wrong : List.of(name + " ", upper, "", "0", 0, 1.5, true)) {
        String key = "[" + String.join(".", path) + "]";
        assertRefused(
            json.replace("?", wrong instanceof String ? "'" + wrong + "'" : wrong.toString()),
            "must have a " + key + " of [" + names + "] in [trident.json], got [" + wrong + "]");
      }
    }
    for (String nothing : List.of("{}", "['x']")) {
      assertRefused(json.replace("?", nothing), "malformed [trident.json]: Cannot deserialize");
    }
  }

  /** Each would take its memory before the graph says that it is wrong. */
  @Test
  public void testNumbersBeyondAllModelsAreRefused() {
    int large = randomIntBetween((1 << 21) + 1, Integer.MAX_VALUE);
    assertEncoderRefused("'dense': {}, 'max_tokens': " + large, "[max_tokens] of at least 8");
    assertEncoderRefused("'dense': {'dimension': " + large + "}", "at most 65536");
    assertEncoderRefused("'tokens': {'dimension': " + large + "}", "at most 65536");
    assertEncoderRefused("'tokens': {'query_length': " + large + "}", "at most 4096");
    assertEncoderRefused(
        "'sparse': {'reading': 'autoencoder', 'autoencoder': 'x', 'dense': {'dimension': "
            + large
            + "}}",
        "at most 65536");
    assertEncoderRefused("'dense': {'dimension': 4294967297}", "[trident.json]");
  }

  @Test
  public void testFilesOfTooManyOrTooDeepValuesAreRefused() {
    String many = "[],".repeat(FolderJson.MAX_PARTS / 2) + "[]";
    assertEncoderRefused("'dense': [" + many + "]", "malformed [trident.json]");
    assertRefused("[".repeat(100_000), "malformed [trident.json]");
    assertRefused("{'" + "x".repeat(40_000) + "': 1}", "…");
  }

  @Test
  public void testRanges() {
    assertEncoderRefused("'dense': {}, 'max_tokens': 7", "[max_tokens] of at least 8");
    assertEncoderRefused("'dense': {'dimension': 0}", "[dense.dimension] of at least 1");
    assertEncoderRefused("'dense': {'pooling': 'median'}", "[dense.pooling] of [cls, mean, last");
    assertEncoderRefused("'tokens': {'dimension': -1}", "[tokens.dimension] of at least 1");
    assertEncoderRefused("'tokens': {'query_length': 3}", "[tokens.query_length] of at least 4");
    assertEncoderRefused("'tokens': {'attend_to_mask_tokens': true}", "[tokens.augment_queries]");
    assertEncoderRefused("'sparse': {'top_k': 0}", "[sparse.top_k] of at least 1");
    assertEncoderRefused("'sparse': {'threshold': -0.1}", "[sparse.threshold] of at least 0");
    assertEncoderRefused("'sparse': {'reading': 'min'}", "[sparse.reading]");
    assertEncoderRefused("'sparse': {'saturation': 'root'}", "[sparse.saturation]");
    assertEncoderRefused("'sparse': {'query': {'reading': 'bm25'}}", "[sparse.query.reading]");
    assertEncoderRefused("'dense': {}, 'inputs': {'mask': 'm'}", "[inputs.ids]");
    assertEncoderRefused(
        "'sparse': {'query': {'reading': 'binary', 'file': 'x'}}", "[sparse.query.file]");
    for (String option :
        List.of("output", "saturation", "special_tokens", "top_k", "threshold", "echo")) {
      String value =
          switch (option) {
            case "output", "saturation" -> "'log'";
            case "special_tokens", "echo" -> "true";
            default -> "1";
          };
      String query =
          "'reading': '" + randomFrom(List.of("idf", "binary")) + "', '" + option + "': ";
      assertEncoderRefused(
          "'sparse': {'query': {" + query + value + "}}",
          "must not have [sparse.query." + option + "]");
    }
    assertEncoderRefused(
        "'sparse': {'query': {'reading': 'max_logits', 'file': 'x'}}", "[sparse.query.file]");
    assertEncoderRefused(
        "'sparse': {'query': {'reading': 'max_logits', 'top_k': 0}}",
        "[sparse.query.top_k] of at least 1");
    assertEncoderRefused(
        "'sparse': {'query': {'reading': 'max_logits', 'threshold': -1}}",
        "[sparse.query.threshold] of at least 0");
    assertEncoderRefused(
        "'sparse': {'query': {'reading': 'word_weights'}}",
        "[sparse.query.reading] of tokens, as [max_logits] is, in [trident.json], got"
            + " [word_weights], which is of words");
    assertEncoderRefused(
        "'sparse': {'query': {'reading': 'dimensions'}}", "which is of dimensions");
    assertEncoderRefused(
        "'sparse': {'reading': 'dimensions', 'query': {}}", "must not have [sparse.query]");
    assertEncoderRefused("'sparse': {'reading': 'autoencoder'}", "[sparse.autoencoder]");
    assertEncoderRefused("'sparse': {'autoencoder': 'x'}", "must not have [sparse.autoencoder]");
    assertEncoderRefused("'sparse': {'dense': {}}", "must not have [sparse.dense]");
    String autoencoder = "'sparse': {'reading': 'autoencoder', 'autoencoder': 'x', ";
    assertEncoderRefused(autoencoder + "'output': 'y'}", "must not have [sparse.output]");
    assertEncoderRefused(autoencoder + "'echo': true}", "must not have [sparse.echo]");
    assertEncoderRefused(autoencoder + "'query': {}}", "must not have [sparse.query]");
    assertEncoderRefused(
        autoencoder + "'query': {'reading': 'autoencoder', 'output': 'x'}}",
        "must not have [sparse.query.output]");
    assertEncoderRefused(autoencoder + "'dense': {'pooling': 'median'}}", "[sparse.dense.pooling]");
    assertCrossEncoderRefused("'query_graph': 'q.onnx'", "must not have [query_graph]");
    assertCrossEncoderRefused("'reading': 'three_classes'", "[reading]");
    assertCrossEncoderRefused("'activation': 'softmax'", "[activation]");
    assertCrossEncoderRefused("'template': '{query} alone'", "[{text}] once in its [template]");
    assertCrossEncoderRefused("'template': '{text} {query} {text}'", "at most once");
  }
}
