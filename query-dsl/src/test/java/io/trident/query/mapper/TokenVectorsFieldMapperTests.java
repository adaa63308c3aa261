/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.mapper;

import io.trident.models.api.TokenVectors;
import io.trident.query.lucene.TokenUnits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.index.IndexableField;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.index.mapper.DocumentMapper;
import org.opensearch.index.mapper.MapperParsingException;
import org.opensearch.index.mapper.MapperService;
import org.opensearch.index.mapper.SourceToParse;

/** The field type {@code token_vectors}. */
public class TokenVectorsFieldMapperTests extends VectorFieldMapperTestCase {

  private static final String VECTOR = "[1, 0, 0, 0, 0, 0, 0, 0]";

  @Override
  String contentType() {
    return "token_vectors";
  }

  @Override
  protected void minimalMapping(XContentBuilder b) throws IOException {
    b.field("type", "token_vectors").field("dimension", 8);
  }

  @Override
  void mappingForTheCodec(XContentBuilder b) throws IOException {
    minimalMapping(b);
  }

  @Override
  protected void writeFieldValue(XContentBuilder builder) throws IOException {
    builder.startArray();
    for (int i = 0; i < 2; i++) {
      builder.value(new float[] {1, 2, 3, 4, 5, 6, 7, i});
    }
    builder.endArray();
  }

  @Override
  protected void registerParameters(ParameterChecker checker) throws IOException {
    checker.registerConflictCheck(
        "dimension",
        fieldMapping(this::minimalMapping),
        fieldMapping(b -> b.field("type", "token_vectors").field("dimension", 16)));
    checker.registerConflictCheck("encoding", b -> b.field("encoding", "8bit"));
    checker.registerConflictCheck("similarity", b -> b.field("similarity", "dot_product"));
  }

  @Override
  List<String> emptyValues() {
    return List.of(
        "[]",
        "{}",
        "{\"vectors\": []}",
        "{\"token_ids\": [], \"vectors\": []}",
        "[{\"vectors\": []}]");
  }

