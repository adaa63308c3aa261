/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.fusion;

import io.trident.models.api.Excerpt;
import io.trident.query.fusion.FittedFusion;
import io.trident.query.fusion.FusionProfile;
import io.trident.query.fusion.FusionSettings;
import io.trident.query.fusion.LegWindows;
import io.trident.query.fusion.NeuralTextQueryBuilder;
import io.trident.query.fusion.ScoreMap;
import io.trident.query.fusion.fit.FitResult;
import io.trident.query.fusion.fit.FusionFit;
import io.trident.query.fusion.fit.JudgedQuery;
import io.trident.query.fusion.fit.RelevanceFit;
import io.trident.query.fusion.fit.RelevanceResult;
import io.trident.query.fusion.fit.ShareFit;
import io.trident.query.rerank.CrossEncoderExtBuilder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.opensearch.action.ActionRunnable;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.common.CheckedConsumer;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.transport.client.node.NodeClient;

/**
 * One fit: runs each judged query once, tries settings on what the legs found, and stores those
 * that are better, if the request names them. Nothing in it has other rights than the caller.
 */
final class FitRun {

  /** The windows that are tried unless the request has some, where they are below the query's. */
  private static final List<Integer> WINDOWS = List.of(20, 50, 100);

  private final NodeClient client;
  private final FitTask task;
  private final TaskId taskId;
  private final FitBody body;
  private volatile int total;

  /** How many queries have a relevant document; the others are behind them. */
  private volatile int used;

  FitRun(NodeClient client, FitTask task, FitBody body) {
    this.client = client;
    this.task = task;
    this.taskId = new TaskId(client.getLocalNodeId(), task.getId());
    this.body = body;
  }

  /** Begins with the judgments; called on a thread that may take long. */
  void start(NamedXContentRegistry registry, ActionListener<FusionAnswer> listener)
      throws IOException {
    if (body.stored() == null) {
      search(body.judgments(), registry, listener);
      return;
    }
    body.stored()
        .read(
            client,
            taskId,
            ActionListener.wrap(
                stored -> {
                  List<JudgmentParser.Judgment> all = new ArrayList<>(body.judgments());
                  all.addAll(stored);
                  onOwnThread(listener, answer -> search(all, registry, answer));
                },
                listener::onFailure));
  }

  private void onOwnThread(
      ActionListener<FusionAnswer> listener,
      CheckedConsumer<ActionListener<FusionAnswer>, Exception> work) {
    client.threadPool().generic().execute(ActionRunnable.wrap(listener, work));
  }

  private void search(
      List<JudgmentParser.Judgment> judgments,
      NamedXContentRegistry registry,
      ActionListener<FusionAnswer> listener)
      throws IOException {
    total = judgments.size();
    Map<Boolean, List<JudgmentParser.Judgment>> byRelevance =
        judgments.stream()
            .collect(Collectors.partitioningBy(judgment -> judgment.ratings().ideal() > 0));
    List<JudgedSearch> judged = new ArrayList<>(searches(byRelevance.get(true)));
    used = judged.size();
    if (used < body.folds()) {
      throw new IllegalArgumentException(
          "[_fit] must have [judgments] of at least as many queries with a positive [rating] as"
              + " [folds], got ["
              + used
              + "] for ["
              + body.folds()
              + "] folds");
    }
    if (body.precision() != null) {
      judged.addAll(
          searches(byRelevance.get(false))); // they tell nothing else than what noise scores
    }
    FitSearches searches = new FitSearches(client, taskId, registry, body, judged, task::searched);
    int window = searches.window();
    List<Integer> windows =
        body.windows().isEmpty()
            ? WINDOWS.stream().filter(smaller -> smaller < window).toList()
            : body.windows();
    searches.run(
        Collections.max(Stream.concat(Stream.of(window), windows.stream()).toList()),
        ActionListener.wrap(
            found ->
                onOwnThread(
                    listener, answer -> fit(judged, searches, found, window, windows, answer)),
            listener::onFailure));
  }

  private List<JudgedSearch> searches(List<JudgmentParser.Judgment> judgments) {
    return judgments.stream().map(judgment -> judgment.search(body.query(), body.ext())).toList();
  }

