/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.fusion;

import java.util.LinkedHashMap;
import java.util.Map;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.transport.TransportService;

/** Shows a profile, or all of them. */
public final class GetProfilesAction extends ProfileAction {

  static final String NAME = "cluster:monitor/trident/fusion/profiles/get";

  /** How clients name the action. */
  public static final ActionType<FusionAnswer> TYPE = new ActionType<>(NAME, FusionAnswer::new);

  private final FusionProfiles profiles;

  /** Made by OpenSearch. */
  @Inject
  public GetProfilesAction(
      TransportService transportService, ActionFilters actionFilters, FusionProfiles profiles) {
    super(NAME, transportService, actionFilters);
    this.profiles = profiles;
  }

  @Override
  void work(ProfileRequest request, ActionListener<Map<String, Object>> listener) {
    if (request.name() == null) {
      Map<String, Object> all = new LinkedHashMap<>();
      profiles.all().forEach((name, profile) -> all.put(name, profile.toMap()));
      listener.onResponse(Map.of("profiles", all));
    } else {
      listener.onResponse(
          Map.of("profile", request.name(), "settings", profiles.require(request.name()).toMap()));
    }
  }
}
