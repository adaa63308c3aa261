/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.disk;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Setting.Property;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.env.Environment;
import org.opensearch.env.NodeEnvironment;
import org.opensearch.plugins.IndexStorePlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.repositories.RepositoriesService;
import org.opensearch.script.ScriptService;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.client.Client;
import org.opensearch.watcher.ResourceWatcherService;

/**
 * Keeps indices of the store type {@code faulty} on a disk that is full on the node {@code
 * faulty_disk.node} after {@code faulty_disk.writes} more writes of index files. The transaction
 * log is kept elsewhere.
 */
public final class FaultyDiskPlugin extends Plugin implements IndexStorePlugin {

  /** The name of the node whose disk is full; empty for none. */
  private static final Setting<String> NODE =
      Setting.simpleString("faulty_disk.node", "", Property.NodeScope, Property.Dynamic);

  /** After how many writes it is. */
  private static final Setting<Integer> WRITES =
      Setting.intSetting("faulty_disk.writes", 0, 0, Property.NodeScope, Property.Dynamic);

  private final Room room = new Room();

  @Override
  public List<Setting<?>> getSettings() {
    return List.of(NODE, WRITES);
  }

  @Override
  public Collection<Object> createComponents(
      Client client,
      ClusterService clusterService,
      ThreadPool threadPool,
      ResourceWatcherService resourceWatcherService,
      ScriptService scriptService,
      NamedXContentRegistry xContentRegistry,
      Environment environment,
      NodeEnvironment nodeEnvironment,
      NamedWriteableRegistry namedWriteableRegistry,
      IndexNameExpressionResolver indexNameExpressionResolver,
      Supplier<RepositoriesService> repositoriesServiceSupplier) {
    clusterService
        .getClusterSettings()
        .addSettingsUpdateConsumer(
            NODE,
            WRITES,
            (node, writes) ->
                room.set(node.equals(clusterService.getNodeName()) ? writes : Room.ENOUGH));
    return List.of();
  }

  @Override
  public Map<String, DirectoryFactory> getDirectoryFactories() {
    return Map.of("faulty", new FullDirectoryFactory(room));
  }
}
