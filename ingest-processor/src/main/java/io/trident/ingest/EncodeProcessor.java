/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import static io.trident.models.api.Inference.Workload.INGEST;
import static org.opensearch.ingest.AbstractBatchingProcessor.BATCH_SIZE_FIELD;
import static org.opensearch.ingest.ConfigurationUtils.newConfigurationException;

import io.trident.models.api.Encoding;
import io.trident.models.api.Inference;
import io.trident.models.api.ModelException;
import io.trident.models.api.Representation;
import io.trident.models.api.Side;
import io.trident.models.api.TokenVectors;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.opensearch.ExceptionsHelper;
import org.opensearch.core.common.util.CollectionUtils;
import org.opensearch.ingest.AbstractProcessor;
import org.opensearch.ingest.ConfigurationUtils;
import org.opensearch.ingest.IngestDocument;
import org.opensearch.ingest.IngestDocumentWrapper;
import org.opensearch.ingest.Processor;

/**
 * {@code encode}: writes the vectors of a text. One run of a model gives all that are wanted, for
 * all documents of a batch together; a document whose text cannot be read or encoded fails alone. A
 * failed document is marked with the reason and has no vectors, so that {@code ignore_failure}
 * indexes it like that. Every document is answered, whatever is thrown. Thread-safe.
 *
 * <p>The batches of a bulk are begun one after the other, as many at a time as keep the node's
 * threads busy: so bulks share them, and one alone does not fill a queue.
 */
public final class EncodeProcessor extends AbstractProcessor {

  /** The processor's name. */
  public static final String TYPE = "encode";

  /** The default of {@code batch_size}: 32 documents per request to the model. */
  public static final int DEFAULT_BATCH_SIZE = 32;

  /** Texts that are asked for at once: their vectors are floats until they are written. */
  private static final int MAX_TEXTS = 64;

  /** Documents alone for which a model may hang before it is not asked for those beside them. */
  private static final int MAX_TIMEOUTS = 1;

  private static final Logger LOGGER = LogManager.getLogger(EncodeProcessor.class);

  private final int batchSize;
  private final Supplier<? extends Inference> inference;
  private final Supplier<String> defaultModel;
  private final Admission admission;
  private final TargetFields fields;
  private final EncodeOptions options;
  private final LatestScores latestScores = new LatestScores();
  private final LatestScores latestPredictions = new LatestScores();

