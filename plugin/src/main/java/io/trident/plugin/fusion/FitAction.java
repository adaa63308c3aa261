package io.trident.plugin.fusion;

import io.trident.models.api.Excerpt;
import io.trident.query.fusion.FusionProfile;
import io.trident.query.fusion.FusionSettings;
import io.trident.query.fusion.LegWindows;
import io.trident.query.fusion.fit.FitResult;
import io.trident.query.fusion.fit.FusionFit;
import io.trident.query.fusion.fit.JudgedQuery;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.opensearch.action.ActionRunnable;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.node.NodeClient;

/**
 * Fits the settings of a fusion to judged queries: runs each once, and tries settings on what the
 * legs found. Nothing in it has other rights than the caller.
 */
public final class FitAction extends HandledTransportAction<FitRequest, FusionAnswer> {

  static final String NAME = "cluster:admin/trident/fusion/fit";

  /** How clients name the action. */
  public static final ActionType<FusionAnswer> TYPE = new ActionType<>(NAME, FusionAnswer::new);

  /** The windows that are tried unless the request has some, where they are below the query's. */
  private static final List<Integer> WINDOWS = List.of(20, 50, 100);

  private final ThreadPool threadPool;
  private final NodeClient client;
  private final NamedXContentRegistry registry;

  /** Made by OpenSearch. */
  @Inject
  public FitAction(
      TransportService transportService,
      ActionFilters actionFilters,
      NodeClient client,
      NamedXContentRegistry registry) {
    super(NAME, transportService, actionFilters, FitRequest::new);
    this.threadPool = transportService.getThreadPool();
    this.client = client;
    this.registry = registry;
  }

  @Override
  protected void doExecute(Task task, FitRequest request, ActionListener<FusionAnswer> listener) {
    threadPool
        .generic()
        .execute(ActionRunnable.wrap(listener, answer -> search(task, request.asked(), answer)));
  }

  private void search(Task task, FitBody body, ActionListener<FusionAnswer> listener)
      throws IOException {
    List<JudgedSearch> judged = body.searches();
    if (judged.size() < body.folds()) {
      throw new IllegalArgumentException(
          "[_fit] must have [judgments] of at least as many queries with a positive [rating] as"
              + " [folds], got ["
              + judged.size()
              + "] for ["
              + body.folds()
              + "] folds");
    }
    FitSearches searches =
        new FitSearches(
            client,
            new TaskId(client.getLocalNodeId(), task.getId()),
            threadPool.generic(),
            registry,
            body,
            judged);
    int window = searches.window();
    List<Integer> tried =
        body.windows().isEmpty()
            ? WINDOWS.stream().filter(smaller -> smaller < window).toList()
            : body.windows();
    int widest = Collections.max(Stream.concat(Stream.of(window), tried.stream()).toList());
    searches.run(
        widest,
        ActionListener.wrap(
            found ->
                threadPool
                    .generic()
                    .execute(
                        ActionRunnable.wrap(
                            listener, answer -> fit(body, judged, found, window, tried, answer))),
            listener::onFailure));
  }

  private void fit(
      FitBody body,
      List<JudgedSearch> judged,
      List<LegWindows> found,
      int window,
      List<Integer> tried,
      ActionListener<FusionAnswer> listener) {
    List<JudgedQuery> queries = new ArrayList<>(found.size());
    for (int i = 0; i < found.size(); i++) {
      requireSame(judged.get(i).name(), found.get(0), found.get(i));
      queries.add(new JudgedQuery(found.get(i).rankings(), judged.get(i).ratings()));
    }
    long answered = queries.stream().filter(JudgedQuery::isAnswered).count();
    if (answered == 0) {
      throw new IllegalArgumentException(
          "[_fit] must have [judgments] of documents that the legs find, but no leg found a"
              + " document with a positive [rating] for any of ["
              + queries.size()
              + "] queries: [_id], [_index] and [index] must be those of the documents");
    }
    LegWindows legs = found.get(0);
    FusionSettings present = new FusionSettings(legs.fusion(), window, legs.weights());
    FitResult result =
        new FusionFit(queries, present, tried, body.folds(), body.seed()).run((done, all) -> {});
    Map<String, Object> report =
        new FitReport(legs.names(), result).toMap(body.judged(), queries.size(), (int) answered);
    if (body.name() == null) {
      listener.onResponse(new FusionAnswer(report));
    } else {
      store(body.name(), new FusionProfile(legs.names(), result.fitted()), report, listener);
    }
  }

  /** Stores settings that are better, if the caller may store profiles. */
  private void store(
      String name,
      FusionProfile fitted,
      Map<String, Object> report,
      ActionListener<FusionAnswer> listener) {
    report.put("profile", name);
    report.put("stored", report.get(FitReport.RECOMMENDED));
    ActionListener<FusionAnswer> stored =
        ActionListener.map(listener, done -> new FusionAnswer(report));
    if (Boolean.TRUE.equals(report.get(FitReport.RECOMMENDED))) {
      client.execute(PutProfileAction.TYPE, new ProfileRequest(name, fitted.toJson()), stored);
    } else {
      stored.onResponse(null);
    }
  }

  /** Queries of which each has its own template may differ in more than their texts. */
  private static void requireSame(String name, LegWindows first, LegWindows other) {
    if (first.names().equals(other.names()) == false
        || first.weights().equals(other.weights()) == false
        || first.fusion().equals(other.fusion()) == false) {
      throw new IllegalArgumentException(
          "all queries of a fit must have the same legs and settings, but query ["
              + Excerpt.of(name)
              + "] has legs "
              + Excerpt.of(other.names())
              + " and the first has "
              + Excerpt.of(first.names())
              + ", or other weights or settings");
    }
  }
}
