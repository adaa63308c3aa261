/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.page;

import org.opensearch.common.settings.Settings;
import org.opensearch.test.OpenSearchTestCase;

public class LoopbackTests extends OpenSearchTestCase {

  private static boolean only(String... keysAndValues) {
    Settings.Builder settings = Settings.builder();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      settings.put(keysAndValues[i], keysAndValues[i + 1]);
    }
    return Loopback.only(settings.build());
  }

  public void testNodesWithoutHostsBindToLoopback() {
    assertTrue(only());
    assertTrue(only("network.host", "_local_"));
    assertTrue(only("network.host", randomFrom("127.0.0.1", "::1", "127.0.0.2,[::1]")));
  }

  public void testAnyOtherHostCountsAsReachable() {
    String host =
        randomFrom("0.0.0.0", "::", "_global_and_more_", "192.0.2.7", "127.0.0.1,192.0.2.7");
    for (String key :
        new String[] {"network.host", "network.bind_host", "http.host", "http.bind_host"}) {
      assertFalse(key + " " + host, only(key, host));
    }
  }

  public void testHostsOfHttpDecide() {
    assertTrue(only("network.host", "192.0.2.7", "http.host", "127.0.0.1"));
    assertFalse(only("network.host", "127.0.0.1", "http.bind_host", "192.0.2.7"));
  }
}
