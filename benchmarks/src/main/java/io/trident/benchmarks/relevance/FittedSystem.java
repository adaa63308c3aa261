/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.relevance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trident.benchmarks.collection.Question;
import io.trident.benchmarks.collection.TextCollection;
import io.trident.cluster.Api;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Fits the system {@value #BASE} to a collection's judgements, and searches with what came out.
 *
 * @param window of each leg
 */
record FittedSystem(Api api, PrintStream out, int window) {

  private static final String BASE = "fusion";
  private static final String NAME = "fusion_fitted";

  /** As many as are fitted to in a minute or two, and their legs find no more than is allowed. */
  private static final int QUERIES = 300;

  private static final long SEED = 17;

  /** The fitted system, by a profile of its own name. */
  RetrievalSystem fit(String index, TextCollection collection) throws IOException {
    RetrievalSystem base =
        RetrievalSystem.defaults().stream()
            .filter(system -> system.name().equals(BASE))
            .findFirst()
            .orElseThrow();
    ObjectNode query = (ObjectNode) Api.JSON.readTree(base.template()).get("query");
    ObjectNode fusion = (ObjectNode) query.get("fusion");
    ObjectNode fit = Api.JSON.createObjectNode().put("index", index).put("name", NAME);
    fusion.put("window", window);
    fit.putArray("windows").add(window);
    fit.set("query", Api.JSON.readTree(query.toString().replace("{{text}}", "{{query}}")));
    judgments(collection, fit.putArray("judgments"));
    JsonNode answer = api.call("POST", "/_plugins/_trident/fusion/_fit", fit.toString()).ok();
    out.println("Fitted to " + collection.name() + ": " + answer);
    String settings = answer.at("/fitted/settings").toString();
    api.call("PUT", "/_plugins/_trident/fusion/profiles/" + NAME, settings).ok();
    fusion.put("profile", NAME);
    ObjectNode request = Api.JSON.createObjectNode();
    request.set("query", query);
    return new RetrievalSystem(NAME, request.toString());
  }

  private static void judgments(TextCollection collection, ArrayNode judgments) throws IOException {
    Map<String, Map<String, Integer>> grades = collection.judgements();
    List<Question> questions =
        new ArrayList<>(
            collection.questions("queries").stream()
                .filter(question -> grades.containsKey(question.id()))
                .toList());
    Collections.shuffle(questions, new Random(SEED));
    for (Question question : questions.subList(0, Math.min(QUERIES, questions.size()))) {
      ObjectNode judgment = judgments.addObject().put("query", question.text());
      ArrayNode ratings = judgment.putArray("ratings");
      grades
          .get(question.id())
          .forEach((id, grade) -> ratings.addObject().put("_id", id).put("rating", grade));
    }
  }
}
