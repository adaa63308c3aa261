/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;
import io.trident.models.api.ModelException;
import io.trident.models.api.Representation;
import io.trident.models.api.Side;
import io.trident.models.api.SparseVector;
import io.trident.models.onnx.GraphBytes;
import io.trident.models.onnx.GraphSignature;
import io.trident.models.tokenizer.TextTokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.BeforeClass;
import org.junit.Test;

/** Models that do not fit their graph, or whose graph gives what nobody can use. */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // ONNX Runtime keeps threads of its own
public class FaultyModelsTests extends RandomizedTest {

  private static final List<String> LOGITS = List.of("max_logits", "sum_logits");

  private static final String PAIR_INPUTS =
      "'inputs': {'ids': 'input_ids', 'mask': 'attention_mask', 'types': 'token_type_ids'}";

  @BeforeClass
  public static void prepare() throws IOException {
    TextTokenizer.prepare(Files.createTempDirectory("trident-native"));
  }

  private static MemoryFolder encoder(String parts) {
    return encoder(parts, 64); // as many as the graph has positions
  }

  private static MemoryFolder encoder(String parts, int maxTokens) {
    String config = "{'kind': 'encoder', 'max_tokens': " + maxTokens + ", " + parts + "}";
    return MemoryFolder.encoder(config.replace('\'', '"'));
  }

  private static MemoryFolder crossEncoder(String parts) {
    return MemoryFolder.crossEncoder(
        ("{'kind': 'cross_encoder', 'max_tokens': 32, " + PAIR_INPUTS + ", " + parts + "}")
            .replace('\'', '"'));
  }

  private static void assertRefused(MemoryFolder folder, String because) {
    ModelException e =
        assertThrows(because, ModelException.class, () -> OnnxModel.load(folder, 1).close());
    assertEquals(ModelException.Kind.INVALID_MODEL, e.kind());
    assertTrue(e.getMessage(), e.getMessage().startsWith("model [readings] "));
    assertTrue(e.getMessage(), e.getMessage().contains(because));
  }

  @Test
  public void testMapsAndDecodersThatDoNotFit() {
    MemoryFolder mapped =
        encoder("'dense': {'output': 'last_hidden_state', 'query_map': 'query_map.json'}");
    assertRefused(mapped, "as many dimensions for queries as for documents");
    assertRefused(mapped.with("query_map.json", "[[1, 2], [3]]"), "rows of [8] numbers");
    assertRefused(mapped.with("query_map.json", "[]"), "at least 1 row");
    assertRefused(mapped.without("query_map.json"), "must have the file [query_map.json]");
    assertRefused(
        MemoryFolder.sequenceToSequence(
            "{\"kind\": \"encoder\", \"sparse\": {\"output\": \"logits\"}}"),
        "for a decoder");
    assertRefused(
        MemoryFolder.sequenceToSequence(
            "{\"kind\": \"cross_encoder\", \"reading\": \"yes_no\", \"max_tokens\": 32}"),
        "[decoder_start]");
  }

  @Test
  public void testAnAutoencoderWithoutItsTensorsIsRefused() {
    assertRefused(
        encoder(
            "'sparse': {'reading': 'autoencoder', 'autoencoder': 'projection.safetensors',"
                + " 'dense': {'output': 'last_hidden_state'}}"),
        "[encoder.weight]");
  }

  /** Else a text would be given what the graph made of another, or nothing at all. */
  @Test
  public void testAnOutputOfOtherRowsIsRefused() {
    Map<String, byte[]> files =
        new HashMap<>(encoder("'dense': {'output': 'y', 'pooling': 'cls'}").files());
    files.put("model.onnx", GraphBytes.sameRows(1, randomIntBetween(9, 20)));
    assertRefused(new MemoryFolder(files), "must be of shape");
    files.put("model.onnx", GraphBytes.sameRows(randomIntBetween(2, 9), 3));
    assertRefused(new MemoryFolder(files), "must be of shape [1, ");
  }

