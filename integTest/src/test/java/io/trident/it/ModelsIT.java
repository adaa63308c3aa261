/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.cluster.Api;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.Test;

/** Models in the node's configuration and over REST: those that work, and ways to be broken. */
public class ModelsIT extends ClusterTestCase {

  private static final String EMBEDDED = "/io/trident/models/embedded/trident-mini";
  private static final List<String> BROKEN = List.of("no-graph", "no-json", "no-onnx", "no-option");

  private static Api api;
  private static Site site;
  private static Path models;

  @BeforeClass
  public static void start() throws IOException {
    site = new Site();
    Map<String, String> settings =
        Map.of(
            "trident.models.warm_up",
            "trident-mini",
            "trident.models.allowed_urls",
            site.at("/models/"));
    api = node(List.of(), settings).api();
    Path home = root().resolve("node-0");
    models = Files.createDirectories(home.resolve("config/trident/models"));
    for (String model : Stream.concat(Stream.of("mine"), BROKEN.stream()).toList()) {
      copyEmbedded(home, models.resolve(model));
    }
    Files.delete(models.resolve("no-graph/model.onnx"));
    Files.writeString(models.resolve("no-json/trident.json"), "{");
    Files.writeString(models.resolve("no-onnx/model.onnx"), "no graph at all");
    Files.writeString(
        models.resolve("no-option/trident.json"), "{\"kind\": \"encoder\", \"x\": 1}");
  }

  @AfterClass
  public static void stopSite() throws IOException {
    site.close();
  }

