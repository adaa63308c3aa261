/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.Test;

/** Mappings of {@code neural_text} that are refused, each with the reason. */
public class NeuralTextRefusalsIT extends NeuralTextTestCase {

  @Test
  public void testBadMappingsAreRefused() {
    String mapping =
        "{\"mappings\": {\"properties\": {\"body\": {\"type\": \"neural_text\", %s}}}}";
    for (String[] bad :
        new String[][] {
          {"\"model\": \"unknown-model\"", "[unknown-model]"},
          {"\"model\": 5", "[model]"},
          {"\"model\": \"trident-mini-reranker\", \"tokens\": true", "[tokens]"},
          {"\"sparse\": \"maybe\"", "[sparse]"},
          {"\"sparse\": false, \"dense\": false, \"tokens\": false", "switched on"},
          {"\"passages\": false", "[passages]"},
          {"\"passages\": {\"max_tokens\": 2}", "[max_tokens]"},
          {"\"passages\": {\"words\": 2}", "[words]"},
          {"\"token_reduction\": {\"pool_factor\": 0}", "[token_reduction] a pool factor"},
          {"\"dense\": {\"dimension\": 3}", "[128], got [3]"},
          {"\"expansion\": {\"model\": \"other\"}", "[other] is of kind [encoder]"},
          {"\"no_such_option\": 1", "[no_such_option]"}
        }) {
      refused(api, 400, "PUT", "/refused", format(mapping, bad[0]), "body", bad[1]);
    }
    refused(
        api,
        400,
        "PUT",
        "/refused",
        format(mapping, "\"dense\": {\"encoding\": \"3bit\"}"),
        "[dense]",
        "[3bit]");
    refused(
        api,
        400,
        "PUT",
        "/refused",
        "{\"mappings\": {\"properties\": {\"t\": {\"type\": \"text\", \"copy_to\": \"body\"}, \"body\": {\"type\": \"neural_text\"}}}}",
        "[copy_to]");
    refused(
        api,
        400,
        "PUT",
        "/refused",
        "{\"mappings\": {\"properties\": {\"t\": {\"type\": \"text\", \"fields\": {\"body\": {\"type\": \"neural_text\"}}}}}}",
        "[t.body]",
        "[fields]");
  }

  @Test
  public void testAnUpdateOfAnOptionIsRefused() {
    String expansion = "{\"model\": \"my-doc2query\", \"queries\": 2}";
    assertUpdatesAreRefused(
        "fixed",
        Map.of(),
        Map.of(
            "model", List.of("\"other\"", "\"trident-small\""),
            "sparse", List.of("true"),
            "dense", List.of("false", "{\"encoding\": \"8bit\"}"),
            "tokens", List.of("false", "{\"encoding\": \"4bit\"}"),
            "passages", List.of("{\"max_tokens\": 64}"),
            "token_reduction", List.of("{\"pool_factor\": 2}"),
            "expansion", List.of(expansion),
            "analyzer", List.of("\"english\"")));
    assertUpdatesAreRefused(
        "fixed-reduction",
        Map.of("token_reduction", "{\"pool_factor\": 2}"),
        Map.of("token_reduction", List.of("{\"pool_factor\": 3}")));
    assertUpdatesAreRefused(
        "fixed-options",
        Map.of("tokens", "{\"encoding\": \"4bit\"}", "expansion", expansion),
        Map.of(
            "tokens", List.of("true", "false", "{\"encoding\": \"8bit\"}"),
            "expansion", List.of("{\"model\": \"my-doc2query\", \"queries\": 3}"),
            "analyzer", List.of("\"english\"")));
  }

