/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.store;

import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.plugins.Plugin;
import org.opensearch.test.OpenSearchSingleNodeTestCase;

/** Says as whom answers come back, after the plugin has read its index as itself. */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // the JDK keeps the thread of deadlines
public abstract class CallerContextTestCase extends OpenSearchSingleNodeTestCase {

  private static final String HEADER = "who";

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    try { // by its name, because packages of tests have no cycles either
      return List.of(Class.forName("io.trident.plugin.TridentPlugin").asSubclass(Plugin.class));
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }

  /** Asks something as a caller, and says as whom the answer came. */
  protected final <T> String answeredAs(Consumer<ActionListener<T>> question)
      throws InterruptedException {
    ThreadContext context = client().threadPool().getThreadContext();
    AtomicReference<String> answered = new AtomicReference<>();
    CountDownLatch done = new CountDownLatch(1);
    Runnable note =
        () -> {
          answered.set(context.getHeader(HEADER));
          done.countDown();
        };
    try (ThreadContext.StoredContext ignored = context.stashContext()) {
      context.putHeader(HEADER, "me");
      question.accept(ActionListener.wrap(note));
    }
    assertTrue(done.await(30, TimeUnit.SECONDS));
    return answered.get();
  }
}
