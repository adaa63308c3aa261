/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin;

import io.trident.query.mapper.TridentCodecSetting;
import io.trident.query.source.DerivedVectors;
import java.io.IOException;
import java.util.function.Supplier;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRunnable;
import org.opensearch.action.admin.cluster.snapshots.restore.RestoreSnapshotAction;
import org.opensearch.action.admin.cluster.snapshots.restore.RestoreSnapshotRequest;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.action.support.ActionRequestMetadata;
import org.opensearch.action.support.ContextPreservingActionListener;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.common.regex.Regex;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.IndexUtils;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.index.engine.EngineConfig;
import org.opensearch.repositories.IndexId;
import org.opensearch.repositories.RepositoriesService;
import org.opensearch.repositories.Repository;
import org.opensearch.repositories.RepositoryData;
import org.opensearch.repositories.RepositoryMissingException;
import org.opensearch.snapshots.SnapshotId;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;

/**
 * Refuses to restore an index without our codec while its fields need it, because its shards would
 * never start, and without what puts vectors back into its sources. Only a request that changes one
 * of the two settings is looked at, for which the indices' metadata is read from the repository.
 *
 * @param threadPool may read from repositories
 * @param repositories where snapshots are
 */
record RestoredCodec(Supplier<ThreadPool> threadPool, Supplier<RepositoriesService> repositories)
    implements ActionFilter {

  private static final String CODEC = EngineConfig.INDEX_CODEC_SETTING.getKey();

  @Override
  public int order() {
    return 0;
  }

  @Override
  public <Q extends ActionRequest, R extends ActionResponse> void apply(
      Task task,
      String action,
      Q request,
      ActionRequestMetadata<Q, R> metadata,
      ActionListener<R> listener,
      ActionFilterChain<Q, R> chain) {
    if (action.equals(RestoreSnapshotAction.NAME)
        && request instanceof RestoreSnapshotRequest restore
        && changesSettings(restore)) {
      // requests that read a repository at the same time share the thread that has read it
      ActionListener<Void> checked =
          ContextPreservingActionListener.wrapPreservingContext(
              ActionListener.wrap(
                  done -> chain.proceed(task, action, request, listener), listener::onFailure),
              threadPool.get().getThreadContext());
      threadPool
          .get()
          .generic()
          .execute(ActionRunnable.wrap(checked, waiting -> check(restore, waiting)));
    } else {
      chain.proceed(task, action, request, listener);
    }
  }

  private static Settings changed(RestoreSnapshotRequest request) {
    return Settings.builder()
        .put(request.indexSettings())
        .normalizePrefix(IndexMetadata.INDEX_SETTING_PREFIX)
        .build();
  }

  private static boolean changesSettings(RestoreSnapshotRequest request) {
    return changesCodec(request) || changesDerivedVectors(request);
  }

  private static boolean changesDerivedVectors(RestoreSnapshotRequest request) {
    return DerivedVectors.SETTING.exists(changed(request))
        || Regex.simpleMatch(request.ignoreIndexSettings(), DerivedVectors.SETTING.getKey());
  }

  private static boolean changesCodec(RestoreSnapshotRequest request) {
    Settings changed = changed(request);
    return EngineConfig.INDEX_CODEC_SETTING.exists(changed)
        ? TridentCodecSetting.isIn(changed) == false
        : Regex.simpleMatch(request.ignoreIndexSettings(), CODEC);
  }

  private void check(RestoreSnapshotRequest request, ActionListener<Void> checked) {
    try {
      Repository repository = repositories.get().repository(request.repository());
      repositories
          .get()
          .getRepositoryData(
              request.repository(),
              ActionListener.wrap(
                  data -> {
                    check(request, repository, data);
                    checked.onResponse(null);
                  },
                  checked::onFailure));
    } catch (RepositoryMissingException e) {
      checked.onResponse(null); // this node has none; the one that restores looks again
    }
  }

  private static void check(
      RestoreSnapshotRequest request, Repository repository, RepositoryData data)
      throws IOException {
    SnapshotId snapshot =
        data.getSnapshotIds().stream()
            .filter(id -> id.getName().equals(request.snapshot()))
            .findFirst()
            .orElse(null);
    if (snapshot == null) {
      return; // as the restore itself says
    }
    for (String index :
        IndexUtils.filterIndices(
            repository.getSnapshotInfo(snapshot).indices(),
            request.indices(),
            request.indicesOptions())) {
      IndexId id = data.resolveIndexId(index);
      IndexMetadata stored = repository.getSnapshotIndexMetaData(data, snapshot, id);
      String what = "index [" + index + "] of snapshot [" + request.snapshot() + "]";
      if (stored.mapping() != null && changesCodec(request)) {
        TridentCodecSetting.requireKept(what, stored.mapping().sourceAsMap(), changed(request));
      }
      if (changesDerivedVectors(request)) {
        DerivedVectors.requireKept(what, stored.getSettings(), changed(request));
      }
    }
  }
}
