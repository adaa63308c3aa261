/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;
import io.trident.models.api.ModelException;
import io.trident.models.folder.ModelFolder;
import io.trident.models.tokenizer.TextTokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.BeforeClass;
import org.junit.Test;

/** Whatever bytes of a model's files are lost or changed, it is loaded or refused. */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // ONNX Runtime keeps threads of its own
public class DamagedFilesTests extends RandomizedTest {

  private static final List<String> FILES =
      List.of(
          ModelFolder.CONFIG,
          "vocab.txt",
          "idf.json",
          "query_map.json",
          "document_map.json",
          "2_Dense/model.safetensors",
          "2_Dense/config.json",
          "projection.safetensors");

  private static final byte[] SIGNS = "\"[]{}0123456789-.,:e\\n".getBytes(StandardCharsets.UTF_8);

  @BeforeClass
  public static void prepare() throws IOException {
    TextTokenizer.prepare(Files.createTempDirectory("trident-native"));
  }

  private static MemoryFolder good() {
    return MemoryFolder.encoder(
        """
        {"kind": "encoder", "max_tokens": 64,
         "sparse": {"output": "logits", "query": {"file": "idf.json"}},
         "dense": {"output": "last_hidden_state", "query_map": "query_map.json",
                   "document_map": "document_map.json", "dimension": 8},
         "tokens": {"output": "last_hidden_state", "query_length": 8,
                    "projection": ["2_Dense/model.safetensors"]}}
        """);
  }

  @Test
  public void testDamagedFilesAreLoadedOrRefused() {
    OnnxModel.load(good(), 1).close();
    int refused = 0;
    for (int i = 0; i < 400; i++) {
      Map<String, byte[]> files = new HashMap<>(good().files());
      files.compute(randomFrom(FILES), (name, bytes) -> damaged(bytes));
      try {
        OnnxModel.load(new MemoryFolder(files), 1).close();
      } catch (ModelException e) {
        assertEquals(e.getMessage(), ModelException.Kind.INVALID_MODEL, e.kind());
        assertTrue("messages are short", e.getMessage().length() < 2_500);
        refused++;
      }
    }
    assertTrue("most are refused", refused > 50);
  }

  private static byte[] damaged(byte[] good) {
    byte[] bytes = rarely() ? Arrays.copyOf(good, randomIntBetween(0, good.length)) : good.clone();
    for (int i = randomIntBetween(1, 4); i > 0 && bytes.length > 0; i--) {
      int place = randomIntBetween(0, Math.min(bytes.length - 1, randomBoolean() ? 300 : 1 << 20));
      bytes[place] =
          switch (randomIntBetween(0, 2)) {
            case 0 -> (byte) (bytes[place] ^ 1 << randomIntBetween(0, 7));
            case 1 -> (byte) randomIntBetween(0, 255);
            default -> SIGNS[randomIntBetween(0, SIGNS.length - 1)];
          };
    }
    return bytes;
  }
}
