/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import java.util.Comparator;
import org.opensearch.search.SearchHit;
import org.opensearch.transport.RemoteClusterAware;

/**
 * What tells a document from all others of a search, whichever copy of its shard answers.
 *
 * @param index the concrete index, with the cluster before it when that is remote
 * @param shard the shard's number
 * @param id the document's {@code _id}
 */
public record DocKey(String index, int shard, String id) implements Comparable<DocKey> {

  /** By index, id, and only then shard, so that ties do not depend on the number of shards. */
  private static final Comparator<DocKey> ORDER =
      Comparator.comparing(DocKey::index).thenComparing(DocKey::id).thenComparing(DocKey::shard);

  /** The document of a hit. */
  public static DocKey of(SearchHit hit) {
    return of(hit, hit.getId());
  }

  /** The document of a hit, whose {@code _id} may be elsewhere than usual. */
  static DocKey of(SearchHit hit, String id) {
    String index = RemoteClusterAware.buildRemoteIndexName(hit.getClusterAlias(), hit.getIndex());
    return new DocKey(index, hit.getShard().getShardId().id(), id);
  }

  /** Whether the document is in a shard. */
  boolean isOf(String itsIndex, int itsShard) {
    return shard == itsShard && index.equals(itsIndex);
  }

  @Override
  public int compareTo(DocKey other) {
    return ORDER.compare(this, other);
  }
}
