/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.neural;

import static org.hamcrest.Matchers.containsString;

import io.trident.models.api.TextSum;
import io.trident.query.dsl.QueriesPlugin;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.opensearch.common.CheckedConsumer;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.index.mapper.DocumentMapper;
import org.opensearch.index.mapper.MapperParsingException;
import org.opensearch.index.mapper.MapperService;
import org.opensearch.index.mapper.MapperTestCase;
import org.opensearch.plugins.Plugin;

/** The field type {@code neural_text}. */
public class NeuralTextFieldMapperTests extends MapperTestCase {

  @Override
  protected Collection<? extends Plugin> getPlugins() {
    return List.of(new QueriesPlugin());
  }

  @Override
  protected void minimalMapping(XContentBuilder b) throws IOException {
    b.field("type", "neural_text").field("model", "words");
  }

  @Override
  protected void writeFieldValue(XContentBuilder builder) throws IOException {
    builder.value(" ");
  }

  @Override
  protected void registerParameters(ParameterChecker checker) throws IOException {
    checker.registerConflictCheck(
        "model",
        fieldMapping(this::minimalMapping),
        fieldMapping(b -> b.field("type", "neural_text").field("model", "other")));
    checker.registerConflictCheck("sparse", b -> b.field("sparse", false));
    checker.registerConflictCheck("dense", b -> b.field("dense", false));
    checker.registerConflictCheck("tokens", b -> b.field("tokens", false));
    checker.registerConflictCheck("passages", b -> b.field("passages", Map.of("max_tokens", 64)));
    checker.registerConflictCheck(
        "token_reduction", b -> b.field("token_reduction", Map.of("pool_factor", 2)));
    checker.registerConflictCheck("index", b -> b.field("index", false));
    checker.registerUpdateCheck(
        b -> b.field("boost", 2.0), mapper -> assertEquals(2.0, mapper.fieldType().boost(), 0));
  }

  @Override
  protected void assertParseMaximalWarnings() {
    assertWarnings("Parameter [boost] on field [field] is deprecated and will be removed in 3.0");
  }

  public void testIsATextFieldWithAllItsOptions() throws IOException {
    MapperService index =
        createMapperService(
            fieldMapping(
                b -> {
                  minimalMapping(b);
                  b.field("index_phrases", true);
                  b.startObject("index_prefixes").endObject();
                  b.startObject("fields");
                  b.startObject("raw").field("type", "keyword").endObject();
                  b.endObject();
                }));
    assertEquals("text", index.fieldType("field").typeName());
    assertNotNull(index.fieldType("field.raw"));
    assertEquals(
        1,
        index
            .documentMapper()
            .parse(source(b -> b.field("field", " ")))
            .rootDoc()
            .getFields("field")
            .length);
  }

  public void testAFieldThatWasNotExpandedIsRefused() {
    MapperParsingException refused =
        expectThrows(
            MapperParsingException.class,
            () -> createMapperService(fieldMapping(b -> b.field("type", "neural_text"))));
    assertThat(refused.getMessage(), containsString("[field]"));
    assertThat(refused.getMessage(), containsString("[dynamic_templates]"));
  }

  public void testAFieldWithoutTheFieldsOfItsVectorsIsRefused() {
    MapperParsingException refused =
        expectThrows(
            MapperParsingException.class,
            () ->
                createMapperService(
                    fieldMapping(
                        b -> {
                          minimalMapping(b);
                          b.field("dense", true);
                        })));
    assertThat(refused.getMessage(), containsString("[field_neural.passages.dense]"));
  }

  public void testTextThatWasNotEncodedIsRefused() throws IOException {
    DocumentMapper mapper = createDocumentMapper(fieldMapping(this::minimalMapping));
    assertRefused("[field_neural.digest]", mapper, b -> b.field("field", "words"));
    mapper.parse(source(b -> b.nullField("field")));
  }

  public void testTextsOtherThanThoseThatWereEncodedAreRefused() throws IOException {
    DocumentMapper mapper = createDocumentMapper(mapping(this::mappingWithDigests));
    List<String> texts = randomList(1, 5, () -> randomUnicodeOfLength(20) + "\uD83D.");
    String digest = TextSum.append("0123456789abcdef", texts);
    List<String> shuffled = new ArrayList<>(texts);
    Collections.shuffle(shuffled, random());
    shuffled.add(randomInt(shuffled.size()), randomFrom("", " ", null));
    mapper.parse(source(b -> document(b, shuffled, digest)));
    mapper.parse(source(b -> document(b, List.of("words"), "of a form that comes later")));
    List<String> others = new ArrayList<>(texts);
    if (randomBoolean()) {
      others.remove(randomInt(others.size() - 1));
    } else {
      others.set(randomInt(others.size() - 1), randomFrom("words", texts.get(0) + " "));
    }
    for (List<String> changed : List.of(others, List.<String>of())) {
      assertRefused(
          "[field_neural.digest] is of another", mapper, b -> document(b, changed, digest));
    }
  }

