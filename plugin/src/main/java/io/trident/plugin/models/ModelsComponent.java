package io.trident.plugin.models;

import io.trident.models.folder.ModelDirectory;
import io.trident.models.runtime.LocalInference;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.core.common.unit.ByteSizeValue;
import org.opensearch.env.Environment;
import org.opensearch.indices.SystemIndexDescriptor;
import org.opensearch.transport.client.Client;

/**
 * What the actions on models share on a node.
 *
 * @param stored the models of the index, as this node knows them
 * @param uploads stores models
 * @param local runs the models
 * @param defaults the settings that name a model, and what they name
 * @param nodes the nodes of the cluster
 */
public record ModelsComponent(
    StoredModels stored,
    ModelUploads uploads,
    LocalInference local,
    Map<String, Supplier<String>> defaults,
    ModelNodes nodes) {

  /** The index that stored models are kept in. */
  public static final SystemIndexDescriptor SYSTEM_INDEX =
      new SystemIndexDescriptor(ModelIndex.NAME, "the models of Trident, stored over REST");

  /** Runs the node's models, of which those of the index are a source. */
  public interface Starter {

    /** Starts inference with the models of a directory, of the index, and the embedded ones. */
    LocalInference start(ModelDirectory directory, StoredModels stored);
  }

  /**
   * Makes the parts and joins them.
   *
   * @param copies where copies of stored models are kept
   * @param limit bytes of those copies
   * @param allowedUrls what URLs of models may begin with
   */
  public static ModelsComponent start(
      Client client,
      ClusterService clusterService,
      Environment environment,
      Path copies,
      ByteSizeValue limit,
      List<String> allowedUrls,
      Map<String, Supplier<String>> defaults,
      Starter starter) {
    ModelIndex index = new ModelIndex(client, clusterService::state);
    ModelCache cache = new ModelCache(copies, limit, index::chunk);
    StoredModels stored = new StoredModels(index, cache, client.threadPool().generic());
    clusterService.addListener(stored);
    ModelDirectory directory =
        new ModelDirectory(environment.configDir().resolve("trident").resolve("models"));
    return new ModelsComponent(
        stored,
        new ModelUploads(
            environment,
            directory,
            index,
            cache,
            new ModelDownloads(allowedUrls, limit.getBytes())),
        starter.start(directory, stored),
        defaults,
        new ModelNodes(client, clusterService));
  }

  /** Completes when a request that names a model would find it, if it is stored. */
  public CompletionStage<Void> find(String model) {
    return stored.find(local.has(model));
  }
}
