package io.trident.ingest;

import static org.opensearch.ingest.ConfigurationUtils.newConfigurationException;

import io.trident.models.api.Encoding;
import io.trident.models.api.Inference;
import io.trident.models.api.ModelException;
import io.trident.models.api.Passage;
import io.trident.models.api.Side;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.opensearch.ingest.AbstractBatchingProcessor;
import org.opensearch.ingest.ConfigurationUtils;
import org.opensearch.ingest.IngestDocument;
import org.opensearch.ingest.IngestDocumentWrapper;
import org.opensearch.ingest.Processor;

/**
 * {@code encode}: writes the vectors of a text. One run of a model gives all that are wanted, for
 * all documents of a batch together; a document whose text cannot be read or encoded fails alone. A
 * failed document is marked with the reason and has no vectors, so that {@code ignore_failure}
 * indexes it like that. Thread-safe.
 */
public final class EncodeProcessor extends AbstractBatchingProcessor {

  /** The processor's name. */
  public static final String TYPE = "encode";

  /** The default of {@code batch_size}: 32 documents a request to the model. */
  public static final int DEFAULT_BATCH_SIZE = 32;

  private final Supplier<Inference> inference;
  private final Supplier<String> defaultModel;
  private final EncodeOptions options;

  EncodeProcessor(
      String tag,
      String description,
      int batchSize,
      Supplier<Inference> inference,
      Supplier<String> defaultModel,
      EncodeOptions options) {
    super(tag, description, batchSize);
    this.inference = inference;
    this.defaultModel = defaultModel;
    this.options = options;
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
    EncodedDocument item = new EncodedDocument(document, options);
    encode(
        List.of(item),
        () -> {
          if (item.failure() == null) {
            handler.accept(document, null);
          } else {
            handler.accept(null, item.failure());
          }
        });
  }

  /** A place in a batch: a document that failed before has no item. */
  private record Place(IngestDocumentWrapper wrapper, EncodedDocument item) {
    /**
     * What came of the document; a wrapper of its own, because the caller compares with the old.
     */
    IngestDocumentWrapper result() {
      return item == null
          ? wrapper
          : new IngestDocumentWrapper(
              wrapper.getSlot(), wrapper.getChildSlot(), item.document(), item.failure());
    }
  }

  @Override
  protected void subBatchExecute(
      List<IngestDocumentWrapper> wrappers, Consumer<List<IngestDocumentWrapper>> handler) {
    List<Place> places =
        wrappers.stream()
            .map(
                wrapper ->
                    new Place(
                        wrapper,
                        wrapper.getException() == null
                            ? new EncodedDocument(wrapper.getIngestDocument(), options)
                            : null))
            .toList();
    encode(
        places.stream().map(Place::item).flatMap(Stream::ofNullable).toList(),
        () -> handler.accept(places.stream().map(Place::result).toList()));
  }

  private void encode(List<EncodedDocument> items, Runnable done) {
    String model = options.model() == null ? defaultModel.get() : options.model();
    items.forEach(item -> item.read(model));
    Runnable write =
        () -> ask(waiting(items), texts -> encode(model, texts), EncodedDocument::write, done);
    Runnable encode = options.expansion() == null ? write : () -> expand(items, write);
    if (options.passages() == null) {
      encode.run();
    } else {
      Quality quality = options.passages().quality();
      Runnable judge =
          () -> ask(waiting(items), texts -> judge(quality, texts), EncodedDocument::prune, encode);
      ask(
          waiting(items),
          texts -> cut(model, texts),
          EncodedDocument::cut,
          quality == null ? encode : judge);
    }
  }

  /** Asks for the queries of one document after the other: they take long, each has a deadline. */
  private void expand(List<EncodedDocument> items, Runnable done) {
    Expansion expansion = options.expansion();
    askAlone(
        waiting(items),
        0,
        texts ->
            inference
                .get()
                .predictQueries(
                    expansion.model(), texts, expansion.prediction(), Inference.Workload.INGEST),
        EncodedDocument::expand,
        done);
  }

  /** Whether each text is good enough. */
  private CompletionStage<List<Boolean>> judge(Quality quality, List<String> texts) {
    return inference
        .get()
        .judge(quality.model(), texts, Inference.Workload.INGEST)
        .thenApply(
            scores ->
                IntStream.range(0, scores.length)
                    .mapToObj(i -> scores[i] >= quality.threshold())
                    .toList());
  }

  private static List<EncodedDocument> waiting(List<EncodedDocument> items) {
    return items.stream().filter(EncodedDocument::waits).toList();
  }

  private CompletionStage<List<List<Passage>>> cut(String model, List<String> texts) {
    EncodeOptions.Passages passages = options.passages();
    return inference
        .get()
        .passages(
            model, texts, passages.maxTokens(), passages.overlap(), Inference.Workload.INGEST);
  }

  private CompletionStage<List<Encoding>> encode(String model, List<String> texts) {
    if (options.targets().representations().isEmpty()) { // only queries are predicted
      return CompletableFuture.completedFuture(
          Collections.nCopies(texts.size(), new Encoding(null, null, null)));
    }
    return inference
        .get()
        .encode(
            model,
            texts,
            Side.DOCUMENT,
            options.targets().representations(),
            Inference.Workload.INGEST);
  }

  /**
   * Asks for what becomes of the texts of all items together. When that fails and one text may be
   * the reason, asks for one item after the other, to find the one that fails.
   *
   * @param receiver hands an item what came of its texts
   */
  private static <T> void ask(
      List<EncodedDocument> items,
      Function<List<String>, CompletionStage<List<T>>> question,
      BiConsumer<EncodedDocument, List<T>> receiver,
      Runnable done) {
    if (items.isEmpty()) {
      done.run();
      return;
    }
    List<String> texts = items.stream().flatMap(item -> item.texts().stream()).toList();
    answer(question, texts)
        .whenComplete(
            (results, failure) -> {
              if (failure == null) {
                deliver(items, results, receiver);
                done.run();
              } else if (items.size() > 1 && FailedModel.mayBeOneText(failure)) {
                askAlone(items, 0, question, receiver, done);
              } else {
                items.forEach(item -> item.fail(FailedModel.answer(failure)));
                done.run();
              }
            });
  }

  private static <T> CompletionStage<List<T>> answer(
      Function<List<String>, CompletionStage<List<T>>> question, List<String> texts) {
    try {
      return question.apply(texts);
    } catch (ModelException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static <T> void askAlone(
      List<EncodedDocument> items,
      int next,
      Function<List<String>, CompletionStage<List<T>>> question,
      BiConsumer<EncodedDocument, List<T>> receiver,
      Runnable done) {
    if (next == items.size()) {
      done.run();
    } else {
      ask(
          List.of(items.get(next)),
          question,
          receiver,
          () -> askAlone(items, next + 1, question, receiver, done));
    }
  }

  /** Hands every document what came of its texts. */
  private static <T> void deliver(
      List<EncodedDocument> items, List<T> results, BiConsumer<EncodedDocument, List<T>> receiver) {
    int start = 0;
    for (EncodedDocument item : items) {
      int end = start + item.texts().size();
      receiver.accept(item, results.subList(start, end));
      start = end;
    }
  }

  /** Makes processors from pipelines. */
  public static final class Factory implements Processor.Factory {
    private final Supplier<Inference> inference;
    private final Supplier<String> defaultModel;

    /**
     * Makes the factory. A processor's model is looked for when its first document comes and not
     * before: pipelines are read while nodes start, when models may still be missing.
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
      return new EncodeProcessor(
          tag, description, batchSize, inference, defaultModel, EncodeOptions.read(tag, config));
    }
  }
}
