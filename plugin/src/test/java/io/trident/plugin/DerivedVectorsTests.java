/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin;

import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;
import io.trident.codec.impacts.ImpactQuantizer;
import io.trident.codec.tokenvectors.CodedDocument;
import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.util.BytesRef;
import org.opensearch.action.admin.indices.shrink.ResizeType;
import org.opensearch.action.get.GetResponse;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentFactory;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.index.fieldvisitor.FieldsVisitor;
import org.opensearch.index.mapper.MapperParsingException;
import org.opensearch.index.mapper.SourceFieldMapper;
import org.opensearch.index.shard.IndexShard;
import org.opensearch.index.translog.Translog;
import org.opensearch.indices.IndicesService;
import org.opensearch.plugins.Plugin;
import org.opensearch.search.SearchHit;
import org.opensearch.test.OpenSearchSingleNodeTestCase;

/** Vectors are left out of stored sources, and come back as the index holds them. */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // the JDK keeps the thread of deadlines
public class DerivedVectorsTests extends OpenSearchSingleNodeTestCase {

  private static final int DIMENSION = 8;
  private static final String ALL = "[\"dense_vector\", \"token_vectors\", \"impact_vector\"]";

  private final TokenVectorsEncoding encoding = randomFrom(TokenVectorsEncoding.values());
  private final TokenSimilarity similarity = randomFrom(TokenSimilarity.values());
  private final float maxWeight = randomFrom(0.7f, 1f, 4f, 1000f);