  @Test
  public void testTensorsThatDoNotFillTheirBytesAreRefused() {
    String file = "projection.safetensors";
    MemoryFolder projected =
        encoder("'tokens': {'output': 'last_hidden_state', 'projection': '" + file + "'}");
    for (String tensor :
        List.of(
            "{'dtype': 'F32', 'shape': [2, 8], 'data_offsets': [0, 63]}",
            "{'dtype': 'F32', 'shape': [2, 8], 'data_offsets': [0, 65]}",
            "{'dtype': 'F16', 'shape': [2, 8], 'data_offsets': [0, 64]}",
            "{'dtype': 'F32', 'shape': [4294967298, 8], 'data_offsets': [0, 64]}",
            "{'dtype': 'F32', 'shape': [1048576, 1048576], 'data_offsets': [0, 64]}",
            "{'dtype': 'F32', 'shape': [-2, -8], 'data_offsets': [0, 64]}",
            "{'dtype': 'F32', 'shape': ['2', 8], 'data_offsets': [0, 64]}",
            "{'dtype': 'F32', 'shape': [2, 8], 'data_offsets': ['0', '64']}",
            "{'dtype': 'F32', 'shape': [2, 8]}",
            "{'dtype': 'I32', 'shape': [0, 8], 'data_offsets': [0, 0]}",
            "[]")) {
      assertRefused(projected.with(file, tensors(tensor)), "a tensor [linear.weight]");
    }
    assertRefused(projected.with(file, "\2" + "\0".repeat(7) + "[]"), "an object as the header");
  }

  private static String tensors(String tensor) {
    String header = ("{'linear.weight': " + tensor + "}").replace('\'', '"');
    return (char) header.length() + "\0".repeat(7) + header + "\0".repeat(64);
  }

  @Test
  public void testLayersThatTakeTooMuchHeapAreRefused() {
    MemoryFolder folder =
        encoder("'dense': {'output': 'last_hidden_state'}")
            .with("up.safetensors", zeros(1 << 20, 8))
            .with("down.safetensors", zeros(8, 1 << 20));
    List<String> most =
        List.of("up.safetensors", "down.safetensors", "up.safetensors", "down.safetensors");
    assertEquals(8, Layers.read(folder, most, 8).dimension());
    List<String> more = new ArrayList<>(most);
    more.add("up.safetensors");
    ModelException e =
        assertThrows(ModelException.class, () -> Layers.read(folder, more, 8).dimension());
    assertTrue(e.getMessage(), e.getMessage().contains("layers of at most"));
  }

  private static String zeros(int rows, int columns) {
    int bytes = 2 * rows * columns;
    String header =
        ("{'linear.weight': {'dtype': 'F16', 'shape': ["
                + rows
                + ", "
                + columns
                + "], 'data_offsets': [0, "
                + bytes
                + "]}}")
            .replace('\'', '"');
    return (char) header.length() + "\0".repeat(7) + header + "\0".repeat(bytes);
  }

  @Test
  public void testTensorsThatLeadOutOfTheirFileAreRefused() {
    String file = "projection.safetensors";
    MemoryFolder projected =
        encoder("'tokens': {'output': 'last_hidden_state', 'projection': '" + file + "'}");
    for (String start : List.of("9223372036854775807", "9223372036854775000", "1", "-1")) {
      String header =
          "{\"linear.weight\": {\"dtype\": \"F32\", \"shape\": [2, 8], \"data_offsets\": ["
              + start
              + ", 0]}}";
      String content = (char) header.length() + "\0".repeat(7) + header + "\0".repeat(64);
      assertRefused(projected.with(file, content), "inside of the file");
    }
    String large = "\0\0 \0\0\0\0\0" + " ".repeat(3 << 20); // says that it has 2 MiB
    assertRefused(projected.with(file, large), "a header of at most [1048576] bytes");
  }

