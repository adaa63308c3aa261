/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.neural;

import io.trident.query.mapper.VectorModel;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.opensearch.action.IndicesRequest;
import org.opensearch.action.admin.indices.mapping.put.PutMappingRequest;
import org.opensearch.action.search.SearchContextId;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.IndexAbstraction;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.metadata.IndexTemplateMetadata;
import org.opensearch.cluster.metadata.MappingMetadata;
import org.opensearch.cluster.metadata.MetadataIndexTemplateService;
import org.opensearch.common.cache.Cache;
import org.opensearch.common.cache.CacheBuilder;
import org.opensearch.common.compress.CompressedXContent;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.index.Index;
import org.opensearch.index.IndexNotFoundException;
import org.opensearch.transport.RemoteClusterAware;

/**
 * Finds what the indices are mapped to that a search goes to, a document or a change of the
 * mapping. Thread-safe.
 */
public final class TargetMappings {

  /** Names in mappings that are kept read: 100,000, those of a hundred large mappings. */
  private static final int MAX_CACHED_NAMES = 100_000;

  private final Supplier<ClusterState> state;
  private final Supplier<IndexNameExpressionResolver> resolver;
  private final Supplier<NamedWriteableRegistry> registry;
  private final Cache<CompressedXContent, MappedFields> read =
      CacheBuilder.<CompressedXContent, MappedFields>builder()
          .setMaximumWeight(MAX_CACHED_NAMES)
          .weigher((source, fields) -> 1 + fields.size())
          .build();

  /**
   * Makes the finder; all are asked for when a query comes.
   *
   * @param state the state of the cluster
   * @param resolver resolves the names of indices, aliases and data streams
   * @param registry reads the id of a point in time
   */
  public TargetMappings(
      Supplier<ClusterState> state,
      Supplier<IndexNameExpressionResolver> resolver,
      Supplier<NamedWriteableRegistry> registry) {
    this.state = state;
    this.resolver = resolver;
    this.registry = registry;
  }

  /**
   * The fields of each index that a search goes to.
   *
   * @throws IllegalArgumentException when one is in another cluster
   */
  public List<MappedFields> searchedBy(IndicesRequest request) {
    ClusterState now = state.get();
    return Arrays.stream(searched(request, now))
        .map(index -> now.metadata().index(index))
        .filter(index -> index != null && index.mapping() != null)
        .map(this::fields)
        .toList();
  }

  private String[] searched(IndicesRequest request, ClusterState now) {
    if (request instanceof SearchRequest search && search.pointInTimeBuilder() != null) {
      String id = search.pointInTimeBuilder().getId();
      return local(SearchContextId.decode(registry.get(), id).getActualIndices());
    }
    local(request.indices());
    return resolver.get().concreteIndexNames(now, request);
  }

  private String[] local(String... indices) {
    for (String index : indices) {
      if (resolved(index).indexOf(RemoteClusterAware.REMOTE_CLUSTER_INDEX_SEPARATOR) >= 0) {
        throw new IllegalArgumentException(
            "a query by [fields] must search indices of this cluster, got ["
                + index
                + "]: give [legs], each with its query");
      }
    }
    return indices;
  }

  /** The name that a date in a name makes, in whose time zone a colon names no cluster. */
  private String resolved(String index) {
    return index.startsWith("<") ? resolver.get().resolveDateMathExpression(index) : index;
  }

  /** The fields of each index whose mapping a request changes; none when it goes to none. */
  List<MappedFields> changedBy(PutMappingRequest request) {
    ClusterState now = state.get();
    try {
      return changed(request, now).map(index -> fields(now.metadata().index(index))).toList();
    } catch (IndexNotFoundException e) {
      return List.of(); // the action says so
    }
  }

  /** A node that updates a mapping by itself, by a document or a resized index, names no index. */
  private Stream<Index> changed(PutMappingRequest request, ClusterState now) {
    if (request.getConcreteIndex() != null) {
      return Stream.of(request.getConcreteIndex())
          .filter(index -> now.metadata().index(index) != null);
    }
    if (request.writeIndexOnly() == false) {
      return Arrays.stream(resolver.get().concreteIndices(now, request));
    }
    return Arrays.stream(request.indices())
        .map(
            name ->
                resolver
                    .get()
                    .concreteWriteIndex(
                        now,
                        request.indicesOptions(),
                        name,
                        request.indicesOptions().allowNoIndices(),
                        request.includeDataStreams()))
        .filter(Objects::nonNull);
  }

  /**
   * The fields of the index that documents go to; none when there is no such one.
   *
   * @param index the name of an index, an alias or a data stream
   */
  public MappedFields writtenTo(String index) {
    return writeIndex(index).map(this::fields).orElse(MappedFields.NONE);
  }

  /**
   * Whether the index that documents go to takes vectors of other models than its mapping says.
   *
   * @param index the name of an index, an alias or a data stream
   */
  public boolean allowsOtherModels(String index) {
    return writeIndex(index)
        .map(IndexMetadata::getSettings)
        .filter(VectorModel.ALLOW_OTHERS::get)
        .isPresent();
  }

  private Optional<IndexMetadata> writeIndex(String index) {
    return Optional.ofNullable(state.get().metadata().getIndicesLookup().get(index))
        .map(IndexAbstraction::getWriteIndex);
  }

  /**
   * Whether documents that go to an index have texts to encode; of one that is not there yet its
   * templates say so.
   *
   * @param index the name of an index, an alias or a data stream
   */
  public boolean encodes(String index) {
    return state.get().metadata().getIndicesLookup().containsKey(index)
        ? writtenTo(index).neural().findAny().isPresent()
        : templates(index)
            .map(mapping -> XContentHelper.convertToMap(JsonXContent.jsonXContent, mapping, false))
            .anyMatch(mapping -> NeuralTextMapping.fields(mapping).isEmpty() == false);
  }

  private Stream<String> templates(String index) {
    ClusterState now = state.get();
    String template = MetadataIndexTemplateService.findV2Template(now.metadata(), index, false);
    try {
      Stream<CompressedXContent> mappings =
          template == null
              ? MetadataIndexTemplateService.findV1Templates(now.metadata(), index, false).stream()
                  .map(IndexTemplateMetadata::mappings)
              : MetadataIndexTemplateService.collectMappings(now, template, index).stream();
      return mappings.filter(Objects::nonNull).map(CompressedXContent::string);
    } catch (Exception e) {
      return Stream.empty(); // the action says so
    }
  }

  private MappedFields fields(IndexMetadata index) {
    MappingMetadata mapping = index.mapping();
    if (mapping == null) {
      return MappedFields.NONE;
    }
    MappedFields known = read.get(mapping.source());
    if (known == null) {
      known = MappedFields.of(mapping.sourceAsMap());
      read.put(mapping.source(), known);
    }
    return known;
  }
}
