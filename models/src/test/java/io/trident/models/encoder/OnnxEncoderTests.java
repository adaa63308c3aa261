/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;
import io.trident.models.api.Encoding;
import io.trident.models.api.ModelException;
import io.trident.models.api.Representation;
import io.trident.models.api.Side;
import io.trident.models.folder.ModelFolder;
import io.trident.models.tokenizer.TextTokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.Test;

/** What one model gives does not depend on what else is asked of it. */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // the JDK keeps the thread of its deadlines
public class OnnxEncoderTests extends RandomizedTest {

  private static final String TEXT = "a cheap hotel near the sea";

  private Path folder(String from, String to) throws IOException {
    Path folder = newTempDir();
    TextTokenizer.prepare(newTempDir());
    ModelFolder embedded = new ModelFolder.Embedded("trident-mini");
    for (String file : List.of("model.onnx", "tokenizer.json", "idf.json", "trident.json")) {
      try (InputStream in = embedded.open(file).orElseThrow()) {
        Files.copy(in, folder.resolve(file));
      }
    }
    Path config = folder.resolve("trident.json");
    String json = Files.readString(config);
    String changed = json.replaceFirst(from, to);
    assertNotEquals("the configuration is changed", json, changed);
    Files.writeString(config, changed);
    return folder;
  }

  @Test
  public void testRepresentationsAreIndependent() throws IOException {
    Path folder =
        folder(
            "\"dense\"\\s*:\\s*\\{[^}]*\\}",
            "\"dense\":{\"pooling\":\"none\","
                + "\"query_prefix\":\"banana: \",\"document_prefix\":\"banana: \"}");
    try (OnnxModel model = OnnxModel.load(new ModelFolder.OnDisk(folder), 1)) {
      for (Side side : Side.values()) {
        Encoding all = encode(model, side, EnumSet.allOf(Representation.class));
        Encoding sparse = encode(model, side, Set.of(Representation.SPARSE));
        assertEquals(sparse.sparse().tokens(), all.sparse().tokens());
        assertArrayEquals(sparse.sparse().weights(), all.sparse().weights(), 1e-5f);
        Encoding dense = encode(model, side, Set.of(Representation.DENSE));
        assertArrayEquals(dense.dense(), all.dense(), 1e-5f);
        Encoding tokens = encode(model, side, Set.of(Representation.TOKENS));
        assertArrayEquals(tokens.tokens().tokenIds(), all.tokens().tokenIds());
        assertArrayEquals(tokens.tokens().starts(), all.tokens().starts());
      }
    }
  }

  @Test
  public void testUnknownMarkerIsRefusedAtLoad() throws IOException {
    Path folder =
        folder("\"tokens\"\\s*:\\s*\\{[^}]*\\}", "\"tokens\":{\"query_marker\":\"[no]\"}");
    ModelException e =
        assertThrows(
            ModelException.class, () -> OnnxModel.load(new ModelFolder.OnDisk(folder), 1).close());
    assertTrue(e.getMessage(), e.getMessage().contains("[tokens.query_marker]"));
  }

  private static Encoding encode(OnnxModel model, Side side, Set<Representation> wanted) {
    return model.encoder().encode(List.of(TEXT), side, wanted, RunListener.NONE).get(0);
  }
}
