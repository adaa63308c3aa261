/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.mapper;

import static org.hamcrest.Matchers.containsString;

import io.trident.query.dsl.QueriesPlugin;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.PostingsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.DocValuesType;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.util.TestUtil;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.index.engine.EngineConfig;
import org.opensearch.index.mapper.DocumentMapper;
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.mapper.MapperParsingException;
import org.opensearch.index.mapper.MapperService;
import org.opensearch.index.mapper.MapperTestCase;
import org.opensearch.index.mapper.ParsedDocument;
import org.opensearch.index.mapper.SourceToParse;
import org.opensearch.index.mapper.ValueFetcher;
import org.opensearch.index.query.QueryShardException;
import org.opensearch.plugins.Plugin;
import org.opensearch.search.lookup.SourceLookup;

/** What holds for each of our field types. */
public abstract class VectorFieldMapperTestCase extends MapperTestCase {

  @Override
  protected Collection<? extends Plugin> getPlugins() {
    return List.of(new QueriesPlugin());
  }

  /** The settings of the next index, or null for any with our codec. */
  private Settings indexSettings;

  @Override
  protected final Settings getIndexSettings() {
    return indexSettings == null
        ? withCodec(
            randomFrom(TridentCodecSetting.CODEC, TridentCodecSetting.BEST_COMPRESSION_CODEC))
        : indexSettings;
  }

  /** Makes an index with other settings. */
  final MapperService create(Settings settings, XContentBuilder mapping) throws IOException {
    indexSettings = settings;
    try {
      return createMapperService(mapping);
    } finally {
      indexSettings = null;
    }
  }

  static Settings withCodec(String codec) {
    return Settings.builder()
        .put(SETTINGS)
        .put(EngineConfig.INDEX_CODEC_SETTING.getKey(), codec)
        .build();
  }

  @Override
  protected boolean supportsOrIgnoresBoost() {
    return false;
  }

  /** The name of the type under test. */
  abstract String contentType();

  /** Values in JSON that hold nothing. */
  abstract List<String> emptyValues();

  /** Values in JSON that are refused, each with words that the reason must have. */
  abstract Map<String, List<String>> refusedValues();

  /** The fields that a value in JSON makes. */
  static IndexableField[] index(DocumentMapper mapper, String value) {
    return mapper.parse(parsed("{\"field\": " + value + "}")).rootDoc().getFields("field");
  }

  private static SourceToParse parsed(String json) {
    return parsed("1", json);
  }

  private static SourceToParse parsed(String id, String json) {
    return new SourceToParse("test", id, new BytesArray(json), MediaTypeRegistry.JSON);
  }

  final DocumentMapper minimal() throws IOException {
    return createDocumentMapper(fieldMapping(this::minimalMapping));
  }

