/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.opensearch.ingest.AbstractBatchingSystemProcessor;
import org.opensearch.ingest.IngestDocument;
import org.opensearch.ingest.IngestDocumentWrapper;
import org.opensearch.plugins.IngestPlugin.SystemIngestPipelineConfigKeys;

/**
 * Runs the {@code encode} processors that the mapping of an index asks for, one after the other,
 * behind all pipelines of the user and without one. Thread-safe.
 */
public final class SystemEncodeProcessor extends AbstractBatchingSystemProcessor {

  /** The processor's name. */
  public static final String TYPE = "trident_system_encode";

  private final List<EncodeProcessor> processors;

  private SystemEncodeProcessor(String tag, String description, List<EncodeProcessor> processors) {
    super(tag, description, EncodeProcessor.DEFAULT_BATCH_SIZE);
    this.processors = processors;
  }

  @Override
  public String getType() {
    return TYPE;
  }

  @Override
  public IngestDocument execute(IngestDocument document) {
    throw new UnsupportedOperationException("[" + TYPE + "] is asynchronous");
  }

  @Override
  public void execute(IngestDocument document, BiConsumer<IngestDocument, Exception> handler) {
    execute(0, document, handler);
  }

  private void execute(
      int next, IngestDocument document, BiConsumer<IngestDocument, Exception> handler) {
    if (next == processors.size()) {
      handler.accept(document, null);
      return;
    }
    processors
        .get(next)
        .execute(
            document,
            (encoded, failure) -> {
              if (failure == null) {
                execute(next + 1, encoded, handler);
              } else {
                handler.accept(null, failure);
              }
            });
  }

  @Override
  public void batchExecute(
      List<IngestDocumentWrapper> documents, Consumer<List<IngestDocumentWrapper>> handler) {
    batchExecute(0, documents, handler);
  }

  private void batchExecute(
      int next,
      List<IngestDocumentWrapper> documents,
      Consumer<List<IngestDocumentWrapper>> handler) {
    if (next == processors.size()) {
      handler.accept(documents);
    } else {
      processors
          .get(next)
          .batchExecute(documents, encoded -> batchExecute(next + 1, encoded, handler));
    }
  }

  @Override
  protected void subBatchExecute(
      List<IngestDocumentWrapper> documents, Consumer<List<IngestDocumentWrapper>> handler) {
    batchExecute(0, documents, handler);
  }

  /** Makes the processor of an index, or none when its mapping asks for none. */
  public static final class Factory extends AbstractBatchingSystemProcessor.Factory {
    private final EncodeProcessor.Factory encode;
    private final Function<Map<String, Object>, List<Map<String, Object>>> wanted;

    /**
     * Makes the factory.
     *
     * @param encode makes each processor
     * @param wanted the configurations of the processors that a mapping asks for
     */
    public Factory(
        EncodeProcessor.Factory encode,
        Function<Map<String, Object>, List<Map<String, Object>>> wanted) {
      super(TYPE);
      this.encode = encode;
      this.wanted = wanted;
    }

    @Override
    protected AbstractBatchingSystemProcessor newProcessor(
        String tag, String description, Map<String, Object> index) {
      List<EncodeProcessor> processors =
          configurations(index).stream()
              .map(config -> encode.create(Map.of(), tag, description, new HashMap<>(config)))
              .toList();
      return processors.isEmpty() ? null : new SystemEncodeProcessor(tag, description, processors);
    }

    /** Those of the mapping, or of the templates of an index that is not there yet. */
    private Collection<Map<String, Object>> configurations(Map<String, Object> index) {
      if (index.get(SystemIngestPipelineConfigKeys.INDEX_MAPPINGS) instanceof Map<?, ?> mapping) {
        return wanted.apply(object(mapping));
      }
      Map<Object, Map<String, Object>> byField = new LinkedHashMap<>();
      if (index.get(SystemIngestPipelineConfigKeys.INDEX_TEMPLATE_MAPPINGS)
          instanceof List<?> mappings) {
        for (Object mapping : mappings) {
          wanted
              .apply(object((Map<?, ?>) mapping))
              .forEach(config -> byField.put(config.get("field"), config));
        }
      }
      return byField.values();
    }

    @SuppressWarnings("unchecked") // keys of JSON objects are strings
    private static Map<String, Object> object(Map<?, ?> value) {
      return (Map<String, Object>) value;
    }
  }
}
