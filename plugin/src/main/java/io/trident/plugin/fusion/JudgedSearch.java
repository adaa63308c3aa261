/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.fusion;

import io.trident.query.fusion.fit.Ratings;
import io.trident.query.rerank.CrossEncoderExtBuilder;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.opensearch.common.xcontent.LoggingDeprecationHandler;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;

/**
 * A search whose hits are judged.
 *
 * @param name tells the search in messages
 * @param query its query, as JSON has it
 * @param ext its extension, as JSON has it; empty when nothing reranks
 * @param ratings the judgments
 */
record JudgedSearch(
    String name, Map<String, Object> query, Map<String, Object> ext, Ratings ratings) {

  /** What reranks. */
  CrossEncoderExtBuilder.Options reranker() throws IOException {
    try (XContentBuilder json = JsonXContent.contentBuilder().map(ext);
        XContentParser parser =
            JsonXContent.jsonXContent.createParser(
                NamedXContentRegistry.EMPTY,
                LoggingDeprecationHandler.INSTANCE,
                BytesReference.bytes(json).streamInput())) {
      parser.nextToken();
      parser.nextToken();
      parser.nextToken(); // the value behind the only name
      List<CrossEncoderExtBuilder.Options> stages =
          CrossEncoderExtBuilder.fromXContent(parser).stages();
      if (stages.size() > 1 || stages.get(0).window() > FitReranking.MAX_WINDOW) {
        throw new IllegalArgumentException(
            "[_fit] must have a [cross_encoder] of one stage with a [window] of at most ["
                + FitReranking.MAX_WINDOW
                + "], got ["
                + stages.size()
                + "] with ["
                + stages.get(0).window()
                + "]");
      }
      return stages.get(0);
    }
  }
}
