/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.action;

import io.trident.plugin.models.store.CallerContextTestCase;
import java.util.List;
import java.util.Map;
import org.opensearch.action.ActionType;

public class ModelActionsCallerTests extends CallerContextTestCase {

  private String answeredAs(ActionType<ModelAnswer> action, Map<String, Object> body)
      throws InterruptedException {
    ModelRequest request = new ModelRequest("absent", body);
    return this.<ModelAnswer>answeredAs(to -> client().execute(action, request, to));
  }

  public void testActionsOnModelsAnswerTheirCaller() throws InterruptedException {
    assertEquals("me", answeredAs(EncodeModelAction.TYPE, Map.of("texts", List.of("a text"))));
    assertEquals("me", answeredAs(ValidateModelAction.TYPE, Map.of()));
  }
}
