/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.fusion;

import io.trident.models.api.Excerpt;
import io.trident.query.dsl.OptionParser;
import io.trident.query.fusion.fit.Ratings;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;

/** Reads one judged query from JSON. */
final class JudgmentParser {

  /** The parameter that stands for the text of a query. */
  static final String QUERY = "query";

  private static final Set<String> IGNORED = Set.of("size", "from", "_source");

  private final OptionParser reader;
  private final Map<String, Object> parameters = new LinkedHashMap<>();
  private final Map<Ratings.Rated, Double> grades = new HashMap<>();
  private final String number;
  private String id;
  private Map<String, Object> search;

  private JudgmentParser(int number) {
    this.number = Integer.toString(number);
    reader = new OptionParser("judgment [" + number + "]");
  }

  /**
   * What a judgment says.
   *
   * @param name its id or its text, or its number where it has none
   * @param query its own query, which needs no template; else null
   * @param parameters fill the template
   */
  record Judgment(
      String name, Map<String, Object> query, Map<String, Object> parameters, Ratings ratings) {

    /** The search that is judged. */
    JudgedSearch search(Map<String, Object> template, Map<String, Object> ext) {
      Placeholders filling = new Placeholders(name, parameters);
      return new JudgedSearch(
          name, query == null ? filling.filled(template) : query, filling.filled(ext), ratings);
    }
  }

  /** Reads a judgment; the parser stands on its object. */
  static Judgment parse(XContentParser parser, int number) throws IOException {
    JudgmentParser judgment = new JudgmentParser(number);
    judgment.reader.parse(parser, judgment::option);
    return new Judgment(
        judgment.name(), judgment.search, judgment.parameters, new Ratings(judgment.grades));
  }

  private String name() {
    return id != null ? id : String.valueOf(parameters.getOrDefault(QUERY, number));
  }

  private boolean option(String key, XContentParser parser) throws IOException {
    switch (key) {
      case "id" -> id = reader.string(parser);
      case "request" -> search = search(parser);
      case QUERY -> parameters.put(QUERY, reader.string(parser));
      case "params" -> {
        reader.object(parser);
        parameters.putAll(parser.map());
      }
      case "ratings" -> ratings(parser, reader, grades);
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Reads a search as {@code _rank_eval} has it, of which only the query decides legs. */
  private Map<String, Object> search(XContentParser parser) throws IOException {
    reader.object(parser);
    Map<String, Object> request = parser.mapOrdered();
    Set<String> others = new TreeSet<>(request.keySet());
    others.removeAll(IGNORED);
    if (others.equals(Set.of(QUERY)) && request.get(QUERY) instanceof Map<?, ?> query) {
      Map<String, Object> named = new LinkedHashMap<>();
      query.forEach((key, value) -> named.put(String.valueOf(key), value));
      return named;
    }
    throw new IllegalArgumentException(
        reader.owner()
            + " must have a [request] with a [query], and nothing else that changes a ranking, got "
            + Excerpt.of(request.keySet()));
  }

  /** Reads ratings; the parser stands on their array. */
  private static void ratings(
      XContentParser parser, OptionParser reader, Map<Ratings.Rated, Double> grades)
      throws IOException {
    reader.array(parser);
    while (parser.nextToken() != Token.END_ARRAY) {
      new Rating(reader).parse(parser, grades);
    }
  }

  /** One rating, as {@code _rank_eval} and the judgments of Search Relevance write it. */
  private static final class Rating {
    private final OptionParser reader;
    private String index;
    private String id;
    private Float grade;

    private Rating(OptionParser owner) {
      reader = new OptionParser("a rating of " + owner.owner());
    }

    private void parse(XContentParser parser, Map<Ratings.Rated, Double> grades)
        throws IOException {
      reader.parse(parser, this::option);
      if (id == null || grade == null) {
        throw new IllegalArgumentException(
            reader.owner() + " must have [_id] and [rating], got [" + id + "] and [" + grade + "]");
      }
      if (grades.put(new Ratings.Rated(index, id), grade.doubleValue()) != null) {
        throw new IllegalArgumentException(
            reader.owner()
                + " must be the only one of its document, got ["
                + Excerpt.of(id)
                + "] twice");
      }
    }

    private boolean option(String key, XContentParser parser) throws IOException {
      switch (key) {
        case "_index" -> index = reader.string(parser);
        case "_id", "docId" -> id = reader.string(parser);
        case "rating" -> grade = reader.number(parser);
        default -> {
          return false;
        }
      }
      return true;
    }
  }
}
