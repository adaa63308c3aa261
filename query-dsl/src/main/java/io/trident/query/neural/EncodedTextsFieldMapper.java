package io.trident.query.neural;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.search.Query;
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.mapper.MapperParsingException;
import org.opensearch.index.mapper.MappingLookup;
import org.opensearch.index.mapper.MetadataFieldMapper;
import org.opensearch.index.mapper.ParseContext;
import org.opensearch.index.mapper.TextSearchInfo;
import org.opensearch.index.mapper.ValueFetcher;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.search.lookup.SearchLookup;

/**
 * Refuses a document with a {@code neural_text} whose text was not encoded, as when an update in a
 * bulk or a switched-off pipeline leaves the encoding out: its hits would be wrong with nobody
 * noticing. It stands in every index, adds nothing to a document, and is in no mapping.
 */
public final class EncodedTextsFieldMapper extends MetadataFieldMapper {

  /** The name among metadata fields. */
  public static final String NAME = "_neural_text";

  /** Makes the mapper; it has no options. */
  public static final TypeParser PARSER =
      new FixedTypeParser(context -> new EncodedTextsFieldMapper());

  /** The fields of the mapping that the last document had. */
  private volatile Fields fields = new Fields(null, List.of());

  private record Fields(MappingLookup mapping, List<NeuralTextField> neural) {}

  private EncodedTextsFieldMapper() {
    super(new Type());
  }

  @Override
  public void postParse(ParseContext context) {
    List<NeuralTextField> neural = fieldsOf(context.docMapper().mappers());
    if (neural.isEmpty()) {
      return;
    }
    check(context.rootDoc(), neural);
    context.nonRootDocuments().forEach(document -> check(document, neural));
  }

  private List<NeuralTextField> fieldsOf(MappingLookup mapping) {
    Fields known = fields;
    if (known.mapping != mapping) {
      known =
          new Fields(
              mapping,
              StreamSupport.stream(mapping.spliterator(), false)
                  .filter(NeuralTextFieldMapper.class::isInstance)
                  .map(mapper -> ((NeuralTextFieldMapper) mapper).field())
                  .toList());
      fields = known;
    }
    return known.neural;
  }

  private static void check(ParseContext.Document document, List<NeuralTextField> fields) {
    for (NeuralTextField field : fields) {
      IndexableField[] texts = document.getFields(field.name());
      if (texts.length > 0
          && document.getField(field.digest()) == null
          && texts(texts).allMatch(String::isBlank) == false) {
        throw new MapperParsingException(
            NeuralTextField.CONTENT_TYPE
                + " field ["
                + field.name()
                + "] must be encoded before it is indexed, but has no ["
                + field.digest()
                + "]: [cluster.ingest.system_pipeline_enabled] must be true, and the text must stand"
                + " under the names of the mapping, in objects");
      }
    }
  }

  private static Stream<String> texts(IndexableField[] fields) {
    return Arrays.stream(fields).map(field -> String.valueOf(field.stringValue()));
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
