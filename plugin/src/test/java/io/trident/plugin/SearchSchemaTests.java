/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.not;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.opensearch.ExceptionsHelper;
import org.opensearch.common.io.PathUtils;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.search.SearchModule;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.test.OpenSearchTestCase;

/** The schema of searches in the documents says what the parsers say. */
public class SearchSchemaTests extends OpenSearchTestCase {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path DOCS = PathUtils.get("../docs");
  private static final Pattern SEARCH =
      Pattern.compile(
          "(?<=\n)(?:GET|POST) \\S*/_search\\b\\S*\n(.*?)(?=\n\n|\n```)", Pattern.DOTALL);
  private static final Pattern RUN = Pattern.compile("```http\n.*?```", Pattern.DOTALL);

  private JsonNode definitions;
  private JsonSchema schema;
  private NamedXContentRegistry parsers;

  @Override
  public void setUp() throws Exception {
    super.setUp();
    JsonNode json = JSON.readTree(Files.readString(DOCS.resolve("schema/search-0.1.json")));
    definitions = json.get("$defs");
    schema = JsonSchemaFactory.getInstance(VersionFlag.V202012).getSchema(json);
    SearchModule search =
        new SearchModule(Settings.EMPTY, List.of(new TridentPlugin(Settings.EMPTY)));
    parsers = new NamedXContentRegistry(search.getNamedXContents());
  }

  @Override
  protected NamedXContentRegistry xContentRegistry() {
    return parsers;
  }

  /** The searches of the documents that a node answers. */
  private static List<JsonNode> examples() throws IOException {
    List<JsonNode> examples = new ArrayList<>();
    List<Path> pages;
    try (Stream<Path> files = Files.list(DOCS)) {
      pages = files.filter(file -> file.toString().endsWith(".md")).sorted().toList();
    }
    for (Path page : pages) {
      Matcher block = RUN.matcher(Files.readString(page));
      while (block.find()) {
        Matcher search = SEARCH.matcher(block.group());
        while (search.find()) {
          examples.add(JSON.readTree(search.group(1)));
        }
      }
    }
    assertTrue("only " + examples.size() + " examples were found", examples.size() > 40);
    return examples;
  }

  private SearchSourceBuilder parse(String search) throws IOException {
    try (XContentParser parser = createParser(JsonXContent.jsonXContent, search)) {
      return SearchSourceBuilder.fromXContent(parser);
    }
  }

  public void testExamplesAndWhatParsersWriteOfThemAreValid() throws IOException {
    for (JsonNode example : examples()) {
      assertEquals(example.toString(), Set.of(), schema.validate(example));
      if (example.findValues("profile").stream().anyMatch(JsonNode::isTextual)) {
        continue; // its settings are the cluster's
      }
      JsonNode written = JSON.readTree(parse(example.toString()).toString());
      assertEquals(written.toString(), Set.of(), schema.validate(written));
    }
  }

  /** One more option anywhere in a query of ours is one too many, for both. */
  public void testUnknownOptionsAreRefusedByBoth() throws IOException {
    int refused = 0;
    for (JsonNode example : examples()) {
      for (String name : List.of("fusion", "learned_sparse", "dense", "max_sim", "cross_encoder")) {
        JsonNode spoiled = example.deepCopy();
        if (spoil(spoiled.findParent(name), name)) {
          assertFalse(spoiled.toString(), schema.validate(spoiled).isEmpty());
          Exception e = expectThrows(Exception.class, () -> parse(spoiled.toString()));
          assertThat(ExceptionsHelper.stackTrace(e), containsString("does not support [bogus]"));
          refused++;
        }
      }
    }
    assertTrue("only " + refused + " were refused", refused > 30);
  }

  private static boolean spoil(JsonNode parent, String name) {
    if (parent == null || parent.get(name) instanceof ObjectNode == false) {
      return false;
    }
    JsonNode body = parent.get(name);
    boolean byField = Set.of("learned_sparse", "dense", "max_sim").contains(name);
    JsonNode options = byField ? body.elements().next() : body;
    if (options instanceof ObjectNode object) {
      object.put("bogus", 1);
      return true;
    }
    return false;
  }

  public void testParsersKnowEveryOption() throws IOException {
    for (String query :
        List.of("learned_sparse", "dense", "max_sim", "fusion", "top_passages", "neural_text")) {
      for (String option : options(query)) {
        String body = "{\"" + option + "\": [[{\"x\": {}}]]}";
        boolean direct = Set.of("fusion", "top_passages").contains(query);
        String search =
            "{\"query\": {\"" + query + "\": " + (direct ? body : "{\"f\": " + body + "}") + "}}";
        Exception e = expectThrows(Exception.class, search, () -> parse(search));
        assertThat(search, e.getMessage(), not(containsString("does not support")));
      }
    }
    for (String option : options("cross_encoder_stage")) {
      String search = "{\"ext\": {\"cross_encoder\": {\"" + option + "\": [[{}]]}}}";
      Exception e = expectThrows(Exception.class, search, () -> parse(search));
      assertThat(search, e.getMessage(), not(containsString("does not support")));
    }
  }

  private List<String> options(String query) {
    JsonNode definition = definitions.get(query);
    JsonNode properties =
        query.equals("neural_text")
            ? definition.at("/anyOf/1/additionalProperties/anyOf/1/properties")
            : definition.get("properties");
    List<String> options = new ArrayList<>();
    properties.fieldNames().forEachRemaining(options::add);
    assertFalse(query, options.isEmpty());
    return options;
  }

  public void testValuesOutOfRangeAreRefusedByBoth() throws IOException {
    for (String query :
        List.of(
            "{\"fusion\": {\"legs\": [{\"weight\": 0, \"query\": {\"match_all\": {}}}]}}",
            "{\"fusion\": {\"window\": 0, \"legs\": [{\"query\": {\"match_all\": {}}}]}}",
            "{\"fusion\": {\"combination\": \"sum\", \"legs\": [{\"query\": {\"match_all\": {}}}]}}",
            "{\"fusion\": {\"text\": \"without fields\"}}",
            "{\"dense\": {\"f\": {\"vector\": [1], \"k\": 10001}}}",
            "{\"max_sim\": {\"f\": {\"vectors\": [[1]], \"probes\": 0}}}",
            "{\"top_passages\": {\"path\": \"p\"}}",
            "{\"neural_text\": {\"f\": {\"text\": \"t\", \"passages\": 101}}}")) {
      String search = "{\"query\": " + query + "}";
      Set<ValidationMessage> messages = schema.validate(JSON.readTree(search));
      assertFalse(search, messages.isEmpty());
      expectThrows(Exception.class, search, () -> parse(search));
    }
  }
}
