/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.store;

import io.trident.models.api.ModelException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.opensearch.Version;
import org.opensearch.cluster.ClusterName;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.core.common.unit.ByteSizeUnit;
import org.opensearch.core.common.unit.ByteSizeValue;
import org.opensearch.test.OpenSearchTestCase;

/** How a node asks the index for its models. */
public class StoredModelsTests extends OpenSearchTestCase {

  private static final ClusterState WITH_INDEX =
      ClusterState.builder(ClusterName.DEFAULT)
          .metadata(
              Metadata.builder()
                  .put(
                      IndexMetadata.builder(ModelIndex.NAME)
                          .settings(settings(Version.CURRENT))
                          .numberOfShards(1)
                          .numberOfReplicas(0)))
          .build();

  private static final ClusterState WITHOUT =
      ClusterState.builder(ClusterName.DEFAULT).metadata(Metadata.EMPTY_METADATA).build();

  /** Or all who ask later would wait for the one that never answers. */
  public void testAQuestionThatFailsAtOnceIsAnsweredAndAskedAgain() {
    Supplier<ClusterState> failing =
        () -> {
          throw new IllegalStateException("no state now");
        };
    Deque<Supplier<ClusterState>> states =
        new ArrayDeque<>(
            List.of(() -> WITH_INDEX, failing, () -> WITH_INDEX, () -> WITHOUT, () -> WITHOUT));
    StoredModels models =
        new StoredModels(
            new ModelIndex(null, () -> states.removeFirst().get()),
            new ModelCache(
                createTempDir(),
                new ByteSizeValue(1, ByteSizeUnit.MB),
                (model, file, number) -> new byte[0]),
            Runnable::run);
    CompletableFuture<Void> first = models.find(false).toCompletableFuture();
    assertTrue(first.isCompletedExceptionally());
    assertEquals(ModelException.Kind.UNAVAILABLE, ((ModelException) first.exceptionNow()).kind());
    CompletableFuture<Void> second = models.find(false).toCompletableFuture();
    assertTrue("answered", second.isDone() && second.isCompletedExceptionally() == false);
  }
}
