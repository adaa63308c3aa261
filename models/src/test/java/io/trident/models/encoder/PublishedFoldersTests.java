/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;
import io.trident.models.api.Encoding;
import io.trident.models.api.ModelException;
import io.trident.models.api.ModelKind;
import io.trident.models.api.Side;
import io.trident.models.tokenizer.TextTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.BeforeClass;
import org.junit.Test;

/** A folder as published is read as the {@code trident.json} that a person would write for it. */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // ONNX Runtime keeps threads of its own
public class PublishedFoldersTests extends RandomizedTest {

  private static final String TEXT = "the old sailor and the sea";

  @BeforeClass
  public static void prepare() throws IOException {
    TextTokenizer.prepare(Files.createTempDirectory("trident-native"));
  }

  /** The graph in [onnx], and files given as name, content, name, content... */
  private static MemoryFolder published(MemoryFolder model, String... files) {
    Map<String, byte[]> moved = new HashMap<>(model.without("trident.json").files());
    moved.put("onnx/model.onnx", moved.remove("model.onnx"));
    moved.remove("idf.json");
    MemoryFolder folder = new MemoryFolder(moved);
    for (int i = 0; i < files.length; i += 2) {
      folder = folder.with(files[i], files[i + 1].replace('\'', '"'));
    }
    return folder;
  }

  private static Encoding encode(MemoryFolder folder, Side side) {
    try (OnnxModel model = OnnxModel.load(folder, 1)) {
      assertEquals(48, model.describe().maxTokens());
      return model
          .encoder()
          .encode(List.of(TEXT), side, model.encoder().representations(), RunListener.NONE)
          .get(0);
    }
  }

  private static MemoryFolder written(String parts) {
    return MemoryFolder.encoder(
        ("{'kind': 'encoder', 'max_tokens': 48, " + parts + "}").replace('\'', '"'));
  }

  @Test
  public void testSentenceTransformers() {
    String pooling = randomFrom(new String[] {"cls", "mean", "last"});
    String mode =
        Map.of("cls", "cls_token", "mean", "mean_tokens", "last", "lasttoken").get(pooling);
    boolean normalize = randomBoolean();
    String normalizer =
        normalize ? ", {'path': '2', 'type': 'sentence_transformers.models.Normalize'}" : "";
    MemoryFolder folder =
        published(
            MemoryFolder.encoder(""),
            "config.json",
            "{'architectures': ['BertModel'], 'max_position_embeddings': 64}",
            "modules.json",
            "[{'path': '', 'type': 'sentence_transformers.models.Transformer'},"
                + " {'path': '1_Pooling', 'type': 'sentence_transformers.models.Pooling'}"
                + normalizer
                + "]",
            "1_Pooling/config.json",
            "{'pooling_mode_" + mode + "': true}",
            "sentence_bert_config.json",
            "{'max_seq_length': 48}",
            "config_sentence_transformers.json",
            "{'prompts': {'query': 'query: ', 'passage': 'passage: '}}");
    MemoryFolder written =
        written(
            "'dense': {'output': 'last_hidden_state', 'pooling': '"
                + pooling
                + "', 'normalize': "
                + normalize
                + ", 'query_prefix': 'query: ', 'document_prefix': 'passage: '}");
    for (Side side : Side.values()) {
      assertArrayEquals(encode(written, side).dense(), encode(folder, side).dense(), 0);
    }
  }

  @Test
  public void testAModuleThatIsNotInTheGraph() {
    String layer = "2_Dense/model.safetensors";
    MemoryFolder folder =
        published(
            MemoryFolder.encoder(""),
            "config.json",
            "{'architectures': ['BertModel'], 'max_position_embeddings': 48}",
            "modules.json",
            "[{'path': '1_Pooling', 'type': 'sentence_transformers.models.Pooling'},"
                + " {'path': '2_Dense', 'type': 'sentence_transformers.models.Dense'}]",
            "1_Pooling/config.json",
            "{'pooling_mode_mean_tokens': true}");
    MemoryFolder written =
        written(
            "'dense': {'output': 'last_hidden_state', 'normalize': false, 'query_map': '"
                + layer
                + "', 'document_map': '"
                + layer
                + "'}");
    for (Side side : Side.values()) {
      assertArrayEquals(encode(written, side).dense(), encode(folder, side).dense(), 0);
    }
    refused(folder.without(layer), layer);
    refused(folder.with(layer, "no tensors"), layer);
    refused(folder.with("2_Dense/config.json", "{\"activation_function\": \"x.GELU\"}"), "GELU");
  }

  private static void refused(MemoryFolder folder, String word) {
    ModelException e = assertThrows(ModelException.class, () -> OnnxModel.load(folder, 1).close());
    assertEquals(ModelException.Kind.INVALID_MODEL, e.kind());
    assertTrue(e.getMessage(), e.getMessage().contains(word));
  }

