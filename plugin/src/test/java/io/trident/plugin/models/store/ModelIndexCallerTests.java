/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.store;

import org.opensearch.cluster.service.ClusterService;

public class ModelIndexCallerTests extends CallerContextTestCase {

  public void testListOfModelsComesBackToTheCaller() throws InterruptedException {
    ModelIndex index = new ModelIndex(client(), getInstanceFromNode(ClusterService.class)::state);
    index.create();
    ensureGreen(ModelIndex.NAME);
    assertEquals("me", answeredAs(index::list));
  }
}