  static void assertHolds(Throwable failure, Iterable<String> words) {
    StringBuilder messages = new StringBuilder();
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      messages.append(cause.getMessage()).append('\n');
    }
    for (String word : words) {
      assertThat(messages.toString(), containsString(word));
    }
  }

  /** What a value in JSON gives when it is read back from the index. */
  final List<Object> stored(MapperService service, String value) throws IOException {
    VectorFieldType type = (VectorFieldType) service.fieldType("field");
    PostingsFormat postings = type.postingsFormat();
    Codec codec = postings == null ? Codec.getDefault() : TestUtil.alwaysPostingsFormat(postings);
    List<Object> found = new ArrayList<>();
    try (Directory directory = newDirectory()) {
      try (IndexWriter writer =
          new IndexWriter(directory, new IndexWriterConfig().setCodec(codec))) {
        writer.addDocument(new Document());
        writer.addDocument(
            service.documentMapper().parse(parsed("{\"field\": " + value + "}")).rootDoc());
      }
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        ValueFetcher fetcher = type.valueFetcher(createQueryShardContext(service), null, "stored");
        for (LeafReaderContext leaf : reader.leaves()) {
          fetcher.setNextReader(leaf);
          for (int doc = 0; doc < leaf.reader().maxDoc(); doc++) {
            SourceLookup source = new SourceLookup();
            source.setSegmentAndDocument(leaf, doc);
            found.addAll(fetcher.fetchValues(source));
          }
        }
      }
    }
    return found;
  }

  public final void testEmptyValuesAreAbsent() throws IOException {
    DocumentMapper mapper = minimal();
    assertEquals(0, index(mapper, "null").length);
    for (String value : emptyValues()) {
      assertEquals(value, 0, index(mapper, value).length);
    }
  }

  public final void testRefusedValuesNameTheField() throws IOException {
    DocumentMapper mapper = minimal();
    refusedValues()
        .forEach(
            (value, words) -> {
              MapperParsingException refused =
                  expectThrows(MapperParsingException.class, value, () -> index(mapper, value));
              assertEquals(value, 400, refused.status().getStatus());
              assertHolds(refused, List.of("[field]"));
              assertHolds(refused, words);
            });
  }

  public final void testOneValuePerDocument() throws IOException {
    DocumentMapper mapper =
        createDocumentMapper(
            mapping(
                b -> {
                  b.startObject("o").startObject("properties").startObject("field");
                  minimalMapping(b);
                  b.endObject().endObject().endObject();
                }));
    MapperParsingException refused =
        expectThrows(
            MapperParsingException.class,
            () ->
                mapper.parse(
                    source(
                        b -> {
                          b.startArray("o");
                          for (int i = 0; i < 2; i++) {
                            b.startObject();
                            writeField(b);
                            b.endObject();
                          }
                          b.endArray();
                        })));
    assertHolds(refused, List.of("[o.field]", "one value per document", "[nested]"));
  }

  /** A document that has the field has its id in the column, others only as a stored field. */
  public final void testIdsAreReadOfAllDocuments() throws IOException {
    MapperService service = createMapperService(fieldMapping(this::minimalMapping));
    List<String> ids = new ArrayList<>();
    withLuceneIndex(
        service,
        writer -> {
          for (int i = randomIntBetween(1, 20); i > 0; i--) {
            String json = randomBoolean() ? "{}" : source(this::writeField).source().utf8ToString();
            ids.add(randomFrom("7", "", "-_x", "long ") + randomAlphaOfLength(10) + i);
            ParsedDocument document =
                service.documentMapper().parse(parsed(ids.get(ids.size() - 1), json));
            assertEquals(json.equals("{}"), document.rootDoc().getField(IdColumn.FIELD) == null);
            writer.addDocument(document.rootDoc());
          }
        },
        reader -> {
          List<String> read = new ArrayList<>();
          for (LeafReaderContext leaf : reader.leaves()) {
            IdColumn column = IdColumn.of(leaf.reader());
            for (int doc = 0; doc < leaf.reader().maxDoc(); doc++) {
              read.add(column.id(doc));
            }
          }
          assertEquals(ids, read);
        });
  }

  private void refusedMapping(XContentBuilder mapping, String... words) {
    Exception refused = expectThrows(Exception.class, () -> createMapperService(mapping));
    assertTrue(refused.toString(), refused instanceof IllegalArgumentException);
    assertHolds(refused, List.of(contentType()));
    assertHolds(refused, List.of(words));
  }

  public final void testNoFieldIsCopiedIntoIt() throws IOException {
    refusedMapping(
        mapping(
            b -> {
              b.startObject("body").field("type", "text").field("copy_to", "field").endObject();
              b.startObject("field");
              minimalMapping(b);
              b.endObject();
            }),
        "[field]",
        "[copy_to] of field [body]");
  }

  public final void testALaterFieldIsNotCopiedIntoIt() throws IOException {
    MapperService service = createMapperService(fieldMapping(this::minimalMapping));
    IllegalArgumentException refused =
        expectThrows(
            IllegalArgumentException.class,
            () ->
                merge(
                    service,
                    mapping(
                        b ->
                            b.startObject("body")
                                .field("type", "text")
                                .field("copy_to", "field")
                                .endObject())));
    assertHolds(refused, List.of("[field]", "[copy_to] of field [body]"));
  }

  public final void testItIsNotCopied() throws IOException {
    refusedMapping(
        fieldMapping(
            b -> {
              minimalMapping(b);
              b.field("copy_to", "other");
            }),
        "[field]",
        "[copy_to]");
  }

  public final void testItHasNoMultiFields() throws IOException {
    refusedMapping(
        fieldMapping(
            b -> {
              minimalMapping(b);
              b.startObject("fields");
              b.startObject("raw").field("type", "keyword").endObject();
              b.endObject();
            }),
        "[field]",
        "[fields]");
  }

  public final void testItIsNoMultiField() throws IOException {
    refusedMapping(
        mapping(
            b -> {
              b.startObject("body").field("type", "text").startObject("fields");
              b.startObject("field");
              minimalMapping(b);
              b.endObject().endObject().endObject();
            }),
        "[body.field]",
        "[fields]");
  }

  private static final String FINGERPRINT = "0123456789abcdef0123456789abcdef";

  /** A mapping of the field with strings as parameters. */
  private XContentBuilder ofModel(String... parameters) throws IOException {
    return fieldMapping(
        b -> {
          minimalMapping(b);
          for (int i = 0; i < parameters.length; i += 2) {
            b.field(parameters[i], parameters[i + 1]);
          }
        });
  }

  public final void testTheModelIsGivenOnceAndThenStays() throws IOException {
    boolean later = randomBoolean();
    XContentBuilder mapping = ofModel("model", "mine", "model_fingerprint", FINGERPRINT);
    MapperService service = createMapperService(later ? ofModel() : mapping);
    if (later) {
      assertEquals(VectorModel.UNKNOWN, ((VectorFieldType) service.fieldType("field")).model());
      merge(service, mapping);
    }
    merge(service, randomBoolean() ? ofModel() : mapping);
    assertEquals(
        new VectorModel("mine", FINGERPRINT),
        ((VectorFieldType) service.fieldType("field")).model());
    assertThat(
        service.documentMapper().mappingSource().string(),
        containsString("\"model_fingerprint\":\"" + FINGERPRINT + "\""));
    for (XContentBuilder other :
        List.of(
            ofModel("model", "mine", "model_fingerprint", FINGERPRINT.replace('0', 'f')),
            ofModel("model", "other", "model_fingerprint", FINGERPRINT))) {
      assertHolds(
          expectThrows(IllegalArgumentException.class, () -> merge(service, other)),
          List.of("[field]", "Cannot update parameter [model"));
    }
  }

  public final void testAModelHasAnIdAndAFingerprint() throws IOException {
    for (String[] refused :
        new String[][] {
          {"model", "mine"},
          {"model_fingerprint", FINGERPRINT},
          {"model", "mine", "model_fingerprint", "abc"},
          {"model", "mine", "model_fingerprint", FINGERPRINT.toUpperCase(Locale.ROOT)},
          {"model", "../mine", "model_fingerprint", FINGERPRINT},
        }) {
      assertHolds(
          expectThrows(MapperParsingException.class, () -> createMapperService(ofModel(refused))),
          List.of("[model", "[field]"));
    }
  }

  public final void testUnknownParameterIsRefused() throws IOException {
    MapperParsingException refused =
        expectThrows(
            MapperParsingException.class,
            () ->
                createMapperService(
                    fieldMapping(
                        b -> {
                          minimalMapping(b);
                          b.field("bogus", 1);
                        })));
    assertHolds(refused, List.of("[field]", "bogus"));
  }

  /** What OpenSearch would read and then ignore. */
  public final void testParametersWithoutAnEffectAreRefused() throws IOException {
    for (String parameter : List.of("index", "doc_values", "store", "boost", "index_options")) {
      MapperParsingException refused =
          expectThrows(
              MapperParsingException.class,
              () ->
                  createMapperService(
                      fieldMapping(
                          b -> {
                            minimalMapping(b);
                            b.field(parameter, randomFrom("true", "false", "1", "x"));
                          })));
      assertHolds(refused, List.of("[" + parameter + "] of field [field] must not be set"));
    }
  }

  /** Index settings under which the field depends on them. */
  Settings settingsOfTheField() {
    return withCodec(TridentCodecSetting.CODEC);
  }

  /** A merge builds mappers again, without the index's settings. */
  public final void testAMergeKeepsTheField() throws IOException {
    XContentBuilder mapping = fieldMapping(this::mappingForTheCodec);
    MapperService service = create(settingsOfTheField(), mapping);
    String value = source(this::writeField).source().utf8ToString();
    IndexableField before =
        service.documentMapper().parse(parsed(value)).rootDoc().getField("field");
    for (int i = randomIntBetween(1, 3); i > 0; i--) {
      String other = "other" + i;
      merge(service, mapping(b -> b.startObject(other).field("type", "integer").endObject()));
    }
    merge(service, mapping);
    IndexableField after =
        service.documentMapper().parse(parsed(value)).rootDoc().getField("field");
    assertEquals(before.fieldType().docValuesType(), after.fieldType().docValuesType());
    assertEquals(before.fieldType().indexOptions(), after.fieldType().indexOptions());
    assertEquals(before.numericValue(), after.numericValue());
    assertEquals(before.binaryValue(), after.binaryValue());
    if (before.fieldType().docValuesType() == DocValuesType.SORTED_NUMERIC) {
      assertNotNull(service.fieldType("field").fielddataBuilder("index", () -> null));
    }
  }

  /** A refusal repeats no more of a value than a reader reads. */
  public final void testRefusalsAreShort() throws IOException {
    DocumentMapper mapper = minimal();
    String longText = randomAlphaOfLength(1).repeat(randomIntBetween(10_000, 100_000));
    for (String value :
        List.of(
            '"' + longText + '"',
            "{\"" + longText + "\": \"" + longText + "\"}",
            "[\"" + longText + "\"]")) {
      MapperParsingException refused =
          expectThrows(MapperParsingException.class, () -> index(mapper, value));
      for (Throwable cause = refused; cause != null; cause = cause.getCause()) {
        assertTrue(cause.getMessage(), cause.getMessage().length() < 2_000);
        assertFalse(cause.getMessage(), cause.getMessage().contains("Preview"));
      }
    }
  }

  public final void testTermQueriesAreRefused() throws IOException {
    MapperService service = createMapperService(fieldMapping(this::minimalMapping));
    MappedFieldType type = service.fieldType("field");
    assertEquals(contentType(), type.typeName());
    QueryShardException refused =
        expectThrows(
            QueryShardException.class, () -> type.termQuery("x", createQueryShardContext(service)));
    assertHolds(refused, List.of("[field]", contentType()));
  }

  public final void testFetchesWithoutAFormat() throws IOException {
    MapperService service = createMapperService(fieldMapping(this::minimalMapping));
    MappedFieldType type = service.fieldType("field");
    assertNotNull(type.valueFetcher(createQueryShardContext(service), null, null));
    IllegalArgumentException refused =
        expectThrows(
            IllegalArgumentException.class,
            () -> type.valueFetcher(createQueryShardContext(service), null, "0.0"));
    assertHolds(refused, List.of("[field]", "[0.0]"));
  }

  /** A mapping that needs our codec. */
  abstract void mappingForTheCodec(XContentBuilder builder) throws IOException;

  public final void testTheCodecIsRequired() throws IOException {
    XContentBuilder mapping = fieldMapping(this::mappingForTheCodec);
    Exception refused = expectThrows(MapperParsingException.class, () -> create(SETTINGS, mapping));
    assertHolds(refused, List.of("[field]", "[index.codec]", "trident", "[default]"));
  }

  /** Recovery reads the mapping as it was written; the setting comes back with it. */
  public final void testAnExistingIndexOpens() throws IOException {
    MapperService written = createMapperService(fieldMapping(this::mappingForTheCodec));
    MapperService opened = createMapperService(mapping(b -> {}));
    opened.merge(
        "_doc",
        written.documentMapper().mappingSource(),
        MapperService.MergeReason.MAPPING_RECOVERY);
    assertEquals(written.documentMapper().mappingSource(), opened.documentMapper().mappingSource());
  }

  /** What would be written without the codec could not be searched. */
  public final void testAnIndexThatLostTheCodecDoesNotOpen() throws IOException {
    MapperService written = createMapperService(fieldMapping(this::mappingForTheCodec));
    MapperService opened = create(SETTINGS, mapping(b -> {}));
    MapperParsingException refused =
        expectThrows(
            MapperParsingException.class,
            () ->
                opened.merge(
                    "_doc",
                    written.documentMapper().mappingSource(),
                    MapperService.MergeReason.MAPPING_RECOVERY));
    assertHolds(refused, List.of("[field]", "[index.codec]", "[default]"));
  }
}
