/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.source;

import java.util.List;
import java.util.Set;
import org.opensearch.common.settings.IndexScopedSettings;
import org.opensearch.common.settings.Settings;
import org.opensearch.test.OpenSearchTestCase;

public class DerivedVectorsTests extends OpenSearchTestCase {

  private static Settings derived(String... types) {
    return Settings.builder().putList(DerivedVectors.SETTING.getKey(), types).build();
  }

  /** What OpenSearch makes of an index's settings when a node starts without the plugin. */
  private static Settings withoutPlugin(Settings settings) {
    return new IndexScopedSettings(Settings.EMPTY, Set.of())
        .archiveUnknownOrInvalidSettings(settings, setting -> {}, (setting, e) -> {});
  }

  public void testTypesAreReadWhereTheSettingIsArchived() {
    Settings settings = derived("dense_vector", "token_vectors");
    assertFalse(DerivedVectors.SETTING.exists(withoutPlugin(settings)));
    assertEquals(
        List.of("dense_vector", "token_vectors"),
        DerivedVectors.SETTING.get(withoutPlugin(settings)));
    assertEquals(List.of(), DerivedVectors.SETTING.get(withoutPlugin(Settings.EMPTY)));
  }

  public void testAnIndexOfOneWhoseSettingIsArchivedNeedsIt() {
    Settings original = withoutPlugin(derived("impact_vector"));
    DerivedVectors.requireKept("restoring", original, original);
    IllegalArgumentException e =
        expectThrows(
            IllegalArgumentException.class,
            () -> DerivedVectors.requireKept("restoring", original, Settings.EMPTY));
    assertTrue(e.getMessage(), e.getMessage().contains("to be [impact_vector]"));
  }
}
