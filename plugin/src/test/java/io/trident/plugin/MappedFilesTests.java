/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin;

import java.util.List;
import org.opensearch.common.settings.Settings;
import org.opensearch.index.IndexModule;
import org.opensearch.test.OpenSearchTestCase;

/** The files of the codec are mapped into memory by an index's default store. */
public class MappedFilesTests extends OpenSearchTestCase {

  public void testNoExtensionIsReadThroughBuffers() {
    List<String> buffered =
        IndexModule.INDEX_STORE_HYBRID_NIO_EXTENSIONS.getDefault(Settings.EMPTY);
    for (String extension : List.of("imm", "imi", "imd", "mvm", "mvi", "mvd", "mvl")) {
      assertFalse(extension, buffered.contains(extension));
    }
  }
}
