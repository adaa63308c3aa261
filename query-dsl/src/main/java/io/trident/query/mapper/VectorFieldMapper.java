package io.trident.query.mapper;

import java.io.IOException;
import java.util.Map;
import java.util.function.Function;
import org.apache.lucene.index.IndexableField;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.opensearch.index.mapper.FieldMapper;
import org.opensearch.index.mapper.Mapper;
import org.opensearch.index.mapper.MapperParsingException;
import org.opensearch.index.mapper.MappingLookup;
import org.opensearch.index.mapper.ParametrizedFieldMapper;
import org.opensearch.index.mapper.ParseContext;

/**
 * What Trident's field mappers share: a document has at most one value, which is null, or whatever
 * structure the type reads; and no other field's value comes into the field or the field's into
 * another one, because vectors are no text.
 */
abstract class VectorFieldMapper extends ParametrizedFieldMapper {

  private final Builder parameters;

  /**
   * Makes the mapper.
   *
   * @param parameters what {@code type} was made of
   */
  VectorFieldMapper(
      Builder parameters, VectorFieldType type, MultiFields multiFields, CopyTo copyTo) {
    super(parameters.name(), type, multiFields, copyTo);
    this.parameters = parameters;
  }

  /**
   * Reads one value; the parser stands on its first token and is left on its last.
   *
   * @return the field to index, or null when the value is empty
   * @throws IllegalArgumentException naming the field, what was expected and what came
   */
  abstract IndexableField parseValue(XContentParser parser) throws IOException;

  /** The parameters that a mapper was made of. */
  final Builder parameters() {
    return parameters;
  }

  /** The parameters of a mapping. */
  abstract static class Builder extends ParametrizedFieldMapper.Builder {

    final Parameter<Map<String, String>> meta = Parameter.metaParam();

    Builder(String name) {
      super(name);
    }

    /** A parameter of whole numbers in a range, of which {@code initial} may be outside. */
    static Parameter<Integer> between(
        String parameter, int min, int max, int initial, Function<FieldMapper, Integer> current) {
      return Parameter.intParam(parameter, false, current, initial)
          .setValidator(
              value -> {
                if (value < min || value > max) {
                  throw new MapperParsingException(
                      "["
                          + parameter
                          + "] must be "
                          + min
                          + " to "
                          + max
                          + ", got ["
                          + value
                          + "]");
                }
              });
    }

    /** The required parameter {@code dimension}. */
    static Parameter<Integer> dimension(int min, int max, Function<FieldMapper, Integer> current) {
      return between("dimension", min, max, 0, current);
    }

    /** Refuses a mapping without a dimension. */
    final void requireDimension(
        Parameter<Integer> dimension, String contentType, BuilderContext context) {
      if (dimension.isConfigured() == false) {
        throw new MapperParsingException(
            contentType
                + " field ["
                + buildFullName(context)
                + "] must have the parameter ["
                + dimension.name
                + "]");
      }
    }
  }

  @Override
  public VectorFieldType fieldType() {
    return (VectorFieldType) super.fieldType();
  }

  @Override
  protected final String contentType() {
    return fieldType().typeName();
  }

  @Override
  public final boolean parsesArrayValue() {
    return true;
  }

  @Override
  protected final void parseCreateField(ParseContext context) throws IOException {
    if (context.parser().currentToken() == Token.VALUE_NULL) {
      return;
    }
    IndexableField field = parseValue(context.parser());
    if (field == null) {
      return;
    }
    if (context.doc().getField(name()) != null) {
      throw new IllegalArgumentException(
          "field ["
              + name()
              + "] must have one value a document: map the parent as [nested] for several");
    }
    context.doc().add(field);
    IdColumn.add(context);
    if (fieldType().existsByName()) {
      createFieldNamesField(context);
    }
  }

  @Override
  protected final void doValidate(MappingLookup mappers) {
    refuse(mappers.isMultiField(name()), "be one of the [fields] of another field");
    refuse(multiFields().iterator().hasNext(), "have [fields]");
    refuse(copyTo().copyToFields().isEmpty() == false, "have [copy_to]");
    for (Mapper mapper : mappers) {
      refuse(
          mapper instanceof FieldMapper other
              && other.copyTo() != null
              && other.copyTo().copyToFields().contains(name()),
          "be in the [copy_to] of field [" + mapper.name() + "]");
    }
  }

  private void refuse(boolean when, String what) {
    if (when) {
      throw new IllegalArgumentException(
          "field ["
              + name()
              + "] of type ["
              + contentType()
              + "] must not "
              + what
              + ": its value is a vector of its own");
    }
  }
}
