/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.models.api.Excerpt;
import io.trident.models.api.Representation;
import io.trident.query.dsl.DenseQueryBuilder;
import io.trident.query.dsl.EncodedQueryBuilder;
import io.trident.query.dsl.Feedback;
import io.trident.query.dsl.LearnedSparseQueryBuilder;
import io.trident.query.dsl.MaxSimQueryBuilder;
import io.trident.query.dsl.QueryEncoder;
import io.trident.query.dsl.TopPassagesQueryBuilder;
import io.trident.query.highlight.MaxSimHighlighter;
import io.trident.query.mapper.DenseVectorFieldMapper;
import io.trident.query.mapper.ImpactVectorFieldMapper;
import io.trident.query.mapper.TokenVectorsFieldMapper;
import io.trident.query.neural.MappedFields;
import io.trident.query.neural.MappedFields.MappedField;
import io.trident.query.neural.NeuralTextField;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.lucene.search.join.ScoreMode;
import org.opensearch.index.query.InnerHitBuilder;
import org.opensearch.index.query.MatchQueryBuilder;
import org.opensearch.index.query.NestedQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.search.fetch.subphase.FetchSourceContext;
import org.opensearch.search.fetch.subphase.highlight.HighlightBuilder;

/**
 * Makes of a text and a field the legs that the field's type asks for: {@code match} for text, the
 * query of its vectors for a vector field, and all of them for {@code neural_text}. A leg is named
 * after the field that it searches.
 */
final class FieldLegs {

  /**
   * What {@code max_sim} scores of a segment at most: 1,000 documents, those with the nearest
   * tokens.
   */
  static final int CANDIDATES = 1_000;

  private static final Set<String> TEXTS =
      Set.of("text", "match_only_text", "keyword", "search_as_you_type", "wildcard");

  private final QueryEncoder encoder;
  private final List<MappedFields> indices;
  private final String text;
  private final Feedback feedback;

  /**
   * Makes the maker.
   *
   * @param indices the fields of each index that is searched
   * @param feedback moves the vectors that take it; null for not at all
   */
  FieldLegs(QueryEncoder encoder, List<MappedFields> indices, String text, Feedback feedback) {
    this.encoder = encoder;
    this.indices = indices;
    this.text = text;
    this.feedback = feedback;
  }

  /** The legs of a field. */
  List<FusionLeg> legs(WeightedField field) {
    MappedField mapped = mapped(field.name());
    if (mapped.neural() == null) {
      return List.of(leg(field, field.name(), query(field.name(), mapped)));
    }
    List<FusionLeg> legs = new ArrayList<>();
    legs.add(leg(field, field.name(), match(field.name(), mapped.nested())));
    if (mapped.neural().isExpanded()) {
      String queries = mapped.neural().queries();
      legs.add(leg(field, queries, match(queries, mapped.neural().passages())));
    }
    for (Representation representation : mapped.neural().representations()) {
      String vectors = mapped.neural().vectors(representation);
      QueryBuilder query = legQuery(representation, vectors, mapped.neural().model());
      legs.add(leg(field, vectors, passages(mapped.neural().passages(), query)));
    }
    return legs;
  }

  private static FusionLeg leg(WeightedField field, String name, QueryBuilder query) {
    return new FusionLeg(name, field.weight(), query, field.weight() != 1);
  }

  /** Whether a field holds text in one of the indices. */
  static boolean isText(List<MappedFields> indices, String name) {
    return indices.stream()
        .map(index -> index.field(name))
        .anyMatch(
            field -> field != null && (field.neural() != null || TEXTS.contains(field.type())));
  }

  /** What the indices that have the field say of it, which must be the same. */
  private MappedField mapped(String name) {
    Map<String, MappedField> found = new TreeMap<>();
    indices.stream()
        .map(index -> index.field(name))
        .filter(Objects::nonNull)
        .forEach(field -> found.putIfAbsent(searched(field), field));
    if (found.isEmpty()) {
      throw new IllegalArgumentException(
          "[fields] must hold fields of the indices that are searched, but ["
              + Excerpt.of(name)
              + "] is none");
    }
    if (found.size() > 1) {
      throw new IllegalArgumentException(
          "field ["
              + name
              + "] must be mapped in the same way in all indices that are searched, got "
              + found.keySet());
    }
    return found.values().iterator().next();
  }