  @Test
  public void testLateInteractionAsPyLateKeepsIt() {
    MemoryFolder folder =
        published(
            MemoryFolder.encoder(""),
            "config.json",
            "{'architectures': ['BertModel'], 'max_position_embeddings': 64}",
            "modules.json",
            "[{'path': '', 'type': 'sentence_transformers.models.Transformer'},"
                + " {'path': '2_Dense', 'type': 'pylate.models.Dense.Dense'}]",
            "config_sentence_transformers.json",
            "{'query_prefix': '[unused0]', 'document_prefix': '[unused1]', 'query_length': 12,"
                + " 'document_length': 48, 'attend_to_expansion_tokens': true,"
                + " 'skiplist_words': ['!', '.', 'the']}");
    MemoryFolder written =
        written(
            "'tokens': {'output': 'last_hidden_state', 'projection': '2_Dense/model.safetensors',"
                + " 'special_tokens': true, 'augment_queries': true, 'query_length': 12,"
                + " 'attend_to_mask_tokens': true, 'query_marker': '[unused0]',"
                + " 'document_marker': '[unused1]', 'skip_tokens': ['the']}");
    for (Side side : Side.values()) {
      assertArrayEquals(
          encode(written, side).tokens().values(), encode(folder, side).tokens().values(), 0);
    }
  }

  @Test
  public void testSplade() {
    MemoryFolder folder =
        published(
            MemoryFolder.encoder(""),
            "config.json",
            "{'architectures': ['RobertaForMaskedLM'], 'model_type': 'roberta',"
                + " 'max_position_embeddings': 50}",
            "tokenizer_config.json",
            "{'model_max_length': 1000000000000000019884624838656}");
    assertSame("'sparse': {'output': 'logits'}", folder);
    MemoryFolder alone =
        folder.with("idf.json", "{\"sea\": 3}").with("tokenizer_config.json", "{}");
    assertArrayEquals(new float[] {3}, encode(alone, Side.QUERY).sparse().weights(), 0);
    MemoryFolder pooled =
        folder
            .with(
                "modules.json",
                "[{\"path\": \"1\", \"type\": \"sentence_transformers.sparse_encoder.models.SpladePooling\"}]")
            .with(
                "1/config.json",
                "{\"pooling_strategy\": \"sum\", \"activation_function\": \"log1p_relu\"}");
    assertSame(
        "'sparse': {'output': 'logits', 'reading': 'sum_logits', 'saturation': 'log_log'}", pooled);
  }

  private static void assertSame(String parts, MemoryFolder folder) {
    for (Side side : Side.values()) {
      Encoding expected = encode(written(parts), side);
      Encoding found = encode(folder, side);
      assertEquals(expected.sparse().tokens(), found.sparse().tokens());
      assertArrayEquals(expected.sparse().weights(), found.sparse().weights(), 0);
    }
  }

  @Test
  public void testCrossEncoder() {
    MemoryFolder folder =
        published(
            MemoryFolder.crossEncoder(""),
            "config.json",
            "{'architectures': ['BertForSequenceClassification'], 'id2label': {'0': 'LABEL_0'},"
                + " 'max_position_embeddings': 64}",
            "tokenizer_config.json",
            "{'model_max_length': 48}");
    try (OnnxModel model = OnnxModel.load(folder, 1)) {
      assertEquals(ModelKind.CROSS_ENCODER, model.describe().kind());
      List<OnnxCrossEncoder.Pair> pairs = List.of(new OnnxCrossEncoder.Pair("sea", TEXT));
      assertEquals(1, model.crossEncoder().score(pairs, RunListener.NONE).size());
    }
  }

  @Test
  public void testWhatIsNotKnownIsRefused() {
    for (String config : List.of("{}", "{'architectures': ['HF_ColBERT']}", "[]")) {
      refused(
          published(MemoryFolder.encoder(""), "config.json", config),
          "must have the file [trident.json]");
    }
  }

  @Test
  public void testAGraphWithoutAMaskCannotIgnoreMaskTokens() {
    Map<String, byte[]> files = new HashMap<>(MemoryFolder.encoder("").files());
    files.put("model.onnx", MemoryFolder.bytes("published/unmasked.onnx"));
    MemoryFolder unmasked = new MemoryFolder(files);
    String config =
        "{\"kind\": \"encoder\", \"tokens\": {\"output\": \"last_hidden_state\","
            + " \"augment_queries\": true";
    refused(unmasked.with("trident.json", config + "}}"), "attention mask");
    String attending = config + ", \"attend_to_mask_tokens\": true}, \"max_tokens\": 48}";
    OnnxModel.load(unmasked.with("trident.json", attending), 1).close();
  }
}
