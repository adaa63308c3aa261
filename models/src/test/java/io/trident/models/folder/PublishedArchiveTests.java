/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.folder;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import io.trident.models.config.ModelConfig;
import io.trident.models.config.Pooling;
import io.trident.models.encoder.MemoryFolder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.junit.Test;

/** What is known of published archives, by their digests. */
public class PublishedArchiveTests {

  private static PublishedArchive archive(String id) throws IOException {
    Properties properties = new Properties();
    try (InputStream in =
        PublishedArchive.class.getResourceAsStream(
            "/io/trident/models/published/" + id + "/archive.properties")) {
      properties.load(in);
    }
    return PublishedArchive.of(properties.getProperty("sha256")).orElseThrow();
  }

  private static ModelConfig config(String id) throws IOException {
    String json = new String(archive(id).config(), StandardCharsets.UTF_8);
    return ModelConfig.read(new MemoryFolder(Map.of()).with("trident.json", json));
  }

  @Test
  public void testModelsAreReadAsTheirAuthorsDo() throws IOException {
    assertEquals(Pooling.MEAN, config("all-minilm-l6-v2").dense().pooling());
    assertEquals(Integer.valueOf(256), config("all-minilm-l6-v2").maxTokens());
    assertEquals(Pooling.MEAN, config("all-minilm-l6-v2-q").dense().pooling());
    assertEquals(Pooling.CLS, config("bge-small-en-v1.5").dense().pooling());
    assertEquals(
        "Represent this sentence for searching relevant passages: ",
        config("bge-small-en-v1.5").dense().queryPrefix());
    assertEquals("", config("bge-small-en-v1.5").dense().documentPrefix());
    assertEquals(Pooling.MEAN, config("e5-small-v2").dense().pooling());
    assertEquals("query: ", config("e5-small-v2").dense().queryPrefix());
    assertEquals("passage: ", config("e5-small-v2").dense().documentPrefix());
  }

  @Test
  public void testAnArchiveIsKnownByItsDigest() throws IOException {
    assertEquals(
        Set.of("model.onnx", "tokenizer.json"), archive("bge-small-en-v1.5").files().keySet());
    assertTrue(PublishedArchive.of("0".repeat(64)).isEmpty());
  }
}
