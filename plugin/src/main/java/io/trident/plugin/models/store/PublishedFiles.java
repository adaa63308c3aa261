/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.store;

import io.trident.models.config.ModelConfig;
import io.trident.models.encoder.OnnxModel;
import io.trident.models.folder.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Which files of a published folder a model needs. */
final class PublishedFiles {

  /**
   * As deep as published folders go: {@code onnx/model.onnx}, {@code 1_Pooling/config.json}, {@code
   * 2_Router/query_0_Dense/config.json}.
   */
  private static final int DEPTH = 3;

  /** The same weights for other frameworks, pictures and pages. */
  private static final Pattern OTHERS =
      Pattern.compile(
          "(?:.*/)?(?:\\..*|(?:pytorch_model|training_args).*\\.bin"
              + "|.*\\.(?:safetensors|h5|msgpack|ot|pt|pth|ckpt|xml|md|png|jpg))");

  private PublishedFiles() {}

  /**
   * The paths of the files in their folder: of graphs, those alone that the model runs.
   *
   * @throws io.trident.models.api.ModelException when the folder's configuration is malformed
   */
  static List<String> of(ModelFolder folder, Path path) throws IOException {
    List<String> graphs = OnnxModel.graphs(folder);
    List<String> weights = ModelConfig.read(folder).weights();
    List<String> files = new ArrayList<>();
    try (Stream<Path> found = Files.walk(path, DEPTH)) {
      for (Path file : found.filter(Files::isRegularFile).sorted().toList()) {
        String name = path.relativize(file).toString().replace('\\', '/');
        if ((OTHERS.matcher(name).matches() == false || weights.contains(name))
            && (name.endsWith(".onnx") == false || graphs.contains(name))
            && folder.path(name).isPresent()) {
          files.add(name);
        }
      }
    }
    return files;
  }
}