  @Override
  Map<String, List<String>> refusedValues() {
    Map<String, List<String>> refused = new LinkedHashMap<>();
    refused.put("1", List.of("VALUE_NUMBER"));
    refused.put("\"text\"", List.of("VALUE_STRING"));
    refused.put("{\"vectors\": \"text\"}", List.of("4 bytes per number", "[3 bytes]"));
    refused.put("{\"vectors\": \"no base64\"}", List.of("an array or base64"));
    refused.put("{\"vectors\": \"AACAPwAAAEA=\"}", List.of("8 dimensions", "[2]"));
    refused.put("{\"vectors\": \"" + "AADAf".repeat(8) + "\"}", List.of("base64"));
    refused.put("{\"vectors\": \"float16:text\"}", List.of("2 bytes per number", "[3 bytes]"));
    refused.put("{\"vectors\": \"float16:AAAAAA==\"}", List.of("8 dimensions", "[2]"));
    refused.put("{\"vectors\": \"float8:AAAA\"}", List.of("an array or base64"));
    refused.put("{\"vectors\": \"codes:%\"}", List.of("base64"));
    refused.put("{\"vectors\": \"codes:\"}", List.of("a header"));
    refused.put("{\"vectors\": \"codes:AQEAEAAA\"}", List.of("a number of tokens"));
    refused.put("{\"vectors\": \"codes:AQEAEAAAAAAA\"}", List.of("as many bytes"));
    refused.put("{\"vectors\": \"codes:AQEAEAAAAAA=\"}", List.of("8 dimensions", "[16]"));
    refused.put(base64(Float.NaN, 0, 0, 0, 0, 0, 0, 0), List.of("element [0]", "finite"));
    refused.put(base64(0, 0, 0, 0, 0, 0, 0, 0), List.of("all zeros", "[0.0]"));
    refused.put("{\"token_ids\": \"AACAPw==\"}", List.of("[token_ids]", "VALUE_STRING"));
    refused.put("{\"token_ids\": [1]}", List.of("[vectors]", "got no"));
    refused.put("{\"vectors\": null}", List.of("[vectors]", "VALUE_NULL"));
    refused.put("{\"vectors\": [], \"other\": []}", List.of("[other]"));
    refused.put(
        "{\"vectors\": [" + VECTOR + "], \"token_ids\": []}",
        List.of("one entry in [token_ids] per vector", "[0]", "[1]"));
    refused.put("{\"vectors\": [], \"token_ids\": [1]}", List.of("[1]", "[0]"));
    refused.put(
        "{\"vectors\": [" + VECTOR + "], \"token_ids\": [\"a\"]}",
        List.of("[token_ids]", "VALUE_STRING"));
    refused.put("{\"vectors\": [" + VECTOR + "], \"token_ids\": [1.5]}", List.of("1.5"));
    refused.put("{\"vectors\": [" + VECTOR + "], \"token_ids\": [-1]}", List.of("[-1]"));
    refused.put(
        "{\"vectors\": [" + VECTOR + "], \"starts\": [1, 2], \"ends\": [2]}",
        List.of("[starts]", "[2]", "[1]"));
    refused.put(
        "{\"vectors\": [" + VECTOR + "], \"starts\": [1]}", List.of("[starts]", "[ends]", "alone"));
    refused.put(
        "{\"vectors\": [" + VECTOR + "], \"starts\": [3], \"ends\": [2]}", List.of("[3]", "[2]"));
    refused.put(
        "{\"vectors\": [" + VECTOR + "], \"starts\": [-1], \"ends\": [2]}", List.of("[-1]"));
    for (String units : new String[] {"[]", "[1]", "[0, 0]", "[0, 2, 1]", "[0, 3]", "[-1, 1]"}) {
      String three = "[" + VECTOR + ", " + VECTOR + ", " + VECTOR + "]";
      refused.put(
          "{\"vectors\": " + three + ", \"units\": " + units + "}",
          List.of("ascending from 0, in [units]", "got " + units, "[3] vectors"));
    }
    refused.put("{\"vectors\": [], \"units\": [0]}", List.of("[units]", "[0] vectors"));
    refused.put("[{\"vectors\": []}, {\"vectors\": []}]", List.of("more than one object"));
    refused.put("[{\"vectors\": []}, " + VECTOR + "]", List.of("more than one object"));
    refused.put("[" + VECTOR + ", {\"vectors\": []}]", List.of("array of numbers"));
    refused.put(VECTOR, List.of("array of numbers", "VALUE_NUMBER"));
    refused.put("[[]]", List.of("8 dimensions", "[0]"));
    refused.put("[[1, 2]]", List.of("8 dimensions", "[2]"));
    refused.put("[[1, 2, 3, 4, 5, 6, 7, 8, 9]]", List.of("8 dimensions", "[9]"));
    refused.put("[[0, 0, 0, 0, 0, 0, 0, 0]]", List.of("all zeros", "[0.0]"));
    refused.put("[[1e-30, 0, 0, 0, 0, 0, 0, 0]]", List.of("squared length", "[0.0]"));
    refused.put("[[1e30, 0, 0, 0, 0, 0, 0, 0]]", List.of("squared length", "[Infinity]"));
    refused.put("[[1e40, 0, 0, 0, 0, 0, 0, 0]]", List.of("element [0]", "finite"));
    refused.put("[[1, null, 0, 0, 0, 0, 0, 0]]", List.of("element [1]", "VALUE_NULL"));
    return refused;
  }

  /** The codec of star trees opens all doc values of a segment by itself. */
  public void testItIsRefusedInAnIndexWithStarTrees() {
    Settings settings =
        Settings.builder()
            .put(withCodec(TridentCodecSetting.CODEC))
            .put("index.composite_index", true)
            .build();
    MapperParsingException refused =
        expectThrows(
            MapperParsingException.class,
            () -> create(settings, fieldMapping(this::minimalMapping)));
    assertHolds(refused, List.of("[field]", "[index.composite_index]"));
  }

  public void testUnitsAreIndexedBesideTheVectors() throws IOException {
    String vectors = "{\"vectors\": [" + VECTOR + ", " + VECTOR + ", " + VECTOR + "]";
    assertEquals(
        TokenUnits.value("field", new int[] {0, 2}).binaryValue(),
        units(vectors + ", \"units\": [0, 2]}").binaryValue());
    assertNull(units(vectors + "}"));
  }

  private IndexableField units(String value) throws IOException {
    SourceToParse source =
        new SourceToParse(
            "test", "1", new BytesArray("{\"field\": " + value + "}"), XContentType.JSON);
    return minimal().parse(source).rootDoc().getField("field._units");
  }

