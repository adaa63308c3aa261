package io.trident.plugin;

import io.trident.query.mapper.TridentCodecSetting;
import java.util.function.Supplier;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.index.Index;
import org.opensearch.index.shard.IndexEventListener;

/**
 * Refuses to clone, split or shrink an index into one that writes without our codec while its
 * fields need it: its shards would never start.
 *
 * @param metadata what there is in the cluster
 */
record ResizedCodec(Supplier<Metadata> metadata) implements IndexEventListener {

  @Override
  public void beforeIndexAddedToCluster(Index index, Settings indexSettings) {
    String source = IndexMetadata.INDEX_RESIZE_SOURCE_NAME.get(indexSettings);
    IndexMetadata original = source.isEmpty() ? null : metadata.get().index(source);
    if (original != null && original.mapping() != null) {
      TridentCodecSetting.requireKept(
          "index [" + index.getName() + "] of [" + source + "]",
          original.mapping().sourceAsMap(),
          indexSettings);
    }
  }
}
