/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.store;

import io.trident.models.api.ModelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.opensearch.ResourceAlreadyExistsException;
import org.opensearch.action.DocWriteRequest;
import org.opensearch.action.admin.indices.create.CreateIndexRequest;
import org.opensearch.action.admin.indices.forcemerge.ForceMergeRequest;
import org.opensearch.action.bulk.BulkItemResponse;
import org.opensearch.action.bulk.BulkRequest;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.delete.DeleteRequest;
import org.opensearch.action.get.GetRequest;
import org.opensearch.action.get.GetResponse;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.ContextPreservingActionListener;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.cluster.ClusterState;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.index.mapper.SeqNoFieldMapper;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.index.seqno.SequenceNumbers;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.transport.client.Client;

/**
 * The index that keeps models: one document per model, and one for each chunk of its files. It is
 * read and written with the plugin's own rights. All but {@link #list} wait, with a deadline, and
 * so are called on threads that may. Thread-safe.
 */
final class ModelIndex {

  private static final Logger logger = LogManager.getLogger(ModelIndex.class);

  /** The name of the index. */
  static final String NAME = ".trident-models";

  /** The kind of a model's document. */
  static final String MODEL = "model";

  private static final String CHUNK = "chunk";

  /** The field with the time when a chunk was sent. */
  private static final String UPLOADED = "uploaded";

  private static final TimeValue DEADLINE = TimeValue.timeValueSeconds(60);

  /** More models than a cluster has, and the most that one search may return. */
  private static final int MOST = 10_000;

  /** Chunks that are looked at, and removed, at a time. */
  private static final int PAGE = 500;

  private static final Map<String, Object> SETTINGS =
      Map.of(
          "index.number_of_shards", 1, "index.auto_expand_replicas", "0-1", "index.hidden", true);
  private static final Map<String, Object> MAPPING =
      Map.of(
          "dynamic",
          "false",
          "properties",
          Map.of(
              "kind", Map.of("type", "keyword"),
              "model", Map.of("type", "keyword"),
              "file", Map.of("type", "keyword"),
              "data", Map.of("type", "binary")));

  private final Client client;
  private final Supplier<ClusterState> state;

  ModelIndex(Client client, Supplier<ClusterState> state) {
    this.client = client;
    this.state = state;
  }

  /** Whether the index is there at all. */
  boolean exists() {
    return state.get().metadata().hasIndex(NAME);
  }

  /** Creates the index where it is missing. */
  void create() {
    if (exists()) {
      return;
    }
    asPlugin(
        () -> {
          try {
            return client
                .admin()
                .indices()
                .create(new CreateIndexRequest(NAME).settings(SETTINGS).mapping(MAPPING))
                .actionGet(DEADLINE);
          } catch (ResourceAlreadyExistsException e) {
            return null; // another node was faster
          }
        });
  }

  private <T> T asPlugin(Supplier<T> work) {
    try (ThreadContext.StoredContext context =
        client.threadPool().getThreadContext().stashContext()) {
      return work.get();
    }
  }

  /**
   * A model and the place of its document in the index's history.
   *
   * @param model null when there is none
   */
  record Entry(StoredModel model, long seqNo, long primaryTerm) {

    private static final Entry NONE =
        new Entry(null, SequenceNumbers.UNASSIGNED_SEQ_NO, SequenceNumbers.UNASSIGNED_PRIMARY_TERM);
  }

  /** The latest version of a model. */
  Entry get(String id) {
    return source(id)
        .map(
            found ->
                new Entry(
                    StoredModel.of(found.getSourceAsMap()),
                    found.getSeqNo(),
                    found.getPrimaryTerm()))
        .orElse(Entry.NONE);
  }

  private Optional<GetResponse> source(String document) {
    GetResponse found =
        asPlugin(() -> client.get(new GetRequest(NAME, document)).actionGet(DEADLINE));
    return found.isExists() ? Optional.of(found) : Optional.empty();
  }

  /**
   * Stores a model's document, which makes it a model.
   *
   * @param former what {@link #get} gave; a conflict when it is no longer so
   */
  void put(StoredModel model, Entry former) {
    IndexRequest request =
        new IndexRequest(NAME)
            .id(model.id())
            .source(model.toMap(), XContentType.JSON)
            .setRefreshPolicy(RefreshPolicy.IMMEDIATE);
    if (former.model == null) {
      request.opType(DocWriteRequest.OpType.CREATE);
    } else {
      request.setIfSeqNo(former.seqNo).setIfPrimaryTerm(former.primaryTerm);
    }
    asPlugin(() -> client.index(request).actionGet(DEADLINE));
  }

  /** Takes a model's document away; its chunks stay. */
  void delete(String id) {
    DeleteRequest request = new DeleteRequest(NAME, id).setRefreshPolicy(RefreshPolicy.IMMEDIATE);
    asPlugin(() -> client.delete(request).actionGet(DEADLINE));
  }

  private static String chunkId(String model, String key, int number) {
    return model + '#' + key + '#' + number;
  }

