/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import static org.hamcrest.Matchers.containsString;

import io.trident.query.dsl.QueriesPlugin;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.opensearch.OpenSearchException;
import org.opensearch.action.search.SearchTransportService;
import org.opensearch.common.settings.Settings;
import org.opensearch.index.query.MatchQueryBuilder;
import org.opensearch.plugins.Plugin;
import org.opensearch.search.SearchHit;
import org.opensearch.test.OpenSearchIntegTestCase;
import org.opensearch.test.transport.MockTransportService;
import org.opensearch.transport.NodeNotConnectedException;
import org.opensearch.transport.TransportService;

/** Connections that are lost in the phases of a leg after the first. */
@OpenSearchIntegTestCase.ClusterScope(
    scope = OpenSearchIntegTestCase.Scope.TEST,
    numDataNodes = 2,
    numClientNodes = 0)
public class LostNodeTests extends OpenSearchIntegTestCase {

  private static final int DOCUMENTS = 40;

  @Override
  protected Collection<Class<? extends Plugin>> nodePlugins() {
    return List.of(
        QueriesPlugin.class, FusionPhasesTests.Phases.class, MockTransportService.TestPlugin.class);
  }

  private static List<String> ids(String node) {
    FusionQueryBuilder query =
        new FusionQueryBuilder(
            List.of(
                new FusionLeg("river", 1, new MatchQueryBuilder("text", "river")),
                new FusionLeg("sea", 2, new MatchQueryBuilder("text", "sea"))));
    SearchHit[] hits =
        client(node).prepareSearch("books").setQuery(query).get().getHits().getHits();
    return Arrays.stream(hits).map(SearchHit::getId).toList();
  }

  public void testALegIsAskedOnceMoreWhicheverPhaseLosesItsNode() {
    String node = internalCluster().startCoordinatingOnlyNode(Settings.EMPTY);
    createIndex(
        "books",
        Settings.builder().put("number_of_shards", 2).put("number_of_replicas", 1).build());
    ensureGreen("books");
    for (int i = 0; i < DOCUMENTS; i++) {
      String text = "river ".repeat(1 + i % 7) + "sea ".repeat(1 + i % 5) + "stone ".repeat(i);
      client().prepareIndex("books").setId("" + i).setSource("text", text).get();
    }
    refresh("books");
    List<String> expected = ids(node);
    assertEquals(10, expected.size());
    MockTransportService transport =
        (MockTransportService) internalCluster().getInstance(TransportService.class, node);
    for (String phase :
        List.of(
            SearchTransportService.QUERY_ID_ACTION_NAME,
            SearchTransportService.FETCH_ID_ACTION_NAME)) {
      AtomicInteger lost = lose(transport, phase, 1);
      assertEquals(phase, expected, ids(node));
      assertEquals(phase, 0, lost.get());
      lose(transport, phase, Integer.MAX_VALUE);
      OpenSearchException failed = expectThrows(OpenSearchException.class, () -> ids(node));
      assertThat(failed.getDetailedMessage(), containsString("[fusion] leg ["));
      transport.clearAllRules();
    }
  }

  /** Loses so many requests of a phase; returns how many are still to be lost. */
  private static AtomicInteger lose(MockTransportService transport, String phase, int requests) {
    AtomicInteger left = new AtomicInteger(requests);
    transport.addSendBehavior(
        (connection, id, action, request, options) -> {
          if (action.equals(phase) && left.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
            throw new NodeNotConnectedException(connection.getNode(), "left");
          }
          connection.sendRequest(id, action, request, options);
        });
    return left;
  }
}
