/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.mapper;

import io.trident.codec.impacts.ImpactOrder;
import io.trident.codec.impacts.ImpactQuantizer;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.index.DocValuesType;
import org.apache.lucene.index.IndexableField;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.index.mapper.DocumentMapper;
import org.opensearch.index.mapper.MapperParsingException;
import org.opensearch.index.mapper.MapperService;

/** The field type {@code impact_vector}. */
public class ImpactVectorFieldMapperTests extends VectorFieldMapperTestCase {

  @Override
  String contentType() {
    return "impact_vector";
  }

  @Override
  protected void minimalMapping(XContentBuilder b) throws IOException {
    b.field("type", "impact_vector");
  }

  @Override
  void mappingForTheCodec(XContentBuilder b) throws IOException {
    minimalMapping(b);
  }

  @Override
  protected void writeFieldValue(XContentBuilder builder) throws IOException {
    builder.startObject().field("merge", 1.7f).field("segment", 0.9f).endObject();
  }

  @Override
  protected void registerParameters(ParameterChecker checker) throws IOException {
    checker.registerConflictCheck("max_weight", b -> b.field("max_weight", 3));
  }

  @Override
  List<String> emptyValues() {
    return List.of("{}", "[]", "[null, {}]", "{\"a\": 0}", "{\"a\": null}");
  }

  @Override
  Map<String, List<String>> refusedValues() {
    Map<String, List<String>> refused = new LinkedHashMap<>();
    refused.put("1", List.of("VALUE_NUMBER"));
    refused.put("\"text\"", List.of("VALUE_STRING"));
    refused.put("[1]", List.of("VALUE_NUMBER"));
    refused.put("{\"a\": -1}", List.of("token [a]", "[-1.0]"));
    refused.put("{\"a\": 1e40}", List.of("token [a]", "[Infinity]"));
    refused.put("{\"a\": \"heavy\"}", List.of("token [a]", "number", "[heavy]"));
    refused.put("{\"a\": \"1\"}", List.of("token [a]", "number", "[1]"));
    refused.put("{\"a\": true}", List.of("token [a]", "VALUE_BOOLEAN"));
    refused.put("{\"a\": {\"b\": 1}}", List.of("token [a]", "START_OBJECT"));
    refused.put("{\"\": 1}", List.of("32762 bytes", "[0]"));
    refused.put("{\"" + "x".repeat(32_763) + "\": 1}", List.of("32762 bytes", "[32763]"));
    StringBuilder many = new StringBuilder("{\"t0\": 1");
    for (int i = 1; i <= ImpactVectorFieldMapper.MAX_TOKENS; i++) {
      many.append(", \"t").append(i).append("\": 1");
    }
    refused.put(many.append('}').toString(), List.of("65535", "[65536]"));
    return refused;
  }

  public void testIsReadBackAsRounded() throws IOException {
    MapperService service = createMapperService(fieldMapping(this::minimalMapping));
    ImpactQuantizer quantizer = new ImpactQuantizer(ImpactQuantizer.DEFAULT_MAX_WEIGHT);
    float heavy = quantizer.dequantize(quantizer.quantize(1.7f));
    float light = quantizer.dequantize(quantizer.quantize(0.3f));
    assertEquals(
        List.of(Map.of("merge", heavy, "segment", light)),
        stored(service, "{\"merge\": 1.7, \"segment\": 0.3}"));
    assertEquals(List.of(), stored(service, "{}"));
  }

  public void testWeightsBecomeImpactsAndTheLargestStays() throws IOException {
    DocumentMapper mapper = minimal();
    ImpactQuantizer quantizer = new ImpactQuantizer(ImpactQuantizer.DEFAULT_MAX_WEIGHT);
    String several = index(mapper, "[{\"a\": 1, \"b\": 2}, {\"a\": 3, \"b\": 0}]")[0].toString();
    String one = index(mapper, "{\"b\": 2, \"a\": 3}")[0].toString();
    assertEquals(one, several);
    assertEquals(1, index(mapper, "{\"a\": 1e-30}").length);
    assertEquals(1, quantizer.quantize(1e-30f));
  }

  public void testTheIndexIsSortedByItsHeaviestTokens() throws IOException {
    assertEquals(DocValuesType.NONE, index(minimal(), "{\"a\": 1}")[0].fieldType().docValuesType());
    Settings sorted =
        Settings.builder()
            .put(withCodec(TridentCodecSetting.CODEC))
            .put("index.sort.field", "field")
            .build();
    MapperService service = create(sorted, fieldMapping(this::minimalMapping));
    IndexableField field = index(service.documentMapper(), "{\"a\": 1, \"b\": 2}")[0];
    assertEquals(DocValuesType.SORTED_NUMERIC, field.fieldType().docValuesType());
    assertEquals(
        ImpactOrder.key(List.of("b", "a"), new int[] {2, 1}), field.numericValue().longValue());
  }

  @Override
  Settings settingsOfTheField() {
    return Settings.builder()
        .put(withCodec(TridentCodecSetting.CODEC))
        .put("index.sort.field", "field")
        .build();
  }

  public void testMaxWeightIsPositiveAndFinite() throws IOException {
    for (String maxWeight : new String[] {"0", "-1", "NaN", "Infinity", "", "x", "[]"}) {
      MapperParsingException refused =
          expectThrows(
              MapperParsingException.class,
              () ->
                  createMapperService(
                      fieldMapping(
                          b -> {
                            minimalMapping(b);
                            b.field("max_weight", maxWeight);
                          })));
      assertHolds(
          refused, List.of("[max_weight] of field [field] must be a positive and finite number"));
    }
  }
}
