/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import static org.hamcrest.Matchers.containsString;

import io.trident.query.dsl.QueriesPlugin;
import io.trident.query.neural.MappedFields;
import io.trident.query.neural.TargetMappings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.opensearch.Version;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.cluster.ClusterName;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.query.BaseQueryRewriteContext;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.InnerHitContextBuilder;
import org.opensearch.index.query.MatchAllQueryBuilder;
import org.opensearch.index.query.MatchNoneQueryBuilder;
import org.opensearch.index.query.MatchQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.index.query.TermQueryBuilder;
import org.opensearch.search.fetch.subphase.FetchSourceContext;

/** What a search by text and fields becomes by the mappings of the indices that it goes to. */
public class NeuralTextSearchTests extends FusionTestCase {

  private static final String MAPPING =
      """
      {"properties": {"title": {"type": "text"}, "year": {"type": "integer"},
        "body": {"type": "neural_text", "sparse": false, "dense": true, "tokens": false}}}
      """;

  /** A cluster with the given indices, which all have the mapping. */
  private static NeuralTextQueryBuilder.Node node(String... indices) throws IOException {
    Metadata.Builder metadata = Metadata.builder();
    for (String index : indices) {
      metadata.put(
          IndexMetadata.builder(index)
              .settings(
                  Settings.builder()
                      .put(IndexMetadata.SETTING_VERSION_CREATED, Version.CURRENT)
                      .put(IndexMetadata.SETTING_INDEX_UUID, index))
              .numberOfShards(1)
              .numberOfReplicas(0)
              .putMapping(MAPPING));
    }
    ClusterState state = ClusterState.builder(ClusterName.DEFAULT).metadata(metadata).build();
    IndexNameExpressionResolver resolver =
        new IndexNameExpressionResolver(new ThreadContext(Settings.EMPTY));
    return new NeuralTextQueryBuilder.Node(
        QueriesPlugin.ENCODER,
        new TargetMappings(() -> state, () -> resolver, () -> null),
        Map::of);
  }

  private NeuralTextQueryBuilder query(String options, String... indices) throws IOException {
    String json = "{\"text\": \"a b\", \"fields\": [\"title^2\", \"body\"]" + options + "}";
    try (XContentParser parser = createParser(JsonXContent.jsonXContent, json)) {
      parser.nextToken();
      return NeuralTextQueryBuilder.fromXContent(node(indices), parser);
    }
  }

  public void testTheLegsOfItsFieldsAreFusedWithItsOwn() throws IOException {
    String own = ", \"legs\": [{\"name\": \"year\", \"query\": {\"term\": {\"year\": 7}}}]";
    MappedFields index =
        MappedFields.of(XContentHelper.convertToMap(JsonXContent.jsonXContent, MAPPING, true));
    FieldLegs fields = new FieldLegs(QueriesPlugin.ENCODER, List.of(index), "a b", null);
    List<FusionLeg> expected = new ArrayList<>();
    expected.addAll(fields.legs(new WeightedField("title", 2)));
    expected.addAll(fields.legs(new WeightedField("body", 1)));
    expected.add(new FusionLeg("year", 1, new TermQueryBuilder("year", 7)));
    try (LegClient client = client()) {
      FusedRanking ranking = fused(query(own, INDEX.getName()), client);
      assertEquals(names(expected), names(ranking.legs()));
      assertEquals(
          List.of(2f, 1f, 1f, 1f), ranking.legs().stream().map(FusionLeg::weight).toList());
      assertEquals(new MatchQueryBuilder("title", "a b"), client.searches.get(0).source().query());
    }
  }

  private static List<String> names(List<FusionLeg> legs) {
    return legs.stream().map(FusionLeg::name).toList();
  }

  private Map<String, InnerHitContextBuilder> innerHits(QueryBuilder query) {
    try (LegClient client = client()) {
      Map<String, InnerHitContextBuilder> found = new HashMap<>();
      InnerHitContextBuilder.extractInnerHits(coordinate(request(query), client), found);
      return found;
    }
  }

  public void testHitsComeWithTheirBestPassages() throws IOException {
    InnerHitContextBuilder one = innerHits(query("", INDEX.getName())).get("body");
    assertEquals(1, one.innerHitBuilder().getSize());
    InnerHitContextBuilder seven =
        innerHits(query(", \"passages\": 7", INDEX.getName())).get("body");
    assertEquals(7, seven.innerHitBuilder().getSize());
    assertEquals(Map.of(), innerHits(query(", \"passages\": 0", INDEX.getName())));
  }

