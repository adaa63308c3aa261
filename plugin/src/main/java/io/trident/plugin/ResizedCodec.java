/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin;

import io.trident.query.mapper.TridentCodecSetting;
import io.trident.query.source.DerivedVectors;
import java.util.function.Supplier;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.index.Index;
import org.opensearch.index.shard.IndexEventListener;

/**
 * Refuses to clone, split or shrink an index into one that writes without our codec while its
 * fields need it, because its shards would never start, or into one without what puts vectors back
 * into its sources.
 *
 * @param metadata what there is in the cluster
 */
record ResizedCodec(Supplier<Metadata> metadata) implements IndexEventListener {

  @Override
  public void beforeIndexAddedToCluster(Index index, Settings indexSettings) {
    String source = IndexMetadata.INDEX_RESIZE_SOURCE_NAME.get(indexSettings);
    IndexMetadata original = source.isEmpty() ? null : metadata.get().index(source);
    if (original != null && original.mapping() != null) {
      String what = "index [" + index.getName() + "] of [" + source + "]";
      TridentCodecSetting.requireKept(what, original.mapping().sourceAsMap(), indexSettings);
      DerivedVectors.requireKept(what, original.getSettings(), indexSettings);
    }
  }
}