  /** Makes an index and changes one option after the other, beside the others as they are. */
  private static void assertUpdatesAreRefused(
      String index, Map<String, String> given, Map<String, List<String>> changes) {
    ok(api, "PUT", "/" + index, "{\"mappings\": " + mapping(given) + "}");
    JsonNode before = index(index).path("mappings");
    changes.forEach(
        (option, values) -> {
          for (String value : values) {
            Map<String, String> changed = new HashMap<>(given);
            changed.put(option, value);
            assertUpdateIsRefused(index, changed, option);
          }
        });
    for (String option : given.keySet()) {
      Map<String, String> left = new HashMap<>(given);
      left.remove(option);
      assertUpdateIsRefused(index, left, option);
    }
    ok(api, "PUT", "/" + index + "/_mapping", mapping(given));
    assertEquals(before, index(index).path("mappings"));
  }

  private static void assertUpdateIsRefused(
      String index, Map<String, String> options, String option) {
    refused(
        api,
        400,
        "PUT",
        "/" + index + "/_mapping",
        mapping(options),
        "[body]",
        "Cannot update parameter [" + option + "]");
  }

  @Test
  public void testARefusedUpdateNamesTheFieldAndNotWhatIsMadeOfIt() {
    create("named", "");
    for (int i = 0; i < 20; i++) {
      String name = randomAsciiLettersOfLengthBetween(1, 12);
      String field = "{\"properties\": {\"" + name + "\": {\"type\": \"neural_text\"%s}}}";
      ok(api, "PUT", "/named/_mapping", format(field, ""));
      refused(
          api,
          400,
          "PUT",
          "/named/_mapping",
          format(field, ", \"tokens\": {\"encoding\": \"4bit\"}"),
          "[" + name + "]",
          "Cannot update parameter [tokens]");
    }
  }

  private static String mapping(Map<String, String> options) {
    StringBuilder field = new StringBuilder("\"type\": \"neural_text\"");
    options.forEach((name, value) -> field.append(format(", \"%s\": %s", name, value)));
    return "{\"properties\": {\"body\": {" + field + "}}}";
  }

  @Test
  public void testAnEncoderWithoutARepresentationIsRefusedWhereItIsAskedFor() {
    ok(api, "PUT", "/to-be-mapped", "{\"settings\": {\"index.codec\": \"trident\"}}");
    for (String representation : List.of("sparse", "tokens")) {
      for (String wanted : List.of("true", "{}", "{\"encoding\": \"4bit\"}")) {
        String mapping = mapping(Map.of("model", "\"dense-alone\"", representation, wanted));
        String[] reason = {"[body]", "[" + representation + "]", "[dense-alone] gives [dense]"};
        String template = "{\"template\": {\"mappings\": " + mapping + "}}";
        refused(api, 400, "PUT", "/refused", "{\"mappings\": " + mapping + "}", reason);
        refused(api, 400, "PUT", "/to-be-mapped/_mapping", mapping, reason);
        refused(api, 400, "PUT", "/_component_template/refused", template, reason);
      }
    }
    refused(
        api,
        400,
        "PUT",
        "/to-be-mapped/_mapping",
        mapping(Map.of("model", "\"dense-alone\"", "token_reduction", "{\"pool_factor\": 2}")),
        "[body]",
        "[token_reduction]",
        "[tokens]");
    ok(api, "PUT", "/to-be-mapped/_mapping", mapping(Map.of("model", "\"dense-alone\"")));
    fill("to-be-mapped");
    JsonNode passage = source("to-be-mapped", "0").at("/body_neural/passages/0");
    assertTrue(passage.toString(), passage.has("dense"));
    assertFalse(passage.toString(), passage.has("tokens") || passage.has("sparse"));
    found("to-be-mapped");
  }

  @Test
  public void testADynamicFieldIsRefused() {
    ok(
        api,
        "PUT",
        "/dynamic",
        "{\"mappings\": {\"dynamic_templates\": [{\"all\": {\"match\": \"*\", \"mapping\": {\"type\": \"neural_text\"}}}]}}");
    refused(
        api,
        400,
        "PUT",
        "/dynamic/_doc/1",
        "{\"body\": \"text\"}",
        "[body]",
        "[dynamic_templates]");
  }
}
