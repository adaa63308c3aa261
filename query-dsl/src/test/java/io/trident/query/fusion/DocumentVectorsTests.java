/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import static org.hamcrest.Matchers.containsString;

import io.trident.query.dsl.QueriesPlugin;
import io.trident.query.mapper.VectorFieldType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.util.TestUtil;
import org.opensearch.common.compress.CompressedXContent;
import org.opensearch.common.lucene.index.OpenSearchDirectoryReader;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.index.shard.ShardId;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.index.engine.EngineConfig;
import org.opensearch.index.mapper.MapperService;
import org.opensearch.index.mapper.SourceToParse;
import org.opensearch.plugins.Plugin;
import org.opensearch.search.lookup.SourceLookup;
import org.opensearch.test.AbstractBuilderTestCase;

/** The vectors of documents against sums of directions that this class makes by itself. */
public class DocumentVectorsTests extends AbstractBuilderTestCase {

  private static final int DIMENSION = 8;

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    List<Class<? extends Plugin>> plugins = new ArrayList<>(super.getPlugins());
    plugins.add(QueriesPlugin.class);
    return plugins;
  }

  @Override
  protected Settings createTestIndexSettings() {
    return Settings.builder()
        .put(super.createTestIndexSettings())
        .put(EngineConfig.INDEX_CODEC_SETTING.getKey(), "trident")
        .build();
  }

  @Override
  protected void initializeAdditionalMappings(MapperService mapperService) throws IOException {
    mapperService.merge(
        "_doc",
        new CompressedXContent(
            """
            {"properties": {
              "sparse": {"type": "impact_vector"}, "dense": {"type": "dense_vector", "dimension": 8},
              "tokens": {"type": "token_vectors", "dimension": 8, "encoding": "float32"},
              "parts": {"type": "nested", "properties": {
                "sparse": {"type": "impact_vector"}, "dense": {"type": "dense_vector", "dimension": 8}}}}}
            """),
        MapperService.MergeReason.MAPPING_UPDATE);
  }

  /** A vector by tokens or dimensions, which are the keys, as numbers or as text. */
  private record Vector(Map<Object, Double> values) {

    static Vector dense() {
      Map<Object, Double> values = new LinkedHashMap<>();
      for (int i = 0; i < DIMENSION; i++) {
        values.put(i, randomDoubleBetween(-2, 2, true));
      }
      return new Vector(values);
    }

    static Vector sparse() {
      Map<Object, Double> values = new LinkedHashMap<>();
      for (String token : randomSubsetOf(randomIntBetween(1, 4), "a", "b", "c", "d")) {
        values.put(token, randomDoubleBetween(0.5, 3, true));
      }
      return new Vector(values);
    }

    String json() {
      List<String> entries = new ArrayList<>();
      values.forEach(
          (key, value) ->
              entries.add(key instanceof String ? "\"" + key + "\": " + value : "" + value));
      return values.containsKey(0)
          ? "[" + String.join(",", entries) + "]"
          : "{" + String.join(",", entries) + "}";
    }

    double length() {
      return Math.sqrt(values.values().stream().mapToDouble(value -> value * value).sum());
    }
  }

  private static Map<Object, Double> sumOfDirections(List<Vector> vectors) {
    Map<Object, Double> sum = new HashMap<>();
    for (Vector vector : vectors) {
      vector.values.forEach((key, value) -> sum.merge(key, value / vector.length(), Double::sum));
    }
    return sum;
  }

  private static List<Vector> vectors(boolean sparse, int count) {
    List<Vector> vectors = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      vectors.add(sparse ? Vector.sparse() : Vector.dense());
    }
    return vectors;
  }

  /** A document's JSON with vectors in a field. */
  private static String document(String field, List<Vector> vectors) {
    List<String> json = vectors.stream().map(Vector::json).toList();
    if (json.isEmpty()) {
      return "{}";
    }
    if (field.startsWith("parts.")) {
      String name = field.substring("parts.".length());
      return "{\"parts\": ["
          + String.join(",", json.stream().map(v -> "{\"" + name + "\": " + v + "}").toList())
          + "]}";
    }
    String value = field.equals("tokens") ? "{\"vectors\": " + json + "}" : json.get(0);
    return "{\"" + field + "\": " + value + "}";
  }

  private void assertRead(String field, boolean sparse, int most, double error) throws IOException {
    MapperService mappers = createShardContext().getMapperService();
    VectorFieldType type = (VectorFieldType) mappers.fieldType(field);
    List<List<Vector>> documents = new ArrayList<>();
    List<String> json = new ArrayList<>();
    for (int i = randomIntBetween(2, 20); i > 0; i--) {
      documents.add(vectors(sparse, randomIntBetween(0, most)));
      json.add(document(field, documents.getLast()));
    }
    try (Directory directory = newDirectory()) {
      index(mappers, type, json, directory);
      try (DirectoryReader reader =
          OpenSearchDirectoryReader.wrap(
              DirectoryReader.open(directory),
              new ShardId(createShardContext().getIndexSettings().getIndex(), 0))) {
        assertRead(field, documents, reader, error);
      }
    }
  }

  private static void assertRead(
      String field, List<List<Vector>> documents, DirectoryReader reader, double error)
      throws IOException {
    DocumentVectors vectors = DocumentVectors.of(field, createShardContext());
    int next = 0;
    for (LeafReaderContext leaf : reader.leaves()) {
      vectors.setNextReader(leaf);
      for (int doc = 0; next < documents.size() && doc < leaf.reader().maxDoc(); next++) {
        List<Vector> expected = documents.get(next);
        int root = doc + (field.startsWith("parts.") ? expected.size() : 0);
        SourceLookup source = new SourceLookup();
        source.setSegmentAndDocument(leaf, root);
        assertSame(field, sumOfDirections(expected), vectors.of(source), error);
        assertSourceTellsTheSame(field, leaf, doc, source);
        doc = root + 1;
      }
    }
    assertEquals(documents.size(), next);
  }

  private static void index(
      MapperService mappers, VectorFieldType type, List<String> documents, Directory directory)
      throws IOException {
    Codec codec =
        type.postingsFormat() == null
            ? Codec.getDefault()
            : TestUtil.alwaysPostingsFormat(type.postingsFormat());
    try (IndexWriter writer =
        new IndexWriter(
            directory,
            new IndexWriterConfig().setCodec(codec).setMergePolicy(NoMergePolicy.INSTANCE))) {
      for (String json : documents) {
        SourceToParse source =
            new SourceToParse(
                getIndex().getName(), "id", new BytesArray(json), MediaTypeRegistry.JSON);
        writer.addDocuments(mappers.documentMapper().parse(source).docs());
        if (rarely()) {
          writer.commit();
        }
      }
    }
  }

  private static void assertSourceTellsTheSame(
      String field, LeafReaderContext leaf, int first, SourceLookup source) throws IOException {
    VectorFieldType type = (VectorFieldType) createShardContext().fieldMapper(field);
    List<Object> stored = new ArrayList<>();
    for (int part = first; part <= source.docId(); part++) {
      stored.addAll(type.storedValues(leaf.reader(), part));
    }
    assertEquals(stored, type.storedValues(leaf.reader(), first, source));
  }

  private static void assertSame(
      String field, Map<Object, Double> expected, Object read, double error) {
    if (expected.isEmpty()) {
      assertNull(read);
      return;
    }
    if (read instanceof List<?> list) {
      assertEquals(expected.size(), list.size());
      expected.forEach(
          (dimension, value) ->
              assertEquals(field, value, (float) list.get((int) dimension), error));
    } else {
      Map<?, ?> weights = (Map<?, ?>) read;
      assertEquals(expected.keySet(), weights.keySet());
      expected.forEach(
          (token, value) -> assertEquals(field, value, (float) weights.get(token), error));
    }
  }

  public void testADocumentHasTheSumOfTheDirectionsOfItsVectors() throws IOException {
    assertRead("dense", false, 1, 1e-5);
    assertRead("sparse", true, 1, 0.02);
    assertRead("tokens", false, 4, 1e-4);
    assertRead("parts.dense", false, 4, 1e-5);
    assertRead("parts.sparse", true, 4, 0.05);
  }

  private void assertStored(String field, String document, Map<String, Object> source)
      throws IOException {
    MapperService mappers = createShardContext().getMapperService();
    VectorFieldType type = (VectorFieldType) mappers.fieldType(field);
    try (Directory directory = newDirectory()) {
      index(mappers, type, List.of(document), directory);
      try (DirectoryReader reader =
          OpenSearchDirectoryReader.wrap(
              DirectoryReader.open(directory), new ShardId(getIndex(), 0))) {
        LeafReaderContext leaf = reader.leaves().get(0);
        SourceLookup lookup = new SourceLookup();
        lookup.setSegmentAndDocument(leaf, leaf.reader().maxDoc() - 1);
        if (source == null) {
          assertSourceTellsTheSame(field, leaf, 0, lookup);
        } else {
          lookup.setSource(source);
          assertEquals(List.of(source.get(field)), type.storedValues(leaf.reader(), 0, lookup));
        }
      }
    }
  }

  /** Objects that are one vector, weights that say that tokens are absent, and parts without. */
  public void testSourcesTellWhatTheIndexHolds() throws IOException {
    assertStored("sparse", "{\"sparse\": [{\"a\": 1}, {\"a\": 2, \"b\": 1}]}", null);
    assertStored("sparse", "{\"sparse\": [{\"a\": 1}, {\"b\": 0}]}", null);
    assertStored("sparse", "{\"sparse\": {\"a\": 0, \"b\": null, \"c\": 9}}", null);
    assertStored(
        "parts.sparse",
        "{\"parts\": [{\"sparse\": {\"a\": 1}}, {}, {\"sparse\": {\"b\": 1}}, {\"sparse\": {\"b\": 0}}]}",
        null);
    assertStored(
        "parts.sparse",
        "{\"parts\": [{\"sparse\": [{\"a\": 1}, {\"b\": 1}]}, {\"sparse\": {\"c\": 1}}]}",
        null);
  }

  public void testSourcesAreRead() throws IOException {
    assertStored("sparse", "{\"sparse\": {\"a\": 4}}", Map.of("sparse", Map.of("z", 4f)));
  }

  public void testOtherFieldsAreRefused() {
    for (String[] other :
        new String[][] {
          {"no_such", "got [no_such], which is not mapped"},
          {INT_FIELD_NAME, "got [" + INT_FIELD_NAME + "], which is of type [integer]"}
        }) {
      IllegalArgumentException refused =
          expectThrows(
              IllegalArgumentException.class,
              () -> DocumentVectors.of(other[0], createShardContext()));
      assertThat(
          refused.getMessage(),
          containsString("[collapse] and [diversify] by a [field] of vectors"));
      assertThat(refused.getMessage(), containsString(other[1]));
    }
  }
}
