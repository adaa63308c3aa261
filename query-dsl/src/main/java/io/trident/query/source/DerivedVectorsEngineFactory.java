/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.source;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Function;
import org.opensearch.index.IndexSettings;
import org.opensearch.index.engine.Engine;
import org.opensearch.index.engine.EngineConfig;
import org.opensearch.index.engine.EngineFactory;
import org.opensearch.index.engine.InternalEngine;
import org.opensearch.index.engine.NRTReplicationEngine;
import org.opensearch.index.engine.ReadOnlyEngine;
import org.opensearch.index.seqno.SeqNoStats;
import org.opensearch.index.translog.TranslogStats;

/**
 * Makes the engines that OpenSearch would make, each of which puts vectors back into the sources
 * that its searchers read: searches, gets, updates and recoveries see no others. The one that
 * indexes documents leaves the vectors out. Where another engine runs, nothing is left out.
 */
public final class DerivedVectorsEngineFactory implements EngineFactory {

  private final boolean isRemoteSnapshot;

  private DerivedVectorsEngineFactory(boolean isRemoteSnapshot) {
    this.isRemoteSnapshot = isRemoteSnapshot;
  }

  /** The factory of an index, if vectors are left out of its sources. */
  public static Optional<EngineFactory> of(IndexSettings index) {
    return DerivedVectors.SETTING.get(index.getSettings()).isEmpty()
        ? Optional.empty()
        : Optional.of(new DerivedVectorsEngineFactory(index.isRemoteSnapshot()));
  }

  @Override
  public Engine newReadWriteEngine(EngineConfig config) {
    if (isRemoteSnapshot) {
      return new ReadOnly(config);
    }
    return config.isReadOnlyReplica() ? new Replica(config) : new Primary(config);
  }

  // A constructor of OpenSearch's engines acquires searchers, when fields of ours are not set yet.

  private static final class Primary extends InternalEngine {
    private Primary(EngineConfig config) {
      super(config);
    }

    @Override
    public IndexResult index(Index index) throws IOException {
      new MappedVectors(config()).leaveOutOf(index.docs());
      return super.index(index);
    }

    @Override
    public SearcherSupplier acquireSearcherSupplier(
        Function<Searcher, Searcher> wrapper, SearcherScope scope) {
      return super.acquireSearcherSupplier(new MappedVectors(config()).in(wrapper), scope);
    }
  }

  private static final class Replica extends NRTReplicationEngine {
    private Replica(EngineConfig config) {
      super(config);
    }

    @Override
    public SearcherSupplier acquireSearcherSupplier(
        Function<Searcher, Searcher> wrapper, SearcherScope scope) {
      return super.acquireSearcherSupplier(new MappedVectors(config()).in(wrapper), scope);
    }
  }

  private static final class ReadOnly extends ReadOnlyEngine {
    private ReadOnly(EngineConfig config) {
      super(config, new SeqNoStats(0, 0, 0), new TranslogStats(), true, Function.identity(), false);
    }

    @Override
    public SearcherSupplier acquireSearcherSupplier(
        Function<Searcher, Searcher> wrapper, SearcherScope scope) {
      return super.acquireSearcherSupplier(new MappedVectors(config()).in(wrapper), scope);
    }
  }
}
