/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.allminilml6v2.AllMiniLmL6V2EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;
import dev.langchain4j.model.embedding.onnx.bgesmallenv15q.BgeSmallEnV15QuantizedEmbeddingModel;
import dev.langchain4j.model.embedding.onnx.e5smallv2q.E5SmallV2QuantizedEmbeddingModel;
import dev.langchain4j.model.output.Response;
import io.trident.cluster.Api;
import io.trident.cluster.Node;
import io.trident.published.PublishedModel;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.Test;

/** Published models on a node, beside what langchain4j makes of the same files in this process. */
public class PublishedModelsIT extends ClusterTestCase {

  static {
    System.setProperty("OPT_OUT_TRACKING", "true"); // of the tokenizers that langchain4j uses
    System.setProperty("ai.djl.offline", "true");
  }

  private static final Map<String, Class<? extends EmbeddingModel>> MODELS =
      Map.of(
          "all-minilm-l6-v2", AllMiniLmL6V2EmbeddingModel.class,
          "all-minilm-l6-v2-q", AllMiniLmL6V2QuantizedEmbeddingModel.class,
          "bge-small-en-v1.5", BgeSmallEnV15QuantizedEmbeddingModel.class,
          "e5-small-v2", E5SmallV2QuantizedEmbeddingModel.class);

  /** How far from 1 a cosine may be. */
  private static final double UNLIKE = 1e-4;

  /** Tokens that langchain4j reads of a text for MiniLM, whose published tokenizer cuts there. */
  private static final int MINILM_LIMIT = 126;

  private static Site site;
  private static Api api;

  @BeforeClass
  public static void start() throws IOException, URISyntaxException {
    site = new Site();
    Node node =
        install(
            "node",
            List.of(),
            Node.freePort(),
            Map.of("trident.models.allowed_urls", site.at("/models/")));
    Path models = PublishedModel.models(root().resolve("node"));
    for (Map.Entry<String, Class<? extends EmbeddingModel>> model : MODELS.entrySet()) {
      PublishedModel.of(model.getKey())
          .unpack(jar(model.getValue()), models.resolve(model.getKey()));
    }
    api = node.start().api();
  }

  @AfterClass
  public static void stopSite() throws IOException {
    site.close();
  }

  /** The artifact that has both the class of langchain4j and its model. */
  private static Path jar(Class<?> model) throws URISyntaxException {
    return Path.of(model.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  private static float[] ours(String model, String side, String text) throws IOException {
    return ours(model, side, List.of(text)).get(0);
  }

  private static List<float[]> ours(String model, String side, List<String> texts)
      throws IOException {
    String body =
        Api.JSON.writeValueAsString(
            Map.of("texts", texts, "side", side, "representations", List.of("dense")));
    JsonNode answer = ok(api, "POST", "/_plugins/_trident/models/" + model + "/_encode", body);
    return answer.path("encodings").findValues("dense").stream()
        .map(PublishedModelsIT::vector)
        .toList();
  }

  private static float[] vector(JsonNode numbers) {
    float[] vector = new float[numbers.size()];
    for (int d = 0; d < vector.length; d++) {
      vector[d] = numbers.get(d).floatValue();
    }
    return vector;
  }

  private static double cosine(float[] a, float[] b) {
    assertEquals(a.length, b.length);
    double dot = 0;
    double aa = 0;
    double bb = 0;
    for (int d = 0; d < a.length; d++) {
      dot += (double) a[d] * b[d];
      aa += (double) a[d] * a[d];
      bb += (double) b[d] * b[d];
    }
    return dot / Math.sqrt(aa * bb);
  }

  /**
   * Compares the vectors of texts, one at a time and all in one request.
   *
   * @param prefix what goes before each text
   * @param limit how many tokens langchain4j reads of a text, where that is less than is read here
   */
  private void compare(String model, String side, String prefix, int limit)
      throws ReflectiveOperationException, IOException {
    EmbeddingModel theirs = MODELS.get(model).getConstructor().newInstance();
    List<String> texts = OddTexts.of(getRandom());
    List<float[]> together = ours(model, side, texts);
    int compared = 0;
    for (int i = 0; i < texts.size(); i++) {
      Response<Embedding> their = theirs.embed(prefix + texts.get(i));
      if (their.tokenUsage().inputTokenCount() < limit) {
        float[] wanted = their.content().vector();
        String text = model + " of [" + texts.get(i) + "]";
        assertEquals(text, 1, cosine(wanted, ours(model, side, texts.get(i))), UNLIKE);
        assertEquals(text + " among others", 1, cosine(wanted, together.get(i)), UNLIKE);
        compared++;
      }
    }
    assertTrue(compared + " texts were compared", compared >= 60);
  }

  @Test
  public void testMiniLm() throws ReflectiveOperationException, IOException {
    compare("all-minilm-l6-v2", "document", "", MINILM_LIMIT);
  }

  @Test
  public void testMiniLmIn8Bits() throws ReflectiveOperationException, IOException {
    compare("all-minilm-l6-v2-q", "query", "", MINILM_LIMIT);
  }

  @Test
  public void testBgeDocuments() throws ReflectiveOperationException, IOException {
    compare("bge-small-en-v1.5", "document", "", Integer.MAX_VALUE);
  }

  @Test
  public void testE5Documents() throws ReflectiveOperationException, IOException {
    compare("e5-small-v2", "document", "passage: ", Integer.MAX_VALUE);
  }

  @Test
  public void testQueriesHaveTheirPrefixes() throws ReflectiveOperationException, IOException {
    Map<String, String> prefixes =
        Map.of(
            "bge-small-en-v1.5",
            "Represent this sentence for searching relevant passages: ",
            "e5-small-v2",
            "query: ");
    String text = "how are segments combined";
    for (Map.Entry<String, String> prefix : prefixes.entrySet()) {
      EmbeddingModel theirs = MODELS.get(prefix.getKey()).getConstructor().newInstance();
      float[] wanted = theirs.embed(prefix.getValue() + text).content().vector();
      float[] found = ours(prefix.getKey(), "query", text);
      assertEquals(prefix.getKey(), 1, cosine(wanted, found), UNLIKE);
    }
  }

  /** A jar as it lies in a repository, known by its digest, becomes a model of the cluster. */
  @Test
  public void testAPublishedJarIsStored() throws IOException, URISyntaxException {
    Path jar = jar(AllMiniLmL6V2QuantizedEmbeddingModel.class);
    site.serve(jar.getParent());
    Map<String, Object> body = new HashMap<>();
    body.put("url", site.at("/models/") + jar.getFileName());
    String path = "/_plugins/_trident/models/minilm";
    refused(api, 400, "PUT", path, Api.JSON.writeValueAsString(body), "[sha256]");
    body.put("sha256", "0".repeat(64));
    refused(api, 400, "PUT", path, Api.JSON.writeValueAsString(body), "must have the SHA-256");
    body.put("sha256", PublishedModel.of("all-minilm-l6-v2-q").sha256());
    JsonNode made = ok(api, "PUT", path, Api.JSON.writeValueAsString(body));
    assertEquals(made.toString(), 256, made.path("max_tokens").asInt());
    assertEquals(
        1,
        cosine(
            ours("minilm", "document", "a river"),
            ours("all-minilm-l6-v2-q", "document", "a river")),
        1e-6);
    ok(api, "DELETE", path, null);
  }
}
