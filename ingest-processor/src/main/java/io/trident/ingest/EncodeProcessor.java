package io.trident.ingest;

import static org.opensearch.ingest.ConfigurationUtils.newConfigurationException;

import io.trident.models.api.Encoding;
import io.trident.models.api.Inference;
import io.trident.models.api.ModelException;
import io.trident.models.api.Passage;
import io.trident.models.api.Side;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.ingest.AbstractBatchingProcessor;
import org.opensearch.ingest.ConfigurationUtils;
import org.opensearch.ingest.IngestDocument;
import org.opensearch.ingest.IngestDocumentWrapper;
import org.opensearch.ingest.Processor;

/**
 * {@code encode}: writes the vectors of a text. One run of a model gives all that are wanted, for
 * all documents of a batch together; a document whose text cannot be read fails alone. A document
 * without text is left as it is: so a partial update that does not bring the text encodes nothing.
 */
public final class EncodeProcessor extends AbstractBatchingProcessor {

  /** The processor's name. */
  public static final String TYPE = "encode";

  /** The default of {@code batch_size}: 32 documents a request to the model. */
  public static final int DEFAULT_BATCH_SIZE = 32;

  /** The default of {@code passages.max_tokens}: 128. */
  public static final int DEFAULT_PASSAGE_TOKENS = 128;

  /** The default of {@code passages.overlap}: 16 tokens. */
  public static final int DEFAULT_PASSAGE_OVERLAP = 16;

  private final Supplier<Inference> inference;
  private final Supplier<String> defaultModel;
  private final Options options;

  /**
   * What a pipeline says of the processor.
   *
   * @param model the model's id, or null for the node's default
   * @param fields the paths of the text
   * @param targets where vectors are written to
   * @param passages how a long text is cut, or null to encode it as one
   * @param ignoreMissing whether a document without text passes
   * @param errorField where the reason of a failure is written to instead of failing, or null
   */
  record Options(
      String model,
      List<String> fields,
      EncodeTargets targets,
      PassageOptions passages,
      boolean ignoreMissing,
      String errorField) {}

  /**
   * How a long text is cut.
   *
   * @param field the path of the array of objects that are written, one a passage
   * @param maxTokens tokens a passage
   * @param overlap tokens that a passage shares with the one before
   */
  record PassageOptions(String field, int maxTokens, int overlap) {}

  EncodeProcessor(
      String tag,
      String description,
      int batchSize,
      Supplier<Inference> inference,
      Supplier<String> defaultModel,
      Options options) {
    super(tag, description, batchSize);
    this.inference = inference;
    this.defaultModel = defaultModel;
    this.options = options;
  }

  @Override
  public String getType() {
    return TYPE;
  }

  /** What a document waits for. */
  private interface Waiting {
    void accept(List<Encoding> encodings);
  }

  /** The texts of one document, and what to do with their encodings. */
  private record Work(List<String> texts, Waiting waiting) {}

  @Override
  public IngestDocument execute(IngestDocument document) {
    throw new UnsupportedOperationException("[" + TYPE + "] is asynchronous");
  }

  @Override
  public void execute(IngestDocument document, BiConsumer<IngestDocument, Exception> handler) {
    Item item = new Item(document);
    encode(
        List.of(item), () -> handler.accept(item.failure == null ? document : null, item.failure));
  }

  @Override
  protected void subBatchExecute(
      List<IngestDocumentWrapper> wrappers, Consumer<List<IngestDocumentWrapper>> handler) {
    Map<IngestDocumentWrapper, Item> items = new IdentityHashMap<>();
    for (IngestDocumentWrapper wrapper : wrappers) {
      if (wrapper.getException() == null) {
        items.put(wrapper, new Item(wrapper.getIngestDocument()));
      }
    }
    encode(
        wrappers.stream().map(items::get).filter(Objects::nonNull).toList(),
        () -> {
          items.forEach((wrapper, item) -> wrapper.update(item.document, item.failure));
          handler.accept(wrappers);
        });
  }