  @Test
  public void testAReportSaysWhatTheFilesHold() {
    MemoryFolder good =
        encoder("'query_graph': 'query_encoder.onnx', 'dense': {'output': 'last_hidden_state'}");
    ModelReport report = ModelReport.of(good);
    assertNull(report.problem());
    assertEquals(Set.of("model.onnx", "query_encoder.onnx"), report.graphs().keySet());
    GraphSignature graph = report.graphs().get("model.onnx");
    assertTrue(
        graph.toString(), graph.inputs().stream().anyMatch(t -> t.name().equals("input_ids")));
    GraphSignature.Tensor output =
        graph.outputs().stream()
            .filter(tensor -> tensor.name().equals("last_hidden_state"))
            .findFirst()
            .orElseThrow();
    assertEquals("FLOAT", output.type());
    assertEquals(List.of("batch", "tokens", 8L), output.shape());
    assertEquals("mean", ((Map<?, ?>) report.config().get("dense")).get("pooling"));
    assertFalse(report.config().toString(), report.config().containsKey("sparse"));

    report = ModelReport.of(encoder("'dense': {'output': 'nowhere'}"));
    assertTrue(report.problem(), report.problem().contains("[nowhere]"));
    assertEquals(1, report.graphs().size());
    report = ModelReport.of(good.with("model.onnx", "no graph"));
    assertTrue(report.problem(), report.problem().contains("[model.onnx]"));
    assertEquals(Map.of(), report.graphs());
  }

  @Test
  public void testAReportHasTheGraphOfSparseQueries() {
    String query = "'query': {'reading': 'max_logits', 'graph': 'query_encoder.onnx'}";
    ModelReport report = ModelReport.of(encoder("'sparse': {'output': 'logits', " + query + "}"));
    assertNull(report.problem());
    assertEquals(Set.of("model.onnx", "query_encoder.onnx"), report.graphs().keySet());
  }

  @Test
  public void testMissingAndCorruptFiles() {
    MemoryFolder good = encoder("'dense': {'output': 'last_hidden_state'}");
    OnnxModel.load(good, 1).close();
    assertRefused(good.without("model.onnx"), "must have the file [model.onnx]");
    assertRefused(good.without("trident.json"), "must have the file [trident.json]");
    assertRefused(
        good.with("model.onnx", "no graph"), "has a graph [model.onnx] that cannot be loaded");
    MemoryFolder table = encoder("'sparse': {'output': 'logits', 'query': {'file': 'none.json'}}");
    assertRefused(table, "must have the file [none.json]");
    String idf = "'sparse': {'output': 'logits', 'query': {}}";
    assertRefused(encoder(idf).with("idf.json", "{\"a\": \"b\"}"), "for token [a] in [idf.json]");
    assertRefused(encoder(idf).with("idf.json", "{\"a\": 1e60}"), "a finite number for token [a]");
    assertRefused(encoder(idf).with("idf.json", "[1]"), "malformed [idf.json]");
  }

  @Test
  public void testOutputsThatDoNotFit() {
    OnnxModel.load(encoder("'dense': {}"), 1).close(); // there is a [last_hidden_state]
    assertRefused(encoder("'dense': {'pooling': 'none'}"), "must say the [dense.output]");
    assertRefused(encoder("'dense': {'output': 'none'}"), "has no output [none] in its graph");
    assertRefused(encoder("'dense': {'output': 'pooler_output'}"), "with [3] dimensions, got [2]");
    assertRefused(
        encoder("'dense': {'output': 'logits', 'dimension': 100}"), "at most [40] for output");
    assertRefused(
        encoder("'dense': {'output': 'open_state'}"), "must say the [dimension] of output");
    assertRefused(encoder("'tokens': {'output': 'pooler_output'}"), "with [3] dimensions, got [2]");
    assertRefused(
        encoder("'sparse': {'output': 'last_hidden_state', 'reading': 'token_weights'}"),
        "with [1] weight per token");
    assertRefused(crossEncoder("'output': 'class_logits'"), "with [1] columns");
    assertRefused(crossEncoder("'reading': 'two_classes'"), "with [2] columns");
    assertRefused(
        crossEncoder("'reading': 'yes_no', 'output': 'class_logits'"), "columns for the reading");
  }

