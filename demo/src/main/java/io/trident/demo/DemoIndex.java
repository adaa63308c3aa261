/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trident.cluster.Api;
import java.util.List;
import java.util.Locale;

/** The requests that make the demo's index, whose vectors a pipeline named as the encoder makes. */
public final class DemoIndex {

  private DemoIndex() {}

  /** The body of the pipeline. */
  public static String pipeline(String encoder) {
    return String.format(
        Locale.ROOT,
        """
        {"processors": [{"encode": {"fields": ["title", "text"], "model": "%s",
          "dense": "dense", "tokens": "tokens"}}]}
        """,
        encoder);
  }

  /**
   * The body of the index.
   *
   * @param model what the node says of the encoder
   */
  public static String index(String encoder, JsonNode model) {
    return String.format(
        Locale.ROOT,
        """
        {"settings": {"index.codec": "trident", "number_of_shards": 1, "number_of_replicas": 0,
                      "default_pipeline": "%s"},
         "mappings": {"_source": {"excludes": ["dense", "tokens"]}, "properties": {
           "title": {"type": "text"}, "text": {"type": "text"},
           "dense": {"type": "dense_vector", "dimension": %d},
           "tokens": {"type": "token_vectors", "dimension": %d}}}}
        """,
        encoder,
        model.at("/representations/dense/dimension").asInt(),
        model.at("/representations/tokens/dimension").asInt());
  }

  /** The body of a bulk request that indexes documents. */
  public static String bulk(List<JavadocCorpus.Document> documents) {
    StringBuilder body = new StringBuilder();
    for (JavadocCorpus.Document document : documents) {
      ObjectNode action = Api.JSON.createObjectNode();
      action.putObject("index").put("_id", document.id());
      ObjectNode source = Api.JSON.createObjectNode();
      source.put("title", document.title()).put("text", document.text());
      body.append(action).append('\n').append(source).append('\n');
    }
    return body.toString();
  }
}
