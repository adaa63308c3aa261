/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trident.cluster.Api;
import io.trident.demo.JavadocCorpus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.BeforeClass;
import org.junit.Test;

/** One request for an index, one for its documents, and one that finds passages: no other. */
public class NeuralTextCorpusIT extends NeuralTextTestCase {

  /** Words of a long text. */
  private static final int WORDS = 5_000;

  /** Sentences that no Javadoc has a relative of, each hidden in a text. */
  private static final List<String> ANSWERS =
      List.of(
          "The harbor of the old fishing town froze over in the winter of the great storm.",
          "Bakers let the dough of rye bread rise overnight so that the crust turns dark.",
          "The comet came back after seventy six years and was seen above the desert.",
          "Her grandmother sold silk umbrellas in a small shop beside the opera house.",
          "Wild geese fly south along the river when the first snow falls in the mountains.",
          "The violin teacher tuned each string by ear before the children arrived.");

  private static final Pattern SPACE = Pattern.compile("\\s+");

  private static List<JavadocCorpus.Document> corpus;

  /** Reads the slice of the demo's corpus that is of the classes that write and search indices. */
  @BeforeClass
  public static void read() throws IOException {
    corpus =
        JavadocCorpus.read(Path.of(System.getProperty("trident.corpus"))).stream()
            .filter(
                document -> document.id().matches("org\\.apache\\.lucene\\.(index|search)\\.\\w+"))
            .toList();
    assertTrue("" + corpus.size(), corpus.size() > 200);
  }

  private static void indexed(String index, List<String> texts, List<String> ids) {
    create(index, "");
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < ids.size(); i++) {
      lines.append("{\"index\": {\"_id\": \"").append(ids.get(i)).append("\"}}\n");
      lines.append(Api.JSON.createObjectNode().put("body", texts.get(i))).append('\n');
    }
    JsonNode done = ok(api, "POST", "/" + index + "/_bulk?refresh=true", lines.toString());
    assertEquals(done.toString(), false, done.path("errors").asBoolean());
  }

  private static JsonNode search(String index, String text) {
    ObjectNode request = Api.JSON.createObjectNode();
    request.putObject("query").putObject("neural_text").put("body", text);
    request.putObject("highlight").putObject("fields").putObject("body");
    return ok(api, "POST", "/" + index + "/_search", request.toString());
  }

  private static JsonNode passage(JsonNode hit) {
    JsonNode passages = hit.at("/inner_hits/body/hits/hits");
    assertEquals(hit.toString(), 1, passages.size());
    JsonNode passage = passages.get(0);
    JsonNode marked = passage.at("/highlight/body_neural.passages.text");
    assertTrue(passage.toString(), marked.toString().contains("<em>"));
    JsonNode source = passage.path("_source");
    assertEquals(
        hit.at("/_source/body")
            .asText()
            .substring(source.path("start").asInt(), source.path("end").asInt()),
        source.path("text").asText());
    return source;
  }

  @Test
  public void testTheJavadocIsSearchedByThreeRequests() {
    indexed(
        "javadoc",
        corpus.stream().map(JavadocCorpus.Document::text).toList(),
        corpus.stream().map(JavadocCorpus.Document::id).toList());
    JsonNode found =
        search("javadoc", "merge segments of approximately equal size into larger ones");
    assertTrue(found.toString(), ids(found).contains("org.apache.lucene.index.LogMergePolicy"));
    assertEquals(10, found.at("/hits/hits").size());
    for (JsonNode hit : found.at("/hits/hits")) {
      passage(hit);
      assertEquals("vectors are left out", 1, hit.path("_source").size());
    }
  }

  @Test
  public void testTheAnswerDeepInALongTextIsFoundReturnedAndMarked() {
    List<String> texts = new ArrayList<>();
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < ANSWERS.size(); i++) {
      String before = text(corpus, randomIntBetween(WORDS / 2, WORDS - 200));
      String after = text(corpus, WORDS - SPACE.split(before).length);
      texts.add(before + " " + ANSWERS.get(i) + " " + after);
      ids.add("" + i);
    }
    indexed("long", texts, ids);
    for (int i = 0; i < ANSWERS.size(); i++) {
      JsonNode found = search("long", ANSWERS.get(i));
      JsonNode hit = found.at("/hits/hits/0");
      assertEquals(ANSWERS.get(i), "" + i, hit.path("_id").asText());
      JsonNode passage = passage(hit);
      int start = texts.get(i).indexOf(ANSWERS.get(i));
      assertTrue(start > texts.get(i).length() / 3);
      assertTrue(
          ANSWERS.get(i) + " is not in " + passage,
          passage.path("start").asInt() < start + ANSWERS.get(i).length()
              && passage.path("end").asInt() > start);
      assertTrue(found.toString(), hit.at("/highlight/body").toString().contains("<em>"));
    }
  }

  /** Texts of a corpus, one after the other, cut to a number of words. */
  private static String text(List<JavadocCorpus.Document> documents, int words) {
    List<String> all = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    while (all.size() < words) {
      JavadocCorpus.Document document = randomFrom(documents);
      if (seen.add(document.id())) {
        all.addAll(List.of(SPACE.split(document.text())));
      }
    }
    return String.join(" ", all.subList(0, words));
  }
}
