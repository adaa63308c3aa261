/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.stats;

import io.trident.ingest.Admission;
import io.trident.models.api.ModelStats;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.opensearch.Version;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.common.xcontent.XContentFactory;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.ToXContent;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.test.OpenSearchTestCase;

/** Counters arrive as they were sent, and under their own names. */
public class NodeStatsTests extends OpenSearchTestCase {

  private static ModelStats random(String model) {
    return new ModelStats(
        model,
        randomNonNegativeLong(),
        randomNonNegativeLong(),
        randomNonNegativeLong(),
        randomNonNegativeLong(),
        randomNonNegativeLong(),
        randomNonNegativeLong(),
        randomNonNegativeLong(),
        randomNonNegativeLong(),
        randomNonNegativeLong(),
        randomNonNegativeLong(),
        randomNonNegativeLong(),
        randomNonNegativeLong(),
        randomNonNegativeLong(),
        randomNonNegativeLong(),
        randomNonNegativeLong(),
        new ModelStats.Latency(
            randomNonNegativeLong(),
            randomNonNegativeLong(),
            randomNonNegativeLong(),
            randomNonNegativeLong()));
  }

  private static Map<?, ?> render(NodeStats stats) throws IOException {
    try (XContentBuilder builder = XContentFactory.jsonBuilder().startObject()) {
      stats.toXContent(builder, ToXContent.EMPTY_PARAMS);
      return XContentHelper.convertToMap(
              BytesReference.bytes(builder.endObject()), true, MediaTypeRegistry.JSON)
          .v2();
    }
  }

  public void testRoundTrip() throws IOException {
    ModelStats model = random("one");
    DiscoveryNode node = new DiscoveryNode("id", buildNewFakeTransportAddress(), Version.CURRENT);
    Admission.Load load =
        new Admission.Load(
            randomIntBetween(0, Integer.MAX_VALUE),
            randomNonNegativeLong(),
            randomNonNegativeLong(),
            randomNonNegativeLong(),
            randomNonNegativeLong());
    NodeStats sent = new NodeStats(node, List.of(model, random("two")), load);
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      sent.writeTo(out);
      Map<?, ?> received = render(new NodeStats(out.bytes().streamInput()));
      assertEquals(render(sent), received);
      Map<?, ?> models = (Map<?, ?>) ((Map<?, ?>) received.get("id")).get("models");
      Map<?, ?> ingest = (Map<?, ?>) ((Map<?, ?>) received.get("id")).get("ingest");
      assertEquals(load.documents(), ingest.get("documents"));
      assertEquals(load.expectedMillis(), ingest.get("expected_time_in_millis"));
      assertEquals(load.microsPerDocument(), ingest.get("document_time_in_micros"));
      assertEquals(load.bytes(), ingest.get("heap_in_bytes"));
      assertEquals(load.rejected(), ingest.get("rejected"));
      Map<?, ?> one = (Map<?, ?>) models.get("one");
      assertEquals(model.requests(), one.get("requests"));
      assertEquals(model.paddedTokens(), one.get("padded_tokens"));
      assertEquals(model.rejected(), one.get("rejected"));
      assertEquals(model.memory(), one.get("native_memory_in_bytes"));
      assertEquals(model.timedOut(), one.get("timed_out"));
      assertEquals(model.latency().p99(), ((Map<?, ?>) one.get("latency_in_micros")).get("p99"));
      assertEquals(model.largestRun(), ((Map<?, ?>) one.get("run_size")).get("max"));
    }
  }
}