  /** JSON parsers refuse a key that comes twice; where one does not, the mapper does. */
  @SuppressWarnings("unchecked")
  public void testIsReadBackFromItsCodes() throws IOException {
    for (String encoding : new String[] {"float32", "8bit"}) {
      MapperService service =
          createMapperService(
              fieldMapping(
                  b ->
                      b.field("type", "token_vectors")
                          .field("dimension", 8)
                          .field("similarity", "dot_product")
                          .field("encoding", encoding)));
      List<Float> vector = List.of(1f, -2f, 3f, 0.5f, 0f, 4f, -1f, 2f);
      String object = "{\"vectors\": [" + vector + ", " + vector + "], \"token_ids\": [7, 9]}";
      String json = randomFrom(object, "[" + object + "]");
      Map<String, List<?>> stored = (Map<String, List<?>>) stored(service, json).get(0);
      assertEquals(List.of(7, 9), stored.get("token_ids"));
      for (Object read : stored.get("vectors")) {
        for (int d = 0; d < vector.size(); d++) {
          assertEquals(encoding, vector.get(d), ((List<Float>) read).get(d), 0.05f);
        }
      }
    }
  }

  public void testAKeyComesOnce() throws IOException {
    DocumentMapper mapper = minimal();
    String twice = "{\"vectors\": [" + VECTOR + "], \"vectors\": [" + VECTOR + "]}";
    MapperParsingException refused =
        expectThrows(MapperParsingException.class, () -> index(mapper, twice));
    assertHolds(refused, List.of("vectors"));
  }

  public void testBothFormsOfAValueAreTheSame() throws IOException {
    DocumentMapper mapper = minimal();
    String vectors = "[" + VECTOR + ", [0, 2, 0, 0, 0, 0, 0, 0]]";
    assertEquals(
        index(mapper, vectors)[0].binaryValue(),
        index(mapper, "{\"vectors\": " + vectors + "}")[0].binaryValue());
    assertEquals(
        index(mapper, "{\"vectors\": " + vectors + ", \"token_ids\": [0, 0]}")[0].binaryValue(),
        index(mapper, "{\"token_ids\": [0, 0], \"vectors\": " + vectors + "}")[0].binaryValue());
  }

  private static String base64(float... numbers) {
    ByteBuffer bytes =
        ByteBuffer.allocate(numbers.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(numbers);
    return "{\"vectors\": \"" + Base64.getEncoder().encodeToString(bytes.array()) + "\"}";
  }

  public void testVectorsMayBeBase64() throws IOException {
    DocumentMapper mapper = minimal();
    float[][] vectors = new float[randomIntBetween(1, 20)][8];
    float[] all = new float[vectors.length * 8];
    for (int i = 0; i < all.length; i++) {
      all[i] = randomFloat() + 0.1f;
      vectors[i / 8][i % 8] = all[i];
    }
    assertEquals(
        index(mapper, Arrays.deepToString(vectors))[0].binaryValue(),
        index(mapper, base64(all))[0].binaryValue());
    assertEquals(0, index(mapper, base64()).length);
  }

  public void testNumbersMayHaveTwoBytes() throws IOException {
    DocumentMapper mapper = minimal();
    float[] all = new float[8 * randomIntBetween(1, 20)];
    ByteBuffer halves = ByteBuffer.allocate(all.length * 2).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < all.length; i++) {
      halves.putShort(Float.floatToFloat16(randomFloat() - 2));
      all[i] = Float.float16ToFloat(halves.getShort(2 * i));
    }
    String text = "float16:" + Base64.getEncoder().encodeToString(halves.array());
    assertEquals(
        index(mapper, base64(all))[0].binaryValue(),
        index(mapper, "{\"vectors\": \"" + text + "\"}")[0].binaryValue());
  }

  private static TokenVectors randomTokens(int count) {
    float[] values = new float[8 * count];
    for (int i = 0; i < values.length; i++) {
      values[i] = randomFloat() - 0.4f;
    }
    int[] ids = random().ints(count, 0, 30_000).toArray();
    return new TokenVectors(8, values, ids, new int[count], new int[count]);
  }

  private static String value(TokenVectors tokens) {
    float[][] vectors = new float[tokens.count()][];
    for (int i = 0; i < vectors.length; i++) {
      vectors[i] = Arrays.copyOfRange(tokens.values(), i * 8, (i + 1) * 8);
    }
    return "{\"vectors\": "
        + Arrays.deepToString(vectors)
        + ", \"token_ids\": "
        + Arrays.toString(tokens.tokenIds())
        + "}";
  }