  EncodeProcessor(
      String tag,
      String description,
      int batchSize,
      Supplier<? extends Inference> inference,
      Supplier<String> defaultModel,
      Admission admission,
      TargetFields fields,
      EncodeOptions options) {
    super(tag, description);
    this.batchSize = batchSize;
    this.inference = inference;
    this.defaultModel = defaultModel;
    this.admission = admission;
    this.fields = fields;
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
    EncodedDocument item = new EncodedDocument(document, options, fields);
    encode(
        List.of(item),
        () -> {
          if (item.failure() == null) {
            handler.accept(item.result(), null);
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
              wrapper.getSlot(), wrapper.getChildSlot(), item.result(), item.failure());
    }
  }

  @Override
  public void batchExecute(
      List<IngestDocumentWrapper> wrappers, Consumer<List<IngestDocumentWrapper>> handler) {
    List<Place> places =
        wrappers.stream()
            .map(
                wrapper ->
                    new Place(
                        wrapper,
                        wrapper.getException() == null
                            ? new EncodedDocument(wrapper.getIngestDocument(), options, fields)
                            : null))
            .toList();
    encode(
        places.stream().map(Place::item).flatMap(Stream::ofNullable).toList(),
        () -> handler.accept(places.stream().map(Place::result).toList()));
  }

  /** Encodes the documents of a request, and then answers, whatever went wrong. */
  private void encode(List<EncodedDocument> items, Runnable answer) {
    Admission.Ticket ticket;
    try {
      ticket = admission.admit(items.size(), arrival(items));
    } catch (ModelException e) {
      items.forEach(item -> item.read(model()));
      items.forEach(item -> item.settle(e));
      answer.run();
      return;
    }
    CompletableFuture<Void> done =
        InTurn.forEach(
            batches(items),
            2 * inference.get().ingestThreads(), // while one is worked on, the next waits
            batch -> encode(batch, ticket));
    if (done.isDone()) {
      answer(items, failure(done), answer, ticket); // what it throws is the caller's
    } else {
      done.whenComplete(
          (nothing, failure) -> {
            try {
              answer(items, failure, answer, ticket);
            } catch (Throwable e) {
              LOGGER.error("[{}] could not hand its documents on", TYPE, e);
              ExceptionsHelper.maybeDieOnAnotherThread(e); // nobody is there to answer the request
            }
          });
    }
  }

  /** The documents of one index each, as many as fit. */
  private List<List<EncodedDocument>> batches(List<EncodedDocument> items) {
    return items.stream()
        .collect(
            Collectors.groupingBy(EncodedDocument::index, LinkedHashMap::new, Collectors.toList()))
        .values()
        .stream()
        .flatMap(ofOne -> CollectionUtils.eagerPartition(ofOne, batchSize).stream())
        .toList();
  }

  /** When a request came: its documents know. */
  private static Instant arrival(List<EncodedDocument> items) {
    return items.isEmpty() ? Instant.now() : items.get(0).arrival();
  }

  private static Throwable failure(CompletableFuture<Void> done) {
    return done.isCompletedExceptionally() ? done.exceptionNow() : null;
  }

  private static void answer(
      List<EncodedDocument> items, Throwable failure, Runnable answer, Admission.Ticket ticket) {
    try {
      items.forEach(item -> item.settle(failure));
      answer.run();
    } finally {
      ticket.close();
    }
  }

  private String model() {
    return options.model() == null ? defaultModel.get() : options.model();
  }

  /** Encodes the documents of a batch; all of them are settled then. */
  private CompletionStage<Void> encode(List<EncodedDocument> items, Admission.Ticket ticket) {
    return InTurn.DONE
        .thenCompose(nothing -> run(items, ticket))
        .handle(
            (nothing, failure) -> {
              items.forEach(item -> item.settle(failure));
              ticket.finish(items.size());
              return null;
            });
  }

  private CompletionStage<Void> run(List<EncodedDocument> items, Admission.Ticket ticket) {
    String model = model();
    items.forEach(item -> item.read(model));
    return cut(items, model)
        .thenCompose(nothing -> judge(items))
        .thenCompose(nothing -> expand(items))
        .thenCompose(nothing -> write(items, model, ticket));
  }

  /** Cuts the texts into passages, if there are to be any. */
  private CompletionStage<Void> cut(List<EncodedDocument> items, String model) {
    EncodeOptions.Passages passages = options.passages();
    return passages == null
        ? InTurn.DONE
        : step(
            items,
            texts ->
                inference
                    .get()
                    .passages(model, texts, passages.maxTokens(), passages.overlap(), INGEST),
            EncodedDocument::cut);
  }

  /** Drops the texts that are not good enough, if they are to be judged. */
  private CompletionStage<Void> judge(List<EncodedDocument> items) {
    Quality quality = options.quality();
    return quality == null
        ? InTurn.DONE
        : step(
            items,
            texts ->
                inference
                    .get()
                    .judge(quality.judge().model(), texts, INGEST)
                    .thenApply(scores -> quality.of(scores, latestScores)),
            EncodedDocument::prune);
  }

  /** Predicts queries, if there are to be any. */
  private CompletionStage<Void> expand(List<EncodedDocument> items) {
    Expansion expansion = options.expansion();
    return expansion == null
        ? InTurn.DONE
        : step(
            items,
            texts ->
                inference
                    .get()
                    .predictQueries(expansion.model(), texts, expansion.prediction(), INGEST)
                    .thenCompose(predicted -> filter(texts, predicted)),
            EncodedDocument::expand);
  }

  /** Drops the queries that are not good enough, if they are to be judged. */
  private CompletionStage<List<List<String>>> filter(
      List<String> texts, List<List<String>> predicted) {
    Expansion expansion = options.expansion();
    List<String> queries = predicted.stream().flatMap(List::stream).toList();
    if (expansion.filter() == null || queries.isEmpty()) {
      return CompletableFuture.completedFuture(predicted);
    }
    List<String> texted = new ArrayList<>(queries.size());
    for (int i = 0; i < texts.size(); i++) {
      texted.addAll(Collections.nCopies(predicted.get(i).size(), texts.get(i)));
    }
    return inference
        .get()
        .scorePairs(expansion.filter().model(), queries, texted, INGEST)
        .thenApply(scores -> expansion.kept(predicted, scores, latestPredictions));
  }

  /** Encodes the texts and writes their vectors. */
  private CompletionStage<Void> write(
      List<EncodedDocument> items, String model, Admission.Ticket ticket) {
    Set<Representation> wanted = options.targets().representations();
    String index = items.get(0).index();
    return step(
        items,
        texts -> {
          if (wanted.isEmpty()) { // only queries are predicted
            return CompletableFuture.completedFuture(Collections.nCopies(texts.size(), Map.of()));
          }
          ticket.reserve(0);
          return inference
              .get()
              .encode(model, texts, Side.DOCUMENT, wanted, INGEST)
              .thenApply(
                  encodings -> {
                    checkModel(index, model, encodings.get(0).fingerprint());
                    return values(index, texts, encodings, ticket);
                  });
        },
        EncodedDocument::write);
  }

  private void checkModel(String index, String model, String fingerprint) {
    options.vectorFields().forEach(path -> fields.checkModel(index, path, model, fingerprint));
  }

  /** What is written for each text of documents that go to one index, by path. */
  private List<Map<String, Object>> values(
      String index, List<String> texts, List<Encoding> encodings, Admission.Ticket ticket) {
    List<Map<String, Object>> values = new ArrayList<>();
    for (int i = 0; i < encodings.size(); i++) {
      Encoding reduced = options.reduced(texts.get(i), encodings.get(i));
      int[] units = options.units() ? Sentences.starts(texts.get(i), reduced.tokens()) : null;
      Map<String, Object> written =
          options.targets().values(reduced, units, tokens -> codes(index, tokens));
      ticket.reserve(options.targets().bytes(reduced, written));
      values.add(written);
    }
    return values;
  }

  private String codes(String index, TokenVectors tokens) {
    return options.writesCodes() ? fields.codes(index, options.tokensField(), tokens) : null;
  }

  /** Asks what becomes of texts: one answer per text. */
  private interface Question<T> {
    CompletionStage<List<T>> ask(List<String> texts);
  }

  /**
   * Asks for what becomes of the texts of all items together. When that fails and one text may be
   * the reason, asks for one item after the other, to find the one that fails.
   *
   * @param receiver hands an item what came of its texts
   */
  private static <T> CompletionStage<Void> step(
      List<EncodedDocument> items,
      Question<T> question,
      BiConsumer<EncodedDocument, List<T>> receiver) {
    List<EncodedDocument> waiting = items.stream().filter(EncodedDocument::waits).toList();
    return together(waiting, question, receiver)
        .thenCompose(
            failure -> failure == null ? InTurn.DONE : apart(waiting, failure, question, receiver));
  }

  /** Asks for all items together; gives the failure, or null when they have their answers. */
  private static <T> CompletionStage<Throwable> together(
      List<EncodedDocument> items,
      Question<T> question,
      BiConsumer<EncodedDocument, List<T>> receiver) {
    List<String> texts = items.stream().flatMap(item -> item.texts().stream()).toList();
    List<T> answers = new ArrayList<>();
    return InTurn.forEach(
            CollectionUtils.eagerPartition(texts, MAX_TEXTS),
            some -> question.ask(some).thenAccept(answers::addAll))
        .thenRun(() -> deliver(items, answers, receiver))
        .handle((nothing, failure) -> failure);
  }

  private static <T> CompletionStage<Void> apart(
      List<EncodedDocument> items,
      Throwable failure,
      Question<T> question,
      BiConsumer<EncodedDocument, List<T>> receiver) {
    if (items.size() == 1 || FailedModel.mayBeOneText(failure) == false) {
      items.forEach(item -> item.fail(FailedModel.answer(failure)));
      return InTurn.DONE;
    }
    AtomicInteger timeouts = new AtomicInteger();
    return InTurn.forEach(
        items,
        item ->
            timeouts.get() > MAX_TIMEOUTS
                ? apart(List.of(item), failure, question, receiver)
                : together(List.of(item), question, receiver)
                    .thenAccept(
                        alone -> {
                          if (alone != null) {
                            item.fail(FailedModel.answer(alone));
                          }
                          if (alone != null && FailedModel.isTimeout(alone)) {
                            timeouts.incrementAndGet();
                          }
                        }));
  }

  /** Hands every document what came of its texts. */
  private static <T> void deliver(
      List<EncodedDocument> items, List<T> answers, BiConsumer<EncodedDocument, List<T>> receiver) {
    int start = 0;
    for (EncodedDocument item : items) {
      int end = start + item.texts().size();
      try {
        receiver.accept(item, answers.subList(start, end));
      } catch (Throwable e) { // an Error too is of this document alone
        item.fail(FailedModel.answer(e));
      }
      start = end;
    }
  }

  /** Makes processors from pipelines. */
  public static final class Factory implements Processor.Factory {
    private final Supplier<? extends Inference> inference;
    private final Supplier<String> defaultModel;
    private final Admission admission;
    private final TargetFields fields;

    /**
     * Makes the factory. A processor's model is looked for when its first document comes and not
     * before: pipelines are read while nodes start, when models may still be missing.
     *
     * @param inference runs the models; asked for when a document comes
     * @param defaultModel the id of the model for processors that name none
     * @param admission the node's
     * @param fields those of the indices that documents go to
     */
    public Factory(
        Supplier<? extends Inference> inference,
        Supplier<String> defaultModel,
        Admission admission,
        TargetFields fields) {
      this.inference = inference;
      this.defaultModel = defaultModel;
      this.admission = admission;
      this.fields = fields;
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
          tag,
          description,
          batchSize,
          inference,
          defaultModel,
          admission,
          fields,
          EncodeOptions.read(tag, config));
    }
  }
}
