/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.trident.cluster.Api;
import io.trident.models.folder.ModelFolder;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * An embedded model, deployed in ml-commons. Its engine computes with PyTorch what it reads from
 * ONNX Runtime and fetches that when it is first needed; the environment variables {@code
 * PYTORCH_LIBRARY_PATH} and {@code PYTORCH_VERSION} give it one that is there.
 */
final class MlCommonsModel {

  private static final Duration DEADLINE = Duration.ofMinutes(2);
  private static final long POLL_NANOS = Duration.ofMillis(500).toNanos();

  private final Api api;
  private final String model;
  private final int dimension;
  private final Path zip;

  /**
   * A model that is not deployed yet.
   *
   * @param model the name of an embedded one
   * @param folder takes its ZIP; the node must be able to read there
   */
  MlCommonsModel(Api api, String model, Path folder) throws IOException {
    this.api = api;
    this.model = model;
    this.dimension =
        new ObjectMapper()
            .readTree(new ModelFolder.Embedded(model).read("trident.json"))
            .at("/dense/dimension")
            .asInt();
    this.zip = folder.resolve(model + ".zip");
  }

  /** The numbers of a dense vector. */
  int dimension() {
    return dimension;
  }

  /** Registers and deploys the model. Returns its id. */
  String deploy() throws IOException {
    String settings =
        "{\"persistent\": {\"plugins.ml_commons\": {\"only_run_on_ml_node\": false,"
            + " \"allow_registering_model_via_url\": true, \"native_memory_threshold\": 100}}}";
    api.call("PUT", "/_cluster/settings", settings).ok();
    writeZip();
    String task =
        api.call("POST", "/_plugins/_ml/models/_register?deploy=true", registration())
            .ok()
            .path("task_id")
            .asText();
    String id =
        await("/_plugins/_ml/tasks/" + task, "state", "COMPLETED").path("model_id").asText();
    await("/_plugins/_ml/models/" + id, "model_state", "DEPLOYED");
    return id;
  }

  private void writeZip() throws IOException {
    ModelFolder folder = new ModelFolder.Embedded(model);
    try (OutputStream file = Files.newOutputStream(zip);
        ZipOutputStream entries = new ZipOutputStream(file)) {
      for (String name : new String[] {"model.onnx", "tokenizer.json"}) {
        entries.putNextEntry(new ZipEntry(name));
        entries.write(folder.read(name));
        entries.closeEntry();
      }
    }
    Files.setPosixFilePermissions(zip, PosixFilePermissions.fromString("rw-r--r--"));
  }

  /**
   * Without pooling ml-commons takes the second output of a graph: the dense vector. Left to
   * normalize it, it divides each number by itself; the field normalizes.
   */
  private String registration() throws IOException {
    return String.format(
        Locale.ROOT,
        """
        {"name": "%s", "version": "1", "model_format": "ONNX", "function_name": "TEXT_EMBEDDING",
         "model_content_hash_value": "%s", "url": "%s",
         "model_config": {"model_type": "distilbert", "embedding_dimension": %d,
           "framework_type": "sentence_transformers", "pooling_mode": "none",
           "normalize_result": false}}
        """,
        model,
        sha256(Files.readAllBytes(zip)),
        zip.toUri(),
        dimension);
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private JsonNode await(String path, String field, String wanted) {
    long end = System.nanoTime() + DEADLINE.toNanos();
    JsonNode answer = api.call("GET", path, null).ok();
    while (answer.path(field).asText().equals(wanted) == false) {
      if (answer.path(field).asText().contains("FAILED") || System.nanoTime() > end) {
        throw new IllegalStateException("ml-commons did not deploy the model: " + answer);
      }
      LockSupport.parkNanos(POLL_NANOS);
      answer = api.call("GET", path, null).ok();
    }
    return answer;
  }
}