  private void fit(
      List<JudgedSearch> judged,
      FitSearches searches,
      List<LegWindows> found,
      int window,
      List<Integer> windows,
      ActionListener<FusionAnswer> listener)
      throws IOException {
    List<JudgedQuery> queries = queries(judged, found);
    LegWindows legs = found.get(0);
    FitResult result =
        new FusionFit(
                queries.subList(0, used),
                new FusionSettings(legs.fusion(), window, legs.weights()),
                windows,
                body.folds(),
                body.seed())
            .run(
                (done, all) -> {
                  task.check();
                  task.tried(done, all);
                });
    if (body.ext().isEmpty()) {
      answer(legs, queries, result, listener);
    } else {
      rerank(judged, searches, legs, queries, result, listener);
    }
  }

  /** Goes on with the share of the fusion under a cross-encoder. */
  private void rerank(
      List<JudgedSearch> judged,
      FitSearches searches,
      LegWindows legs,
      List<JudgedQuery> queries,
      FitResult fused,
      ActionListener<FusionAnswer> listener)
      throws IOException {
    CrossEncoderExtBuilder.Options first = reranker(judged.get(0), searches.request(0));
    ShareFit fit = new ShareFit(queries.subList(0, used), fused, first.window());
    FitReranking reranking = new FitReranking(task::reranked);
    for (int i = 0; i < used; i++) {
      SearchRequest search = searches.request(i);
      reranking.add(
          judged.get(i).name(), search, reranker(judged.get(i), search), fit.documents(i));
    }
    reranking.run(
        client,
        ActionListener.wrap(
            scores ->
                onOwnThread(
                    listener,
                    answer -> {
                      task.check();
                      answer(legs, queries, fit.run(scores, first.firstStageWeight()), answer);
                    }),
            listener::onFailure));
  }

  private static CrossEncoderExtBuilder.Options reranker(JudgedSearch judged, SearchRequest search)
      throws IOException {
    QueryBuilder query = search.source().query();
    return judged
        .reranker()
        .completed(NeuralTextQueryBuilder.in(query), search, FittedFusion.firstStageWeight(query));
  }

  private void answer(
      LegWindows legs,
      List<JudgedQuery> queries,
      FitResult result,
      ActionListener<FusionAnswer> listener) {
    Map<String, Object> report =
        new FitReport(legs.names(), result).toMap(total, queries.subList(0, used));
    FusionSettings settings = result.isRecommended() ? result.fitted() : result.present();
    ScoreMap map = null;
    if (body.precision() != null) {
      RelevanceResult relevance =
          new RelevanceFit(legs.names(), queries, settings, body.folds(), body.seed()).run();
      report.put(FitReport.MIN_RELEVANCE, FitReport.relevance(relevance, body.precision()));
      map = relevance.map();
    }
    boolean isStored = body.name() != null && (result.isRecommended() || map != null);
    if (body.name() != null) {
      report.put("profile", body.name());
      report.put("stored", isStored);
    }
    ActionListener<FusionAnswer> answer =
        ActionListener.map(listener, stored -> new FusionAnswer(report));
    if (isStored) {
      store(new FusionProfile(legs.names(), settings, map), answer);
    } else {
      answer.onResponse(null);
    }
  }

  /** Stores settings, if the caller may store profiles and has not cancelled the fit. */
  private void store(FusionProfile fitted, ActionListener<FusionAnswer> listener) {
    task.check();
    ProfileRequest request = new ProfileRequest(body.name(), fitted.toJson());
    request.setParentTask(taskId);
    client.execute(PutProfileAction.TYPE, request, listener);
  }

  private static List<JudgedQuery> queries(List<JudgedSearch> judged, List<LegWindows> found) {
    List<JudgedQuery> queries = new ArrayList<>(found.size());
    for (int i = 0; i < found.size(); i++) {
      requireSame(judged.get(i).name(), found.get(0), found.get(i));
      queries.add(new JudgedQuery(found.get(i).rankings(), judged.get(i).ratings()));
    }
    if (queries.stream().noneMatch(JudgedQuery::isAnswered)) {
      throw new IllegalArgumentException(
          "[_fit] must have [judgments] of documents that the legs find, but no leg found a"
              + " document with a positive [rating] for any of ["
              + queries.size()
              + "] queries: [_id], [_index] and [index] must be those of the documents");
    }
    return queries;
  }

  /** Queries of which each is written out may differ in more than their texts. */
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
