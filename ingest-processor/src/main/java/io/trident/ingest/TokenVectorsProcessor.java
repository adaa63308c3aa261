/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import static org.opensearch.ingest.ConfigurationUtils.newConfigurationException;
import static org.opensearch.ingest.ConfigurationUtils.readBooleanProperty;
import static org.opensearch.ingest.ConfigurationUtils.readDoubleProperty;
import static org.opensearch.ingest.ConfigurationUtils.readIntProperty;
import static org.opensearch.ingest.ConfigurationUtils.readStringProperty;

import io.trident.models.api.TokenVectors;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.opensearch.ingest.AbstractProcessor;
import org.opensearch.ingest.IngestDocument;
import org.opensearch.ingest.Processor;

/**
 * {@code token_vectors}: makes the vectors that come with a document, such as those of the patches
 * of a page image, as small as the index keeps them. Alike ones become their mean, and what is left
 * is written as the codes of the field. Codes stay as they are. Thread-safe.
 */
public final class TokenVectorsProcessor extends AbstractProcessor {

  /** The processor's name. */
  public static final String TYPE = "token_vectors";

  private final String field;
  private final TokenReduction reduction;
  private final String format;
  private final boolean ignoreMissing;
  private final TargetFields fields;

  private TokenVectorsProcessor(
      String tag,
      String description,
      String field,
      TokenReduction reduction,
      String format,
      boolean ignoreMissing,
      TargetFields fields) {
    super(tag, description);
    this.field = field;
    this.reduction = reduction;
    this.format = format;
    this.ignoreMissing = ignoreMissing;
    this.fields = fields;
  }

  @Override
  public String getType() {
    return TYPE;
  }

  @Override
  public IngestDocument execute(IngestDocument document) {
    Map<String, Object> source = document.getSourceAndMetadata();
    String index = String.valueOf(source.get("_index"));
    boolean found = DocumentPath.replace(source, field, value -> reduced(index, value));
    if (found == false && ignoreMissing == false) {
      throw new IllegalArgumentException(
          "[" + TYPE + "] must have vectors in [" + field + "], found none");
    }
    return document;
  }

  private Object reduced(String index, Object value) {
    TokenVectors given = fields.tokenVectors(index, field, value);
    if (given == null) {
      return value;
    }
    TokenVectors pooled = reduction.pool(given);
    Map<String, Object> written =
        EncodeTargets.tokenVectors(pooled, null, tokens -> codes(index, tokens));
    if (value instanceof Map<?, ?> object && object.get("units") != null) {
      if (pooled.count() < given.count()) {
        throw new IllegalArgumentException(
            "[" + TYPE + "] must not pool vectors with [units], got some in [" + field + "]");
      }
      written.put("units", object.get("units"));
    }
    if (isZero(given.tokenIds())) {
      written.remove("token_ids");
    }
    if (isZero(given.ends())) {
      written.keySet().removeAll(List.of("starts", "ends"));
    }
    return List.of(written);
  }

  private String codes(String index, TokenVectors tokens) {
    return format.equals(EncodeOptions.CODES) ? fields.codes(index, field, tokens) : null;
  }

  private static boolean isZero(int[] numbers) {
    return Arrays.stream(numbers).allMatch(number -> number == 0);
  }

  /** Makes processors from pipelines. */
  public static final class Factory implements Processor.Factory {

    private static final String FACTOR = "pool_factor";

    private final TargetFields fields;

    /**
     * Makes the factory.
     *
     * @param fields those of the indices that documents go to
     */
    public Factory(TargetFields fields) {
      this.fields = fields;
    }

    @Override
    public TokenVectorsProcessor create(
        Map<String, Processor.Factory> factories,
        String tag,
        String description,
        Map<String, Object> config) {
      String field = readStringProperty(TYPE, tag, config, "field");
      String format =
          readStringProperty(TYPE, tag, config, EncodeOptions.TOKEN_FORMAT, EncodeOptions.CODES);
      if (EncodeOptions.TOKEN_FORMATS.contains(format) == false) {
        throw newConfigurationException(
            TYPE,
            tag,
            EncodeOptions.TOKEN_FORMAT,
            "must be one of "
                + EncodeOptions.TOKEN_FORMATS
                + ", got ["
                + EncodeOptions.echo(format)
                + "]");
      }
      return new TokenVectorsProcessor(
          tag,
          description,
          field,
          reduction(tag, config),
          format,
          readBooleanProperty(TYPE, tag, config, "ignore_missing", true),
          fields);
    }

    private static TokenReduction reduction(String tag, Map<String, Object> config) {
      double factor =
          config.containsKey(FACTOR) ? readDoubleProperty(TYPE, tag, config, FACTOR) : 1;
      int most = readIntProperty(TYPE, tag, config, "max_vectors", (int) Short.MAX_VALUE);
      try {
        return TokenReduction.of(false, List.of(), WordMerging.NONE, factor, most);
      } catch (IllegalArgumentException e) {
        throw newConfigurationException(TYPE, tag, FACTOR, e.getMessage());
      }
    }
  }
}
