/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.page;

import java.util.List;
import org.opensearch.ResourceNotFoundException;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.RestResponse;
import org.opensearch.test.OpenSearchTestCase;
import org.opensearch.test.rest.FakeRestChannel;
import org.opensearch.test.rest.FakeRestRequest;

public class PageRestActionTests extends OpenSearchTestCase {

  private RestResponse answer(PageRestAction action, String path) throws Exception {
    RestRequest request = new FakeRestRequest.Builder(xContentRegistry()).withPath(path).build();
    FakeRestChannel channel = new FakeRestChannel(request, true, 1);
    action.handleRequest(request, channel, null);
    return channel.capturedResponse();
  }

  public void testThePageComesWithItsGuards() throws Exception {
    RestResponse response = answer(new PageRestAction("my.setting", true), "/_plugins/_trident/");
    assertEquals(RestStatus.OK, response.status());
    assertEquals("text/html; charset=UTF-8", response.contentType());
    assertEquals(
        List.of(Page.read().policy()), response.getHeaders().get("Content-Security-Policy"));
    assertEquals(List.of("nosniff"), response.getHeaders().get("X-Content-Type-Options"));
    assertEquals(List.of("no-referrer"), response.getHeaders().get("Referrer-Policy"));
  }

  /** Relative to whatever address a proxy has, so that the page's own relative addresses hold. */
  public void testWithoutASlashTheReaderIsSentToThePage() throws Exception {
    RestResponse response = answer(new PageRestAction("my.setting", true), "/_plugins/_trident");
    assertEquals(RestStatus.MOVED_PERMANENTLY, response.status());
    assertEquals(List.of("_trident/"), response.getHeaders().get("Location"));
  }

  public void testSwitchedOffItSaysHowToSwitchItOn() {
    PageRestAction off = new PageRestAction("my.setting", false);
    ResourceNotFoundException refusal =
        expectThrows(ResourceNotFoundException.class, () -> answer(off, "/_plugins/_trident/"));
    assertTrue(refusal.getMessage(), refusal.getMessage().contains("set [my.setting] to [true]"));
  }
}
