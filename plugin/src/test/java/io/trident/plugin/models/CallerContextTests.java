package io.trident.plugin.models;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.plugins.Plugin;
import org.opensearch.test.OpenSearchSingleNodeTestCase;

/** As whom answers about models come back, after the plugin has read its index as itself. */
public class CallerContextTests extends OpenSearchSingleNodeTestCase {

  private static final String HEADER = "who";

  private ModelIndex index;

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    try { // by its name, because packages of tests have no cycles either
      return List.of(Class.forName("io.trident.plugin.TridentPlugin").asSubclass(Plugin.class));
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void setUp() throws Exception {
    super.setUp();
    index = new ModelIndex(client(), getInstanceFromNode(ClusterService.class)::state);
    index.create();
    ensureGreen(ModelIndex.NAME);
  }

  /** Asks something as a caller, and says as whom the answer came. */
  private <T> String answeredAs(Consumer<ActionListener<T>> question) throws InterruptedException {
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

  public void testListOfModelsComesBackToTheCaller() throws InterruptedException {
    assertEquals("me", answeredAs(index::list));
  }

  public void testActionsOnModelsAnswerTheirCaller() throws InterruptedException {
    ModelRequest encode = new ModelRequest("absent", Map.of("texts", List.of("a text")));
    assertEquals(
        "me",
        this.<ModelAnswer>answeredAs(to -> client().execute(EncodeModelAction.TYPE, encode, to)));
    ModelRequest validate = new ModelRequest("absent", Map.of());
    assertEquals(
        "me",
        this.<ModelAnswer>answeredAs(
            to -> client().execute(ValidateModelAction.TYPE, validate, to)));
  }
}
