/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.rest;

import static org.opensearch.rest.RestRequest.Method.DELETE;
import static org.opensearch.rest.RestRequest.Method.GET;
import static org.opensearch.rest.RestRequest.Method.POST;
import static org.opensearch.rest.RestRequest.Method.PUT;

import io.trident.plugin.models.action.DeleteModelAction;
import io.trident.plugin.models.action.EncodeModelAction;
import io.trident.plugin.models.action.ModelAnswer;
import io.trident.plugin.models.action.ModelRequest;
import io.trident.plugin.models.action.ModelsAction;
import io.trident.plugin.models.action.PutChunkAction;
import io.trident.plugin.models.action.PutModelAction;
import io.trident.plugin.models.action.ValidateModelAction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.Before;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionType;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.RestResponse;
import org.opensearch.test.rest.FakeRestChannel;
import org.opensearch.test.rest.FakeRestRequest;
import org.opensearch.test.rest.RestActionTestCase;

/** Each route asks its own action, with the id, the body and what else the path says. */
public class ModelRoutesTests extends RestActionTestCase {

  private final List<ActionType<?>> asked = new ArrayList<>();
  private final List<ActionRequest> requests = new ArrayList<>();

  @Before
  public void registerRoutes() {
    ModelRoutes.handlers().forEach(controller()::registerHandler);
    verifyingClient.<ActionRequest, ActionResponse>setExecuteVerifier(
        (action, request) -> {
          asked.add(action);
          requests.add(request);
          if (request instanceof ModelRequest) {
            return new ModelAnswer(Map.of());
          }
          throw new IllegalStateException("there are no nodes");
        });
  }

  private RestResponse dispatch(RestRequest.Method method, String path, String body) {
    FakeRestRequest.Builder builder =
        new FakeRestRequest.Builder(xContentRegistry())
            .withMethod(method)
            .withPath("/_plugins/_trident/models" + path);
    if (body != null) {
      builder.withContent(new BytesArray(body), MediaTypeRegistry.JSON);
    }
    RestRequest request = builder.build();
    FakeRestChannel channel = new FakeRestChannel(request, true, 1);
    ThreadContext context = verifyingClient.threadPool().getThreadContext();
    try (ThreadContext.StoredContext ignored = context.stashContext()) {
      controller().dispatchRequest(request, channel, context);
    }
    return channel.capturedResponse();
  }

  private void check(
      RestRequest.Method method,
      String path,
      String body,
      ActionType<ModelAnswer> action,
      Map<String, Object> options) {
    asked.clear();
    requests.clear();
    RestResponse response = dispatch(method, path, body);
    assertEquals(response.content().utf8ToString(), List.of(action), asked);
    ModelRequest request = (ModelRequest) requests.get(0);
    assertEquals("m", request.model());
    assertEquals(options, request.body());
  }

  public void testRoutesOnOneModelAskTheirActions() {
    check(PUT, "/m", "{\"url\":\"file:///m\"}", PutModelAction.TYPE, Map.of("url", "file:///m"));
    for (String body : new String[] {null, "{\"a\":1}"}) { // which these do not read
      check(DELETE, "/m", body, DeleteModelAction.TYPE, Map.of());
      check(GET, "/m/_validate", body, ValidateModelAction.TYPE, Map.of());
    }
    check(
        POST,
        "/m/_encode",
        "{\"texts\":[\"a\"]}",
        EncodeModelAction.TYPE,
        Map.of("texts", List.of("a")));
    check(
        PUT,
        "/m/files/abc/3",
        "{\"data\":\"AA==\",\"file\":\"other\"}",
        PutChunkAction.TYPE,
        Map.of("data", "AA==", "file", "abc", "number", 3));
  }

  public void testModelsAreListedAndShownByAskingAllNodes() {
    dispatch(GET, "", null);
    dispatch(GET, "/m", null);
    assertEquals(List.of(ModelsAction.INSTANCE, ModelsAction.INSTANCE), asked);
  }
}
