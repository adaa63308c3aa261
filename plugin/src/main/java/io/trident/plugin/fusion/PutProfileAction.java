/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.fusion;

import io.trident.query.fusion.FusionProfile;
import java.util.Map;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.node.NodeClient;

/** Stores a profile. */
public final class PutProfileAction extends ProfileAction {

  static final String NAME = "cluster:admin/trident/fusion/profiles/put";

  /** How clients name the action. */
  public static final ActionType<FusionAnswer> TYPE = new ActionType<>(NAME, FusionAnswer::new);

  private final FusionProfiles profiles;
  private final NodeClient client;

  /** Made by OpenSearch. */
  @Inject
  public PutProfileAction(
      TransportService transportService,
      ActionFilters actionFilters,
      FusionProfiles profiles,
      NodeClient client) {
    super(NAME, transportService, actionFilters);
    this.profiles = profiles;
    this.client = client;
  }

  @Override
  void work(ProfileRequest request, ActionListener<Map<String, Object>> listener) {
    FusionProfile profile = FusionProfile.parse(request.json());
    profiles.put(
        client,
        request.name(),
        profile,
        ActionListener.map(
            listener, done -> Map.of("profile", request.name(), "settings", profile.toMap())));
  }
}
