/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin;

import io.trident.ingest.Admission;
import io.trident.ingest.EncodeProcessor;
import io.trident.models.onnx.ExecutionProvider;
import io.trident.models.runtime.RuntimeSettings;
import io.trident.plugin.fusion.FusionProfiles;
import io.trident.plugin.page.Loopback;
import io.trident.query.mapper.VectorModel;
import io.trident.query.source.DerivedVectors;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Setting.Property;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.util.concurrent.OpenSearchExecutors;
import org.opensearch.core.common.unit.ByteSizeUnit;
import org.opensearch.core.common.unit.ByteSizeValue;
import org.opensearch.monitor.jvm.JvmInfo;
import org.opensearch.monitor.os.OsProbe;

/** Every setting of the plugin, with its default and range. */
final class TridentSettings {

  /** Where the size of the machine's memory is not known, or the heap takes it all: 512 MB. */
  private static final long MIN_NATIVE_MEMORY = 512L << 20;

  /** The encoder of queries and processors that name none; may change while the node runs. */
  static final Setting<String> DEFAULT_ENCODER =
      Setting.simpleString(
          "trident.default_encoder", "trident-small", Property.NodeScope, Property.Dynamic);

  /** The cross-encoder of requests that name none; may change while the node runs. */
  static final Setting<String> DEFAULT_CROSS_ENCODER =
      Setting.simpleString(
          "trident.default_cross_encoder",
          "trident-small-reranker",
          Property.NodeScope,
          Property.Dynamic);

  /** Threads that encode documents; as many as there are processors. */
  static final Setting<Integer> INGEST_THREADS =
      threads("trident.inference.ingest.threads", RuntimeSettings::ingestThreads);

  /** Threads that encode queries and rerank; as many as there are processors. */
  static final Setting<Integer> SEARCH_THREADS =
      threads("trident.inference.search.threads", RuntimeSettings::searchThreads);

  /** Threads that one run of a graph uses; 1. */
  static final Setting<Integer> THREADS_PER_RUN =
      Setting.intSetting("trident.inference.threads_per_run", 1, 1, Property.NodeScope);

  /**
   * Requests that may wait for a search's models, and batches of 32 documents that may wait to be
   * encoded; further ones get 429; 200.
   */
  static final Setting<Integer> QUEUE_SIZE =
      Setting.intSetting(
          "trident.inference.queue_size",
          RuntimeSettings.DEFAULT_QUEUE_SIZE,
          1,
          Property.NodeScope);

  /** Query encodings that are kept; 1,000, 0 for none. */
  static final Setting<Integer> CACHE_SIZE =
      Setting.intSetting(
          "trident.inference.query_cache_size",
          RuntimeSettings.DEFAULT_CACHE_SIZE,
          0,
          Property.NodeScope);

  /** Scores that cross-encoders gave pairs of a query and a text, which are kept; 20,000. */
  static final Setting<Integer> SCORE_CACHE_SIZE =
      Setting.intSetting(
          "trident.inference.score_cache_size",
          RuntimeSettings.DEFAULT_SCORE_CACHE_SIZE,
          0,
          Property.NodeScope);

  /**
   * How long a search's request to a model may take, waiting included, and how long a run of a
   * document's may; may change while the node runs; 30s.
   */
  static final Setting<TimeValue> DEADLINE =
      Setting.timeSetting(
          "trident.inference.deadline",
          TimeValue.timeValueSeconds(RuntimeSettings.DEFAULT_DEADLINE.toSeconds()),
          TimeValue.timeValueMillis(1),
          Property.NodeScope,
          Property.Dynamic);

  /**
   * How long the documents of a request may have to wait for those of others, by what such took;
   * requests that would wait longer get 429; may change while the node runs; 1m.
   */
  static final Setting<TimeValue> MAX_WAIT =
      Setting.timeSetting(
          "trident.inference.ingest.max_wait",
          TimeValue.timeValueMinutes(1),
          TimeValue.ZERO,
          Property.NodeScope,
          Property.Dynamic);

  /** Heap for vectors that are made and not yet handed on to be indexed; a quarter of it. */
  static final Setting<ByteSizeValue> INGEST_MEMORY =
      Setting.memorySizeSetting("trident.inference.ingest.memory_limit", "25%", Property.NodeScope);

  /** Native memory of loaded models, runs excluded; half of what the heap leaves. */
  static final Setting<ByteSizeValue> MODEL_MEMORY =
      Setting.byteSizeSetting(
          "trident.models.memory_limit", settings -> nativeMemory(), Property.NodeScope);

  /** Models that a node loads when it starts; none. */
  static final Setting<List<String>> WARM_UP =
      Setting.listSetting(
          "trident.models.warm_up", List.of(), Function.identity(), Property.NodeScope);

  /** What graphs run on: {@code cpu} or {@code cuda}. */
  static final Setting<ExecutionProvider> PROVIDER =
      new Setting<>(
          "trident.inference.execution_provider",
          ExecutionProvider.CPU.toString(),
          ExecutionProvider::of,
          Property.NodeScope);

