/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.page;

import java.util.List;
import org.opensearch.ResourceNotFoundException;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.BytesRestResponse;
import org.opensearch.rest.RestRequest;
import org.opensearch.transport.client.node.NodeClient;

/**
 * {@code GET /_plugins/_trident/}: the page. Its addresses are relative to its own, so that it
 * works behind a proxy under any path; without the slash at the end it is asked for once more with
 * it.
 */
public final class PageRestAction extends BaseRestHandler {

  private static final String PATH = "/_plugins/_trident";
  private static final String WITH_SLASH = "_trident/";

  private final String setting;
  private final boolean enabled;
  private final Page page = Page.read();

  /**
   * Serves the page, or says why not.
   *
   * @param setting the name of the setting that decides
   */
  public PageRestAction(String setting, boolean enabled) {
    this.setting = setting;
    this.enabled = enabled;
  }

  @Override
  public String getName() {
    return "trident_page_action";
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route(RestRequest.Method.GET, PATH));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
    if (enabled == false) {
      throw new ResourceNotFoundException(
          "the page is switched off on this node: set ["
              + setting
              + "] to [true] in opensearch.yml; by default it is on only where HTTP is bound to"
              + " loopback addresses alone");
    }
    BytesRestResponse response = request.rawPath().endsWith("/") ? page() : redirect();
    return channel -> channel.sendResponse(response);
  }

  private static BytesRestResponse redirect() {
    BytesRestResponse response = new BytesRestResponse(RestStatus.MOVED_PERMANENTLY, "");
    response.addHeader("Location", WITH_SLASH);
    return response;
  }

  private BytesRestResponse page() {
    BytesRestResponse response =
        new BytesRestResponse(RestStatus.OK, "text/html; charset=UTF-8", page.html());
    response.addHeader("Content-Security-Policy", page.policy());
    response.addHeader("X-Content-Type-Options", "nosniff");
    response.addHeader("Referrer-Policy", "no-referrer");
    response.addHeader("Cache-Control", "no-cache");
    return response;
  }
}
