/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.fusion;

import java.util.Map;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.core.action.ActionListener;
import org.opensearch.tasks.Task;
import org.opensearch.transport.TransportService;

/** Something that is done with stored profiles. */
abstract class ProfileAction extends HandledTransportAction<ProfileRequest, FusionAnswer> {

  ProfileAction(String name, TransportService transportService, ActionFilters actionFilters) {
    super(name, transportService, actionFilters, ProfileRequest::new);
  }

  /** Does it, and answers. */
  abstract void work(ProfileRequest request, ActionListener<Map<String, Object>> listener);

  @Override
  protected void doExecute(
      Task task, ProfileRequest request, ActionListener<FusionAnswer> listener) {
    work(request, ActionListener.map(listener, FusionAnswer::new));
  }
}
