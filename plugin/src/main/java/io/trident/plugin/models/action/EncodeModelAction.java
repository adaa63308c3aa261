/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.action;

import io.trident.models.api.Encoding;
import io.trident.models.api.Excerpt;
import io.trident.models.api.Inference.Workload;
import io.trident.models.api.QueryPrediction;
import io.trident.models.api.Representation;
import io.trident.models.api.Side;
import io.trident.models.api.SparseVector;
import io.trident.models.api.TokenVectors;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.transport.TransportService;

/** Shows what a model makes of texts, how it scores them for a query, or what it predicts. */
public final class EncodeModelAction extends TransportModelAction {

  static final String NAME = "cluster:monitor/trident/models/encode";

  /** How clients name the action. */
  public static final ActionType<ModelAnswer> TYPE = new ActionType<>(NAME, ModelAnswer::new);

  private static final int MAX_TEXTS = 100;

  private final ModelsComponent models;

  /** Made by OpenSearch. */
  @Inject
  public EncodeModelAction(
      TransportService transportService, ActionFilters actionFilters, ModelsComponent models) {
    super(NAME, transportService, actionFilters);
    this.models = models;
  }

  @Override
  void work(String model, RequestBody body, ActionListener<Map<String, Object>> listener) {
    List<String> texts = texts(body);
    String query = body.take("query", String.class);
    Side side = side(body);
    List<?> names = body.take("representations", List.class);
    QueryPrediction prediction = prediction(body.take("expansion", Map.class), body);
    body.end();
    CompletionStage<Map<String, Object>> answer =
        models
            .find(model)
            .thenComposeAsync(
                found -> {
                  if (prediction != null) {
                    return models
                        .local()
                        .predictQueries(model, texts, prediction, Workload.SEARCH)
                        .thenApply(queries -> Map.<String, Object>of("queries", queries));
                  }
                  return query == null
                      ? encode(model, texts, side, names, body)
                      : models
                          .local()
                          .score(model, query, texts)
                          .thenApply(scores -> Map.<String, Object>of("scores", list(scores)));
                },
                generic());
    answer.whenCompleteAsync(
        (content, failure) -> {
          if (failure == null) {
            listener.onResponse(content);
          } else {
            listener.onFailure(answer(failure));
          }
        },
        generic());
  }

  private static List<String> texts(RequestBody body) {
    List<?> texts = body.require("texts", List.class);
    if (texts.isEmpty()
        || texts.size() > MAX_TEXTS
        || texts.stream().allMatch(String.class::isInstance) == false) {
      throw body.refused(
          "must have 1 to [" + MAX_TEXTS + "] strings as [texts], got " + Excerpt.of(texts));
    }
    return texts.stream().map(String.class::cast).toList();
  }

  private static QueryPrediction prediction(Map<?, ?> options, RequestBody request) {
    if (options == null) {
      return null;
    }
    RequestBody body = new RequestBody("expansion", options);
    QueryPrediction usual = QueryPrediction.DEFAULT;
    try {
      QueryPrediction prediction =
          new QueryPrediction(
              number(body, "queries", usual.queries()),
              number(body, "max_tokens", usual.maxTokens()),
              number(body, "top_k", usual.topK()),
              number(body, "seed", (int) usual.seed()));
      body.end();
      return prediction;
    } catch (IllegalArgumentException e) {
      throw request.refused("must have an [expansion] within its bounds: " + e.getMessage());
    }
  }

  private static int number(RequestBody body, String key, int usual) {
    Integer number = body.take(key, Integer.class);
    return number == null ? usual : number;
  }

  private static Side side(RequestBody body) {
    String side = body.take("side", String.class);
    return side == null ? Side.DOCUMENT : constant(Side.class, side, body);
  }

  private static <E extends Enum<E>> E constant(Class<E> type, Object name, RequestBody body) {
    for (E constant : type.getEnumConstants()) {
      if (constant.name().toLowerCase(Locale.ROOT).equals(name)) {
        return constant;
      }
    }
    throw body.refused(
        "must have one of "
            + List.of(type.getEnumConstants()).toString().toLowerCase(Locale.ROOT)
            + ", got ["
            + Excerpt.of(name)
            + "]");
  }

  private CompletionStage<Map<String, Object>> encode(
      String model, List<String> texts, Side side, List<?> names, RequestBody body) {
    Set<Representation> wanted = EnumSet.noneOf(Representation.class);
    if (names == null) {
      wanted.addAll(models.local().describe(model).representations());
    } else {
      names.forEach(name -> wanted.add(constant(Representation.class, name, body)));
    }
    return models
        .local()
        .encode(model, texts, side, wanted, Workload.SEARCH)
        .thenApply(
            encodings ->
                Map.of(
                    "encodings",
                    IntStream.range(0, texts.size())
                        .mapToObj(i -> map(texts.get(i), encodings.get(i)))
                        .toList()));
  }

  private static Map<String, Object> map(String text, Encoding encoding) {
    Map<String, Object> map = new LinkedHashMap<>();
    if (encoding.sparse() != null) {
      map.put("sparse", heaviestFirst(encoding.sparse()));
    }
    if (encoding.dense() != null) {
      map.put("dense", list(encoding.dense()));
    }
    if (encoding.tokens() != null) {
      map.put("tokens", tokens(text, encoding.tokens()));
    }
    return map;
  }

  private static Map<String, Object> heaviestFirst(SparseVector sparse) {
    Map<String, Object> map = new LinkedHashMap<>();
    IntStream.range(0, sparse.size())
        .boxed()
        .sorted(Comparator.comparing(i -> -sparse.weight(i)))
        .forEach(i -> map.put(sparse.tokens().get(i), sparse.weight(i)));
    return map;
  }

  /** The tokens that have vectors; one that is not of the text has an empty stretch of it. */
  private static List<Map<String, Object>> tokens(String text, TokenVectors tokens) {
    List<Map<String, Object>> list = new ArrayList<>();
    for (int i = 0; i < tokens.count(); i++) {
      Map<String, Object> token = new LinkedHashMap<>();
      int start = tokens.starts()[i];
      int end = tokens.ends()[i];
      token.put("token_id", tokens.tokenIds()[i]);
      token.put("text", text.substring(start, end));
      token.put("start", start);
      token.put("end", end);
      List<Float> vector = new ArrayList<>();
      for (int d = 0; d < tokens.dimension(); d++) {
        vector.add(tokens.values()[i * tokens.dimension() + d]);
      }
      token.put("vector", vector);
      list.add(token);
    }
    return list;
  }

  private static List<Float> list(float[] values) {
    List<Float> list = new ArrayList<>(values.length);
    for (float value : values) {
      list.add(value);
    }
    return list;
  }
}