  public void testPassagesHaveLimits() throws IOException {
    for (int passages : new int[] {0, NeuralTextQueryBuilder.MAX_PASSAGES}) {
      assertNotNull(query(", \"passages\": " + passages));
    }
    for (int passages : new int[] {-1, NeuralTextQueryBuilder.MAX_PASSAGES + 1}) {
      Exception refused = expectThrows(Exception.class, () -> query(", \"passages\": " + passages));
      assertThat(refused.getMessage(), containsString("0 to 100, got [" + passages + "]"));
    }
  }

  /** Its window is that of the page, as that of the fusion that it becomes. */
  public void testItStandsForItsFusionInTheSearch() throws IOException {
    NeuralTextQueryBuilder query = query(", \"window\": 20", INDEX.getName());
    assertEquals(20, query.window());
    SearchRequest request = request(query);
    request.source().size(21);
    try (LegClient client = client()) {
      IllegalArgumentException refused =
          expectThrows(IllegalArgumentException.class, () -> coordinate(request, client));
      assertThat(refused.getMessage(), containsString("got a window of [20]"));
      SearchRequest part = request(QueryBuilders.boolQuery().must(query));
      part.source().size(21);
      assertNotNull(coordinate(part, client));
    }
  }

  public void testAFilterGoesIntoEveryLeg() throws IOException {
    TermQueryBuilder filter = new TermQueryBuilder("year", 7);
    NeuralTextQueryBuilder query = query("", INDEX.getName());
    assertSame(query, query.filter(filter));
    try (LegClient client = client()) {
      coordinate(request(query), client);
      assertEquals(
          List.of(filter), ((BoolQueryBuilder) client.searches.get(0).source().query()).filter());
    }
  }

  public void testASearchOfNoIndexFindsNothing() throws IOException {
    SearchRequest request = request(query(""));
    request.indices("absent*");
    try (LegClient client = client()) {
      assertTrue(coordinate(request, client) instanceof MatchNoneQueryBuilder);
    }
  }

  public void testOutsideOfASearchItIsRefused() throws IOException {
    NeuralTextQueryBuilder query = query("", INDEX.getName());
    for (IllegalArgumentException refused :
        List.of(
            expectThrows(IllegalArgumentException.class, () -> query.toQuery(null)),
            expectThrows(
                IllegalArgumentException.class,
                () ->
                    query.rewrite(
                        new BaseQueryRewriteContext(
                            xContentRegistry(), writableRegistry(), null, () -> 0L))))) {
      assertThat(refused.getMessage(), containsString("[neural_text] must be part of a search"));
    }
  }

  public void testItsTextAndFieldsOfTextAreKnown() throws IOException {
    NeuralTextQueryBuilder query = query("", INDEX.getName());
    assertEquals("a b", query.text());
    assertEquals(List.of("title", "body"), query.textFields(request(query)));
    QueryBuilder around = QueryBuilders.boolQuery().should(new MatchAllQueryBuilder()).must(query);
    assertSame(query, NeuralTextQueryBuilder.in(around));
    assertNull(NeuralTextQueryBuilder.in(new MatchAllQueryBuilder()));
    assertEquals(List.of(), query.textFields(request(query).indices("absent*")));
  }

  private static String excluded(SearchRequest request) {
    new NeuralTextSourceFilter().complete(request);
    FetchSourceContext source = request.source() == null ? null : request.source().fetchSource();
    return source == null ? null : Arrays.toString(source.excludes());
  }

  /** Both indices have the object, which is named once. */
  public void testWhatIsMadeOfATextIsLeftOutOfHits() throws IOException {
    NeuralTextQueryBuilder query = query("", INDEX.getName(), INDEX.getName() + "2");
    SearchRequest request = request(QueryBuilders.boolQuery().must(query));
    assertEquals("[body_neural]", excluded(request.indices(INDEX.getName() + "*")));
    SearchRequest wanting = request(query);
    wanting.source().fetchSource("title", null);
    assertEquals("[]", excluded(wanting));
    assertNull(excluded(request(new MatchAllQueryBuilder())));
    assertNull(excluded(request(null)));
    assertNull(excluded(new SearchRequest()));
    assertNull(excluded(request(query).indices("absent*")));
  }

  public void testEqualQueriesHaveEqualOptions() throws IOException {
    List<String> options =
        List.of(
            "",
            ", \"passages\": 2",
            ", \"window\": 20",
            ", \"boost\": 2",
            ", \"filter\": {\"term\": {\"year\": 7}}",
            ", \"legs\": [{\"query\": {\"match_all\": {}}}]");
    for (String one : options) {
      for (String other : options) {
        assertEquals(
            String.format(Locale.ROOT, "%s = %s", one, other),
            one.equals(other),
            query(one).equals(query(other)));
      }
      assertEquals(query(one).hashCode(), query(one).hashCode());
    }
  }
}
