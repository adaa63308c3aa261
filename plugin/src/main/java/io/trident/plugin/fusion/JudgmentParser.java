package io.trident.plugin.fusion;

import io.trident.models.api.Excerpt;
import io.trident.query.dsl.OptionParser;
import io.trident.query.fusion.fit.Ratings;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;

/** Reads one judged query from JSON. */
final class JudgmentParser {

  /** The parameter that stands for the text of a query. */
  static final String QUERY = "query";

  private final OptionParser reader;
  private final Map<String, Object> parameters = new LinkedHashMap<>();
  private final Map<Ratings.Rated, Double> grades = new HashMap<>();

  private JudgmentParser(int number) {
    reader = new OptionParser("judgment [" + number + "]");
  }

  /**
   * What a judgment says.
   *
   * @param name its text, or its number where it has none
   * @param parameters fill the template
   */
  record Judgment(String name, Map<String, Object> parameters, Ratings ratings) {}

  /** Reads a judgment; the parser stands on its object. */
  static Judgment parse(XContentParser parser, int number) throws IOException {
    JudgmentParser judgment = new JudgmentParser(number);
    judgment.reader.parse(parser, judgment::option);
    String name = String.valueOf(judgment.parameters.getOrDefault(QUERY, number));
    return new Judgment(name, judgment.parameters, new Ratings(judgment.grades));
  }

  private boolean option(String key, XContentParser parser) throws IOException {
    switch (key) {
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

  /** Reads ratings; the parser stands on their array. */
  static void ratings(XContentParser parser, OptionParser reader, Map<Ratings.Rated, Double> grades)
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
