/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.store;

import io.trident.models.folder.ModelDirectory;
import java.nio.file.Path;
import java.util.List;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.core.common.unit.ByteSizeValue;
import org.opensearch.env.Environment;
import org.opensearch.indices.SystemIndexDescriptor;
import org.opensearch.transport.client.Client;

/**
 * The models that the cluster keeps, as a node reads and changes them.
 *
 * @param stored the models of the index, as this node knows them
 * @param uploads stores models
 */
public record ClusterModels(StoredModels stored, ModelUploads uploads) {

  /** The index that stored models are kept in. */
  public static final SystemIndexDescriptor SYSTEM_INDEX =
      new SystemIndexDescriptor(ModelIndex.NAME, "the models of Trident, stored over REST");

  /**
   * Makes the parts and joins them.
   *
   * @param directory the models of the node's own, before which none is stored
   * @param copies where copies of stored models are kept
   * @param limit bytes of those copies
   * @param allowedUrls what URLs of models may begin with
   */
  public static ClusterModels start(
      Client client,
      ClusterService clusterService,
      Environment environment,
      ModelDirectory directory,
      Path copies,
      ByteSizeValue limit,
      List<String> allowedUrls) {
    ModelIndex index = new ModelIndex(client, clusterService::state);
    ModelCache cache = new ModelCache(copies, limit, index::chunk);
    StoredModels stored = new StoredModels(index, cache, client.threadPool().generic());
    clusterService.addListener(stored);
    ModelDownloads downloads = new ModelDownloads(allowedUrls, limit.getBytes(), System::nanoTime);
    return new ClusterModels(
        stored, new ModelUploads(environment, directory, index, cache, downloads));
  }
}