  /** All of a mapping that decides how a field is searched. */
  private static String searched(MappedField field) {
    String type = field.nested() == null ? field.type() : field.type() + " in " + field.nested();
    NeuralTextField neural = field.neural();
    return neural == null
        ? field.model().id() == null ? type : type + " of model " + field.model()
        : type
            + " of model ["
            + neural.model()
            + "] with "
            + neural.representations()
            + (neural.isExpanded() ? " and predicted queries" : "");
  }

  private QueryBuilder query(String name, MappedField field) {
    Representation representation =
        switch (field.type()) {
          case ImpactVectorFieldMapper.CONTENT_TYPE -> Representation.SPARSE;
          case DenseVectorFieldMapper.CONTENT_TYPE -> Representation.DENSE;
          case TokenVectorsFieldMapper.CONTENT_TYPE -> Representation.TOKENS;
          default -> null;
        };
    if (representation != null) {
      QueryBuilder query = legQuery(representation, name, field.model().id());
      return field.nested() == null ? query : passages(field.nested(), query);
    }
    if (TEXTS.contains(field.type()) == false) {
      throw new IllegalArgumentException(
          "[fields] must hold fields of text or vectors, but ["
              + name
              + "] is of type ["
              + field.type()
              + "]: give its query among [legs]");
    }
    return match(name, field.nested());
  }

  private QueryBuilder match(String name, String nested) {
    MatchQueryBuilder match = new MatchQueryBuilder(name, text);
    return nested == null
        ? match
        : new NestedQueryBuilder(nested, match, ScoreMode.Max).ignoreUnmapped(true);
  }

  private static QueryBuilder passages(String path, QueryBuilder query) {
    return new TopPassagesQueryBuilder(path, query).ignoreUnmapped(true);
  }

  private QueryBuilder legQuery(Representation representation, String name, String model) {
    EncodedQueryBuilder<?, ?> query = vectorQuery(representation, name, model, CANDIDATES);
    return representation == Representation.TOKENS ? query : query.feedback(feedback);
  }

  private EncodedQueryBuilder<?, ?> vectorQuery(
      Representation representation, String name, String model, Integer candidates) {
    return switch (representation) {
      case SPARSE -> new LearnedSparseQueryBuilder(encoder, name).text(text, model);
      case DENSE -> new DenseQueryBuilder(encoder, name).text(text, model);
      case TOKENS -> {
        MaxSimQueryBuilder maxSim = new MaxSimQueryBuilder(encoder, name).text(text, model);
        yield candidates == null ? maxSim : maxSim.candidates(candidates);
      }
    };
  }

  /**
   * The query whose inner hits are the best passages of a field's text; none for other fields, and
   * where inner hits do not work.
   */
  Stream<QueryBuilder> passages(WeightedField field, int count) {
    NeuralTextField neural = mapped(field.name()).neural();
    return neural == null
            || count == 0
            || indices.stream().allMatch(index -> index.hasInnerHits(neural)) == false
        ? Stream.of()
        : Stream.of(
            new NestedQueryBuilder(neural.passages(), best(neural), ScoreMode.Max)
                .ignoreUnmapped(true)
                .innerHit(innerHits(neural, count)));
  }

  /** Ranks the passages of one document: by what tells most of the vectors that there are. */
  private QueryBuilder best(NeuralTextField field) {
    for (Representation representation :
        List.of(Representation.TOKENS, Representation.SPARSE, Representation.DENSE)) {
      if (field.representations().contains(representation)) {
        return vectorQuery(representation, field.vectors(representation), field.model(), null);
      }
    }
    throw new IllegalStateException("field [" + field.name() + "] has no vectors");
  }

  private static InnerHitBuilder innerHits(NeuralTextField field, int count) {
    String path = field.passages();
    InnerHitBuilder hits =
        new InnerHitBuilder(field.name())
            .setSize(count)
            .setIgnoreUnmapped(true)
            .setFetchSourceContext(
                new FetchSourceContext(
                    true,
                    new String[] {field.passageText(), path + ".start", path + ".end"},
                    new String[0]));
    return field.representations().contains(Representation.TOKENS)
        ? hits.setHighlightBuilder(
            new HighlightBuilder()
                .field(
                    new HighlightBuilder.Field(field.passageText())
                        .highlighterType(MaxSimHighlighter.NAME)
                        .options(Map.of("tokens", field.vectors(Representation.TOKENS)))))
        : hits;
  }
}