  /** Copies the embedded encoder out of the plugin that a node has. */
  static void copyEmbedded(Path home, Path to) throws IOException {
    try (Stream<Path> jars = Files.list(home.resolve("plugins/trident"))) {
      Path jar =
          jars.filter(path -> path.getFileName().toString().startsWith("trident-models-"))
              .findFirst()
              .orElseThrow();
      try (FileSystem inside = FileSystems.newFileSystem(jar)) {
        copy(inside.getPath(EMBEDDED), to);
      }
    }
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

  private static final String STORED = "/_plugins/_trident/models/";

  @Test
  public void testNativeMemoryIsCounted() {
    long size = 0;
    for (int tries = 0; tries < 1_000 && size == 0; tries++) { // the node warms up meanwhile
      JsonNode nodes = ok(api, "GET", "/_nodes/stats/breaker", null).path("nodes");
      size =
          nodes.elements().next().at("/breakers/trident_models/estimated_size_in_bytes").asLong();
    }
    assertTrue("the size of trident-mini's graph", size > 1_000_000);
  }

  /** A folder as published, in a place that the node may read. */
  private static Path published(String name) throws IOException {
    Path folder = root().resolve(name);
    copy(models.resolve("mine"), folder);
    return folder;
  }

  private static String url(Path folder) {
    return "\"url\": \"" + folder.toUri() + "\"";
  }

  /** Three calls from a folder to the first hit, as the documentation counts them. */
  @Test
  public void testThreeCallsFromAFolderToAHit() throws IOException {
    String index = "\"index\": {\"name\": \"articles\", \"field\": \"body\"}";
    Path folder = published("published");
    JsonNode made = ok(api, "PUT", STORED + "first", "{" + url(folder) + ", " + index + "}");
    bulk(api, "articles", List.of("{\"index\": {\"_id\": \"1\"}}", "{\"body\": \"a river\"}"));
    String text = "{\"text\": \"rivers\", \"model\": \"first\"}";
    assertEquals(
        List.of("1"),
        ids(
            ok(
                api,
                "POST",
                "/articles/_search",
                "{\"query\": {\"max_sim\": {\"body_tokens\": " + text + "}}}")));

    assertEquals("body_tokens", made.path("fields").path("tokens").asText());
    assertEquals(made.toString(), 1, made.path("version").asInt());
    refused(
        api,
        400,
        "PUT",
        STORED + "second",
        "{" + url(folder) + ", " + index + "}",
        "[articles] is there already");
    refused(api, 404, "GET", STORED + "second", null, "[second]");
    refused(api, 409, "DELETE", STORED + "first", null, "ingest pipeline [articles]", "[articles]");
    ok(api, "PUT", "/articles/_settings", "{\"index.default_pipeline\": \"_none\"}");
    ok(api, "DELETE", "/_ingest/pipeline/articles", null);
    ok(api, "DELETE", STORED + "first", null);
    refused(api, 404, "GET", STORED + "first", null, "[first]");
    refused(api, 400, "POST", "/articles/_search", search("first"), "[first]");
    ok(api, "POST", "/.trident-models/_refresh", null);
    assertEquals(
        "no chunk is left",
        0,
        ok(api, "GET", "/.trident-models/_count?q=model:first", null).path("count").asInt());
  }

  @Test
  public void testAModelIsTriedAndChecked() {
    JsonNode encoded =
        ok(
                api,
                "POST",
                STORED + "mine/_encode",
                "{\"texts\": [\"Rivers flow\", \"x\"], \"side\": \"query\"}")
            .path("encodings");
    assertEquals(2, encoded.size());
    JsonNode first = encoded.get(0);
    assertTrue(first.toString(), first.path("sparse").path("rivers").asDouble() > 0);
    assertEquals(128, first.path("dense").size());
    JsonNode token = first.path("tokens").get(1);
    assertEquals("flow", token.path("text").asText());
    assertEquals(7, token.path("start").asInt());
    assertEquals(128, token.path("vector").size());
    JsonNode sparse =
        ok(
                api,
                "POST",
                STORED + "mine/_encode",
                "{\"texts\": [\"a\"], \"representations\": [\"sparse\"]}")
            .path("encodings")
            .get(0);
    assertEquals(sparse.toString(), 1, sparse.size());
    String scored = "{\"query\": \"a river\", \"texts\": [\"a river\", \"a cat\"]}";
    JsonNode scores =
        ok(api, "POST", STORED + "trident-mini-reranker/_encode", scored).path("scores");
    assertTrue(scores.toString(), scores.get(0).asDouble() > scores.get(1).asDouble());
    String text = "{\"texts\": [\"a\"]}";
    refused(api, 404, "POST", STORED + "nope/_encode", text, "[nope]");
    refused(api, 400, "POST", STORED + "no-json/_encode", text, "[no-json]", "trident.json");
    refused(api, 400, "POST", STORED + "mine/_encode", scored, "[mine]");
    refused(api, 400, "POST", STORED + "mine/_encode", "{\"texts\": []}", "[texts]");
    refused(
        api,
        400,
        "POST",
        STORED + "mine/_encode",
        "{\"texts\": [\"a\"], \"side\": \"left\"}",
        "[left]");

    JsonNode valid = ok(api, "GET", STORED + "mine/_validate", null);
    assertTrue(valid.toString(), valid.path("valid").asBoolean());
    assertEquals("INT64", valid.at("/graphs/model.onnx/inputs/input_ids/type").asText());
    assertEquals(valid.toString(), 256, valid.at("/config/max_tokens").asInt());
    JsonNode broken = ok(api, "GET", STORED + "no-option/_validate", null);
    assertTrue(broken.toString(), broken.path("problem").asText().contains("[x]"));
    assertEquals(broken.toString(), 1, broken.path("graphs").size());
    refused(api, 404, "GET", STORED + "nope/_validate", null, "[nope]");
  }

  /** A folder's files as {@code files} of a request, in chunks of some bytes that it uploads. */
  private static Map<String, Object> upload(String id, Path folder, int chunkSize)
      throws IOException {
    return upload(id, folder, chunkSize, "");
  }

  private static Map<String, Object> upload(String id, Path folder, int chunkSize, String name)
      throws IOException {
    Map<String, Object> files = new HashMap<>();
    try (Stream<Path> paths = Files.list(folder)) {
      for (Path path : paths.toList()) {
        byte[] bytes = Files.readAllBytes(path);
        String sha256 = sha256(bytes);
        int chunks = 0;
        for (int start = 0; start < bytes.length; start += chunkSize) {
          byte[] chunk =
              Arrays.copyOfRange(bytes, start, Math.min(bytes.length, start + chunkSize));
          ok(
              api,
              "PUT",
              STORED + id + "/files/" + sha256 + "/" + chunks++,
              "{\"upload\": \""
                  + name
                  + "\", \"data\": \""
                  + Base64.getEncoder().encodeToString(chunk)
                  + "\"}");
        }
        files.put(
            path.getFileName().toString(),
            Map.of("sha256", sha256, "chunks", chunks, "upload", name));
      }
    }
    return files;
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static String json(Map<String, Object> files) throws IOException {
    return Api.JSON.writeValueAsString(Map.of("files", files));
  }

  @Test
  public void testAnUploadIsVerifiedAndReplaced() throws IOException {
    Path folder = published("uploaded");
    Map<String, Object> files = upload("up", folder, randomIntBetween(300_000, 2_000_000));
    Map<String, Object> broken = new HashMap<>(files);
    broken.remove("model.onnx");
    refused(api, 400, "PUT", STORED + "up", json(broken), "[up]", "[model.onnx]");
    String sha256 = (String) ((Map<?, ?>) files.get("model.onnx")).get("sha256");
    broken.put("model.onnx", Map.of("sha256", sha256, "chunks", 99));
    refused(api, 400, "PUT", STORED + "up", json(broken), "[model.onnx]", "lacks chunk");
    String wrong = sha256(new byte[] {1});
    ok(api, "PUT", STORED + "up/files/" + wrong + "/0", "{\"data\": \"AAAA\"}");
    broken.put("model.onnx", Map.of("sha256", wrong, "chunks", 1));
    refused(api, 400, "PUT", STORED + "up", json(broken), "[model.onnx]", "[" + wrong + "]");
    String noGraph = sha256(new byte[3]);
    ok(api, "PUT", STORED + "up/files/" + noGraph + "/0", "{\"data\": \"AAAA\"}");
    broken.put("model.onnx", Map.of("sha256", noGraph));
    refused(api, 400, "PUT", STORED + "up", json(broken), "[up]", "[model.onnx] that cannot");
    broken.put("../escape", Map.of("sha256", noGraph));
    refused(api, 400, "PUT", STORED + "up", json(broken), "[../escape]");
    refused(api, 400, "PUT", STORED + "mine", json(files), "[mine] is a folder");
    refused(api, 400, "PUT", STORED + "up", "{\"url\": \"file:///etc\"}", "[path.repo]");
    refused(api, 400, "PUT", STORED + "up", "{\"x\": 1}", "[x]");
    refused(api, 404, "GET", STORED + "up", null, "[up]");

    ok(api, "PUT", STORED + "up", json(files));
    createPipeline("up");
    ok(api, "PUT", "/up/_doc/1?refresh=true", "{\"body\": \"Rivers flow to the sea\"}");
    assertEquals(List.of("1"), ids(ok(api, "POST", "/up/_search", search("up"))));

    String config = Files.readString(folder.resolve("trident.json"));
    Files.writeString(
        folder.resolve("trident.json"),
        config.replaceFirst("\"description\": \"[^\"]*\"", "\"description\": \"new\""));
    assertEquals(2, ok(api, "PUT", STORED + "up", "{" + url(folder) + "}").path("version").asInt());
    assertEquals(List.of("1"), ids(ok(api, "POST", "/up/_search", search("up"))));
    JsonNode now = ok(api, "GET", STORED + "up", null);
    assertEquals("new", now.path("description").asText());
    assertEquals(now.toString(), 1, now.path("loaded_on").size());
  }

  /** What another upload has sent stays there for it when a version is stored meanwhile. */
  @Test
  public void testUploadsAtTheSameTimeDoNotDisturbEachOther() throws IOException {
    Path first = published("both-first");
    Path second = published("both-second");
    Files.writeString(second.resolve("notes.txt"), "the second's own");
    Map<String, Object> early = upload("both", second, 1_000_000, "late-comer");
    assertEquals(
        1,
        ok(api, "PUT", STORED + "both", json(upload("both", first, 900_000)))
            .path("version")
            .asInt());
    assertEquals(
        2, ok(api, "PUT", STORED + "both", "{" + url(first) + "}").path("version").asInt());
    assertEquals(3, ok(api, "PUT", STORED + "both", json(early)).path("version").asInt());
    ok(api, "DELETE", STORED + "both", null);
  }

  /** A folder in a ZIP, in the folder that the site serves and the node may read. */
  private static Path archive(Path folder) throws IOException {
    Path archive = Files.createDirectories(root().resolve("archives")).resolve("mini.zip");
    try (OutputStream out = Files.newOutputStream(archive);
        ZipOutputStream zip = new ZipOutputStream(out);
        Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        zip.putNextEntry(new ZipEntry("mini/" + file.getFileName()));
        Files.copy(file, zip);
      }
    }
    return archive;
  }

  @Test
  public void testAZipIsAModel() throws IOException {
    Path archive = archive(published("zipped"));
    site.serve(archive.getParent());
    Map<String, Object> body = new HashMap<>();
    body.put("url", site.at("/models/mini.zip"));
    body.put("sha256", sha256(Files.readAllBytes(archive)));
    body.put(
        "config",
        Map.of(
            "kind",
            "encoder",
            "description",
            "of a ZIP",
            "max_tokens",
            256,
            "sparse",
            Map.of("reading", "vocabulary")));
    JsonNode made = ok(api, "PUT", STORED + "zip", Api.JSON.writeValueAsString(body));
    assertEquals("of a ZIP", made.path("description").asText());
    ok(api, "POST", STORED + "zip/_encode", "{\"texts\": [\"a river\"]}");
    assertEquals(
        2,
        ok(api, "PUT", STORED + "zip", "{\"url\": \"" + archive.toUri() + "\"}")
            .path("version")
            .asInt());
    body.put("url", site.at("/other/mini.zip"));
    refused(
        api,
        400,
        "PUT",
        STORED + "zip",
        Api.JSON.writeValueAsString(body),
        "[trident.models.allowed_urls]");
    refused(api, 400, "PUT", STORED + "zip", "{\"sha256\": \"00\"}", "[sha256]");
    Files.writeString(archive, "no archive");
    refused(
        api,
        400,
        "PUT",
        STORED + "zip",
        "{\"url\": \"" + archive.toUri() + "\"}",
        "must be a ZIP or jar");
    ok(api, "DELETE", STORED + "zip", null);
  }

  private static String fetch(String url, Map<String, Object> files) throws IOException {
    return Api.JSON.writeValueAsString(Map.of("url", url, "files", files));
  }

  private void refusesToFetch(String url, Map<String, Object> files, String... words)
      throws IOException {
    refused(api, 400, "PUT", STORED + "out", fetch(url, files), words);
  }

  @Test
  public void testAModelIsFetchedFromAnAllowedUrl() throws IOException {
    Path folder = published("fetched");
    site.serve(folder);
    Map<String, Object> files = new HashMap<>();
    try (Stream<Path> paths = Files.list(folder)) {
      for (Path path : paths.toList()) {
        files.put(
            path.getFileName().toString(), Map.of("sha256", sha256(Files.readAllBytes(path))));
      }
    }
    JsonNode made = ok(api, "PUT", STORED + "far", fetch(site.at("/models"), files));
    assertEquals(made.toString(), 1, made.path("version").asInt());
    ok(api, "PUT", STORED + "far", fetch(site.at("/models/moved/"), files));
    ok(api, "POST", STORED + "far/_encode", "{\"texts\": [\"a river\"]}");

    refusesToFetch(site.at("/models/left"), files, "/elsewhere/", "[trident.models.allowed_urls]");
    for (String url :
        List.of(site.at("/other"), site.at("/models/../other"), "http://localhost/models/")) {
      refusesToFetch(url, files, "[trident.models.allowed_urls]");
    }
    refused(
        api, 400, "PUT", STORED + "out", "{\"url\": \"" + site.at("/models") + "\"}", "[files]");
    Map<String, Object> wrong = new HashMap<>(files);
    wrong.put("model.onnx", Map.of("sha256", sha256(new byte[1])));
    refusesToFetch(site.at("/models"), wrong, "[model.onnx]", "SHA-256");
    wrong.put("missing.txt", Map.of("sha256", sha256(new byte[1])));
    refusesToFetch(site.at("/models"), wrong, "missing.txt", "[404]");
    refused(api, 404, "GET", STORED + "out", null, "[out]");
    ok(api, "DELETE", STORED + "far", null);
  }
}
