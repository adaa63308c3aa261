/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.mapper;

import io.trident.models.api.Excerpt;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.search.FieldExistsQuery;
import org.apache.lucene.search.Query;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.index.mapper.DocumentMapper;
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.mapper.MapperParsingException;
import org.opensearch.index.mapper.MapperService;
import org.opensearch.index.mapper.ParseContext;

/** The field type {@code dense_vector}. */
public class DenseVectorFieldMapperTests extends VectorFieldMapperTestCase {

  @Override
  String contentType() {
    return "dense_vector";
  }

  @Override
  protected void minimalMapping(XContentBuilder b) throws IOException {
    b.field("type", "dense_vector").field("dimension", 3);
  }

  @Override
  void mappingForTheCodec(XContentBuilder b) throws IOException {
    minimalMapping(b);
    b.field("encoding", randomFrom("8bit", "4bit", "1bit"));
  }

  @Override
  protected void writeFieldValue(XContentBuilder builder) throws IOException {
    builder.value(new float[] {1, 2, 3});
  }

  /** Lucene tells by the vectors themselves which documents have one. */
  @Override
  protected void assertExistsQuery(
      MappedFieldType fieldType, Query query, ParseContext.Document fields) {
    assertEquals(new FieldExistsQuery("field"), query);
    assertTrue(fields.getField("field").fieldType().vectorDimension() > 0);
    assertNoFieldNamesField(fields);
  }

  @Override
  protected void registerParameters(ParameterChecker checker) throws IOException {
    checker.registerConflictCheck(
        "dimension",
        fieldMapping(this::minimalMapping),
        fieldMapping(b -> b.field("type", "dense_vector").field("dimension", 4)));
    checker.registerConflictCheck("encoding", b -> b.field("encoding", "8bit"));
    checker.registerConflictCheck("similarity", b -> b.field("similarity", "l2_norm"));
    checker.registerConflictCheck("m", b -> b.field("m", 8));
    checker.registerConflictCheck("ef_construction", b -> b.field("ef_construction", 50));
  }

  @Override
  List<String> emptyValues() {
    return List.of("[]");
  }

  @Override
  Map<String, List<String>> refusedValues() {
    Map<String, List<String>> refused = new LinkedHashMap<>();
    refused.put("1", List.of("array of numbers", "VALUE_NUMBER"));
    refused.put("\"text\"", List.of("array of numbers", "VALUE_STRING"));
    refused.put("{}", List.of("array of numbers", "START_OBJECT"));
    refused.put("[1, 2]", List.of("3 dimensions", "[2]"));
    refused.put("[1, 2, 3, 4]", List.of("3 dimensions", "[4]"));
    refused.put("[[1, 2, 3]]", List.of("element [0]", "START_ARRAY"));
    refused.put("[1, \"2\", 3]", List.of("element [1]", "VALUE_STRING"));
    refused.put("[1, 2, null]", List.of("element [2]", "VALUE_NULL"));
    refused.put("[1, 2, 1e40]", List.of("element [2]", "finite", "[Infinity]"));
    refused.put("[0, 0, 0]", List.of("all zeros"));
    refused.put("[1e-30, 0, 0]", List.of("squared length", "[0.0]"));
    refused.put("[1e30, 0, 0]", List.of("squared length", "[Infinity]"));
    return refused;
  }

  public void testIndexesTheVectorAsGiven() throws IOException {
    KnnFloatVectorField field = (KnnFloatVectorField) index(minimal(), "[0.5, -2, 3]")[0];
    assertArrayEquals(new float[] {0.5f, -2, 3}, field.vectorValue(), 0);
  }

  public void testIsReadBackAsGiven() throws IOException {
    MapperService service = createMapperService(fieldMapping(this::minimalMapping));
    assertEquals(List.of(List.of(0.5f, -2f, 3f)), stored(service, "[0.5, -2, 3]"));
  }

  public void testOtherSimilaritiesTakeZeroVectors() throws IOException {
    for (String similarity : new String[] {"dot_product", "l2_norm"}) {
      DocumentMapper mapper =
          createDocumentMapper(
              fieldMapping(
                  b -> {
                    minimalMapping(b);
                    b.field("similarity", similarity);
                  }));
      assertEquals(1, index(mapper, "[0, 0, 0]").length);
    }
  }

  public void testParametersAreInRange() throws IOException {
    Object[] values = {
      "", true, "x", List.of(), Map.of(), 8.5, 0, -1, "9".repeat(randomIntBetween(5, 400))
    };
    for (String parameter : List.of("dimension", "m", "ef_construction")) {
      for (Object value : values) {
        MapperParsingException e =
            expectThrows(
                MapperParsingException.class,
                () ->
                    createMapperService(
                        fieldMapping(
                            b -> {
                              b.field("type", "dense_vector");
                              if (parameter.equals("dimension") == false) {
                                b.field("dimension", 3);
                              }
                              b.field(parameter, value);
                            })));
        assertHolds(
            e,
            List.of(
                "[" + parameter + "] of field [field] must be a whole number from 1 to ",
                ", got [" + Excerpt.of(value)));
      }
    }
  }

  public void testWordsAreOfAList() throws IOException {
    for (String parameter : List.of("similarity", "encoding")) {
      MapperParsingException e =
          expectThrows(
              MapperParsingException.class,
              () ->
                  createMapperService(
                      fieldMapping(
                          b -> {
                            minimalMapping(b);
                            b.field(parameter, "nonsense");
                          })));
      assertHolds(
          e, List.of("[" + parameter + "] of field [field] must be one of [", "got [nonsense]"));
    }
  }

  public void testFloatsNeedNoCodecAndQuantisedVectorsNoKnn() throws IOException {
    create(SETTINGS, fieldMapping(this::minimalMapping));
    Settings knn =
        Settings.builder().put(withCodec(TridentCodecSetting.CODEC)).put("index.knn", true).build();
    create(knn, fieldMapping(this::minimalMapping));
    XContentBuilder quantised = fieldMapping(this::mappingForTheCodec);
    MapperParsingException refused =
        expectThrows(MapperParsingException.class, () -> create(knn, quantised));
    assertHolds(refused, List.of("[field]", "[index.knn]", "[float32]"));
  }

  public void testWideVectorsNeedTheCodecAndNoKnn() throws IOException {
    Settings codec = withCodec(TridentCodecSetting.CODEC);
    Settings knn = Settings.builder().put(codec).put("index.knn", true).build();
    create(SETTINGS, ofDimension(1024));
    for (int dimension : new int[] {1025, 4096}) {
      XContentBuilder wide = ofDimension(dimension);
      create(codec, wide);
      assertHolds(
          expectThrows(MapperParsingException.class, () -> create(SETTINGS, wide)),
          List.of("[field]", "[index.codec]", "[dimension] of at most 1024"));
      assertHolds(
          expectThrows(MapperParsingException.class, () -> create(knn, wide)),
          List.of("[field]", "[index.knn]", "[dimension] of at most 1024", "[" + dimension + "]"));
    }
    XContentBuilder tooWide = ofDimension(4097);
    assertHolds(
        expectThrows(MapperParsingException.class, () -> create(codec, tooWide)),
        List.of("[field]", "from 1 to 4096", "[4097]"));
  }

  private XContentBuilder ofDimension(int dimension) throws IOException {
    return fieldMapping(b -> b.field("type", "dense_vector").field("dimension", dimension));
  }
}
