package io.trident.plugin;

import org.opensearch.Version;
import org.opensearch.cluster.metadata.AliasMetadata;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.common.settings.Settings;
import org.opensearch.test.OpenSearchTestCase;

/** Which fields are mapped, in whatever goes by the name of an index. */
public class MappedFieldsTests extends OpenSearchTestCase {

  private static IndexMetadata.Builder index(String name) {
    return IndexMetadata.builder(name)
        .settings(
            Settings.builder()
                .put(IndexMetadata.SETTING_VERSION_CREATED, Version.CURRENT)
                .put(IndexMetadata.SETTING_INDEX_UUID, name))
        .numberOfShards(1)
        .numberOfReplicas(0);
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
    MappedFields fields = new MappedFields(() -> metadata);
    for (int again = 0; again < 2; again++) {
      for (String name : new String[] {"mapped", "alias"}) {
        assertTrue(fields.test(name, "a"));
        assertTrue(fields.test(name, "b.c"));
        assertFalse(fields.test(name, "c"));
        assertFalse(fields.test(name, "a.b"));
      }
      assertFalse(fields.test("without", "a"));
      assertFalse(fields.test("none", "a"));
    }
  }
}