  /** What was sent of each document, by its id. */
  private final Map<String, Map<String, Object>> sent = new TreeMap<>();

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    return List.of(TridentPlugin.class);
  }

  private static Settings.Builder settings() {
    return Settings.builder()
        .put("index.number_of_shards", 1)
        .put("index.number_of_replicas", 0)
        .put("index.codec", randomFrom("trident", "trident_best_compression"))
        .putList("index.trident.derived_vectors", "dense_vector", "token_vectors");
  }

  private void create(String index, Settings.Builder settings) {
    String fields =
        "\"dense\": {\"type\": \"dense_vector\", \"dimension\": 8, \"encoding\": \""
            + randomFrom("float32", "8bit", "4bit", "1bit")
            + "\", \"similarity\": \""
            + randomFrom("cosine", "dot_product", "l2_norm")
            + randomFrom("\"", "\", \"reduced\": {\"dimension\": 3, \"map\": \"truncate\"}")
            + "}, \"tokens\": {\"type\": \"token_vectors\", \"dimension\": 8, \"encoding\": \""
            + encoding.label()
            + "\", \"similarity\": \""
            + similarity.name().toLowerCase(Locale.ROOT)
            + "\"}, \"impacts\": {\"type\": \"impact_vector\", \"max_weight\": "
            + maxWeight
            + "}, \"title\": {\"type\": \"keyword\"}";
    String nested = "{\"type\": \"nested\", \"properties\": {" + fields + "%s}}";
    String parts = ", \"parts\": " + String.format(Locale.ROOT, nested, "");
    client()
        .admin()
        .indices()
        .prepareCreate(index)
        .setSettings(settings)
        .setMapping(
            "{\"properties\": {"
                + fields
                + ", \"inner\": {\"properties\": {"
                + fields
                + "}}, \"passages\": "
                + String.format(Locale.ROOT, nested, parts)
                + "}}")
        .get();
  }

  // what is sent

  private float[] vector() {
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = (float) random().nextGaussian();
    }
    return vector;
  }

  private List<Float> numbers() {
    return numbers(vector());
  }

  private static List<Float> numbers(float[] vector) {
    List<Float> numbers = new ArrayList<>();
    for (float value : vector) {
      numbers.add(value);
    }
    return numbers;
  }

  /** Codes, of the field or of another one, or floats, which stay in the source. */
  private Object tokens() {
    int count = between(1, 5);
    List<Object> vectors = new ArrayList<>();
    float[] flat = new float[count * DIMENSION];
    for (int i = 0; i < count; i++) {
      float[] vector = vector();
      vectors.add(numbers(vector));
      System.arraycopy(vector, 0, flat, i * DIMENSION, DIMENSION);
    }
    if (rarely()) {
      return vectors;
    }
    int[] places = IntStream.range(0, count).toArray();
    Map<String, Object> value = new HashMap<>();
    if (usually()) {
      TokenVectorsEncoding coded = usually() ? encoding : randomFrom(TokenVectorsEncoding.values());
      BytesRef bytes = CodedDocument.encode(coded, similarity, DIMENSION, flat, places).value();
      value.put(
          "vectors",
          "codes:"
              + Base64.getEncoder().encodeToString(BytesReference.toBytes(new BytesArray(bytes))));
    } else {
      value.put("vectors", vectors);
      value.put("token_ids", places);
    }
    if (randomBoolean()) {
      value.put("starts", places);
      value.put("ends", places);
    }
    return randomBoolean() ? value : List.of(value);
  }

  private Object impacts() {
    Map<String, Object> weights = new HashMap<>();
    for (int i = between(1, 6); i > 0; i--) {
      weights.put("t\"ok\u00e9n" + between(0, 40), random().nextFloat(0.001f, maxWeight));
    }
    return randomBoolean() ? weights : List.of(weights);
  }

  private Map<String, Object> fields(int depth) {
    Map<String, Object> fields = new HashMap<>();
    if (randomBoolean()) {
      fields.put("dense", randomFrom(numbers(), numbers(), List.of()));
    }
    if (randomBoolean()) {
      fields.put("tokens", randomFrom(tokens(), tokens(), List.of(), Map.of()));
    }
    if (randomBoolean()) {
      fields.put("impacts", randomFrom(impacts(), impacts(), List.of(), Map.of()));
    }
    if (rarely()) {
      fields.put(randomFrom("dense", "tokens", "impacts"), null);
    }
    fields.put("title", "trident:derived:" + between(0, 9));
    if (depth < 2 && randomBoolean()) {
      List<Object> children = new ArrayList<>();
      for (int i = between(0, 4); i > 0; i--) {
        children.add(fields(depth + 1));
      }
      boolean one = children.size() == 1 && randomBoolean();
      fields.put(depth == 0 ? "passages" : "parts", one ? children.get(0) : children);
    }
    return fields;
  }

  private Map<String, Object> document() {
    Map<String, Object> document = fields(0);
    if (randomBoolean()) {
      document.put("inner", fields(3));
    }
    return document;
  }

  // what is expected

  private Map<?, ?> normal(Object document) {
    try {
      BytesReference json =
          BytesReference.bytes(
              XContentFactory.jsonBuilder()
                  .startObject()
                  .field("", normal("", document))
                  .endObject());
      return XContentHelper.convertToMap(json, false, MediaTypeRegistry.JSON).v2();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private Object normal(String name, Object value) {
    return switch (value) {
      case null -> null;
      case Object vector when name.equals("dense") -> floats((List<?>) vector);
      case Object weights when name.equals("impacts") -> impacts(weights);
      case Map<?, ?> object -> {
        Map<String, Object> fields = new TreeMap<>();
        object.forEach(
            (key, field) -> fields.put(String.valueOf(key), normal(String.valueOf(key), field)));
        yield fields;
      }
      case List<?> list -> list.stream().map(element -> normal("", element)).toList();
      default -> value;
    };
  }

  private static List<Float> floats(List<?> numbers) {
    return numbers.stream().map(number -> ((Number) number).floatValue()).toList();
  }

  private Object impacts(Object value) {
    if (value instanceof List<?> list) {
      return list.stream().map(this::impacts).toList();
    }
    ImpactQuantizer quantizer = new ImpactQuantizer(maxWeight);
    Map<String, Object> weights = new TreeMap<>();
    ((Map<?, ?>) value)
        .forEach(
            (token, weight) ->
                weights.put(
                    String.valueOf(token),
                    quantizer.dequantize(quantizer.quantize(((Number) weight).floatValue()))));
    return weights;
  }

  private void assertSources(String index, boolean realtime) {
    for (Map.Entry<String, Map<String, Object>> document : sent.entrySet()) {
      GetResponse found = client().prepareGet(index, document.getKey()).setRealtime(realtime).get();
      assertEquals(normal(document.getValue()), normal(found.getSourceAsMap()));
    }
  }

  private void assertHits(String index) {
    int count = 0;
    for (SearchHit hit : client().prepareSearch(index).setSize(1000).get().getHits()) {
      assertEquals(normal(sent.get(hit.getId())), normal(hit.getSourceAsMap()));
      count++;
    }
    assertEquals(sent.size(), count);
  }

  private IndexShard shard(String index) {
    return getInstanceFromNode(IndicesService.class)
        .indexServiceSafe(resolveIndex(index))
        .getShard(0);
  }

  /** The operations that a recovery would read of segments. */
  private void assertOperations(String index) throws IOException {
    Map<String, BytesReference> sources = new HashMap<>();
    try (Translog.Snapshot operations =
        shard(index).newChangesSnapshot("test", 0, Long.MAX_VALUE, false, false)) {
      for (Translog.Operation next = operations.next(); next != null; next = operations.next()) {
        if (next instanceof Translog.Index written) {
          sources.put(written.id(), written.source());
        }
      }
    }
    sent.forEach(
        (id, document) ->
            assertEquals(
                normal(document),
                normal(
                    XContentHelper.convertToMap(sources.get(id), false, MediaTypeRegistry.JSON)
                        .v2())));
  }

  // what happens to an index

  private void index(String index, String id, Map<String, Object> document) {
    client().prepareIndex(index).setId(id).setSource(document, XContentType.JSON).get();
    sent.put(id, document);
  }

  private void change(String index) {
    for (int i = between(5, 30); i > 0; i--) {
      String id = Integer.toString(between(0, 20));
      if (sent.containsKey(id) == false || randomBoolean()) {
        index(index, id, document());
      } else if (randomBoolean()) {
        client().prepareDelete(index, id).get();
        sent.remove(id);
      } else {
        String title = "title " + i;
        client().prepareUpdate(index, id).setDoc("title", title).get();
        sent.put(id, new HashMap<>(sent.get(id)));
        sent.get(id).put("title", title);
      }
      if (rarely()) {
        client().admin().indices().prepareRefresh(index).get();
      }
      if (rarely()) {
        client().admin().indices().prepareFlush(index).setForce(true).get();
      }
    }
  }

  public void testSourcesComeBack() throws IOException {
    create(
        "vectors",
        settings().put("index.trident.derived_vectors", ALL.replaceAll("[\\[\\]\" ]", "")));
    for (int i = between(1, 3); i > 0; i--) {
      change("vectors");
      assertSources("vectors", true);
      client().admin().indices().prepareRefresh("vectors").get();
      assertSources("vectors", false);
      assertOperations("vectors");
      assertHits("vectors");
      if (randomBoolean()) {
        client().admin().indices().prepareForceMerge("vectors").setMaxNumSegments(1).get();
        assertHits("vectors");
      }
      if (randomBoolean()) { // replays the translog
        client().admin().indices().prepareClose("vectors").get();
        client().admin().indices().prepareOpen("vectors").get();
        ensureGreen("vectors");
        assertHits("vectors");
      }
    }
    assertTrue(
        Pattern.compile("\"(dense|impacts)\":(\\[-?\\d|\\[?\\{\")")
            .matcher(stored("vectors"))
            .results()
            .map(MatchResult::group)
            .toList()
            .isEmpty());
    client()
        .admin()
        .indices()
        .prepareUpdateSettings("vectors")
        .setSettings(Settings.builder().put("index.blocks.write", true))
        .get();
    client()
        .admin()
        .indices()
        .prepareResizeIndex("vectors", "split")
        .setResizeType(ResizeType.SPLIT)
        .setSettings(
            Settings.builder()
                .put("index.number_of_shards", 2)
                .put("index.number_of_replicas", 0)
                .putNull("index.blocks.write")
                .build())
        .get();
    ensureGreen("split");
    assertHits("split");
    change("split");
    client().admin().indices().prepareRefresh("split").get();
    assertSources("split", false);
  }

  /** The bytes of a source as they are on disk. */
  private String stored(String index) throws IOException {
    return stored(index, SourceFieldMapper.NAME);
  }

  private String stored(String index, String field) throws IOException {
    client().admin().indices().prepareFlush(index).setForce(true).get();
    StringBuilder sources = new StringBuilder();
    try (DirectoryReader reader = DirectoryReader.open(shard(index).store().directory())) {
      for (LeafReaderContext leaf : reader.leaves()) {
        for (int doc = 0; doc < leaf.reader().maxDoc(); doc++) {
          FieldsVisitor visitor = new FieldsVisitor(true, field);
          leaf.reader().storedFields().document(doc, visitor);
          if (visitor.source() != null) {
            sources.append(visitor.source().utf8ToString()).append('\n');
          }
        }
      }
    }
    return sources.toString();
  }

  private String sourceOf(String index, String json) {
    client()
        .prepareIndex(index)
        .setId("1")
        .setSource(new BytesArray(json), XContentType.JSON)
        .setRefreshPolicy(RefreshPolicy.IMMEDIATE)
        .get();
    return client().prepareGet(index, "1").setRealtime(false).get().getSourceAsString();
  }

  public void testOtherBytesStay() throws IOException {
    create("bytes", settings());
    String vector = "[1.5,-2.0,0.0,0.0,0.0,0.0,0.0,1.0E-5]";
    String json =
        " {\"t\\u0069tle\" : \"\u00fc\\u00fc\",\n\"n\":1.50, \"passages\":[ {\"dense\": %s,\"x\":[]},null,"
            + "{\"dense\":null},{\"inner.dense\":7,\"dense\":%s ,\"y\":1e0}], \"inner.dense\":%s}\n";
    String sent =
        String.format(Locale.ROOT, json, vector, vector, vector)
            .replace("\"t\\u0069tle\"", "\"title\"");
    assertEquals(sent, sourceOf("bytes", sent));
    String stored = stored("bytes");
    assertFalse(stored, stored.contains("1.5,"));
    assertEquals(
        sent.length() - 3 * vector.length() + 3 * "\"trident:derived:0\"".length(),
        stored.length() - 1);
    String escaped = String.format(Locale.ROOT, json, vector, vector, vector);
    assertEquals(escaped, sourceOf("bytes", escaped));
    String commented = "{/* a comment */\"dense\": " + vector + "}";
    assertEquals(commented, sourceOf("bytes", commented));
  }

  public void testARecoverySourceIsWhole() throws IOException {
    client()
        .admin()
        .indices()
        .prepareCreate("filtered")
        .setSettings(settings())
        .setMapping(
            "{\"_source\": {\"excludes\": [\"away\", \"title\"]}, \"properties\": {"
                + "\"away\": {\"type\": \"dense_vector\", \"dimension\": 8},"
                + "\"dense\": {\"type\": \"dense_vector\", \"dimension\": 8}}}")
        .get();
    Map<String, Object> all = Map.of("away", numbers(), "dense", numbers(), "title", "a");
    index("filtered", "1", all);
    client().admin().indices().prepareRefresh("filtered").get();
    assertOperations("filtered");
    assertEquals(
        normal(Map.of("dense", all.get("dense"))),
        normal(client().prepareGet("filtered", "1").setRealtime(false).get().getSourceAsMap()));
    String recovery = stored("filtered", SourceFieldMapper.RECOVERY_SOURCE_NAME);
    assertTrue(recovery, recovery.contains("\"away\":\"trident:derived:0\""));
  }

  public void testAnIndexMayKeepVectorsInTheSource() throws IOException {
    create("kept", settings().putNull("index.trident.derived_vectors"));
    String json = "{\"dense\":[1,2,3,4,5,6,7,8.0],\"impacts\":{\"a\":0.123}}";
    assertEquals(json, sourceOf("kept", json));
    assertEquals(json + '\n', stored("kept"));
    create("new", settings());
    sourceOf("new", json);
    assertEquals("{\"dense\":\"trident:derived:0\",\"impacts\":{\"a\":0.123}}\n", stored("new"));
  }

  public void testOpenSearchDerivesSources() {
    Settings.Builder derived = settings().put("index.derived_source.enabled", true);
    String mapping =
        "{\"properties\":{\"dense\":{\"type\":\"dense_vector\",\"dimension\":8},\"inner\":{\"properties\":"
            + "{\"impacts\":{\"type\":\"impact_vector\",\"max_weight\":"
            + maxWeight
            + "}}}}}";
    client().admin().indices().prepareCreate("all").setSettings(derived).setMapping(mapping).get();
    for (int i = 0; i < 10; i++) {
      Map<String, Object> inner = new HashMap<>();
      inner.put("impacts", randomBoolean() ? Map.of("a\"b", maxWeight * 0.3f, "c", 1e-4f) : null);
      index("all", "" + i, new HashMap<>(Map.of("dense", numbers(), "inner", inner)));
      inner.values().remove(null);
    }
    assertSources("all", true);
    client().admin().indices().prepareRefresh("all").get();
    assertSources("all", false);
    assertHits("all");
    for (String refused :
        List.of("{\"type\":\"token_vectors\",\"dimension\":8}", "{\"type\":\"neural_text\"}")) {
      MapperParsingException failure =
          expectThrows(
              MapperParsingException.class,
              () ->
                  client()
                      .admin()
                      .indices()
                      .preparePutMapping("all")
                      .setSource("{\"properties\":{\"x\":" + refused + "}}", XContentType.JSON)
                      .get());
      assertTrue(
          failure.getMessage(), failure.getMessage().contains("index.derived_source.enabled"));
    }
  }

  /** A document of 150 words, as {@code neural_text} sends it with the default model. */
  private static String encoded() {
    StringBuilder text = new StringBuilder();
    for (int word = 0; word < 150; word++) {
      text.append(randomAlphaOfLength(between(1, 2)).toLowerCase(Locale.ROOT)).append("tion ");
    }
    List<Float> dense = new ArrayList<>();
    for (int i = 0; i < 384; i++) {
      dense.add((float) random().nextGaussian());
    }
    int[] places = IntStream.range(0, 160).toArray();
    float[] tokens = new float[places.length * 128];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = (float) random().nextGaussian();
    }
    BytesRef codes =
        CodedDocument.encode(
                TokenVectorsEncoding.BITS_2, TokenSimilarity.COSINE, 128, tokens, places)
            .value();
    String base64 =
        Base64.getEncoder().encodeToString(BytesReference.toBytes(new BytesArray(codes)));
    return String.format(
        Locale.ROOT,
        "{\"text\":\"%s\",\"dense\":%s,\"tokens\":[{\"vectors\":\"codes:%s\",\"starts\":%s,\"ends\":%s}]}",
        text,
        dense,
        base64,
        Arrays.toString(places),
        Arrays.toString(places));
  }

  private static Settings.Builder measured(String types) {
    return Settings.builder()
        .put("index.number_of_shards", 1)
        .put("index.number_of_replicas", 0)
        .put("index.codec", "trident")
        .put("index.store.stats_refresh_interval", "0s")
        .put("index.trident.derived_vectors", types);
  }

  /** Of as many documents as {@code -Dtests.documents} says; what they take is printed. */
  public void testASourceWithoutVectorsIsSmaller() {
    int documents = Integer.getInteger("tests.documents", 50);
    List<String> indices = List.of("with", "without");
    for (String index : indices) {
      client()
          .admin()
          .indices()
          .prepareCreate(index)
          .setSettings(measured(index.equals("with") ? "" : "dense_vector,token_vectors"))
          .setMapping(
              "{\"properties\": {\"text\": {\"type\": \"text\"}, \"dense\": {\"type\": \"dense_vector\","
                  + " \"dimension\": 384}, \"tokens\": {\"type\": \"token_vectors\", \"dimension\": 128}}}")
          .get();
    }
    for (int i = 0; i < documents; i++) {
      String json = encoded();
      for (String index : indices) {
        client().prepareIndex(index).setSource(json, XContentType.JSON).get();
      }
    }
    Map<String, Long> stored = new HashMap<>();
    for (String index : indices) {
      long logged =
          client()
              .admin()
              .indices()
              .prepareStats(index)
              .get()
              .getPrimaries()
              .getTranslog()
              .getTranslogSizeInBytes();
      client().admin().indices().prepareForceMerge(index).setMaxNumSegments(1).setFlush(true).get();
      client().admin().indices().prepareFlush(index).setForce(true).get();
      stored.put(
          index,
          client()
              .admin()
              .indices()
              .prepareStats(index)
              .get()
              .getPrimaries()
              .getStore()
              .sizeInBytes());
      logger.info(
          "[{}]: [{}] bytes per document on disk, [{}] in the translog",
          index,
          stored.get(index) / documents,
          logged / documents);
    }
    assertTrue(stored.toString(), stored.get("without") < stored.get("with") * 3 / 4);
  }
}
