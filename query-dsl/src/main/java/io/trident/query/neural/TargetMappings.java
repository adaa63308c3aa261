package io.trident.query.neural;

import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.opensearch.action.IndicesRequest;
import org.opensearch.action.search.SearchContextId;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.metadata.MappingMetadata;
import org.opensearch.common.cache.Cache;
import org.opensearch.common.cache.CacheBuilder;
import org.opensearch.common.compress.CompressedXContent;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.transport.RemoteClusterAware;

/** Finds what the indices of a request are mapped to. Thread-safe. */
public final class TargetMappings {

  /** Mappings that are kept read: 1,000. */
  private static final int MAX_CACHED = 1_000;

  private final Supplier<ClusterState> state;
  private final Supplier<IndexNameExpressionResolver> resolver;
  private final Supplier<NamedWriteableRegistry> registry;
  private final Cache<CompressedXContent, MappedFields> read =
      CacheBuilder.<CompressedXContent, MappedFields>builder().setMaximumWeight(MAX_CACHED).build();

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
   * The fields of each index that a request goes to.
   *
   * @throws IllegalArgumentException when one is in another cluster
   */
  public List<MappedFields> of(IndicesRequest request) {
    ClusterState now = state.get();
    return Arrays.stream(indices(request, now))
        .map(index -> now.metadata().index(index))
        .filter(index -> index != null && index.mapping() != null)
        .map(index -> fields(index.mapping()))
        .toList();
  }

  private String[] indices(IndicesRequest request, ClusterState now) {
    if (request instanceof SearchRequest search && search.pointInTimeBuilder() != null) {
      String id = search.pointInTimeBuilder().getId();
      return local(SearchContextId.decode(registry.get(), id).getActualIndices());
    }
    local(request.indices());
    return resolver.get().concreteIndexNames(now, request);
  }

  private static String[] local(String... indices) {
    for (String index : indices) {
      if (index.indexOf(RemoteClusterAware.REMOTE_CLUSTER_INDEX_SEPARATOR) >= 0) {
        throw new IllegalArgumentException(
            "a query by [fields] must search indices of this cluster, got ["
                + index
                + "]: give [legs], each with its query");
      }
    }
    return indices;
  }

  private MappedFields fields(MappingMetadata mapping) {
    MappedFields known = read.get(mapping.source());
    if (known == null) {
      known = MappedFields.of(mapping.sourceAsMap());
      read.put(mapping.source(), known);
    }
    return known;
  }
}
