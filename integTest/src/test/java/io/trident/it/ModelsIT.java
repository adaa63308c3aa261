package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.cluster.Api;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.BeforeClass;
import org.junit.Test;

/** Models in the node's configuration: one that works, and each way to be broken. */
public class ModelsIT extends ClusterTestCase {

  private static final String EMBEDDED = "/io/trident/models/embedded/trident-mini";
  private static final List<String> BROKEN = List.of("no-graph", "no-json", "no-onnx", "no-option");

  private static Api api;
  private static Path models;

  @BeforeClass
  public static void start() throws IOException {
    api = node(List.of(), Map.of()).api();
    Path home = root().resolve("node-0");
    models = Files.createDirectories(home.resolve("config/trident/models"));
    Path plugin = home.resolve("plugins/trident");
    try (Stream<Path> jars = Files.list(plugin)) {
      Path jar =
          jars.filter(path -> path.getFileName().toString().startsWith("trident-models-"))
              .findFirst()
              .orElseThrow();
      try (FileSystem inside = FileSystems.newFileSystem(jar)) {
        for (String model : Stream.concat(Stream.of("mine"), BROKEN.stream()).toList()) {
          copy(inside.getPath(EMBEDDED), models.resolve(model));
        }
      }
    }
    Files.delete(models.resolve("no-graph/model.onnx"));
    Files.writeString(models.resolve("no-json/trident.json"), "{");
    Files.writeString(models.resolve("no-onnx/model.onnx"), "no graph at all");
    Files.writeString(
        models.resolve("no-option/trident.json"), "{\"kind\": \"encoder\", \"x\": 1}");
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName().toString()));
      }
    }
  }

  private static void createPipeline(String model) {
    ok(
        api,
        "PUT",
        "/_ingest/pipeline/" + model,
        "{\"processors\": [{\"encode\": {\"field\": \"body\", \"model\": \""
            + model
            + "\", \"sparse\": \"sparse\"}}]}");
    ok(
        api,
        "PUT",
        "/" + model,
        "{\"settings\": {\"index.codec\": \"trident\", \"default_pipeline\": \""
            + model
            + "\"}, \"mappings\": {\"properties\": {\"sparse\": {\"type\": \"impact_vector\"}}}}");
  }

  private static String search(String model) {
    return "{\"query\": {\"learned_sparse\": {\"sparse\": {\"text\": \"a river\", \"model\": \""
        + model
        + "\"}}}}";
  }

  @Test
  public void testAFolderIsAModel() {
    createPipeline("mine");
    ok(api, "PUT", "/mine/_doc/1?refresh=true", "{\"body\": \"Rivers flow to the sea\"}");
    assertEquals(List.of("1"), ids(ok(api, "POST", "/mine/_search", search("mine"))));
  }

  @Test
  public void testABrokenModelIsListedAndRefused() {
    JsonNode listed = ok(api, "GET", "/_plugins/_trident/models", null).path("models");
    Map<String, JsonNode> byId = new HashMap<>();
    listed.forEach(model -> byId.put(model.path("id").asText(), model));
    Map<String, String> reasons =
        Map.of(
            "no-graph", "model.onnx",
            "no-json", "trident.json",
            "no-onnx", "model.onnx",
            "no-option", "[x]");
    for (String model : BROKEN) {
      String reason = reasons.get(model);
      String problem = byId.get(model).path("problem").asText();
      assertTrue(model + ": " + problem, problem.contains(reason));
      createPipeline(model);
      refused(api, 400, "POST", "/" + model + "/_search", search(model), "[" + model + "]", reason);
      String bulk =
          "{\"index\": {\"_id\": \"1\"}}\n{\"body\": \"a text\"}\n"
              + "{\"index\": {\"_id\": \"2\"}}\n{\"title\": \"nothing to encode\"}\n";
      JsonNode items = ok(api, "POST", "/" + model + "/_bulk", bulk).path("items");
      JsonNode failed = items.get(0).path("index");
      assertEquals(failed.toString(), 400, failed.path("status").asInt());
      assertTrue(failed.toString(), failed.toString().contains(reason.replace("\"", "")));
      assertEquals(201, items.get(1).path("index").path("status").asInt());
    }
  }
}
