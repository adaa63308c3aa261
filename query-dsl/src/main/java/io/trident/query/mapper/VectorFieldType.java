package io.trident.query.mapper;

import java.util.List;
import java.util.Map;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.PostingsFormat;
import org.apache.lucene.search.FieldExistsQuery;
import org.apache.lucene.search.Query;
import org.opensearch.index.mapper.ArraySourceValueFetcher;
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.mapper.TextSearchInfo;
import org.opensearch.index.mapper.ValueFetcher;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.index.query.QueryShardException;
import org.opensearch.search.lookup.SearchLookup;

/**
 * What Trident's field types share: a value is fetched as it stands in the source, only the type's
 * own query searches it, and the codec asks it for the format to write with.
 */
public abstract class VectorFieldType extends MappedFieldType {

  /** Where Lucene finds the documents that have a value. */
  enum Existence {
    /** In the field's own doc values. */
    DOC_VALUES,
    /** In the field's own vectors. */
    VECTORS,
    /** In the names of each document's fields. */
    FIELD_NAMES
  }

  private final Existence existence;
  private final String searchedBy;

  /**
   * Makes the type.
   *
   * @param name the field's full name
   * @param existence where Lucene finds the documents that have a value
   * @param searchedBy the query that searches it, for error messages
   * @param meta the mapping's meta
   */
  VectorFieldType(String name, Existence existence, String searchedBy, Map<String, String> meta) {
    super(name, true, false, existence == Existence.DOC_VALUES, TextSearchInfo.NONE, meta);
    this.existence = existence;
    this.searchedBy = searchedBy;
  }

  /** Whether a document with a value must have the field's name among those of its fields. */
  final boolean existsByName() {
    return existence == Existence.FIELD_NAMES;
  }

  @Override
  public final Query existsQuery(QueryShardContext context) {
    return existsByName() ? super.existsQuery(context) : new FieldExistsQuery(name());
  }

  /** The postings format to write the field with, or null for the index's own. */
  public PostingsFormat postingsFormat() {
    return null;
  }

  /** The doc-values format to write the field with, or null for the index's own. */
  public DocValuesFormat docValuesFormat() {
    return null;
  }

  /** The vectors format to write the field with, or null for the index's own. */
  public KnnVectorsFormat knnVectorsFormat() {
    return null;
  }

  @Override
  public ValueFetcher valueFetcher(
      QueryShardContext context, SearchLookup searchLookup, String format) {
    if (format != null) {
      throw new IllegalArgumentException(
          "field ["
              + name()
              + "] of type ["
              + typeName()
              + "] takes no format, got ["
              + format
              + "]");
    }
    return new ArraySourceValueFetcher(name(), context) {
      @Override
      protected Object parseSourceValue(Object value) {
        return value instanceof List<?> list ? list : List.of(value);
      }
    };
  }

  @Override
  public Query termQuery(Object value, QueryShardContext context) {
    throw new QueryShardException(
        context,
        "field [{}] of type [{}] must be searched by a [{}] query",
        name(),
        typeName(),
        searchedBy);
  }
}
