/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.mapper;

import io.trident.models.api.Excerpt;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.PostingsFormat;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.search.FieldExistsQuery;
import org.apache.lucene.search.Query;
import org.opensearch.common.lucene.search.Queries;
import org.opensearch.index.mapper.ArraySourceValueFetcher;
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.mapper.TextSearchInfo;
import org.opensearch.index.mapper.ValueFetcher;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.index.query.QueryShardException;
import org.opensearch.search.lookup.SearchLookup;
import org.opensearch.search.lookup.SourceLookup;

/**
 * What Trident's field types share: a value is fetched as it stands in the source or, with the
 * format {@code stored}, as the index holds it, only the type's own query searches it, and the
 * codec asks it for the format to write with.
 */
public abstract class VectorFieldType extends MappedFieldType {

  /** The format that asks for a value as the index stores it. */
  public static final String STORED = "stored";

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
  private final VectorModel model;

  /**
   * Makes the type.
   *
   * @param name the field's full name
   * @param existence where Lucene finds the documents that have a value
   * @param searchedBy the query that searches it, for error messages
   * @param model that of the vectors
   * @param meta the mapping's meta
   */
  VectorFieldType(
      String name,
      Existence existence,
      String searchedBy,
      VectorModel model,
      Map<String, String> meta) {
    super(name, true, false, existence == Existence.DOC_VALUES, TextSearchInfo.NONE, meta);
    this.existence = existence;
    this.searchedBy = searchedBy;
    this.model = model;
  }

  /** The model of the vectors. */
  public final VectorModel model() {
    return model;
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

  /**
   * The vectors format to write a Lucene field with, or null for the index's own.
   *
   * @param field this one, or one that it has besides
   */
  public KnnVectorsFormat knnVectorsFormat(String field) {
    return null;
  }

  /** The name of the mapped field that writes a Lucene field. */
  public static String mappedName(String field) {
    return ReducedVectors.mappedField(field);
  }

  /**
   * What the index holds of a document's value, in the form of a document, whether or not the
   * source still has it. Weights and dimensions are as they were rounded when they were indexed. A
   * reader that hides the field need not hide its vectors, so the reader's list of fields is asked.
   *
   * @return one value, or none when the document has none
   */
  public final List<Object> storedValues(LeafReader reader, int doc) throws IOException {
    return reader.getFieldInfos().fieldInfo(name()) == null
        ? List.of()
        : readStoredValues(reader, doc);
  }

  /**
   * The same of a document and of the objects nested in it, from their source where that tells it
   * and is faster to read.
   *
   * @param first the first of the objects, or the document when it has none
   * @param source that of the document
   */
  public final List<Object> storedValues(LeafReader reader, int first, SourceLookup source)
      throws IOException {
    if (reader.getFieldInfos().fieldInfo(name()) == null) {
      return List.of();
    }
    List<Object> told = readSource(reader, first, source);
    if (told != null) {
      return told;
    }
    List<Object> values = new ArrayList<>();
    for (int part = first; part <= source.docId(); part++) {
      values.addAll(readStoredValues(reader, part));
    }
    return values;
  }

  /** Makes of a source what the index holds of its documents, or null where it has to be asked. */
  List<Object> readSource(LeafReader reader, int first, SourceLookup source) throws IOException {
    return null;
  }

  /** Reads what the index holds of a document, in a segment that has the field. */
  abstract List<Object> readStoredValues(LeafReader reader, int doc) throws IOException;

  /**
   * What the index holds of a document's value, in the form that makes the same value again when it
   * is indexed, or null when the document has none.
   */
  public Object derived(LeafReader reader, int doc) throws IOException {
    return storedValues(reader, doc).stream().findFirst().orElse(null);
  }

  /**
   * The key of a value in JSON that {@link #derived} stands for, or null when it stands for the
   * value as a whole.
   */
  public String derivedKey() {
    return null;
  }

  /**
   * Whether {@link #derived} says what was sent.
   *
   * @param json what was sent
   * @param field what became of it
   */
  public boolean derives(String json, IndexableField field) {
    return true;
  }

  /** A vector as a list of numbers. */
  static List<Float> numbers(float[] vector) {
    List<Float> numbers = new ArrayList<>(vector.length);
    for (float value : vector) {
      numbers.add(value);
    }
    return numbers;
  }

  @Override
  public ValueFetcher valueFetcher(
      QueryShardContext context, SearchLookup searchLookup, String format) {
    if (STORED.equals(format)) {
      return new StoredValueFetcher(this, context.bitsetFilter(Queries.newNonNestedFilter()));
    }
    if (format != null) {
      throw new IllegalArgumentException(
          "field ["
              + name()
              + "] of type ["
              + typeName()
              + "] takes no format but ["
              + STORED
              + "], got ["
              + Excerpt.of(format)
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