  @Test
  public void testLogitsThatWouldFillTheHeap() {
    assertRefused(
        encoder("'sparse': {'output': 'logits'}", 2_000_000),
        "[2000000] tokens of [40] logits are more than [67108864]");
  }

  @Test
  public void testInputsThatDoNotFit() {
    assertRefused(
        encoder("'dense': {'output': 'logits'}, 'inputs': {'ids': 'tokens'}"),
        "has no input [tokens] in its graph");
    assertRefused(
        encoder("'dense': {'output': 'logits'}, 'inputs': {'ids': 'input_ids'}"),
        "has an input [attention_mask] in its graph that [inputs] in [trident.json] does not feed");
  }

  @Test
  public void testTokensThatTheVocabularyLacks() {
    String tokens = "'tokens': {'output': 'colbert_vecs', ";
    assertRefused(encoder(tokens + "'query_marker': '[Q]'}"), "[tokens.query_marker]");
    assertRefused(encoder(tokens + "'document_marker': '[D]'}"), "[tokens.document_marker]");
    assertRefused(encoder(tokens + "'skip_tokens': ['none']}"), "[tokens.skip_tokens]");
    MemoryFolder unmasked =
        encoder(tokens + "'augment_queries': true}").with("vocab.txt", "[UNK]\n[CLS]\n[SEP]\n");
    assertRefused(unmasked, "must have a mask token");
    String yesNo = "'reading': 'yes_no', 'output': 'token_logits', ";
    assertRefused(crossEncoder(yesNo + "'yes': 'true'"), "must have the [yes] in its vocabulary");
  }

  @Test
  public void testWordsNeedPieces() {
    String words = "'sparse': {'output': 'token_weights', 'reading': 'word_weights'}";
    MemoryFolder whole = encoder(words).with("vocab.txt", "[UNK]\n[CLS]\n[SEP]\n##\nsea\n");
    assertRefused(whole, "must have a WordPiece vocabulary");
  }

  @Test
  public void testAGraphForQueriesMustFit() {
    String graph = "'query_graph': '%s', 'dense': {'output': 'logits'}";
    assertRefused(encoder(graph.replace("%s", "none.onnx")), "must have the file [none.onnx]");
    assertRefused(
        encoder(graph.replace("%s", "vocab.txt")), "has a graph [vocab.txt] that cannot be loaded");
    String sparse =
        "'sparse': {'output': 'logits', 'query': {'reading': 'max_logits', 'graph': '%s'}}";
    assertRefused(encoder(sparse.replace("%s", "none.onnx")), "must have the file [none.onnx]");
  }

  @Test
  public void testATemplateWithoutRoomIsRefused() {
    String template = "'template': '" + "the sea ".repeat(15) + "{query} {text}'";
    assertRefused(crossEncoder(template), "[max_tokens] must leave room");
  }

  private static ModelException failure(MemoryFolder folder, Representation wanted, String text) {
    try (OnnxModel model = OnnxModel.load(folder, 1)) {
      ModelException e =
          assertThrows(
              ModelException.class,
              () ->
                  model
                      .encoder()
                      .encode(List.of(text), Side.DOCUMENT, Set.of(wanted), RunListener.NONE));
      assertEquals(ModelException.Kind.FAILED, e.kind());
      return e;
    }
  }

