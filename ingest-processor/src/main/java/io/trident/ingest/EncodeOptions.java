/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import static org.opensearch.ingest.ConfigurationUtils.newConfigurationException;
import static org.opensearch.ingest.ConfigurationUtils.readBooleanProperty;
import static org.opensearch.ingest.ConfigurationUtils.readDoubleProperty;
import static org.opensearch.ingest.ConfigurationUtils.readIntProperty;
import static org.opensearch.ingest.ConfigurationUtils.readOptionalList;
import static org.opensearch.ingest.ConfigurationUtils.readOptionalMap;
import static org.opensearch.ingest.ConfigurationUtils.readOptionalStringProperty;
import static org.opensearch.ingest.ConfigurationUtils.readStringProperty;

import io.trident.models.api.Encoding;
import io.trident.models.api.ModelDescription;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.opensearch.core.common.Strings;
import org.opensearch.indices.IndicesModule;
import org.opensearch.ingest.IngestDocument;

/**
 * What a pipeline says of an {@code encode} processor.
 *
 * @param model the model's id, or null for the node's default
 * @param fields the paths of the text
 * @param targets where vectors are written to
 * @param reduction how token vectors become fewer
 * @param tokenFormat how token vectors are written for a field that codes them; {@code codes}, or
 *     null for it
 * @param units whether it is written which token vectors are of one sentence; false
 * @param passages how a long text is cut, or null to encode it as one
 * @param wholeQuality which texts are dropped, or null to keep all; passages have their own
 * @param expansion which queries are predicted for each text, or null for none
 * @param ignoreMissing whether a document without text passes; true
 * @param errorField the path where a failed document is marked with the reason; {@code
 *     encode_error}
 * @param digestField the path of a digest of the texts, by which unchanged texts are not encoded
 *     again; or null to encode always
 */
