package io.trident.query.fusion;

import java.io.IOException;
import java.util.Objects;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.QueryBuilder;

/**
 * One query of a fusion.
 *
 * @param name tells the leg in explanations
 * @param weight its share in the fused score, positive
 * @param query any query but one that is itself only valid at the top of a request
 */
public record FusionLeg(String name, float weight, QueryBuilder query)
    implements Writeable, ToXContentObject {

  public FusionLeg {
    Objects.requireNonNull(query, "query");
    if (weight > 0 == false || Float.isInfinite(weight)) {
      throw new IllegalArgumentException(
          "["
              + FusionQueryBuilder.NAME
              + "] leg ["
              + name
              + "] must have a positive, finite [weight], got ["
              + weight
              + "]");
    }
    if ("hybrid".equals(query.getWriteableName())) {
      throw new IllegalArgumentException(
          "["
              + FusionQueryBuilder.NAME
              + "] leg ["
              + name
              + "] must not be a [hybrid] query, whose hits are fused by a pipeline: give its queries as legs");
    }
  }

  /** Reads a leg from another node. */
  FusionLeg(StreamInput in) throws IOException {
    this(in.readString(), in.readFloat(), in.readNamedWriteable(QueryBuilder.class));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeString(name);
    out.writeFloat(weight);
    out.writeNamedWriteable(query);
  }

  FusionLeg withQuery(QueryBuilder other) {
    return new FusionLeg(name, weight, other);
  }

  /** Reads a leg from JSON; the parser stands on its object. */
  static FusionLeg fromXContent(XContentParser parser, int number) throws IOException {
    String name = "leg_" + number;
    float weight = 1;
    QueryBuilder query = null;
    if (parser.currentToken() != Token.START_OBJECT) {
      throw new ParsingException(
          parser.getTokenLocation(),
          "["
              + FusionQueryBuilder.NAME
              + "] leg ["
              + number
              + "] must be an object, got ["
              + parser.currentToken()
              + "]");
    }
    while (parser.nextToken() != Token.END_OBJECT) {
      String key = parser.currentName();
      parser.nextToken();
      switch (key) {
        case "name" -> name = parser.text();
        case "weight" -> weight = parser.floatValue();
        case "query" -> query = AbstractQueryBuilder.parseInnerQueryBuilder(parser);
        default ->
            throw new ParsingException(
                parser.getTokenLocation(),
                "["
                    + FusionQueryBuilder.NAME
                    + "] leg ["
                    + name
                    + "] does not support ["
                    + key
                    + "]");
      }
    }
    if (query == null) {
      throw new ParsingException(
          parser.getTokenLocation(),
          "[" + FusionQueryBuilder.NAME + "] leg [" + name + "] must have a [query]");
    }
    return new FusionLeg(name, weight, query);
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    return builder
        .startObject()
        .field("name", name)
        .field("weight", weight)
        .field("query", query)
        .endObject();
  }
}
