/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin;

import io.trident.plugin.models.store.ClusterModels;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Stream;
import org.opensearch.common.io.PathUtils;
import org.opensearch.common.settings.Settings;
import org.opensearch.plugins.ActionPlugin.ActionHandler;
import org.opensearch.test.OpenSearchTestCase;

/** What an administrator has to know to write roles, which must not change unnoticed. */
public class SecurityDocumentTests extends OpenSearchTestCase {

  private static List<String> actions() {
    return new TridentPlugin(Settings.EMPTY)
        .getActions().stream().map(ActionHandler::getAction).map(type -> type.name()).toList();
  }

  public void testEveryActionIsDocumented() throws IOException {
    String document = Files.readString(PathUtils.get("../docs/security.md"));
    for (String action : actions()) {
      assertTrue(action, document.contains("`" + action + "`"));
    }
    assertTrue(document.contains("`" + ClusterModels.SYSTEM_INDEX.getIndexPattern() + "`"));
  }

  /**
   * Roles grant actions by patterns: what changes the cluster must not hide among what reads it.
   */
  public void testNamesSayWhoMayDoIt() {
    for (String action : actions()) {
      boolean changes = Stream.of("/put", "/delete", "/chunk", "/fit").anyMatch(action::endsWith);
      assertTrue(
          action,
          action.startsWith(changes ? "cluster:admin/trident/" : "cluster:monitor/trident/"));
    }
  }
}
