/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.budget;

import io.trident.query.dsl.MaxSimQueryBuilder;
import java.io.IOException;
import java.util.Objects;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.search.SearchExtBuilder;

/** What a response says of its budgets, under {@code ext}. Immutable. */
public final class BudgetReport extends SearchExtBuilder {

  /** The name between nodes. */
  public static final String NAME = "budget_report";

  private final ScoredCount count;

  BudgetReport(ScoredCount count) {
    this.count = count;
  }

  /** Reads a report from another node. */
  public BudgetReport(StreamInput in) throws IOException {
    this(new ScoredCount(in));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    count.writeTo(out);
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject(MaxSimQueryBuilder.NAME).field("candidates", count.candidates());
    if (count.skipped() > 0) {
      builder.field("skipped", count.skipped());
    }
    return builder.endObject();
  }

  @Override
  public String getWriteableName() {
    return NAME;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof BudgetReport that && count.equals(that.count);
  }

  @Override
  public int hashCode() {
    return Objects.hash(NAME, count);
  }
}
