/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.rerank;

import io.trident.models.api.Inference;
import io.trident.query.dsl.QueryEncoder;
import io.trident.query.fusion.FittedFusion;
import io.trident.query.fusion.FusionQueryBuilder;
import io.trident.query.fusion.NeuralTextQueryBuilder;
import io.trident.query.search.SearchFilter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.regex.Regex;
import org.opensearch.common.xcontent.LoggingDeprecationHandler;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.fetch.subphase.FieldAndFormat;
import org.opensearch.search.sort.ScoreSortBuilder;
import org.opensearch.search.sort.SortBuilder;
import org.opensearch.search.sort.SortOrder;
import org.opensearch.tasks.Task;

/**
 * Reranks searches that ask for it. The search is widened to the window, and its response, search
 * pipelines included, reranked and cut to the page that was asked for. It stands around the search
 * action, so it needs no pipeline and works for searches inside of a multi-search. Thread-safe.
 */
public final class CrossEncoderFilter extends SearchFilter {

  private static final int DEFAULT_SIZE = 10;

  private final Supplier<Inference> inference;
  private final Supplier<String> defaultModel;

  /**
   * Makes the filter.
   *
   * @param inference runs the models; asked for when a search comes
   * @param defaultModel the id of the cross-encoder for requests that name none
   */
  public CrossEncoderFilter(Supplier<Inference> inference, Supplier<String> defaultModel) {
    this.inference = inference;
    this.defaultModel = defaultModel;
  }

  @Override
  public int order() {
    return Integer.MAX_VALUE - 1; // near to the action: other filters see the request as it was
  }

  @Override
  protected void apply(
      Task task, SearchRequest request, Search search, ActionListener<SearchResponse> listener) {
    List<CrossEncoderExtBuilder.Options> stages = stages(request);
    if (stages.isEmpty() || request.source().size() == 0) {
      search.run(request, listener);
      return;
    }
    Page page = Page.of(request.source());
    refuseWhatItWouldUndo(request, stages);
    Set<String> ours = fields(stages);
    ours.removeIf(field -> asksFor(request.source(), field));
    search.run(
        wider(request, stages, page),
        ActionListener.wrap(
            response -> {
              RerankedResponse reranked = new RerankedResponse(response, page::cut, ours);
              rerank(stages.iterator(), reranked, listener);
            },
            listener::onFailure));
  }

  private static List<CrossEncoderExtBuilder.Options> stages(SearchRequest request) {
    if (request.source() == null) {
      return List.of();
    }
    QueryBuilder query = request.source().query();
    NeuralTextQueryBuilder search = query == null ? null : NeuralTextQueryBuilder.in(query);
    List<CrossEncoderExtBuilder.Options> stages =
        request.source().ext().stream()
            .filter(CrossEncoderExtBuilder.class::isInstance)
            .flatMap(ext -> ((CrossEncoderExtBuilder) ext).stages().stream())
            .toList();
    Float share = stages.size() == 1 ? FittedFusion.firstStageWeight(query) : null;
    return stages.stream().map(stage -> stage.completed(search, request, share)).toList();
  }

