/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin;

import static org.hamcrest.Matchers.containsString;

import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.LeafReaderContext;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.index.mapper.MapperParsingException;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.indices.IndicesService;
import org.opensearch.plugins.Plugin;
import org.opensearch.search.SearchHit;
import org.opensearch.test.OpenSearchSingleNodeTestCase;

/** Dense vectors are searched in fewer dimensions and scored in all of them. */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // the JDK keeps the thread of deadlines
public class ReducedVectorsTests extends OpenSearchSingleNodeTestCase {

  private static final int DIMENSION = 8;

  private final String encoding = randomFrom("float32", "8bit", "4bit", "1bit");
  private final String similarity = randomFrom("cosine", "dot_product", "l2_norm");

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    return List.of(TridentPlugin.class);
  }

  private static String reduced(String reduced) {
    return String.format(
        Locale.ROOT,
        "{\"type\": \"dense_vector\", \"dimension\": %d, \"reduced\": %s}",
        DIMENSION,
        reduced);
  }

  private void create(String index, String field) {
    client()
        .admin()
        .indices()
        .prepareCreate(index)
        .setSettings(
            Settings.builder()
                .put("index.number_of_shards", 1)
                .put("index.number_of_replicas", 0)
                .put("index.codec", "trident"))
        .setMapping(
            "{\"properties\": {\"kind\": {\"type\": \"keyword\"}, \"v\": "
                + field
                + ", \"pages\": {\"type\": \"nested\", \"properties\": {\"v\": "
                + field
                + "}}}}")
        .get();
  }

  private List<Float> vector() {
    List<Float> vector = new ArrayList<>();
    for (int d = 0; d < DIMENSION; d++) {
      vector.add(1 + (float) random().nextGaussian());
    }
    return vector;
  }

  private void index(String id) {
    client()
        .prepareIndex("shelf")
        .setId(id)
        .setSource(
            Map.of(
                "v",
                vector(),
                "kind",
                randomFrom("film", "book"),
                "pages",
                List.of(Map.of("v", vector()), Map.of("v", vector()))))
        .setRefreshPolicy(rarely() ? RefreshPolicy.IMMEDIATE : RefreshPolicy.NONE)
        .get();
  }

  /** All that match, each with its score. */
  private List<String> hits(String query) {
    return Arrays.stream(
            client()
                .prepareSearch("shelf")
                .setQuery(QueryBuilders.wrapperQuery(query))
                .setSize(1000)
                .get()
                .getHits()
                .getHits())
        .map(ReducedVectorsTests::hit)
        .sorted()
        .toList();
  }

  private static String hit(SearchHit hit) {
    return String.format(Locale.ROOT, "%s %.4f", hit.getId(), hit.getScore());
  }

  private void assertAsExact(String format) {
    String vector = "\"vector\": " + vector();
    List<String> exact = hits(String.format(Locale.ROOT, format, vector + ", \"exact\": true"));
    assertFalse(exact.isEmpty());
    assertEquals(
        exact,
        hits(String.format(Locale.ROOT, format, vector + ", \"k\": 1000, \"oversample\": 1")));
  }

  public void testCandidatesOfAllDocumentsAreScoredAsAllDocumentsAre() {
    create(
        "shelf",
        reduced(
            "{\"dimension\": 2, \"map\": \"truncate\"}, \"encoding\": \""
                + encoding
                + "\", \"similarity\": \""
                + similarity
                + "\""));
    for (int id = between(30, 200); id > 0; id--) {
      index(Integer.toString(id));
    }
    for (int id = between(1, 10); id > 0; id--) {
      client().prepareDelete("shelf", Integer.toString(id)).get();
    }
    client().admin().indices().prepareRefresh("shelf").get();
    if (randomBoolean()) {
      client().admin().indices().prepareForceMerge("shelf").setMaxNumSegments(1).get();
    }
    assertAsExact("{\"dense\": {\"v\": {%s}}}");
    assertAsExact("{\"dense\": {\"v\": {%s, \"filter\": {\"term\": {\"kind\": \"book\"}}}}}");
    assertAsExact(
        "{\"nested\": {\"path\": \"pages\", \"query\": {\"dense\": {\"pages.v\": {%s}}}}}");
  }

  public void testCodesAreOfReducedVectorsAlone() throws IOException {
    create("shelf", reduced("{\"dimension\": 2, \"map\": \"truncate\"}, \"encoding\": \"1bit\""));
    index("1");
    client().admin().indices().prepareFlush("shelf").setForce(true).get();
    try (DirectoryReader reader =
        DirectoryReader.open(
            getInstanceFromNode(IndicesService.class)
                .indexServiceSafe(resolveIndex("shelf"))
                .getShard(0)
                .store()
                .directory())) {
      for (LeafReaderContext leaf : reader.leaves()) {
        FieldInfo whole = leaf.reader().getFieldInfos().fieldInfo("v");
        FieldInfo reduced = leaf.reader().getFieldInfos().fieldInfo("_trident_reduced.v");
        assertEquals(DIMENSION, whole.getVectorDimension());
        assertEquals(2, reduced.getVectorDimension());
        assertEquals("Lucene99HnswVectorsFormat", format(whole));
        assertThat(format(reduced), containsString("Quantized"));
      }
    }
  }

  private static String format(FieldInfo field) {
    return field.getAttribute("PerFieldKnnVectorsFormat.format");
  }

  public void testTheMapOfAMappingStays() {
    String mapping = reduced("{\"dimension\": 2, \"map\": \"truncate\"}");
    create("shelf", mapping);
    put(mapping);
    for (String other :
        new String[] {
          "{\"dimension\": 3, \"map\": \"truncate\"}",
          "{\"dimension\": 1, \"rows\": \"float16:ADwAAAAAAAAAAAAAAAAAAA==\"}"
        }) {
      IllegalArgumentException refused =
          expectThrows(IllegalArgumentException.class, () -> put(reduced(other)));
      assertThat(refused.getMessage(), containsString("Cannot update parameter [reduced]"));
    }
  }

  private void put(String field) {
    client()
        .admin()
        .indices()
        .preparePutMapping("shelf")
        .setSource("{\"properties\": {\"v\": " + field + "}}", XContentType.JSON)
        .get();
  }

  public void testAModelWithoutAMapIsRefused() {
    MapperParsingException refused =
        expectThrows(
            MapperParsingException.class,
            () -> create("shelf", reduced("{\"dimension\": 2, \"map\": \"trident-mini\"}")));
    assertThat(refused.getMessage(), containsString("v] must name a model in [map]"));
    assertThat(refused.getMessage(), containsString("[reduced.safetensors], got [trident-mini]"));
  }
}
