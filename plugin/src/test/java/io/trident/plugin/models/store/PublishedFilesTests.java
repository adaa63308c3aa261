/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.store;

import io.trident.models.folder.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.lucene.tests.util.LuceneTestCase;

/** Which files of a published folder are kept. */
@LuceneTestCase.SuppressFileSystems("ExtrasFS") // which puts files into folders by chance
public class PublishedFilesTests extends LuceneTestCase {

  public void testWeightsOutsideOfTheGraphAreNeededAndThoseOfOtherFrameworksAreNot()
      throws IOException {
    Path folder = createTempDir();
    String router = "sentence_transformers.models.Router";
    String dense = "sentence_transformers.models.Dense";
    write(folder, "config.json", "{'max_position_embeddings': 32}");
    write(
        folder,
        "modules.json",
        "[{'path': '1_Pooling', 'type': 'sentence_transformers.models.Pooling'},"
            + " {'path': '2_Router', 'type': '"
            + router
            + "'}, {'path': '3_Dense', 'type': '"
            + dense
            + "'}]");
    write(folder, "1_Pooling/config.json", "{'pooling_mode_mean_tokens': true}");
    write(
        folder,
        "2_Router/router_config.json",
        "{'types': {'a': '"
            + dense
            + "', 'b': '"
            + dense
            + "'}, 'structure': {'query': ['a'], 'document': ['b']}}");
    for (String file :
        List.of(
            "2_Router/a/model.safetensors",
            "2_Router/b/model.safetensors",
            "3_Dense/model.safetensors",
            "model.safetensors",
            "pytorch_model.bin",
            "onnx/model.onnx",
            "onnx/model_int8.onnx",
            "vocab.txt")) {
      write(folder, file, "");
    }
    assertEquals(
        List.of(
            "1_Pooling/config.json",
            "2_Router/a/model.safetensors",
            "2_Router/b/model.safetensors",
            "2_Router/router_config.json",
            "3_Dense/model.safetensors",
            "config.json",
            "modules.json",
            "onnx/model.onnx",
            "vocab.txt"),
        PublishedFiles.of(new ModelFolder.OnDisk(folder), folder));
  }

  private static void write(Path folder, String file, String content) throws IOException {
    Files.createDirectories(folder.resolve(file).getParent());
    Files.writeString(folder.resolve(file), content.replace('\'', '"'));
  }
}
