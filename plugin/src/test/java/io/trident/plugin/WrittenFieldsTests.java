/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin;

import io.trident.ingest.TargetFields;
import io.trident.models.api.TokenVectors;
import io.trident.query.neural.TargetMappings;
import org.opensearch.Version;
import org.opensearch.cluster.ClusterName;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.AliasMetadata;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.common.settings.Settings;
import org.opensearch.test.OpenSearchTestCase;

/** Which fields are mapped, in whatever goes by the name of an index. */
public class WrittenFieldsTests extends OpenSearchTestCase {

  private static IndexMetadata.Builder index(String name) {
    return IndexMetadata.builder(name)
        .settings(
            Settings.builder()
                .put(IndexMetadata.SETTING_VERSION_CREATED, Version.CURRENT)
                .put(IndexMetadata.SETTING_INDEX_UUID, name))
        .numberOfShards(1)
        .numberOfReplicas(0);
  }

  private static TargetFields fields(Metadata metadata) {
    ClusterState state = ClusterState.builder(ClusterName.DEFAULT).metadata(metadata).build();
    return new WrittenFields(new TargetMappings(() -> state, () -> null, () -> null));
  }

  public void testKnowsFieldsByIndexAndAlias() throws Exception {
    Metadata metadata =
        Metadata.builder()
            .put(
                index("mapped")
                    .putAlias(AliasMetadata.builder("alias"))
                    .putMapping(
                        "{\"properties\": {\"a\": {\"type\": \"text\"},"
                            + " \"b\": {\"properties\": {\"c\": {\"type\": \"text\"}}}}}"))
            .put(index("without"))
            .build();
    TargetFields fields = fields(metadata);
    for (int again = 0; again < 2; again++) {
      for (String name : new String[] {"mapped", "alias"}) {
        assertTrue(fields.isMapped(name, "a"));
        assertTrue(fields.isMapped(name, "b.c"));
        assertFalse(fields.isMapped(name, "c"));
        assertFalse(fields.isMapped(name, "a.b"));
      }
      assertFalse(fields.isMapped("without", "a"));
      assertFalse(fields.isMapped("none", "a"));
    }
  }

  public void testCodesVectorsAsTheirFieldDoes() throws Exception {
    Metadata metadata =
        Metadata.builder()
            .put(
                index("coded")
                    .putMapping(
                        """
                        {"properties": {
                          "two": {"type": "token_vectors", "dimension": 8},
                          "eight": {"type": "token_vectors", "dimension": 8, "encoding": "8bit"},
                          "floats": {"type": "token_vectors", "dimension": 8, "encoding": "float32"},
                          "other": {"type": "token_vectors", "dimension": 16},
                          "pages": {"type": "nested", "properties": {
                            "tokens": {"type": "token_vectors", "dimension": 8}}}}}
                        """))
            .build();
    TargetFields fields = fields(metadata);
    TokenVectors one =
        new TokenVectors(
            8, new float[] {1, 2, 3, 4, 5, 6, 7, 8}, new int[] {1}, new int[] {0}, new int[] {1});
    String two = fields.codes("coded", "two", one);
    assertTrue(two, two.startsWith("codes:"));
    assertEquals(two, fields.codes("coded", "pages.tokens", one));
    assertTrue(fields.codes("coded", "eight", one).length() > two.length());
    for (String field : new String[] {"floats", "other", "none", "pages"}) {
      assertNull(field, fields.codes("coded", field, one));
    }
    TokenVectors zero =
        new TokenVectors(8, new float[8], new int[] {1}, new int[] {0}, new int[] {1});
    assertNull("the field says why it takes none", fields.codes("coded", "two", zero));
  }
}
