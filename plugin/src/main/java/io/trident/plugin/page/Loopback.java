/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.page;

import java.io.IOException;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import org.opensearch.common.network.NetworkService;
import org.opensearch.common.settings.Settings;
import org.opensearch.http.HttpTransportSettings;

/** Whether a node can be reached from its own machine alone. */
public final class Loopback {

  private Loopback() {}

  /**
   * Whether HTTP is bound to loopback addresses alone, as it is without settings. Names that only
   * another plugin resolves, such as those of a cloud, count as reachable from elsewhere.
   */
  public static boolean only(Settings settings) {
    try {
      return Arrays.stream(
              new NetworkService(List.of())
                  .resolveBindHostAddresses(hosts(settings).toArray(String[]::new)))
          .allMatch(InetAddress::isLoopbackAddress);
    } catch (IOException | IllegalArgumentException e) {
      return false;
    }
  }

  /** The hosts that HTTP is bound to, as the server finds them. */
  private static List<String> hosts(Settings settings) {
    List<String> hosts = HttpTransportSettings.SETTING_HTTP_BIND_HOST.get(settings);
    return hosts.isEmpty() ? NetworkService.GLOBAL_NETWORK_BIND_HOST_SETTING.get(settings) : hosts;
  }
}