  public void testTextsOfNestedObjectsAreThoseOfTheirDigests() throws IOException {
    DocumentMapper mapper = createDocumentMapper(mapping(this::mappingWithDigests));
    String ofTwo = TextSum.append("00", List.of("one", "two"));
    String ofThree = TextSum.append("11", List.of("three"));
    mapper.parse(source(b -> nested(b, List.of("one", "two"), ofTwo, ofThree)));
    assertRefused(
        "[nested.field_neural.digest] is of another",
        mapper,
        b -> nested(b, List.of("one", "four"), ofTwo, ofThree));
  }

  public void testTextsOfObjectsThatAreNotNestedHaveOneDigest() throws IOException {
    DocumentMapper mapper = createDocumentMapper(mapping(this::mappingWithDigests));
    String digest = TextSum.append("00", List.of("one", "two", "three"));
    mapper.parse(source(b -> plain(b, List.of("one", "two"), digest)));
    assertRefused(
        "[plain_field_neural.digest] is of another",
        mapper,
        b -> plain(b, List.of("one", "four"), digest));
  }

  public void testAFieldThatHasNoPlaceIsRefused() throws IOException {
    MapperParsingException disabled =
        expectThrows(
            MapperParsingException.class,
            () ->
                createMapperService(
                    mapping(
                        b -> {
                          b.startObject("plain").field("enabled", false).startObject("properties");
                          field(b);
                          b.endObject().endObject();
                        })));
    assertThat(
        disabled.getMessage(), containsString("[plain.field] must not be in the object [plain]"));
    MapperParsingException twice =
        expectThrows(
            MapperParsingException.class,
            () ->
                createMapperService(
                    mapping(
                        b -> {
                          mappingWithDigests(b);
                          b.startObject("plain_field");
                          minimalMapping(b);
                          b.endObject();
                        })));
    assertThat(twice.getMessage(), containsString("[plain_field_neural]"));
  }

  public void testATextThatIsKeptNowhereIsNotCompared() throws IOException {
    DocumentMapper mapper =
        createDocumentMapper(
            mapping(
                b -> {
                  b.startObject("field");
                  minimalMapping(b);
                  b.field("index", false).endObject();
                  digests(b, "field_neural");
                }));
    String digest = TextSum.append("00", List.of("words"));
    mapper.parse(source(b -> document(b, List.of("words"), digest)));
  }

  private void mappingWithDigests(XContentBuilder b) throws IOException {
    field(b);
    digests(b, "field_neural");
    b.startObject("plain").startObject("properties");
    field(b);
    b.endObject().endObject();
    digests(b, "plain_field_neural");
    b.startObject("nested").field("type", "nested").field("include_in_root", randomBoolean());
    b.startObject("properties");
    field(b);
    digests(b, "field_neural");
    b.endObject().endObject();
  }

  private void field(XContentBuilder b) throws IOException {
    b.startObject("field");
    minimalMapping(b);
    b.endObject();
  }

  private static void digests(XContentBuilder b, String companion) throws IOException {
    b.startObject(companion).startObject("properties").startObject("digest");
    b.field("type", "keyword").field("index", randomBoolean());
    b.endObject().endObject().endObject();
  }

  private static void document(XContentBuilder b, List<String> texts, String digest)
      throws IOException {
    b.field("field", texts);
    b.startObject("field_neural").field("digest", digest).endObject();
  }

  private static void nested(XContentBuilder b, List<String> first, String ofFirst, String ofThree)
      throws IOException {
    b.startArray("nested").startObject();
    document(b, first, ofFirst);
    b.endObject().startObject();
    document(b, List.of("three"), ofThree);
    b.endObject().endArray();
  }

  private static void plain(XContentBuilder b, List<String> first, String digest)
      throws IOException {
    b.startArray("plain").startObject().field("field", first).endObject();
    b.startObject().field("field", "three").endObject().endArray();
    b.startObject("plain_field_neural").field("digest", digest).endObject();
  }

  private void assertRefused(
      String reason,
      DocumentMapper mapper,
      CheckedConsumer<XContentBuilder, IOException> document) {
    MapperParsingException refused =
        expectThrows(MapperParsingException.class, () -> mapper.parse(source(document)));
    assertThat(refused.getMessage(), containsString(reason));
  }
}
