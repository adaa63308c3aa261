/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import io.trident.models.api.Encoding;
import io.trident.query.mapper.VectorModel;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.join.ScoreMode;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.core.action.ActionListener;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.NestedQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilderVisitor;
import org.opensearch.index.query.QueryRewriteContext;
import org.opensearch.transport.client.Client;

/**
 * Makes the vector of a query on the coordinating node: encodes texts, reads liked documents, sums
 * what it has, and moves the sum towards the documents of a first search. Documents are read by
 * searches of their own, as whoever searches.
 *
 * @param <V> the query's vector
 */
final class VectorAssembly<V> {

  private final EncodedQueryBuilder<?, V> query;
  private final VectorSource source;
  private final V given;
  private final SearchRequest search;

  /** The whole query that this one is part of. */
  private final QueryBuilder around;

  private volatile VectorModel model = VectorModel.UNKNOWN;

  /**
   * Prepares one.
   *
   * @param given the vector when the request gives it, else null
   * @param context that of a search, where documents must be read
   */
  VectorAssembly(
      EncodedQueryBuilder<?, V> query, VectorSource source, V given, QueryRewriteContext context) {
    this.search = SubSearchContext.searchOf(context);
    this.around = SubSearchContext.queryOf(context);
    if (search == null && source.reading() != null) {
      throw new IllegalArgumentException(
          "[" + query.name() + "] with [" + source.reading() + "] must be part of a search");
    }
    this.query = query;
    this.source = source;
    this.given = given;
  }

  /** The model of the texts, once the vector is made. */
  VectorModel model() {
    return model;
  }

  /** Makes the vector; the listener gets none when there is no part of it. */
  void make(Client client, ActionListener<Optional<V>> listener) {
    ActionListener<Optional<V>> made =
        ActionListener.wrap(value -> feedback(client, value, listener), listener::onFailure);
    if (given != null) {
      made.onResponse(Optional.of(given));
      return;
    }
    encode(
        ActionListener.wrap(
            parts -> read(client, parts, ActionListener.map(made, done -> sum(parts))),
            listener::onFailure));
  }

  /** Encodes texts; blank ones have no words, whatever a model makes of them. */
  private void encode(ActionListener<VectorParts<V>> listener) {
    List<WeightedText> texts = source.encoded();
    VectorParts<V> parts = new VectorParts<>();
    if (texts.isEmpty()) {
      listener.onResponse(parts);
      return;
    }
    query
        .encoder()
        .encode(
            source.model(),
            texts.stream().map(WeightedText::text).toList(),
            query.representation(),
            ActionListener.map(
                listener,
                encodings -> {
                  model =
                      new VectorModel(
                          query.encoder().id(source.model()), encodings.get(0).fingerprint());
                  for (int i = 0; i < encodings.size(); i++) {
                    WeightedText one = texts.get(i);
                    V vector = vectorOf(encodings.get(i), one.text());
                    if (one.text().isBlank() == false) {
                      add(vector, one.weight(), parts);
                    }
                  }
                  return parts;
                }));
  }

  private V vectorOf(Encoding encoding, String text) {
    V value = query.vector(encoding, text);
    if (value == null) {
      throw new IllegalArgumentException(
          query.subject()
              + " needs a model that gives a ["
              + query.representation()
              + "] representation");
    }
    return query.checked(value);
  }

  private void add(V part, float weight, VectorParts<V> parts) {
    if (query.isEmpty(part) == false && weight != 0) {
      parts.add(part, weight);
    }
  }

  /** Adds a document: each of its vectors has its share of the weight. */
  private void add(List<Object> vectors, float weight, VectorParts<V> parts) {
    vectors.forEach(vector -> add(query.stored(vector), weight / vectors.size(), parts));
  }

  private StoredVectors stored(Client client, String option) {
    if (WrittenRestriction.isIn(client.threadPool().getThreadContext())) {
      throw new IllegalArgumentException(
          query.subject()
              + " takes no ["
              + option
              + "] where the security plugin writes into the query which documents may be seen");
    }
    return new StoredVectors(query.field(), search);
  }

  private void read(Client client, VectorParts<V> parts, ActionListener<Void> listener) {
    if (source.like().isEmpty()) {
      listener.onResponse(null);
      return;
    }
    stored(client, LikedDocument.NAME)
        .read(
            client,
            source.like(),
            ActionListener.map(
                listener,
                found -> {
                  source.like().forEach(one -> add(found.get(one), one.weight(), parts));
                  return null;
                }));
  }

  private Optional<V> sum(VectorParts<V> parts) {
    if (parts.isEmpty()) {
      return Optional.empty();
    }
    return present(
        source.isOneText() ? parts.vectors().get(0) : query.sum(parts.vectors(), parts.weights()));
  }

  private Optional<V> present(V value) {
    return query.isEmpty(query.checked(value)) ? Optional.empty() : Optional.of(value);
  }

  /** Searches for the first time, unless nothing is to come of it. */
  private void feedback(Client client, Optional<V> value, ActionListener<Optional<V>> listener)
      throws IOException {
    Feedback feedback = source.feedback();
    if (feedback == null || feedback.weight() == 0 || value.isEmpty()) {
      listener.onResponse(value);
      return;
    }
    stored(client, Feedback.NAME)
        .find(
            client,
            firstSearch(feedback, value.get()),
            feedback.documents(),
            ActionListener.map(listener, found -> moved(value, found)));
  }

  private Optional<V> moved(Optional<V> value, List<List<Object>> documents) {
    VectorParts<V> parts = new VectorParts<>();
    documents.forEach(vectors -> add(vectors, 1f / documents.size(), parts));
    return parts.isEmpty() ? value : present(query.moved(value.get(), parts, source.feedback()));
  }

  /**
   * What finds the documents: their query, or this one, as nested as it is in the search. The
   * filter of a nested query may be on nested objects, which their query need not be.
   */
  private QueryBuilder firstSearch(Feedback feedback, V value) {
    String path = nestedPath();
    QueryBuilder first = query.by(value);
    if (feedback.query() != null) {
      first = path == null ? filtered(feedback.query(), query.demanded()) : feedback.query();
    } else if (path != null) {
      first = new NestedQueryBuilder(path, first, ScoreMode.Max).ignoreUnmapped(true);
    }
    return filtered(first, feedback.filter());
  }

  private static QueryBuilder filtered(QueryBuilder query, QueryBuilder filter) {
    return filter == null ? query : new BoolQueryBuilder().must(query).filter(filter);
  }

  /** The innermost path of the search's nested queries that the field is under, or null. */
  private String nestedPath() {
    NestedPaths paths = new NestedPaths(query.field());
    if (around != null) {
      around.visit(paths);
    }
    return paths.longest;
  }

  /** Looks at all queries of a search. */
  private static final class NestedPaths implements QueryBuilderVisitor {
    private final String field;
    private String longest;

    private NestedPaths(String field) {
      this.field = field;
    }

    @Override
    public void accept(QueryBuilder part) {
      String path =
          part instanceof NestedQueryBuilder nested
              ? nested.path()
              : part instanceof TopPassagesQueryBuilder passages ? passages.path() : null;
      if (path != null
          && field.startsWith(path + ".")
          && (longest == null || path.length() > longest.length())) {
        longest = path;
      }
    }

    @Override
    public QueryBuilderVisitor getChildVisitor(BooleanClause.Occur occur) {
      return this;
    }
  }
}
