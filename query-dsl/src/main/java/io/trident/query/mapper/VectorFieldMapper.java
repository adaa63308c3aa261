/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.mapper;

import io.trident.models.api.Excerpt;
import io.trident.models.api.ModelDescription;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.index.LeafReader;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.xcontent.XContentBuilder;
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

  /** Another field to index beside that of a value, or null. */
  IndexableField besides(IndexableField field) {
    return null;
  }

  /** The parameters that a mapper was made of. */
  final Builder parameters() {
    return parameters;
  }

  /** Makes the parameters of a field that is mapped. */
  interface BuilderFactory {

    /** Makes them, with their defaults, or refuses the field in an index of such settings. */
    Builder create(String name, Settings indexSettings);
  }

  /** Reads mappings of a type. */
  static Mapper.TypeParser parser(BuilderFactory factory) {
    return (name, node, context) -> {
      Builder builder = factory.create(name, context.getSettings());
      builder.refuseUnknown(node.keySet());
      builder.parse(name, context, node);
      return builder;
    };
  }

  /**
   * The parameters of a mapping. The index's settings come from the parser of a mapping alone: a
   * merge, which builds the mapper again, has none.
   */
  abstract static class Builder extends ParametrizedFieldMapper.Builder {

    /** What OpenSearch reads of fields whose type has no such parameter, and then ignores. */
    private static final Set<String> IGNORED =
        Set.of("boost", "doc_values", "index", "index_options", "similarity", "store");

    final Settings indexSettings;
    final Parameter<Map<String, String>> meta = Parameter.metaParam();
    final Parameter<String> model =
        keptString(
            VectorModel.MODEL,
            ModelDescription.ID,
            "the id of a model",
            mapper -> kept(parameters(mapper).model.get(), this.model));
    final Parameter<String> modelFingerprint =
        keptString(
            VectorModel.FINGERPRINT,
            VectorModel.FINGERPRINTS,
            "32 hexadecimal digits in lower case",
            mapper -> kept(parameters(mapper).modelFingerprint.get(), this.modelFingerprint));

    Builder(String name, Settings indexSettings) {
      super(name);
      this.indexSettings = indexSettings;
    }

    private static Builder parameters(FieldMapper mapper) {
      return ((VectorFieldMapper) mapper).parameters;
    }

    /** The value of a mapping that is put, or the one there was, which it need not repeat. */
    private static String kept(String value, Parameter<String> former) {
      return value == null ? former.get() : value;
    }

    /** A parameter that is given once, now or later, and then stays. */
    private Parameter<String> keptString(
        String parameter, Pattern form, String expected, Function<FieldMapper, String> current) {
      return new Parameter<>(
              parameter, false, () -> null, (field, context, value) -> value.toString(), current)
          .setMergeValidator((former, value) -> former == null || former.equals(value))
          .setSerializerCheck((includeDefaults, isConfigured, value) -> value != null)
          .setValidator(
              value -> {
                if (value != null && form.matcher(value).matches() == false) {
                  throw refused(parameter, "must be " + expected, value);
                }
              });
    }

    /** The model of the field's vectors. */
    final VectorModel vectorModel() {
      if ((model.get() == null) != (modelFingerprint.get() == null)) {
        throw refused(
            model.get() == null ? modelFingerprint.name : model.name,
            "must stand beside ["
                + (model.get() == null ? model.name : modelFingerprint.name)
                + "]. A request that creates an index, changes a mapping or puts a template adds the"
                + " fingerprint; [dynamic_templates] and the mapping of a rollover must say it");
      }
      return new VectorModel(model.get(), modelFingerprint.get());
    }

    private void refuseUnknown(Set<String> given) {
      Set<String> known = getParameters().stream().map(p -> p.name).collect(Collectors.toSet());
      for (String parameter : given) {
        if (IGNORED.contains(parameter) && known.contains(parameter) == false) {
          throw refused(parameter, "must not be set");
        }
      }
    }

    private MapperParsingException refused(String parameter, String expected) {
      return new MapperParsingException("[" + parameter + "] of field [" + name + "] " + expected);
    }

    private MapperParsingException refused(String parameter, String expected, Object got) {
      return refused(parameter, expected + ", got [" + Excerpt.of(got) + "]");
    }

    /** A parameter of whole numbers in a range, of which {@code initial} may be outside. */
    final Parameter<Integer> between(
        String parameter, int min, int max, int initial, Function<FieldMapper, Integer> current) {
      String expected = "must be a whole number from " + min + " to " + max;
      return new Parameter<>(
              parameter,
              false,
              () -> initial,
              (field, context, value) -> {
                try {
                  return new BigDecimal(String.valueOf(value)).intValueExact();
                } catch (NumberFormatException | ArithmeticException e) {
                  throw refused(parameter, expected, value);
                }
              },
              current)
          .setValidator(
              value -> {
                if (value < min || value > max) {
                  throw refused(parameter, expected, value);
                }
              });
    }

    /** A parameter that is one of some words, the default first. */
    final Parameter<String> oneOf(
        String parameter, List<String> words, Function<FieldMapper, String> current) {
      return Parameter.stringParam(parameter, false, current, words.get(0))
          .setValidator(
              value -> {
                if (words.contains(value) == false) {
                  throw refused(parameter, "must be one of " + words, value);
                }
              });
    }

    /** A parameter that is a positive, finite number. */
    final Parameter<Float> positive(
        String parameter, float initial, Function<FieldMapper, Float> current) {
      String expected = "must be a positive and finite number";
      return new Parameter<>(
              parameter,
              false,
              () -> initial,
              (field, context, value) -> {
                try {
                  return Float.valueOf(String.valueOf(value));
                } catch (NumberFormatException e) {
                  throw refused(parameter, expected, value);
                }
              },
              current)
          .setValidator(
              value -> {
                if (value > 0 == false || Float.isInfinite(value)) {
                  throw refused(parameter, expected, value);
                }
              });
    }

    /** The required parameter {@code dimension}. */
    final Parameter<Integer> dimension(int min, int max, Function<FieldMapper, Integer> current) {
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

  /**
   * Says what is wrong with a value. OpenSearch adds a preview of it, but reads that from where
   * this mapper stopped.
   */
  @Override
  public final void parse(ParseContext context) throws IOException {
    try {
      super.parse(context);
    } catch (MapperParsingException e) {
      throw new MapperParsingException(
          "failed to parse field [{}] of type [{}] in document with id '{}'",
          e.getCause(),
          name(),
          contentType(),
          context.sourceToParse().id());
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
              + "] must have one value per document: map the parent as [nested] for several");
    }
    context.doc().add(field);
    IndexableField other = besides(field);
    if (other != null) {
      context.doc().add(other);
    }
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

  /** What cannot be derived is refused with the settings that the mapping is parsed for. */
  @Override
  public final void canDeriveSource() {}

  @Override
  public final void deriveSource(XContentBuilder builder, LeafReader reader, int doc)
      throws IOException {
    Object value = fieldType().derived(reader, doc);
    if (value != null) {
      builder.field(simpleName(), value);
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