  @Test
  public void testValuesThatAreNoNumbersNameModelAndOutput() {
    String text = "a broken boat"; // the graph has no number for this word
    for (String reading : LOGITS) {
      String sparse = "'sparse': {'output': 'logits', 'reading': '" + reading + "'}";
      assertEquals(
          "model [readings] failed: output [logits] must have finite values, got [NaN]",
          failure(encoder(sparse), Representation.SPARSE, text).getMessage());
    }
    String weights = "'sparse': {'output': 'token_weights', 'reading': 'token_weights'}";
    assertTrue(
        failure(encoder(weights), Representation.SPARSE, text)
            .getMessage()
            .contains("output [token_weights] must have finite values"));
    for (String pooling : List.of("cls", "mean", "last")) {
      String dense = "'dense': {'output': 'last_hidden_state', 'pooling': '" + pooling + "'}";
      assertTrue(
          failure(encoder(dense), Representation.DENSE, text)
              .getMessage()
              .contains("output [last_hidden_state] must have finite values"));
    }
    assertTrue(
        failure(encoder("'tokens': {'output': 'colbert_vecs'}"), Representation.TOKENS, text)
            .getMessage()
            .contains("output [colbert_vecs] must have finite values"));
    try (OnnxModel model = OnnxModel.load(crossEncoder("'output': 'logits'"), 1)) {
      List<OnnxCrossEncoder.Pair> pairs = List.of(new OnnxCrossEncoder.Pair("sea", text));
      ModelException e =
          assertThrows(
              ModelException.class, () -> model.crossEncoder().score(pairs, RunListener.NONE));
      assertEquals(
          "model [readings] failed: output [logits] must have finite values, got [NaN]",
          e.getMessage());
    }
  }

  @Test
  public void testAnEmptyTokenOfTheVocabularyHasNoWeight() {
    MemoryFolder folder =
        encoder("'sparse': {'output': 'logits', 'reading': '" + randomFrom(LOGITS) + "'}");
    SparseVector all = sparse(folder);
    String token =
        randomFrom(all.tokens().stream().filter(name -> name.matches("[a-z]+")).toList());
    String vocabulary = new String(MemoryFolder.resource("vocab.txt"), StandardCharsets.UTF_8);
    String without = vocabulary.replaceFirst("(?m)^" + Pattern.quote(token) + "$", "");
    Map<String, Float> expected = new HashMap<>();
    for (int i = 0; i < all.size(); i++) {
      if (all.tokens().get(i).equals(token) == false) {
        expected.put(all.tokens().get(i), all.weight(i));
      }
    }
    SparseVector found = sparse(folder.with("vocab.txt", without));
    assertEquals(SparseVector.of(expected).tokens(), found.tokens());
    assertArrayEquals(SparseVector.of(expected).weights(), found.weights(), 0);
  }

  /** The sparse vector of a text of a word that no vocabulary here has. */
  private static SparseVector sparse(MemoryFolder folder) {
    try (OnnxModel model = OnnxModel.load(folder, 1)) {
      return model
          .encoder()
          .encode(
              List.of("unheard"), Side.DOCUMENT, Set.of(Representation.SPARSE), RunListener.NONE)
          .get(0)
          .sparse();
    }
  }

  @Test
  public void testWhatTheGraphLeavesOpenIsTriedOut() {
    assertRefused(
        crossEncoder("'output': 'open_logits'"),
        "output [open_logits] must be of shape [batch, 1], got [1, 2]");
    assertRefused(
        encoder("'dense': {'output': 'open_state', 'dimension': 100}"),
        "output [open_state] must be of shape [..., at least 100], got [1, 8, 8]");
  }

  @Test
  public void testInputsThatTheGraphCannotTakeAreTriedOut() {
    String dense = "'dense': {'output': 'last_hidden_state'}";
    OnnxModel.load(encoder(dense, 64), 1).close();
    assertRefused(encoder(dense, 80), "cannot be run on inputs of up to [80] tokens");
    String vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n" + "word\n".repeat(50) + "a\n";
    assertRefused(
        encoder(dense, 64).with("vocab.txt", vocabulary), "cannot be run on inputs of up to [64]");
  }
}
