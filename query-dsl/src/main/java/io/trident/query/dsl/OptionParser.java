/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import io.trident.models.api.Excerpt;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.opensearch.common.Booleans;
import org.opensearch.common.Numbers;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.QueryBuilder;

/**
 * Reads the options of what JSON asks for, each of the type that it must have. Numbers and booleans
 * may come as strings, as everywhere in OpenSearch: a search template writes no others. The parser
 * stands on the option's value. Throws {@link ParsingException}, which is answered with 400, naming
 * the option, what was expected and what came.
 *
 * @param owner whose options are read, such as {@code [dense]}; messages begin with it
 */
public record OptionParser(String owner) {

  /** The longest number in a string; longer ones take long to read. */
  private static final int MAX_NUMBER_LENGTH = 64;

  /** Reads a string. */
  public String string(XContentParser parser) throws IOException {
    return require(parser, "a string", Token.VALUE_STRING).text();
  }

  /** Reads a whole number. */
  public int integer(XContentParser parser) throws IOException {
    String text = scalar(parser, "a whole number", Token.VALUE_NUMBER);
    try {
      return Math.toIntExact(Numbers.toLong(text, false));
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw refused(parser, "a whole number", text, e);
    }
  }

  /** Reads a finite number. */
  public float number(XContentParser parser) throws IOException {
    String text = scalar(parser, "a number", Token.VALUE_NUMBER);
    float number;
    try {
      number = Float.parseFloat(text);
    } catch (NumberFormatException e) {
      throw refused(parser, "a number", text, e);
    }
    if (Float.isFinite(number) == false) {
      throw refused(parser, "a number that is finite", text, null);
    }
    return number;
  }

  /** Reads true or false. */
  public boolean bool(XContentParser parser) throws IOException {
    String text = scalar(parser, "true or false", Token.VALUE_BOOLEAN);
    if (Booleans.isBoolean(text) == false) {
      throw refused(parser, "true or false", text, null);
    }
    return Booleans.parseBoolean(text);
  }

  /** Reads a time of more than 0. */
  public TimeValue time(XContentParser parser) throws IOException {
    String expected = "a time of more than 0, such as 80ms,";
    String text = string(parser);
    TimeValue time;
    try {
      time = TimeValue.parseTimeValue(text, parser.currentName());
    } catch (IllegalArgumentException e) {
      throw refused(parser, expected, text, e);
    }
    if (time.nanos() <= 0) {
      throw refused(parser, expected, text, null);
    }
    return time;
  }

  /** Makes sure that an object starts. */
  public void object(XContentParser parser) throws IOException {
    require(parser, "an object", Token.START_OBJECT);
  }

  /** Makes sure that an array starts. */
  public void array(XContentParser parser) throws IOException {
    require(parser, "an array", Token.START_ARRAY);
  }

  /** Reads an array of strings. */
  public List<String> strings(XContentParser parser) throws IOException {
    array(parser);
    String key = parser.currentName(); // which elements do not have
    List<String> strings = new ArrayList<>();
    while (parser.nextToken() != Token.END_ARRAY) {
      if (parser.currentToken() != Token.VALUE_STRING) {
        throw refused(parser, key, "strings", parser.currentToken(), null);
      }
      strings.add(parser.text());
    }
    return strings;
  }

  /** Reads a query, which must be an object: OpenSearch would take the first one of an array. */
  public QueryBuilder query(XContentParser parser) throws IOException {
    object(parser);
    return AbstractQueryBuilder.parseInnerQueryBuilder(parser);
  }

  private XContentParser require(XContentParser parser, String expected, Token token)
      throws IOException {
    if (parser.currentToken() != token) {
      throw refused(parser, expected, parser.currentToken(), null);
    }
    return parser;
  }

  /** The text of a value that is of the type or a string. */
  private String scalar(XContentParser parser, String expected, Token token) throws IOException {
    if (parser.currentToken() != Token.VALUE_STRING) {
      require(parser, expected, token);
    }
    String text = parser.text();
    if (text.length() > MAX_NUMBER_LENGTH) {
      throw refused(parser, expected, text, null);
    }
    return text;
  }

  private ParsingException refused(
      XContentParser parser, String expected, Object got, Exception cause) throws IOException {
    return refused(parser, parser.currentName(), expected, got, cause);
  }

  private ParsingException refused(
      XContentParser parser, String key, String expected, Object got, Exception cause) {
    return new ParsingException(
        parser.getTokenLocation(),
        owner
            + " must have "
            + expected
            + " under ["
            + Excerpt.of(key)
            + "], got ["
            + Excerpt.of(got)
            + "]",
        cause);
  }

  /** Reads one option, or says that there is none of its name. */
  public interface Option {
    /**
     * Reads it.
     *
     * @return whether the key is that of an option
     */
    boolean parse(String key, XContentParser parser) throws IOException;
  }

  /**
   * Reads an object of options; the parser stands on its start and is left on its end. What an
   * option refuses as illegal is a parsing error, too.
   */
  public void parse(XContentParser parser, Option option) throws IOException {
    object(parser);
    while (next(parser) != Token.END_OBJECT) {
      String key = parser.currentName();
      next(parser);
      boolean known;
      try {
        known = option.parse(key, parser);
      } catch (IllegalArgumentException e) {
        throw new ParsingException(parser.getTokenLocation(), e.getMessage(), e);
      } catch (IOException e) {
        throw malformed(parser, e);
      }
      if (known == false) {
        throw new ParsingException(
            parser.getTokenLocation(), owner + " does not support [" + Excerpt.of(key) + "]");
      }
    }
  }

  /** The next token; what JSON's reader refuses, such as a very long name, is a parsing error. */
  Token next(XContentParser parser) throws IOException {
    try {
      return parser.nextToken();
    } catch (IOException e) {
      throw malformed(parser, e);
    }
  }

  private ParsingException malformed(XContentParser parser, IOException cause) {
    return new ParsingException(
        parser.getTokenLocation(),
        owner + " is malformed: " + Excerpt.of(cause.getMessage()),
        cause);
  }
}