  /**
   * Stores a part of a file of a model.
   *
   * @param key what the file's chunks are found by
   */
  void putChunk(String model, String key, int number, byte[] data) {
    try (XContentBuilder source = XContentBuilder.builder(XContentType.CBOR.xContent())) {
      source
          .startObject()
          .field("kind", CHUNK)
          .field("model", model)
          .field("file", key)
          .field("data", data)
          .field(UPLOADED, System.currentTimeMillis())
          .endObject();
      IndexRequest request = new IndexRequest(NAME).id(chunkId(model, key, number)).source(source);
      asPlugin(() -> client.index(request).actionGet(DEADLINE));
    } catch (IOException e) {
      throw new UncheckedIOException("a chunk of model [" + model + "] cannot be written", e);
    }
  }

  /**
   * A part of a file.
   *
   * @throws ModelException UNAVAILABLE when it is missing
   */
  byte[] chunk(String model, StoredFile file, int number) {
    Map<String, Object> source =
        source(chunkId(model, file.key(), number))
            .map(GetResponse::getSourceAsMap)
            .orElseThrow(
                () ->
                    new ModelException(
                        ModelException.Kind.UNAVAILABLE,
                        "model ["
                            + model
                            + "] lacks chunk ["
                            + number
                            + "] of ["
                            + file.chunks()
                            + "] of its file ["
                            + file.name()
                            + "]; upload it again"));
    return (byte[]) source.get("data");
  }

  /**
   * A chunk that is stored.
   *
   * @param file what the chunks of its file are found by
   * @param uploaded when it was sent, in milliseconds since 1970
   * @param seqNo its place in the index's history
   */
  record Chunk(String id, String file, long uploaded, long seqNo, long primaryTerm) {}

  /**
   * Removes chunks of a model, but for those that are sent again meanwhile: another upload may
   * count on them.
   *
   * @param unwanted says which
   */
  void deleteChunks(String model, Predicate<Chunk> unwanted) {
    SearchSourceBuilder page =
        new SearchSourceBuilder()
            .query(
                QueryBuilders.boolQuery()
                    .filter(QueryBuilders.termQuery("kind", CHUNK))
                    .filter(QueryBuilders.termQuery("model", model)))
            .fetchSource(new String[] {"file", UPLOADED}, null)
            .seqNoAndPrimaryTerm(true)
            .sort(SeqNoFieldMapper.NAME)
            .size(PAGE);
    asPlugin(
        () -> {
          client.admin().indices().prepareRefresh(NAME).get(DEADLINE);
          SearchHit[] hits = search(page);
          while (hits.length > 0) {
            delete(model, hits, unwanted);
            hits = search(page.searchAfter(new Object[] {hits[hits.length - 1].getSeqNo()}));
          }
          expunge();
          return null;
        });
  }

  /** Has the index give back the disk that removed chunks take; nobody waits for it. */
  private void expunge() {
    client
        .admin()
        .indices()
        .forceMerge(
            new ForceMergeRequest(NAME).onlyExpungeDeletes(true).flush(true),
            ActionListener.wrap(
                done -> {},
                e -> logger.info("[{}] keeps what was removed until it merges", NAME, e)));
  }

  private SearchHit[] search(SearchSourceBuilder source) {
    return client
        .search(new SearchRequest(NAME).source(source))
        .actionGet(DEADLINE)
        .getHits()
        .getHits();
  }

  private void delete(String model, SearchHit[] hits, Predicate<Chunk> unwanted) {
    BulkRequest deletes = new BulkRequest();
    for (SearchHit hit : hits) {
      Chunk chunk = chunk(hit);
      if (unwanted.test(chunk)) {
        deletes.add(
            new DeleteRequest(NAME, chunk.id)
                .setIfSeqNo(chunk.seqNo)
                .setIfPrimaryTerm(chunk.primaryTerm));
      }
    }
    if (deletes.numberOfActions() > 0) {
      check(model, client.bulk(deletes).actionGet(DEADLINE));
    }
  }

  private static Chunk chunk(SearchHit hit) {
    Map<String, Object> source = hit.getSourceAsMap();
    long uploaded = source.get(UPLOADED) instanceof Number time ? time.longValue() : 0;
    return new Chunk(
        hit.getId(), (String) source.get("file"), uploaded, hit.getSeqNo(), hit.getPrimaryTerm());
  }

  private static void check(String model, BulkResponse answer) {
    for (BulkItemResponse item : answer) {
      if (item.isFailed() && item.status() != RestStatus.CONFLICT) {
        throw new ModelException(
            ModelException.Kind.FAILED,
            "chunks of model [" + model + "] could not be removed: " + item.getFailureMessage());
      }
    }
  }

  /** Lists the models, without waiting; who gets the list has the caller's rights again. */
  void list(ActionListener<List<StoredModel>> listener) {
    ActionListener<List<StoredModel>> caller =
        ContextPreservingActionListener.wrapPreservingContext(
            listener, client.threadPool().getThreadContext());
    SearchRequest request =
        new SearchRequest(NAME)
            .allowPartialSearchResults(false)
            .source(
                new SearchSourceBuilder().query(QueryBuilders.termQuery("kind", MODEL)).size(MOST));
    Function<SearchResponse, List<StoredModel>> read =
        response -> {
          List<StoredModel> models = new ArrayList<>();
          response.getHits().forEach(hit -> models.add(StoredModel.of(hit.getSourceAsMap())));
          return models;
        };
    asPlugin(
        () -> {
          client.search(request, ActionListener.map(caller, read::apply));
          return null;
        });
  }
}
