/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.fusion;

import io.trident.models.api.Excerpt;
import io.trident.query.fusion.FusionProfile;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.admin.cluster.settings.ClusterUpdateSettingsRequest;
import org.opensearch.action.support.ContextPreservingActionListener;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.transport.client.Client;

/**
 * The stored profiles. Each is a setting of the cluster, so every node has it before the request
 * that stores it is answered, a search reads it from memory, and a cluster without the plugin can
 * still read its state. See docs/adr/0024. Thread-safe.
 */
public final class FusionProfiles {

  private static final String PREFIX = "trident.fusion.profiles.";

  /** What a setting must have, and no profile that is stored is. */
  private static final String DEFAULT = "{\"legs\": [{}]}";

  /** The settings of the cluster that profiles are kept in. */
  public static final Setting.AffixSetting<FusionProfile> SETTING =
      Setting.prefixKeySetting(
          PREFIX,
          key ->
              new Setting<>(
                  key,
                  DEFAULT,
                  FusionProfile::parse,
                  Setting.Property.NodeScope,
                  Setting.Property.Dynamic));

  /** The most profiles: 1,000, because every node holds the cluster's state in memory. */
  static final int MAX_PROFILES = 1_000;

  /** The longest JSON of a profile: 16 kB. */
  static final int MAX_LENGTH = 16 << 10;

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,99}");

  private final Supplier<Settings> settings;
  private volatile Parsed parsed = new Parsed(Settings.EMPTY, Map.of());

  /** The profiles of settings, which are told by identity: the cluster's do not change. */
  private record Parsed(Settings settings, Map<String, FusionProfile> profiles) {}

  /**
   * Makes the store.
   *
   * @param settings those of the cluster, as the node knows them
   */
  public FusionProfiles(Supplier<Settings> settings) {
    this.settings = settings;
  }

  /** The profiles that are stored now, by name. */
  public Map<String, FusionProfile> all() {
    Settings now = settings.get();
    Parsed last = parsed;
    if (last.settings != now) {
      last = new Parsed(now, new TreeMap<>(SETTING.getAsMap(now)));
      parsed = last;
    }
    return last.profiles;
  }

  /** A stored profile. */
  FusionProfile require(String name) {
    FusionProfile profile = all().get(name);
    if (profile == null) {
      throw new OpenSearchStatusException(
          "profile [{}] is not stored", RestStatus.NOT_FOUND, Excerpt.of(name));
    }
    return profile;
  }

  /** Refuses what no profile may be called. */
  static void checkName(String name) {
    if (NAME.matcher(name).matches() == false) {
      throw new IllegalArgumentException(
          "the name of a profile must have 1 to 100 of a-z, 0-9, [_] and [-], and begin with a"
              + " letter or a digit, got ["
              + Excerpt.of(name)
              + "]");
    }
  }

  /** Stores a profile, in place of the former one of its name. */
  void put(Client client, String name, FusionProfile profile, ActionListener<Void> listener) {
    checkName(name);
    String json = profile.toJson();
    if (json.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "a profile must have at most ["
              + MAX_LENGTH
              + "] characters, got ["
              + json.length()
              + "]: shorten the names of the legs");
    }
    if (all().size() >= MAX_PROFILES && all().containsKey(name) == false) {
      throw new IllegalArgumentException(
          "there must be at most [" + MAX_PROFILES + "] profiles: delete some");
    }
    update(client, Settings.builder().put(PREFIX + name, json), listener);
  }

  /** Takes a profile away. */
  void delete(Client client, String name, ActionListener<Void> listener) {
    require(name);
    update(client, Settings.builder().putNull(PREFIX + name), listener);
  }

  /** Changes settings with the plugin's own rights: who stores profiles need not change others. */
  private static void update(
      Client client, Settings.Builder change, ActionListener<Void> listener) {
    ThreadContext context = client.threadPool().getThreadContext();
    ActionListener<Void> caller =
        ContextPreservingActionListener.wrapPreservingContext(listener, context);
    try (ThreadContext.StoredContext ignored = context.stashContext()) {
      client
          .admin()
          .cluster()
          .updateSettings(
              new ClusterUpdateSettingsRequest().persistentSettings(change),
              ActionListener.map(caller, done -> null));
    }
  }
}
