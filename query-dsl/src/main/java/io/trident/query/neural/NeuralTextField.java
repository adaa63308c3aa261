/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.neural;

import io.trident.models.api.Representation;
import io.trident.query.mapper.DenseVectorFieldMapper;
import io.trident.query.mapper.ImpactVectorFieldMapper;
import io.trident.query.mapper.TokenVectorsFieldMapper;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.opensearch.index.mapper.MapperParsingException;

/**
 * A {@code neural_text} field of a mapping. Beside a field {@code body} stands the object {@code
 * body_neural} with what is made of the text: {@code passages}, nested objects with the vectors,
 * and {@code digest}, by which a text that did not change is not encoded again. That of {@code
 * author.bio} is {@code author_bio_neural}, outside of the object {@code author}.
 *
 * @param name the full name
 * @param nested the path of the nearest nested object that the field is in, or null
 * @param options what the mapping says of the field
 */
public record NeuralTextField(String name, String nested, Map<String, Object> options) {

  /** The name of the type. */
  public static final String CONTENT_TYPE = "neural_text";

  /** What is appended to the name of the field for the object of what is made of the text. */
  static final String SUFFIX = "_neural";

  static final String MODEL = "model";
  static final String PASSAGES = "passages";
  static final String TOKEN_REDUCTION = "token_reduction";
  static final String EXPANSION = "expansion";
  static final String DIGEST = "digest";

  /** The name of the text of a passage inside of its object, as the processor writes it. */
  static final String TEXT = "text";

  /** The name of the queries that are predicted for a passage, inside of its object. */
  static final String QUERIES = "queries";

  /** The options of the type, beside those of {@code text}. */
  static final List<String> OPTIONS =
      List.of(
          MODEL,
          key(Representation.SPARSE),
          key(Representation.DENSE),
          key(Representation.TOKENS),
          PASSAGES,
          TOKEN_REDUCTION,
          EXPANSION);

  /** The option of a representation, which is also the name of its field in a passage. */
  static String key(Representation representation) {
    return representation.name().toLowerCase(Locale.ROOT);
  }

  /** The type of the field that holds a representation. */
  static String type(Representation representation) {
    return switch (representation) {
      case SPARSE -> ImpactVectorFieldMapper.CONTENT_TYPE;
      case DENSE -> DenseVectorFieldMapper.CONTENT_TYPE;
      case TOKENS -> TokenVectorsFieldMapper.CONTENT_TYPE;
    };
  }

  /** The model, or null when the mapping leaves it to the node. */
  public String model() {
    return (String) options.get(MODEL);
  }

  /** The representations that are not switched off. */
  public List<Representation> representations() {
    return Arrays.stream(Representation.values())
        .filter(
            representation ->
                options.getOrDefault(key(representation), false).equals(false) == false)
        .toList();
  }

  /** The full name of the object of what is made of the text. */
  public String companion() {
    return nested == null ? companionKey() : nested + "." + companionKey();
  }

  /**
   * The name of that object in the nearest nested object or the document. It is in no object that
   * is not nested: of an array of those OpenSearch cannot say which one a passage is in.
   */
  String companionKey() {
    String key = nested == null ? name : name.substring(nested.length() + 1);
    return key.replace('.', '_') + SUFFIX;
  }

  /** The full name of the digest of the text. */
  String digest() {
    return companion() + "." + DIGEST;
  }

  /** The full name of the nested objects. */
  public String passages() {
    return companion() + "." + PASSAGES;
  }

  /** The full name of the text of passages. */
  public String passageText() {
    return passages() + "." + TEXT;
  }

  /** The full name of the field with the vectors of a representation. */
  public String vectors(Representation representation) {
    return passages() + "." + key(representation);
  }

  /** Whether queries are predicted for the passages. */
  public boolean isExpanded() {
    return options.containsKey(EXPANSION);
  }

  /** The full name of the queries that are predicted for passages. */
  public String queries() {
    return passages() + "." + QUERIES;
  }

  /** The processor {@code encode} that makes what the mapping says, as a pipeline would say it. */
  public Map<String, Object> encodeProcessor() {
    Map<String, Object> config = new HashMap<>();
    config.put("field", name);
    config.put(MODEL, model());
    for (Representation representation : representations()) {
      config.put(key(representation), key(representation));
    }
    Map<String, Object> passages = new HashMap<>(object(PASSAGES));
    passages.put("field", passages());
    config.put(PASSAGES, passages);
    if (options.containsKey(TOKEN_REDUCTION)) {
      config.put(TOKEN_REDUCTION, new HashMap<>(object(TOKEN_REDUCTION)));
    }
    if (isExpanded()) {
      Map<String, Object> expansion = new HashMap<>(object(EXPANSION));
      expansion.put("field", QUERIES);
      config.put(EXPANSION, expansion);
    }
    config.put("digest_field", digest());
    return config;
  }

  /** Refuses the field's mapping. */
  MapperParsingException refused(String reason) {
    return new MapperParsingException(CONTENT_TYPE + " field [" + name + "] " + reason);
  }

  /** The object under an option; empty when there is none. */
  @SuppressWarnings("unchecked") // keys of JSON objects are strings
  Map<String, Object> object(String option) {
    return options.get(option) instanceof Map<?, ?> object
        ? (Map<String, Object>) object
        : Map.of();
  }
}