  /** What the URLs that models may be fetched from begin with; none. */
  static final Setting<List<String>> ALLOWED_URLS =
      Setting.listSetting(
          "trident.models.allowed_urls", List.of(), Function.identity(), Property.NodeScope);

  /** Bytes that copies of stored models may take on the node's disk; 10gb. */
  static final Setting<ByteSizeValue> MODEL_CACHE_SIZE =
      Setting.byteSizeSetting(
          "trident.models.cache_size", new ByteSizeValue(10, ByteSizeUnit.GB), Property.NodeScope);

  /** Whether the node serves the page; where HTTP is bound to loopback addresses alone. */
  static final Setting<Boolean> PAGE_ENABLED =
      Setting.boolSetting(
          "trident.page.enabled",
          settings -> Boolean.toString(Loopback.only(settings)),
          Property.NodeScope);

  /** All of them. */
  static final List<Setting<?>> ALL =
      List.of(
          DEFAULT_ENCODER,
          DEFAULT_CROSS_ENCODER,
          INGEST_THREADS,
          SEARCH_THREADS,
          THREADS_PER_RUN,
          QUEUE_SIZE,
          CACHE_SIZE,
          SCORE_CACHE_SIZE,
          DEADLINE,
          MAX_WAIT,
          INGEST_MEMORY,
          ALLOWED_URLS,
          MODEL_CACHE_SIZE,
          MODEL_MEMORY,
          WARM_UP,
          PROVIDER,
          PAGE_ENABLED,
          FusionProfiles.SETTING,
          DerivedVectors.SETTING,
          VectorModel.ALLOW_OTHERS);

  private final Settings settings;
  private volatile String defaultEncoder;
  private volatile String defaultCrossEncoder;

  TridentSettings(Settings settings) {
    this.settings = settings;
    this.defaultEncoder = DEFAULT_ENCODER.get(settings);
    this.defaultCrossEncoder = DEFAULT_CROSS_ENCODER.get(settings);
  }

  private static Setting<Integer> threads(String key, ToIntFunction<RuntimeSettings> which) {
    return new Setting<>(
        key,
        settings ->
            Integer.toString(
                which.applyAsInt(
                    RuntimeSettings.defaults(OpenSearchExecutors.allocatedProcessors(settings)))),
        value -> Setting.parseInt(value, 1, key),
        Property.NodeScope);
  }

  private static String nativeMemory() {
    long beside =
        OsProbe.getInstance().getTotalPhysicalMemorySize()
            - JvmInfo.jvmInfo().getMem().getHeapMax().getBytes();
    return Math.max(MIN_NATIVE_MEMORY, beside / 2) + "b";
  }

  /** Takes over changes of the settings that may change, and of durations by telling them. */
  void follow(
      ClusterSettings clusterSettings, Consumer<Duration> deadline, Consumer<Duration> maxWait) {
    clusterSettings.addSettingsUpdateConsumer(
        DEADLINE, value -> deadline.accept(Duration.ofMillis(value.millis())));
    clusterSettings.addSettingsUpdateConsumer(
        MAX_WAIT, value -> maxWait.accept(Duration.ofMillis(value.millis())));
    clusterSettings.addSettingsUpdateConsumer(DEFAULT_ENCODER, value -> defaultEncoder = value);
    clusterSettings.addSettingsUpdateConsumer(
        DEFAULT_CROSS_ENCODER, value -> defaultCrossEncoder = value);
  }

  String defaultEncoder() {
    return defaultEncoder;
  }

  String defaultCrossEncoder() {
    return defaultCrossEncoder;
  }

  /** Native memory that loaded models may take. */
  ByteSizeValue modelMemory() {
    return MODEL_MEMORY.get(settings);
  }

  /** Models to load when the node starts. */
  List<String> warmUp() {
    return WARM_UP.get(settings);
  }

  /** What the URLs that models may be fetched from begin with. */
  List<String> allowedUrls() {
    return ALLOWED_URLS.get(settings);
  }

  /** Bytes that copies of stored models may take. */
  ByteSizeValue modelCacheSize() {
    return MODEL_CACHE_SIZE.get(settings);
  }

  /** What the node encodes at once; one for all of its processors. */
  Admission admission() {
    return new Admission(
        QUEUE_SIZE.get(settings) * EncodeProcessor.DEFAULT_BATCH_SIZE,
        INGEST_MEMORY.get(settings).getBytes(),
        Duration.ofMillis(MAX_WAIT.get(settings).millis()));
  }

  /** Whether the node serves the page. */
  boolean pageEnabled() {
    return PAGE_ENABLED.get(settings);
  }

  /** The bounds of inference. */
  RuntimeSettings runtime() {
    return new RuntimeSettings(
        INGEST_THREADS.get(settings),
        SEARCH_THREADS.get(settings),
        THREADS_PER_RUN.get(settings),
        QUEUE_SIZE.get(settings),
        CACHE_SIZE.get(settings),
        SCORE_CACHE_SIZE.get(settings),
        Duration.ofMillis(DEADLINE.get(settings).millis()),
        PROVIDER.get(settings));
  }
}
