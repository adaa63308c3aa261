/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import java.io.IOException;
import java.util.Objects;
import org.apache.lucene.search.Query;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryRewriteContext;
import org.opensearch.index.query.QueryShardContext;

/**
 * A query by vector with a {@code filter}: what documents must match to be looked at, so that as
 * many are found as are asked for.
 *
 * @param <QB> the query
 * @param <V> the query's vector
 */
abstract class FilteredQueryBuilder<QB extends FilteredQueryBuilder<QB, V>, V>
    extends EncodedQueryBuilder<QB, V> {

  private static final String FILTER = "filter";

  private QueryBuilder filter;

  /** Makes a query without a filter. */
  FilteredQueryBuilder(QueryEncoder encoder, String field) {
    super(encoder, field);
  }

  /** Reads a query from another node. */
  FilteredQueryBuilder(QueryEncoder encoder, StreamInput in) throws IOException {
    super(encoder, in);
    filter = in.readOptionalNamedWriteable(QueryBuilder.class);
  }

  /** Looks only among documents that also match {@code added}. */
  @Override
  @SuppressWarnings("unchecked")
  public final QB filter(QueryBuilder added) {
    if (AbstractQueryBuilder.validateFilterParams(added)) {
      filter = filter == null ? added : new BoolQueryBuilder().filter(filter).filter(added);
    }
    return (QB) this;
  }

  /** The filter, or null. */
  final QueryBuilder filter() {
    return filter;
  }

  @Override
  final QueryBuilder demanded() {
    return filter;
  }

  /** The filter as Lucene's query, or null. */
  final Query filterQuery(QueryShardContext context) throws IOException {
    return filter == null ? null : NestedFilter.toQuery(filter, context);
  }

  @Override
  boolean parseOption(String key, XContentParser parser, OptionParser options) throws IOException {
    if (key.equals(FILTER) == false) {
      return false;
    }
    filter(options.query(parser));
    return true;
  }

  @Override
  void optionsToXContent(XContentBuilder builder) throws IOException {
    if (filter != null) {
      builder.field(FILTER, filter);
    }
  }

  @Override
  void writeOptions(StreamOutput out) throws IOException {
    out.writeOptionalNamedWriteable(filter);
  }

  @Override
  final QueryBuilder rewriteOptions(QueryRewriteContext context) throws IOException {
    QueryBuilder rewritten = filter == null ? null : filter.rewrite(context);
    if (rewritten == filter) {
      return this;
    }
    FilteredQueryBuilder<QB, V> query = same();
    query.filter = rewritten;
    return query;
  }

  @Override
  boolean optionsEqual(QB other) {
    return Objects.equals(filter, other.filter());
  }
}