  /** A document on its way through the model. */
  private final class Item {
    private final IngestDocument document;
    private Work work;
    private Exception failure;

    private Item(IngestDocument document) {
      this.document = document;
    }

    /** Runs a step; what it throws is this document's failure alone. */
    private void attempt(Runnable step) {
      try {
        step.run();
      } catch (RuntimeException e) {
        fail(e);
      }
    }

    private void fail(Exception e) {
      if (options.errorField == null) {
        failure = e;
      } else {
        document.setFieldValue(options.errorField, e.getMessage());
      }
    }
  }

  private void encode(List<Item> items, Runnable done) {
    List<Item> waiting = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    for (Item item : items) {
      item.attempt(() -> item.work = work(item.document));
      if (item.work != null && item.work.texts.isEmpty() == false) {
        waiting.add(item);
        texts.addAll(item.work.texts);
      }
    }
    if (texts.isEmpty()) {
      done.run();
      return;
    }
    inference
        .get()
        .encode(
            model(),
            texts,
            Side.DOCUMENT,
            options.targets.representations(),
            Inference.Workload.INGEST)
        .whenComplete(
            (encodings, failure) -> {
              if (failure == null) {
                deliver(waiting, encodings);
              } else {
                waiting.forEach(item -> item.fail(answer(failure)));
              }
              done.run();
            });
  }

  private static void deliver(List<Item> items, List<Encoding> encodings) {
    int start = 0;
    for (Item item : items) {
      List<Encoding> own = encodings.subList(start, start + item.work.texts.size());
      item.attempt(() -> item.work.waiting.accept(own));
      start += own.size();
    }
  }

  private String model() {
    return options.model == null ? defaultModel.get() : options.model;
  }

  private Work work(IngestDocument document) {
    List<SourceText> sources = SourceText.find(document.getSourceAndMetadata(), options.fields);
    if (sources.isEmpty() && options.ignoreMissing == false) {
      throw new IllegalArgumentException(
          "[" + TYPE + "] must have a text in one of " + options.fields + ", found none");
    }
    return options.passages == null ? wholeTexts(sources) : passages(sources);
  }

  private Work wholeTexts(List<SourceText> sources) {
    List<String> texts = sources.stream().map(source -> String.join("\n", source.texts())).toList();
    return new Work(
        texts,
        encodings -> {
          for (int i = 0; i < sources.size(); i++) {
            options.targets.write(encodings.get(i), sources.get(i)::set);
          }
        });
  }

  /** Cuts every text; each passage becomes an object with its text, place and vectors. */
  private Work passages(List<SourceText> sources) {
    List<String> texts = new ArrayList<>();
    List<List<Map<String, Object>>> objects = new ArrayList<>();
    for (SourceText source : sources) {
      List<Map<String, Object>> ofSource = new ArrayList<>();
      for (String text : source.texts()) {
        for (Passage passage :
            inference
                .get()
                .passages(model(), text, options.passages.maxTokens, options.passages.overlap)) {
          String words = text.substring(passage.start(), passage.end());
          Map<String, Object> object = new LinkedHashMap<>();
          object.put("text", words);
          object.put("start", passage.start());
          object.put("end", passage.end());
          ofSource.add(object);
          texts.add(words);
        }
      }
      objects.add(ofSource);
    }
    return new Work(
        texts,
        encodings -> {
          int next = 0;
          for (int i = 0; i < sources.size(); i++) {
            for (Map<String, Object> object : objects.get(i)) {
              options.targets.write(encodings.get(next++), object::put);
            }
            sources.get(i).set(options.passages.field, objects.get(i));
          }
        });
  }