  /** The fields of the texts. */
  private static Set<String> fields(List<CrossEncoderExtBuilder.Options> stages) {
    return stages.stream()
        .flatMap(stage -> stage.fields().stream())
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /**
   * The page of the ranking that was asked for.
   *
   * @param from how many hits are left out
   * @param size how many are wanted
   */
  private record Page(int from, int size) {
    private static Page of(SearchSourceBuilder source) {
      return new Page(Math.max(0, source.from()), source.size() < 0 ? DEFAULT_SIZE : source.size());
    }

    /** Where the page ends; a search refuses a page beyond its window, and any beyond an int. */
    private int end() {
      return (int) Math.min(Integer.MAX_VALUE, (long) from + size);
    }

    private SearchHit[] cut(SearchHit[] hits) {
      return Arrays.copyOfRange(hits, Math.min(from, hits.length), Math.min(hits.length, end()));
    }
  }

  private static void refuseWhatItWouldUndo(
      SearchRequest request, List<CrossEncoderExtBuilder.Options> stages) {
    SearchSourceBuilder source = request.source();
    refuse(request.scroll() != null, "[scroll]");
    refuse(source.searchAfter() != null, "[search_after]");
    refuse(source.slice() != null, "[slice]");
    refuse(
        source.sorts() != null
            && source.sorts().stream().allMatch(CrossEncoderFilter::isBestFirst) == false,
        "a [sort] other than by [_score] with the best first");
    refuse(
        source.storedFields() != null && source.storedFields().fetchFields() == false,
        "[stored_fields] of [_none_], without which hits have no text");
    int window = stages.get(0).window();
    if (source.query() instanceof FusionQueryBuilder fusion && window > fusion.window()) {
      throw new IllegalArgumentException(
          "["
              + CrossEncoderExtBuilder.NAME
              + "] must have a [window] of at most that of the ["
              + FusionQueryBuilder.NAME
              + "], ["
              + fusion.window()
              + "], got ["
              + window
              + "]");
    }
  }

  private static boolean isBestFirst(SortBuilder<?> sort) {
    return sort instanceof ScoreSortBuilder && sort.order() == SortOrder.DESC;
  }

  private static void refuse(boolean when, String what) {
    if (when) {
      throw new IllegalArgumentException(
          "[" + CrossEncoderExtBuilder.NAME + "] cannot be combined with " + what);
    }
  }

  /** A search that gives the whole window and the fields of the texts. */
  private static SearchRequest wider(
      SearchRequest search, List<CrossEncoderExtBuilder.Options> stages, Page page) {
    SearchRequest copy = copy(search);
    SearchSourceBuilder source = search.source();
    SearchSourceBuilder wider = copy.source();
    wider.from(0).size(Math.max(stages.get(0).window(), page.end()));
    // a remote cluster that runs a part of the search must not rerank that part
    wider.ext(
        source.ext().stream()
            .filter(ext -> ext instanceof CrossEncoderExtBuilder == false)
            .toList());
    List<FieldAndFormat> fields = new ArrayList<>();
    if (source.fetchFields() != null) {
      fields.addAll(source.fetchFields());
    }
    fields(stages).forEach(field -> fields.add(new FieldAndFormat(field, null)));
    fetchFields(wider, fields);
    return copy;
  }

  /** Replaces the fields: the copy shares the list with its origin, and only JSON replaces it. */
  private static void fetchFields(SearchSourceBuilder source, List<FieldAndFormat> fields) {
    String name = SearchSourceBuilder.FETCH_FIELDS_FIELD.getPreferredName();
    try (XContentBuilder json = JsonXContent.contentBuilder()) {
      json.startObject().field(name, fields).endObject();
      try (XContentParser parser =
          JsonXContent.jsonXContent.createParser(
              NamedXContentRegistry.EMPTY,
              LoggingDeprecationHandler.INSTANCE,
              BytesReference.bytes(json).streamInput())) {
        source.parseXContent(parser);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether a search itself asks for a field among those of its hits, perhaps by a pattern. */
  private static boolean asksFor(SearchSourceBuilder source, String field) {
    Stream<String> stored =
        source.storedFields() == null || source.storedFields().fieldNames() == null
            ? Stream.of()
            : source.storedFields().fieldNames().stream();
    Stream<String> formatted =
        Stream.of(source.fetchFields(), source.docValueFields())
            .filter(Objects::nonNull)
            .flatMap(List::stream)
            .map(asked -> asked.field);
    return Stream.concat(stored, formatted).anyMatch(asked -> Regex.simpleMatch(asked, field));
  }

  /** Reranks by one stage after the other, and answers. */
  private void rerank(
      Iterator<CrossEncoderExtBuilder.Options> stages,
      RerankedResponse reranked,
      ActionListener<SearchResponse> listener) {
    if (stages.hasNext() == false) {
      ActionListener.completeWith(listener, reranked::response);
      return;
    }
    CrossEncoderExtBuilder.Options stage = stages.next();
    String model = stage.model() == null ? defaultModel.get() : stage.model();
    Reranking reranking = new Reranking(reranked.ranking(), stage, model);
    long start = System.nanoTime();
    reranking
        .score(inference)
        .whenComplete(
            (scores, failure) -> {
              if (failure != null && stage.keepRanking() == false) {
                listener.onFailure(QueryEncoder.answer(failure));
                return;
              }
              try {
                reranked.take(reranking, scores, failure, System.nanoTime() - start);
                rerank(stages, reranked, listener);
              } catch (RuntimeException e) {
                listener.onFailure(e);
              }
            });
  }
}
