/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.neural;

import io.trident.models.api.TextSum;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.apache.lucene.index.DocValuesType;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.search.Query;
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.mapper.MappingLookup;
import org.opensearch.index.mapper.MetadataFieldMapper;
import org.opensearch.index.mapper.ParseContext;
import org.opensearch.index.mapper.TextSearchInfo;
import org.opensearch.index.mapper.ValueFetcher;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.search.lookup.SearchLookup;

/**
 * Refuses a document with a {@code neural_text} whose text was not encoded, or is another one than
 * was encoded, as when a switched-off pipeline leaves the encoding out: its hits would be wrong
 * with nobody noticing. It stands in every index, adds nothing to a document, and is in no mapping.
 */
public final class EncodedTextsFieldMapper extends MetadataFieldMapper {

  /** The name among metadata fields. */
  public static final String NAME = "_neural_text";

  /** Makes the mapper; it has no options. */
  public static final TypeParser PARSER =
      new FixedTypeParser(context -> new EncodedTextsFieldMapper());

  /** The fields of the mapping that the last document had. */
  private volatile Fields fields = new Fields(null, List.of(), List.of());

  /**
   * The fields of a mapping.
   *
   * @param whole those whose digest the document has
   * @param nested those whose digest nested objects have
   */
  private record Fields(
      MappingLookup mapping, List<NeuralTextField> whole, List<NeuralTextField> nested) {

    private static Fields of(MappingLookup mapping) {
      Map<Boolean, List<NeuralTextField>> fields =
          StreamSupport.stream(mapping.spliterator(), false)
              .filter(NeuralTextFieldMapper.class::isInstance)
              .map(NeuralTextFieldMapper.class::cast)
              .filter(NeuralTextFieldMapper::isInDocuments)
              .map(mapper -> mapper.field(mapping))
              .collect(Collectors.partitioningBy(field -> field.nested() == null));
      return new Fields(mapping, fields.get(true), fields.get(false));
    }
  }

  private EncodedTextsFieldMapper() {
    super(new Type());
  }

  @Override
  public void postParse(ParseContext context) {
    Fields known = fieldsOf(context.docMapper().mappers());
    check(context.rootDoc(), known.whole);
    if (known.nested.isEmpty() == false) { // else the others are passages
      context.nonRootDocuments().forEach(document -> check(document, known.nested));
    }
  }

  private Fields fieldsOf(MappingLookup mapping) {
    Fields known = fields;
    if (known.mapping != mapping) {
      known = Fields.of(mapping);
      fields = known;
    }
    return known;
  }

  private static void check(ParseContext.Document document, List<NeuralTextField> fields) {
    for (NeuralTextField field : fields) {
      List<String> texts = texts(document.getFields(field.name()));
      List<String> digests = digests(document.getFields(field.digest()));
      if (digests.isEmpty() && texts.stream().allMatch(String::isBlank) == false) {
        throw field.refused(
            "must be encoded before it is indexed, but has no ["
                + field.digest()
                + "]: [cluster.ingest.system_pipeline_enabled] must be true, and the text must stand"
                + " under the names of the mapping, in objects");
      }
      if (areOfOtherTexts(digests, texts)) {
        throw field.refused(
            "must be encoded again when its text changes, but ["
                + field.digest()
                + "] is of another text: [cluster.ingest.system_pipeline_enabled] must be true, and"
                + " a client must not send what is made of a text without the text");
      }
    }
  }

  /**
   * Whether the digests are of other texts; of a digest in a form that is not known, nobody knows.
   */
  private static boolean areOfOtherTexts(List<String> digests, List<String> texts) {
    List<OptionalLong> sums = digests.stream().map(TextSum::in).toList();
    return sums.isEmpty() == false
        && sums.stream().allMatch(OptionalLong::isPresent)
        && sums.stream().mapToLong(OptionalLong::getAsLong).sum() != TextSum.of(texts);
  }

  private static List<String> texts(IndexableField[] fields) {
    return Arrays.stream(fields).map(field -> String.valueOf(field.stringValue())).toList();
  }

  /** Those in doc values, each of which is there once. */
  private static List<String> digests(IndexableField[] fields) {
    return Arrays.stream(fields)
        .filter(field -> field.fieldType().docValuesType() != DocValuesType.NONE)
        .map(field -> field.binaryValue().utf8ToString())
        .toList();
  }

  @Override
  protected String contentType() {
    return NAME;
  }

  private static final class Type extends MappedFieldType {

    private Type() {
      super(NAME, false, false, false, TextSearchInfo.NONE, Map.of());
    }

    @Override
    public String typeName() {
      return NAME;
    }

    @Override
    public ValueFetcher valueFetcher(
        QueryShardContext context, SearchLookup lookup, String format) {
      throw unsearchable();
    }

    @Override
    public Query termQuery(Object value, QueryShardContext context) {
      throw unsearchable();
    }

    private static IllegalArgumentException unsearchable() {
      return new IllegalArgumentException("[" + NAME + "] has no values");
    }
  }
}