  public void testVectorsMayBeCodedBefore() throws IOException {
    TokenVectors tokens = randomTokens(randomIntBetween(1, 50));
    for (String similarity : TokenVectorsFieldMapper.SIMILARITIES) {
      for (String encoding : new String[] {"1bit", "2bit", "4bit", "8bit"}) {
        DocumentMapper mapper =
            createDocumentMapper(
                fieldMapping(
                    b -> {
                      minimalMapping(b);
                      b.field("similarity", similarity).field("encoding", encoding);
                    }));
        Map<String, Object> mapping =
            Map.of(
                "type",
                "token_vectors",
                "dimension",
                8,
                "similarity",
                similarity,
                "encoding",
                encoding);
        String codes = "{\"vectors\": \"" + TokenCodes.write(mapping, tokens) + "\"}";
        assertEquals(
            index(mapper, value(tokens))[0].binaryValue(), index(mapper, codes)[0].binaryValue());
      }
    }
  }

  /** As when documents are copied into an index that codes otherwise. */
  @SuppressWarnings("unchecked")
  public void testCodesOfAnotherEncodingAreCodedAnew() throws IOException {
    TokenVectors tokens = randomTokens(randomIntBetween(1, 20));
    Map<String, Object> mapping =
        Map.of(
            "type",
            "token_vectors",
            "dimension",
            "8",
            "similarity",
            "dot_product",
            "encoding",
            "8bit");
    MapperService service =
        createMapperService(
            fieldMapping(
                b -> {
                  minimalMapping(b);
                  b.field("similarity", "dot_product").field("encoding", "float32");
                }));
    String codes = "{\"vectors\": \"" + TokenCodes.write(mapping, tokens) + "\"}";
    Map<String, List<?>> stored = (Map<String, List<?>>) stored(service, codes).get(0);
    assertEquals(Arrays.stream(tokens.tokenIds()).boxed().toList(), stored.get("token_ids"));
    for (int i = 0; i < tokens.values().length; i++) {
      List<Float> read = (List<Float>) stored.get("vectors").get(i / 8);
      assertEquals(tokens.values()[i], read.get(i % 8), 0.01f);
    }
  }

  public void testIdsDoNotStandBesideCodes() throws IOException {
    Map<String, Object> mapping = Map.of("type", "token_vectors", "dimension", 8);
    String vectors = "\"vectors\": \"" + TokenCodes.write(mapping, randomTokens(1)) + "\"";
    DocumentMapper mapper = minimal();
    for (String value :
        new String[] {
          "{" + vectors + ", \"token_ids\": [1]}", "{\"token_ids\": [1], " + vectors + "}"
        }) {
      MapperParsingException refused =
          expectThrows(MapperParsingException.class, () -> index(mapper, value));
      assertHolds(refused, List.of("[token_ids]"));
    }
  }

  public void testDotProductTakesZeroVectors() throws IOException {
    DocumentMapper mapper =
        createDocumentMapper(
            fieldMapping(
                b -> {
                  minimalMapping(b);
                  b.field("similarity", "dot_product");
                }));
    assertEquals(1, index(mapper, "[[0, 0, 0, 0, 0, 0, 0, 0]]").length);
  }

  /** As those of COIL: a few bits per dimension would not tell where they point. */
  public void testShortVectorsNeedManyBits() throws IOException {
    for (int dimension = 1; dimension <= 8; dimension++) {
      for (String encoding : TokenVectorsFieldMapper.ENCODINGS) {
        XContentBuilder mapping = shortMapping(dimension, encoding);
        if (dimension == 8 || List.of("8bit", "float32").contains(encoding)) {
          String vector = Arrays.toString(new float[dimension]);
          assertEquals(1, index(createDocumentMapper(mapping), "[" + vector + "]").length);
        } else {
          MapperParsingException refused =
              expectThrows(MapperParsingException.class, () -> createDocumentMapper(mapping));
          assertHolds(refused, List.of("[dimension]", "[8bit, float32]", "[" + encoding + "]"));
        }
      }
    }
  }

  private XContentBuilder shortMapping(int dimension, String encoding) throws IOException {
    return fieldMapping(
        b ->
            b.field("type", "token_vectors")
                .field("dimension", dimension)
                .field("similarity", "dot_product")
                .field("encoding", encoding));
  }

  public void testDimensionIsRequiredAndInRange() throws IOException {
    for (String dimension : new String[] {"", ", \"dimension\": 0", ", \"dimension\": 1025"}) {
      MapperParsingException refused =
          expectThrows(
              MapperParsingException.class,
              () ->
                  createMapperService(
                      "_doc",
                      "{\"properties\": {\"field\": {\"type\": \"token_vectors\""
                          + dimension
                          + "}}}"));
      assertHolds(refused, List.of("[dimension]"));
    }
  }
}
