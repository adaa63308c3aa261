package io.trident.query.dsl;

import java.io.IOException;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;

/**
 * Reads the options of what JSON asks for, each of the type that it must have. The parser stands on
 * the option's value. Throws {@link ParsingException}, which is answered with 400, naming the
 * option, what was expected and what came.
 *
 * @param owner whose options are read, such as {@code [dense]}; messages begin with it
 */
public record OptionParser(String owner) {

  /** Reads a string. */
  public String string(XContentParser parser) throws IOException {
    return require(parser, "a string", Token.VALUE_STRING).text();
  }

  /** Reads a whole number. */
  public int integer(XContentParser parser) throws IOException {
    require(parser, "a whole number", Token.VALUE_NUMBER);
    try {
      return parser.intValue(false);
    } catch (IllegalArgumentException | IOException e) {
      throw refused(parser, "a whole number", parser.text(), e);
    }
  }

  /** Reads a number. */
  public float number(XContentParser parser) throws IOException {
    return require(parser, "a number", Token.VALUE_NUMBER).floatValue();
  }

  /** Reads true or false. */
  public boolean bool(XContentParser parser) throws IOException {
    return require(parser, "true or false", Token.VALUE_BOOLEAN).booleanValue();
  }

  /** Makes sure that an object starts. */
  public void object(XContentParser parser) throws IOException {
    require(parser, "an object", Token.START_OBJECT);
  }

  /** Makes sure that an array starts. */
  public void array(XContentParser parser) throws IOException {
    require(parser, "an array", Token.START_ARRAY);
  }

  private XContentParser require(XContentParser parser, String expected, Token token)
      throws IOException {
    if (parser.currentToken() != token) {
      throw refused(parser, expected, parser.currentToken(), null);
    }
    return parser;
  }

  private ParsingException refused(
      XContentParser parser, String expected, Object got, Exception cause) throws IOException {
    return new ParsingException(
        parser.getTokenLocation(),
        owner
            + " must have "
            + expected
            + " under ["
            + parser.currentName()
            + "], got ["
            + got
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
    while (parser.nextToken() != Token.END_OBJECT) {
      String key = parser.currentName();
      parser.nextToken();
      boolean known;
      try {
        known = option.parse(key, parser);
      } catch (IllegalArgumentException e) {
        throw new ParsingException(parser.getTokenLocation(), e.getMessage(), e);
      }
      if (known == false) {
        throw new ParsingException(
            parser.getTokenLocation(), owner + " does not support [" + key + "]");
      }
    }
  }
}
