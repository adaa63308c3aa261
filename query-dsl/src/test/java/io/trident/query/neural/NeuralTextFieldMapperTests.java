package io.trident.query.neural;

import static org.hamcrest.Matchers.containsString;

import io.trident.query.dsl.QueriesPlugin;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
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
    MapperParsingException refused =
        expectThrows(
            MapperParsingException.class,
            () -> mapper.parse(source(b -> b.field("field", "words"))));
    assertThat(refused.getMessage(), containsString("[field_neural.digest]"));
    mapper.parse(source(b -> b.nullField("field")));
    mapper.parse(
        source(
            b -> {
              b.field("field", "words");
              b.startObject("field_neural").field("digest", "abc").endObject();
            }));
  }
}
