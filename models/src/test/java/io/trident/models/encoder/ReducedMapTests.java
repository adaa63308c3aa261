/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;
import io.trident.models.api.ModelException;
import io.trident.models.folder.ModelFolder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.Test;

/** The map to fewer dimensions that a model's folder may have. */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // ONNX Runtime keeps threads of its own
public class ReducedMapTests extends RandomizedTest {

  private static final int WIDTH = 8;
  private static final MemoryFolder FOLDER =
      MemoryFolder.encoder(
          """
          {"kind": "encoder", "max_tokens": 30, "dense": {"output": "last_hidden_state"}}
          """);

  private static MemoryFolder with(MemoryFolder folder, byte[] file) {
    Map<String, byte[]> files = new HashMap<>(folder.files());
    files.put(ReducedMap.FILE, file);
    return new MemoryFolder(files);
  }

  /** A file with a tensor of rows. */
  private static byte[] file(float[]... rows) {
    int bytes = rows.length * rows[0].length * Float.BYTES;
    byte[] header =
        ("{\"linear.weight\": {\"dtype\": \"F32\", \"shape\": ["
                + rows.length
                + ", "
                + rows[0].length
                + "], \"data_offsets\": [0, "
                + bytes
                + "]}}")
            .getBytes(StandardCharsets.US_ASCII);
    ByteBuffer file =
        ByteBuffer.allocate(Long.BYTES + header.length + bytes)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(header.length)
            .put(header);
    for (float[] row : rows) {
      for (float value : row) {
        file.putFloat(value);
      }
    }
    return file.array();
  }

  private static float[] row(float first) {
    float[] row = new float[WIDTH];
    row[0] = first;
    return row;
  }

  private static OnnxModel load(ModelFolder folder) {
    return OnnxModel.load(folder, 1);
  }

  @Test
  public void testIsDescribedAsAMappingKeepsIt() {
    float[][] rows = {row(randomFloat()), row(-2)};
    try (OnnxModel plain = load(FOLDER);
        OnnxModel model = load(with(FOLDER, file(rows)))) {
      assertNull(plain.describe().reducedMap());
      String text = model.describe().reducedMap();
      assertTrue(text, text.startsWith("float16:"));
      ByteBuffer halves =
          ByteBuffer.wrap(Base64.getDecoder().decode(text.substring("float16:".length())))
              .order(ByteOrder.LITTLE_ENDIAN);
      for (float[] row : rows) {
        for (float value : row) {
          assertEquals(value, Float.float16ToFloat(halves.getShort()), 1e-3f);
        }
      }
      assertFalse(halves.hasRemaining());
      assertEquals(
          "outputs do not depend on it",
          plain.describe().fingerprint(),
          model.describe().fingerprint());
    }
  }

  @Test
  public void testIsRefusedUnlessItFitsTheVectors() {
    Map<byte[], String> refused =
        Map.of(
            file(new float[WIDTH - 1]),
            "rows of [8] numbers",
            file(new float[WIDTH + 1]),
            "rows of [8] numbers",
            file(new float[WIDTH][WIDTH]),
            "fewer than [8] rows",
            file(row(Float.NaN)),
            "at most [65504]",
            file(row(1e9f)),
            "at most [65504]",
            new byte[0],
            "a header",
            "not a tensor".getBytes(StandardCharsets.US_ASCII),
            "a header");
    refused.forEach((file, reason) -> assertRefused(with(FOLDER, file), reason));
    MemoryFolder sparse =
        MemoryFolder.encoder(
            """
            {"kind": "encoder", "max_tokens": 30, "sparse": {"output": "logits"}}
            """);
    assertRefused(with(sparse, file(row(1))), "without dense vectors");
  }

  private static void assertRefused(ModelFolder folder, String reason) {
    ModelException e = assertThrows(ModelException.class, () -> load(folder).close());
    for (String word : List.of(reason, ReducedMap.FILE)) {
      assertTrue(e.getMessage(), e.getMessage().contains(word));
    }
  }
}