  private static Exception answer(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof ModelException e) {
      RestStatus status =
          switch (e.kind()) {
            case NOT_FOUND, BAD_REQUEST, INVALID_MODEL -> RestStatus.BAD_REQUEST;
            case REJECTED -> RestStatus.TOO_MANY_REQUESTS;
            case TIMEOUT -> RestStatus.GATEWAY_TIMEOUT;
            case FAILED -> RestStatus.INTERNAL_SERVER_ERROR;
          };
      return new OpenSearchStatusException(e.getMessage(), status, e);
    }
    return cause instanceof Exception e ? e : new IllegalStateException(cause);
  }

  /** Makes processors from pipelines. */
  public static final class Factory implements Processor.Factory {
    private final Supplier<Inference> inference;
    private final Supplier<String> defaultModel;

    /**
     * Makes the factory.
     *
     * @param inference runs the models; asked for when a document comes
     * @param defaultModel the id of the model for processors that name none
     */
    public Factory(Supplier<Inference> inference, Supplier<String> defaultModel) {
      this.inference = inference;
      this.defaultModel = defaultModel;
    }

    @Override
    public EncodeProcessor create(
        Map<String, Processor.Factory> factories,
        String tag,
        String description,
        Map<String, Object> config) {
      int batchSize =
          ConfigurationUtils.readIntProperty(
              TYPE, tag, config, BATCH_SIZE_FIELD, DEFAULT_BATCH_SIZE);
      if (batchSize < 1) {
        throw newConfigurationException(
            TYPE, tag, BATCH_SIZE_FIELD, "must be at least 1, got [" + batchSize + "]");
      }
      Options options =
          new Options(
              ConfigurationUtils.readOptionalStringProperty(TYPE, tag, config, "model"),
              fields(tag, config),
              targets(tag, config),
              passages(tag, config),
              ConfigurationUtils.readBooleanProperty(TYPE, tag, config, "ignore_missing", true),
              ConfigurationUtils.readOptionalStringProperty(TYPE, tag, config, "error_field"));
      return new EncodeProcessor(tag, description, batchSize, inference, defaultModel, options);
    }

    private static List<String> fields(String tag, Map<String, Object> config) {
      String field = ConfigurationUtils.readOptionalStringProperty(TYPE, tag, config, "field");
      List<String> fields = ConfigurationUtils.readOptionalList(TYPE, tag, config, "fields");
      if ((field == null) == (fields == null) || (fields != null && fields.isEmpty())) {
        throw newConfigurationException(
            TYPE, tag, "field", "must be given, or [fields] in its place, and not both");
      }
      return field == null ? List.copyOf(fields) : List.of(field);
    }

    private static EncodeTargets targets(String tag, Map<String, Object> config) {
      EncodeTargets targets =
          new EncodeTargets(
              ConfigurationUtils.readOptionalStringProperty(TYPE, tag, config, "sparse"),
              ConfigurationUtils.readOptionalStringProperty(TYPE, tag, config, "dense"),
              ConfigurationUtils.readOptionalStringProperty(TYPE, tag, config, "tokens"));
      if (targets.representations().isEmpty()) {
        throw newConfigurationException(
            TYPE,
            tag,
            "sparse",
            "must be given, or [dense] or [tokens]: there is nothing to write");
      }
      return targets;
    }

    private static PassageOptions passages(String tag, Map<String, Object> config) {
      Map<String, Object> passages =
          ConfigurationUtils.readOptionalMap(TYPE, tag, config, "passages");
      if (passages == null) {
        return null;
      }
      PassageOptions options =
          new PassageOptions(
              ConfigurationUtils.readStringProperty(TYPE, tag, passages, "field"),
              ConfigurationUtils.readIntProperty(
                  TYPE, tag, passages, "max_tokens", DEFAULT_PASSAGE_TOKENS),
              ConfigurationUtils.readIntProperty(
                  TYPE, tag, passages, "overlap", DEFAULT_PASSAGE_OVERLAP));
      if (passages.isEmpty() == false) {
        throw newConfigurationException(
            TYPE, tag, "passages", "does not support " + passages.keySet());
      }
      if (options.maxTokens < 8
          || options.overlap < 0
          || 2 * options.overlap >= options.maxTokens) {
        throw newConfigurationException(
            TYPE,
            tag,
            "passages",
            "must have a [max_tokens] of at least 8 and an [overlap] of less than half of it, got ["
                + options.maxTokens
                + "] and ["
                + options.overlap
                + "]");
      }
      return options;
    }
  }
}
