/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin;

import io.trident.models.onnx.ExecutionProvider;
import io.trident.models.runtime.RuntimeSettings;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.concurrent.OpenSearchExecutors;
import org.opensearch.test.OpenSearchTestCase;

/** The settings' names, defaults and bounds, so that none changes by accident. */
public class SettingsDefaultsTests extends OpenSearchTestCase {

  public void testDefaults() {
    Settings node =
        Settings.builder().put(OpenSearchExecutors.NODE_PROCESSORS_SETTING.getKey(), 2).build();
    Map<String, String> defaults = new TreeMap<>();
    for (Setting<?> setting : TridentSettings.ALL) {
      boolean ofMachine = setting == TridentSettings.MODEL_MEMORY;
      boolean ofNames = setting instanceof Setting.AffixSetting<?>; // none of which is there
      if (ofMachine == false && ofNames == false) {
        defaults.put(setting.getKey(), setting.getDefaultRaw(node));
      }
    }
    assertEquals(
        new TreeMap<>(
            Map.ofEntries(
                Map.entry("trident.default_encoder", "trident-small"),
                Map.entry("trident.default_cross_encoder", "trident-small-reranker"),
                Map.entry("trident.inference.ingest.threads", "2"),
                Map.entry("trident.inference.search.threads", "2"),
                Map.entry("trident.inference.threads_per_run", "1"),
                Map.entry("trident.inference.queue_size", "200"),
                Map.entry("trident.inference.query_cache_size", "1000"),
                Map.entry("trident.inference.score_cache_size", "20000"),
                Map.entry("trident.inference.deadline", "30s"),
                Map.entry("trident.inference.ingest.max_wait", "1m"),
                Map.entry("trident.inference.ingest.memory_limit", "25%"),
                Map.entry("trident.inference.execution_provider", "cpu"),
                Map.entry("trident.models.allowed_urls", "[]"),
                Map.entry("trident.models.cache_size", "10737418240b"),
                Map.entry("trident.models.warm_up", "[]"),
                Map.entry("trident.page.enabled", "true"),
                Map.entry("index.trident.derived_vectors", "[]"),
                Map.entry("index.trident.allow_other_models", "false"))),
        defaults);
  }

  public void testMemoryIsAtLeastHalfAGigabyte() {
    assertTrue(new TridentSettings(Settings.EMPTY).modelMemory().getBytes() >= 512L << 20);
  }

  public void testRuntimeHasTheSameDefaults() {
    int processors = randomIntBetween(1, Runtime.getRuntime().availableProcessors());
    Settings node =
        Settings.builder()
            .put(OpenSearchExecutors.NODE_PROCESSORS_SETTING.getKey(), processors)
            .build();
    assertEquals(RuntimeSettings.defaults(processors), new TridentSettings(node).runtime());
  }

  public void testReadsWhatIsSet() {
    Settings node =
        Settings.builder()
            .put("trident.inference.ingest.threads", 3)
            .put("trident.inference.search.threads", 4)
            .put("trident.inference.threads_per_run", 2)
            .put("trident.inference.queue_size", 10)
            .put("trident.inference.query_cache_size", 0)
            .put("trident.inference.score_cache_size", 7)
            .put("trident.inference.deadline", "5s")
            .build();
    assertEquals(
        new RuntimeSettings(3, 4, 2, 10, 0, 7, Duration.ofSeconds(5), ExecutionProvider.CPU),
        new TridentSettings(node).runtime());
  }

  public void testRefusesWhatIsTooSmall() {
    for (String key :
        new String[] {
          "trident.inference.ingest.threads",
          "trident.inference.search.threads",
          "trident.inference.threads_per_run",
          "trident.inference.queue_size"
        }) {
      TridentSettings settings = new TridentSettings(Settings.builder().put(key, 0).build());
      IllegalArgumentException e = expectThrows(IllegalArgumentException.class, settings::runtime);
      assertTrue(e.getMessage(), e.getMessage().contains("[" + key + "] must be >= 1"));
    }
  }

  public void testFollowsTheSettingsThatMayChange() {
    TridentSettings settings = new TridentSettings(Settings.EMPTY);
    Set<Setting<?>> known =
        TridentSettings.ALL.stream().filter(Setting::hasNodeScope).collect(Collectors.toSet());
    ClusterSettings cluster = new ClusterSettings(Settings.EMPTY, known);
    AtomicReference<Duration> deadline = new AtomicReference<>();
    AtomicReference<Duration> maxWait = new AtomicReference<>();
    settings.follow(cluster, deadline::set, maxWait::set);
    cluster.applySettings(
        Settings.builder()
            .put("trident.default_encoder", "mine")
            .put("trident.default_cross_encoder", "my-reranker")
            .put("trident.inference.deadline", "7s")
            .put("trident.inference.ingest.max_wait", "3h")
            .build());
    assertEquals(Duration.ofSeconds(7), deadline.get());
    assertEquals(Duration.ofHours(3), maxWait.get());
    assertEquals("mine", settings.defaultEncoder());
    assertEquals("my-reranker", settings.defaultCrossEncoder());
    Set<String> dynamic = new TreeSet<>();
    known.stream().filter(Setting::isDynamic).forEach(setting -> dynamic.add(setting.getKey()));
    assertEquals(
        Set.of(
            "trident.fusion.profiles.",
            "trident.default_encoder",
            "trident.default_cross_encoder",
            "trident.inference.deadline",
            "trident.inference.ingest.max_wait"),
        dynamic);
  }
}
