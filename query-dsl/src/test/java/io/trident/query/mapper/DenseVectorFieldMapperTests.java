/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.mapper;

import static org.hamcrest.Matchers.containsString;

import io.trident.models.api.Excerpt;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.index.VectorSimilarityFunction;
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

  private static final Map<String, Object> TRUNCATED = Map.of("dimension", 2, "map", "truncate");

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
    checker.registerConflictCheck("reduced", b -> b.field("reduced", TRUNCATED));
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

  private static String rows(float... numbers) {
    ByteBuffer bytes =
        ByteBuffer.allocate(numbers.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(numbers);
    return Base64.getEncoder().encodeToString(bytes.array());
  }

  private XContentBuilder reducedTo(Object reduced, String similarity) throws IOException {
    return fieldMapping(
        b -> {
          minimalMapping(b);
          b.field("reduced", reduced).field("similarity", similarity);
        });
  }

  public void testReducedVectorsStandBesideWholeOnes() throws IOException {
    Map<String, Object> rows = Map.of("dimension", 1, "rows", rows(0.6f, 0, 0.8f));
    Map<String, Object> ofModel =
        Map.of("dimension", 1, "map", "some-model", "rows", rows(0.6f, 0, 0.8f));
    for (Map<String, Object> reduced : List.of(TRUNCATED, rows, ofModel)) {
      MapperService service = createMapperService(reducedTo(reduced, "dot_product"));
      IndexableField[] fields = vectors(service);
      assertEquals(2, fields.length);
      assertArrayEquals(new float[] {2, 3, -1}, ((KnnFloatVectorField) fields[0]).vectorValue(), 0);
      assertArrayEquals(
          reduced == TRUNCATED ? new float[] {2, 3} : new float[] {0.4f},
          ((KnnFloatVectorField) fields[1]).vectorValue(),
          1e-6f);
      assertEquals(List.of(List.of(2f, 3f, -1f)), stored(service, "[2, 3, -1]"));
      DenseVectorFieldMapper.DenseVectorFieldType type =
          (DenseVectorFieldMapper.DenseVectorFieldType) service.fieldType("field");
      String candidates = fields[1].name();
      assertEquals("field", VectorFieldType.mappedName(candidates));
      assertThat(type.knnVectorsFormat(candidates).toString(), containsString("Threshold=500"));
      assertThat(
          type.knnVectorsFormat("field").toString(),
          containsString("Threshold=" + Integer.MAX_VALUE));
    }
  }

  private IndexableField[] vectors(MapperService service) throws IOException {
    ParseContext.Document document =
        service.documentMapper().parse(source(b -> b.field("field", List.of(2, 3, -1)))).rootDoc();
    return document.getFields().stream()
        .filter(field -> field instanceof KnnFloatVectorField)
        .toArray(IndexableField[]::new);
  }

  public void testReducedVectorsTooLongAreRefused() throws IOException {
    Map<String, Object> stretching = Map.of("dimension", 1, "rows", rows(1e19f, 0, 0));
    DocumentMapper mapper = createDocumentMapper(reducedTo(stretching, "l2_norm"));
    MapperParsingException refused =
        expectThrows(MapperParsingException.class, () -> index(mapper, "[100, 1, 1]"));
    assertHolds(refused, List.of("[field]", "squared length", "[Infinity]"));
  }

  public void testMapsOfFewerDimensionsAreRefusedUnlessTheyFit() throws IOException {
    Map<Object, List<String>> refused = new LinkedHashMap<>();
    refused.put("truncate", List.of("an object of [dimension, map, rows]", "[truncate]"));
    refused.put(Map.of("dimension", 2, "axes", 1), List.of("an object of", "axes"));
    refused.put(Map.of("map", "truncate"), List.of("[dimension]", "whole number", "[null]"));
    refused.put(Map.of("dimension", 1.5, "map", "truncate"), List.of("whole number", "[1.5]"));
    for (int dimension : new int[] {0, -1, 3, Integer.MAX_VALUE}) {
      refused.put(
          Map.of("dimension", dimension, "map", "truncate"),
          List.of("less than the field's, [3]", "[" + dimension + "]"));
    }
    refused.put(Map.of("dimension", 1, "map", 7), List.of("a text as [map]", "[7]"));
    refused.put(Map.of("dimension", 1), List.of("[truncate], or [rows]", "[null]"));
    refused.put(Map.of("dimension", 1, "map", "a-model"), List.of("or [rows]", "[a-model]"));
    refused.put(
        Map.of("dimension", 1, "map", "truncate", "rows", rows(1, 0, 0)),
        List.of("no [rows] beside the [map] [truncate]"));
    refused.put(Map.of("dimension", 1, "rows", "?"), List.of("[rows]", "base64"));
    refused.put(Map.of("dimension", 1, "rows", rows(1, 0)), List.of("3 dimensions", "[2]"));
    refused.put(
        Map.of("dimension", 2, "rows", rows(1, 0, 0)), List.of("as its [dimension], 2", "[1]"));
    refused.put(Map.of("dimension", 1, "rows", rows(1, Float.NaN, 0)), List.of("[rows]", "finite"));
    refused.put(Map.of("dimension", 1, "rows", rows(0, 0, 0)), List.of("[rows]", "all zeros"));
    refused.forEach(
        (reduced, words) -> {
          MapperParsingException e =
              expectThrows(
                  MapperParsingException.class,
                  () -> createMapperService(reducedTo(reduced, "cosine")));
          assertHolds(e, List.of("[reduced] of field [field] must "));
          assertHolds(e, words);
        });
  }

  public void testMapsOfMoreNumbersThanAClusterStateShouldHaveAreRefused() {
    IllegalArgumentException refused =
        expectThrows(
            IllegalArgumentException.class,
            () ->
                new ReducedVectors(129, null, "AAAA")
                    .reduction(4096, VectorSimilarityFunction.COSINE));
    assertHolds(refused, List.of("at most 524288 numbers", "[528384]"));
  }

  public void testReducedVectorsNeedTheCodecAndNoKnn() throws IOException {
    Settings codec = withCodec(TridentCodecSetting.CODEC);
    Settings knn = Settings.builder().put(codec).put("index.knn", true).build();
    XContentBuilder reduced = reducedTo(TRUNCATED, "cosine");
    create(codec, reduced);
    assertHolds(
        expectThrows(MapperParsingException.class, () -> create(SETTINGS, reduced)),
        List.of("[field]", "[index.codec]", "reduced dense_vector"));
    assertHolds(
        expectThrows(MapperParsingException.class, () -> create(knn, reduced)),
        List.of("[field]", "[index.knn]", "no [reduced]"));
  }

  private XContentBuilder ofDimension(int dimension) throws IOException {
    return fieldMapping(b -> b.field("type", "dense_vector").field("dimension", dimension));
  }
}
