/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.neural;

import io.trident.models.api.Representation;
import io.trident.query.mapper.TridentCodecSetting;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.lucene.document.FieldType;
import org.opensearch.Version;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.index.analysis.IndexAnalyzers;
import org.opensearch.index.mapper.FieldMapper;
import org.opensearch.index.mapper.Mapper;
import org.opensearch.index.mapper.MapperParsingException;
import org.opensearch.index.mapper.MappingLookup;
import org.opensearch.index.mapper.ObjectMapper;
import org.opensearch.index.mapper.ParametrizedFieldMapper;
import org.opensearch.index.mapper.TextFieldMapper;

/**
 * Maps {@code neural_text}: to Lucene a {@code text} field with all of its options, which knows how
 * the fields beside it are made. What it knows cannot be changed by an update of the mapping,
 * because vectors of two models do not compare.
 */
public final class NeuralTextFieldMapper extends TextFieldMapper {

  /** Reads a mapping of the type. */
  public static final TypeParser PARSER =
      new TypeParser(
          (name, context) -> {
            TridentCodecSetting.refuseDerivedSource(
                name, NeuralTextField.CONTENT_TYPE, context.getSettings());
            return new Builder(name, context.indexVersionCreated(), context.getIndexAnalyzers());
          });

  private final Map<String, Object> options;

  private NeuralTextFieldMapper(
      Builder builder,
      TextFieldType type,
      FieldType fieldType,
      PrefixFieldMapper prefixes,
      PhraseFieldMapper phrases,
      MultiFields multiFields,
      CopyTo copyTo,
      Map<String, Object> options) {
    super(builder.name(), fieldType, type, prefixes, phrases, multiFields, copyTo, builder);
    this.options = options;
  }

  /** The parameters of a mapping. */
  public static final class Builder extends TextFieldMapper.Builder {

    private final List<Parameter<Object>> options =
        NeuralTextField.OPTIONS.stream().map(Builder::option).toList();

    /** What the text is to Lucene, as it was made last. */
    private FieldType luceneType;

    private Builder(String name, Version indexCreated, IndexAnalyzers analyzers) {
      super(name, indexCreated, analyzers);
    }

    private static Parameter<Object> option(String option) {
      return new Parameter<>(
          option,
          false,
          () -> null,
          (name, context, value) -> value,
          mapper -> ((NeuralTextFieldMapper) mapper).options.get(option));
    }

    @Override
    protected List<Parameter<?>> getParameters() {
      List<Parameter<?>> parameters = new ArrayList<>(super.getParameters());
      parameters.addAll(options);
      return parameters;
    }

    @Override
    protected TextFieldType buildFieldType(FieldType fieldType, BuilderContext context) {
      luceneType = fieldType;
      return super.buildFieldType(fieldType, context);
    }

    @Override
    public NeuralTextFieldMapper build(BuilderContext context) {
      Map<String, Object> given = new LinkedHashMap<>();
      for (Parameter<Object> option : options) {
        if (option.get() != null) {
          given.put(option.name, option.get());
        }
      }
      if (given.get(NeuralTextField.MODEL) instanceof String == false) {
        throw new MapperParsingException(
            NeuralTextField.CONTENT_TYPE
                + " field ["
                + buildFullName(context)
                + "] must be in the mapping of a request that creates an index or a template or"
                + " changes a mapping, which adds its [model] and the fields of its vectors; it can"
                + " be neither in [dynamic_templates] nor one of the [fields] of another field, nor"
                + " in the mapping of a rollover");
      }
      TextFieldMapper text = super.build(context);
      TextFieldType type = text.fieldType();
      return new NeuralTextFieldMapper(
          this,
          type,
          luceneType,
          buildPrefixMapper(context, luceneType, type),
          buildPhraseMapper(luceneType, type),
          text.multiFields(),
          copyTo.build(),
          given);
    }
  }

  @Override
  public ParametrizedFieldMapper.Builder getMergeBuilder() {
    return new Builder(simpleName(), indexCreatedVersion, indexAnalyzers).init(this);
  }

  @Override
  protected String contentType() {
    return NeuralTextField.CONTENT_TYPE;
  }

  @Override
  protected void doXContentBody(XContentBuilder builder, boolean includeDefaults, Params params)
      throws IOException {
    super.doXContentBody(builder, includeDefaults, params);
    for (Map.Entry<String, Object> option : options.entrySet()) {
      builder.field(option.getKey(), option.getValue());
    }
  }

  /** What the mapping says of the field. */
  NeuralTextField field(MappingLookup mappers) {
    String nested =
        objects(mappers)
            .filter(object -> object.nested().isNested())
            .map(ObjectMapper::name)
            .findFirst()
            .orElse(null);
    return new NeuralTextField(name(), nested, options);
  }

  /** The objects that the field is in, the nearest first. */
  private Stream<ObjectMapper> objects(MappingLookup mappers) {
    return Stream.iterate(parent(name()), path -> path != null, NeuralTextFieldMapper::parent)
        .map(mappers.objectMappers()::get)
        .filter(Objects::nonNull);
  }

  private static String parent(String path) {
    int dot = path.lastIndexOf('.');
    return dot < 0 ? null : path.substring(0, dot);
  }

  /**
   * Whether a document that was parsed has the text; it has not what is neither indexed nor stored.
   */
  boolean isInDocuments() {
    return fieldType().isSearchable() || fieldType().isStored();
  }

  @Override
  protected void doValidate(MappingLookup mappers) {
    NeuralTextField field = field(mappers);
    for (Representation representation : field.representations()) {
      Mapper vectors = mappers.getMapper(field.vectors(representation));
      if (vectors == null
          || vectors.typeName().equals(NeuralTextField.type(representation)) == false) {
        throw field.refused(
            "needs the field ["
                + field.vectors(representation)
                + "] of type ["
                + NeuralTextField.type(representation)
                + "]");
      }
    }
    objects(mappers)
        .filter(object -> object.isEnabled() == false)
        .forEach(
            object -> {
              throw field.refused(
                  "must not be in the object ["
                      + object.name()
                      + "], whose fields are not indexed: [enabled] is false");
            });
    for (Mapper mapper : mappers) {
      if (mapper instanceof NeuralTextFieldMapper other
          && other != this
          && other.field(mappers).companion().equals(field.companion())) {
        throw field.refused(
            "must be the only one with its ["
                + field.companion()
                + "], as is ["
                + other.name()
                + "]");
      }
      if (mapper instanceof FieldMapper other
          && other.copyTo() != null
          && other.copyTo().copyToFields().contains(name())) {
        throw field.refused(
            "must not be in the [copy_to] of field ["
                + other.name()
                + "]: its text must be its own, to be encoded before it is indexed");
      }
    }
  }
}