record EncodeOptions(
    String model,
    List<String> fields,
    EncodeTargets targets,
    TokenReduction reduction,
    String tokenFormat,
    boolean units,
    Passages passages,
    Quality wholeQuality,
    Expansion expansion,
    boolean ignoreMissing,
    String errorField,
    String digestField) {

  /** The default of {@code error_field}. */
  static final String DEFAULT_ERROR_FIELD = "encode_error";

  private static final String REDUCTION = "token_reduction";

  /** Says how token vectors are written. */
  static final String TOKEN_FORMAT = "token_format";

  private static final String UNITS = "units";
  private static final String QUALITY = "quality";

  /** What units may be. */
  private static final String SENTENCES = "sentences";

  /** Writes token vectors as the codes that their field keeps. */
  static final String CODES = "codes";

  static final List<String> TOKEN_FORMATS = List.of(CODES, "float16");

  /** The longest path, and the longest value that a message repeats. */
  private static final int MAX_PATH = 1_000;

  private static final int MAX_ECHO = 200;

  /** What a passage has beside its vectors. */
  private static final List<String> PASSAGE_KEYS = List.of("text", "start", "end");

  private static final Set<String> METADATA =
      Stream.concat(
              IndicesModule.getBuiltInMetadataFields().stream(),
              Stream.of(IngestDocument.Metadata.values())
                  .map(IngestDocument.Metadata::getFieldName))
          .collect(Collectors.toUnmodifiableSet());

  /**
   * How a long text is cut.
   *
   * @param field the path of the array of objects that are written, one per passage
   * @param maxTokens tokens per passage, at least 8; 128
   * @param overlap tokens that a passage shares with the one before, less than half of {@code
   *     maxTokens}; 16
   * @param quality which of them are dropped, or null to keep all
   */
  record Passages(String field, int maxTokens, int overlap, Quality quality) {

    static final int DEFAULT_MAX_TOKENS = 128;

    static final int DEFAULT_OVERLAP = 16;

    private static Passages read(String tag, Map<String, Object> config) {
      Map<String, Object> quality = readOptionalMap(EncodeProcessor.TYPE, tag, config, QUALITY);
      Passages passages =
          new Passages(
              readStringProperty(EncodeProcessor.TYPE, tag, config, "field"),
              readIntProperty(EncodeProcessor.TYPE, tag, config, "max_tokens", DEFAULT_MAX_TOKENS),
              readIntProperty(EncodeProcessor.TYPE, tag, config, "overlap", DEFAULT_OVERLAP),
              quality == null ? null : Quality.read(tag, quality, true));
      if (config.isEmpty() == false) {
        throw refused(tag, "passages", "does not support " + echo(config.keySet()));
      }
      if (passages.maxTokens < 8
          || passages.overlap < 0
          || passages.overlap >= (passages.maxTokens + 1) / 2) {
        throw refused(
            tag,
            "passages",
            "must have a [max_tokens] of at least 8 and an [overlap] of less than half of it, got ["
                + passages.maxTokens
                + "] and ["
                + passages.overlap
                + "]");
      }
      return passages;
    }
  }

  /** Reads a processor's configuration, and removes what it reads. */
  static EncodeOptions read(String tag, Map<String, Object> config) {
    Map<String, Object> passages = readOptionalMap(EncodeProcessor.TYPE, tag, config, "passages");
    Map<String, Object> reduction = readOptionalMap(EncodeProcessor.TYPE, tag, config, REDUCTION);
    Map<String, Object> quality = readOptionalMap(EncodeProcessor.TYPE, tag, config, QUALITY);
    Map<String, Object> expansion = readOptionalMap(EncodeProcessor.TYPE, tag, config, "expansion");
    EncodeOptions options =
        new EncodeOptions(
            model(tag, config, "model"),
            fields(tag, config),
            new EncodeTargets(
                readOptionalStringProperty(EncodeProcessor.TYPE, tag, config, "sparse"),
                readOptionalStringProperty(EncodeProcessor.TYPE, tag, config, "dense"),
                readOptionalStringProperty(EncodeProcessor.TYPE, tag, config, "tokens")),
            reduction == null ? TokenReduction.NONE : reduction(tag, reduction),
            readOptionalStringProperty(EncodeProcessor.TYPE, tag, config, TOKEN_FORMAT),
            units(tag, config),
            passages == null ? null : Passages.read(tag, passages),
            quality == null ? null : Quality.read(tag, quality, false),
            expansion == null ? null : Expansion.read(tag, expansion),
            readBooleanProperty(EncodeProcessor.TYPE, tag, config, "ignore_missing", true),
            readStringProperty(
                EncodeProcessor.TYPE, tag, config, "error_field", DEFAULT_ERROR_FIELD),
            readOptionalStringProperty(EncodeProcessor.TYPE, tag, config, "digest_field"));
    options.check(tag);
    return options;
  }

  private static boolean units(String tag, Map<String, Object> config) {
    String units = readOptionalStringProperty(EncodeProcessor.TYPE, tag, config, UNITS);
    if (units != null && units.equals(SENTENCES) == false) {
      throw refused(tag, UNITS, "must be [" + SENTENCES + "], got [" + echo(units) + "]");
    }
    return units != null;
  }

  private static List<String> fields(String tag, Map<String, Object> config) {
    String field = readOptionalStringProperty(EncodeProcessor.TYPE, tag, config, "field");
    List<?> fields = readOptionalList(EncodeProcessor.TYPE, tag, config, "fields");
    if ((field == null) == (fields == null)) {
      throw refused(tag, "field", "must be given, or [fields] in its place, and not both");
    }
    if (field != null) {
      return List.of(field);
    }
    if (fields.isEmpty() || fields.stream().allMatch(String.class::isInstance) == false) {
      throw refused(tag, "fields", "must be an array of one or more paths, got " + echo(fields));
    }
    return fields.stream().map(String.class::cast).toList();
  }

  private static TokenReduction reduction(String tag, Map<String, Object> config) {
    List<?> words = readOptionalList(EncodeProcessor.TYPE, tag, config, "skip_words");
    if (words != null && words.stream().allMatch(String.class::isInstance) == false) {
      throw refused(
          tag, REDUCTION, "must have an array of words in [skip_words], got " + echo(words));
    }
    try {
      TokenReduction reduction =
          TokenReduction.of(
              readBooleanProperty(EncodeProcessor.TYPE, tag, config, "skip_punctuation", false),
              words == null ? List.of() : words.stream().map(String.class::cast).toList(),
              config.containsKey("merge_words")
                  ? WordMerging.of(config.remove("merge_words"))
                  : WordMerging.NONE,
              config.containsKey("pool_factor")
                  ? readDoubleProperty(EncodeProcessor.TYPE, tag, config, "pool_factor")
                  : 1,
              readIntProperty(
                  EncodeProcessor.TYPE, tag, config, "max_vectors", (int) Short.MAX_VALUE));
      if (config.isEmpty() == false) {
        throw refused(tag, REDUCTION, "does not support " + echo(config.keySet()));
      }
      return reduction;
    } catch (IllegalArgumentException e) {
      throw refused(tag, REDUCTION, e.getMessage());
    }
  }

  private void check(String tag) {
    if (targets.tokens() == null && reduction.equals(TokenReduction.NONE) == false) {
      throw refused(tag, REDUCTION, "needs the path of [tokens] to reduce");
    }
    if (tokenFormat != null
        && (targets.tokens() == null || TOKEN_FORMATS.contains(tokenFormat) == false)) {
      throw refused(
          tag,
          TOKEN_FORMAT,
          "must be one of "
              + TOKEN_FORMATS
              + " beside the path of [tokens], got ["
              + echo(tokenFormat)
              + "]");
    }
    if (units && (targets.tokens() == null || reduction.keepsOrder() == false)) {
      throw refused(
          tag,
          UNITS,
          "must stand beside the path of [tokens], without vectors that are of several sentences:"
              + " no [pool_factor], [max_vectors] or [unique] words in ["
              + REDUCTION
              + "]");
    }
    if (wholeQuality != null && passages != null) {
      throw refused(tag, QUALITY, "must stand among the options of [passages], which are judged");
    }
    boolean writesQueries = expansion != null && expansion.field() != null;
    if (targets.representations().isEmpty() && writesQueries == false) {
      throw refused(
          tag, "sparse", "must be given, or [dense] or [tokens]: there is nothing to write");
    }
    if (expansion != null && expansion.append() && targets.tokens() != null) {
      throw refused(
          tag,
          "expansion",
          "must not be appended for [tokens], whose places are those of the text alone");
    }
    fields.forEach(path -> checkPath(tag, "field", path));
    Map<String, String> outer = new LinkedHashMap<>();
    Map<String, String> inner = passages == null ? outer : new LinkedHashMap<>();
    putPath(inner, "sparse", targets.sparse());
    putPath(inner, "dense", targets.dense());
    putPath(inner, "tokens", targets.tokens());
    putPath(inner, "expansion", expansion == null ? null : expansion.field());
    putPath(inner, QUALITY, quality() == null ? null : quality().field());
    putPath(outer, "passages", passages == null ? null : passages.field);
    putPath(outer, "digest_field", digestField);
    putPath(outer, "error_field", errorField);
    outer.forEach((name, path) -> checkPath(tag, name, path));
    inner.forEach((name, path) -> checkPath(tag, name, path));
    outer.forEach((name, path) -> checkWritten(tag, name, path));
    fields.forEach(field -> checkApart(tag, "field", field, outer));
    checkApart(tag, outer);
    if (passages != null) {
      PASSAGE_KEYS.forEach(key -> checkApart(tag, "passages", key, inner));
      checkApart(tag, inner);
    }
  }

  private static void putPath(Map<String, String> paths, String name, String path) {
    if (path != null) {
      paths.put(name, path);
    }
  }

  private static void checkPath(String tag, String name, String path) {
    boolean names =
        path.length() <= MAX_PATH
            && Stream.of(path.split("\\.", -1)).noneMatch(String::isBlank)
            && path.chars().noneMatch(Character::isISOControl);
    boolean ingest = path.startsWith("_ingest.") || path.startsWith("_source.");
    if (names == false || ingest) {
      throw refused(
          tag, name, "must be a path of names in the document's source, got [" + echo(path) + "]");
    }
  }

  /** Refuses to write to what is no part of the source. */
  private static void checkWritten(String tag, String name, String path) {
    String first = path.substring(0, (path + '.').indexOf('.'));
    if (METADATA.contains(first)) {
      throw refused(tag, name, "must not be written to the metadata field [" + first + "]");
    }
  }

  private static void checkApart(String tag, Map<String, String> paths) {
    Map<String, String> former = new LinkedHashMap<>();
    paths.forEach(
        (name, path) -> {
          checkApart(tag, name, path, former);
          former.put(name, path);
        });
  }

  /** Refuses two paths of which one is, or leads through, the other. */
  private static void checkApart(String tag, String name, String path, Map<String, String> others) {
    others.forEach(
        (other, otherPath) -> {
          if ((path + '.').startsWith(otherPath + '.')
              || (otherPath + '.').startsWith(path + '.')) {
            throw refused(
                tag,
                other,
                "must be apart from ["
                    + name
                    + "], got ["
                    + echo(otherPath)
                    + "] and ["
                    + echo(path)
                    + "]");
          }
        });
  }

  /** Reads the id of a model, and removes it; null when there is none. */
  static String model(String tag, Map<String, Object> config, String property) {
    String model = readOptionalStringProperty(EncodeProcessor.TYPE, tag, config, property);
    if (model != null && ModelDescription.ID.matcher(model).matches() == false) {
      throw refused(
          tag,
          property,
          "must be an id of 1 to 100 letters, digits, dots, dashes and underscores that begins with"
              + " a letter or digit, got ["
              + echo(model)
              + "]");
    }
    return model;
  }

  /** An encoding of a text with fewer token vectors. */
  Encoding reduced(String text, Encoding encoding) {
    return encoding.tokens() == null
        ? encoding
        : new Encoding(
            encoding.sparse(),
            encoding.dense(),
            reduction.reduce(text, encoding.tokens()),
            encoding.fingerprint());
  }

  /** A value as messages repeat it. */
  static String echo(Object value) {
    return Strings.cleanTruncate(String.valueOf(value), MAX_ECHO);
  }

  /** Which texts, or passages where there are any, are dropped; null to keep all. */
  Quality quality() {
    return passages == null ? wholeQuality : passages.quality();
  }

  /** The paths of what is written for each text: vectors, queries and its score. */
  List<String> written() {
    return Stream.of(
            targets.paths().stream(),
            expansion == null ? Stream.<String>empty() : Stream.ofNullable(expansion.field()),
            quality() == null ? Stream.<String>empty() : Stream.ofNullable(quality().field()))
        .flatMap(paths -> paths)
        .toList();
  }

  /** Whether token vectors are written as the codes that their field keeps. */
  boolean writesCodes() {
    return tokenFormat == null || tokenFormat.equals(CODES);
  }

  /** The path of the field of token vectors in a mapping. */
  String tokensField() {
    return mapped(targets.tokens());
  }

  /** The paths of the fields of vectors in a mapping. */
  List<String> vectorFields() {
    return targets.paths().stream().map(this::mapped).toList();
  }

  private String mapped(String path) {
    return passages == null ? path : passages.field + "." + path;
  }

  /** The paths of all that a document gets, in the object that has the text. */
  List<String> outputs() {
    return Stream.concat(
            passages == null ? written().stream() : Stream.of(passages.field),
            Stream.ofNullable(digestField))
        .toList();
  }

  /** The path of the object that all {@link #outputs} are in, with the dot behind it. */
  String parent() {
    String parent = outputs().get(0);
    do {
      parent = parent.substring(0, parent.lastIndexOf('.', parent.length() - 2) + 1);
    } while (outputs().stream().allMatch(parentOf(parent)) == false);
    return parent;
  }

  private static Predicate<String> parentOf(String parent) {
    return path -> path.startsWith(parent);
  }

  static RuntimeException refused(String tag, String property, String reason) {
    return newConfigurationException(EncodeProcessor.TYPE, tag, property, reason);
  }
}
