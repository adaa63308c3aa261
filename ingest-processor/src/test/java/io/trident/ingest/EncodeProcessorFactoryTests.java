/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.OpenSearchException;
import org.opensearch.OpenSearchParseException;
import org.opensearch.test.OpenSearchTestCase;

/** What a pipeline may say of the processor, and what it is told otherwise. */
public class EncodeProcessorFactoryTests extends OpenSearchTestCase {

  private static EncodeProcessor create(Map<String, Object> config) {
    Map<String, Object> copy = new HashMap<>(config);
    EncodeProcessor processor =
        new EncodeProcessor.Factory(
                () -> null,
                () -> LetterModel.ID,
                new Admission(1, 1, Duration.ofMinutes(1)),
                (index, field) -> false)
            .create(Map.of(), "tag", "description", copy);
    assertEquals("everything must be read", Map.of(), copy);
    return processor;
  }

  private static void refuses(String message, Map<String, Object> config) {
    OpenSearchException e = expectThrows(OpenSearchParseException.class, () -> create(config));
    assertEquals(message, e.getMessage());
    assertEquals(List.of("encode"), e.getMetadata("opensearch.processor_type"));
    assertEquals(List.of("tag"), e.getMetadata("opensearch.processor_tag"));
  }

  public void testNamesItself() {
    EncodeProcessor processor = create(Map.of("field", "body", "dense", "vector"));
    assertEquals("encode", processor.getType());
    assertEquals("tag", processor.getTag());
    assertEquals("description", processor.getDescription());
  }

  public void testReadsDefaults() {
    EncodeOptions options =
        EncodeOptions.read(
            "tag",
            new HashMap<>(
                Map.of(
                    "field",
                    "body",
                    "sparse",
                    "v",
                    "passages",
                    new HashMap<>(Map.of("field", "passages")))));
    assertNull(options.model());
    assertEquals(List.of("body"), options.fields());
    assertTrue(options.ignoreMissing());
    assertEquals("encode_error", options.errorField());
    assertNull(options.digestField());
    assertEquals(TokenReduction.NONE, options.reduction());
    assertEquals(new EncodeOptions.Passages("passages", 128, 16, null), options.passages());
    assertEquals(32, EncodeProcessor.DEFAULT_BATCH_SIZE);
  }

  private static Map<String, Object> reducing(String option, Object value) {
    return Map.of(
        "field", "body", "tokens", "v", "token_reduction", new HashMap<>(Map.of(option, value)));
  }

  public void testReadsReductions() {
    assertEquals(
        TokenReduction.of(true, List.of("the", "of"), WordMerging.PIECES, 1.5, 64),
        EncodeOptions.read(
                "tag",
                new HashMap<>(
                    Map.of(
                        "field",
                        "body",
                        "tokens",
                        "v",
                        "token_reduction",
                        new HashMap<>(
                            Map.of(
                                "skip_punctuation",
                                true,
                                "skip_words",
                                List.of("The", "of"),
                                "merge_words",
                                true,
                                "pool_factor",
                                1.5,
                                "max_vectors",
                                64)))))
            .reduction());
    create(reducing("merge_words", randomFrom(List.<Object>of(true, false, "unique"))));
  }

  public void testRefusesFormatsOfTokensThatAreNone() {
    refuses(
        "[token_format] must be one of [codes, float16] beside the path of [tokens], got [int4]",
        Map.of("field", "body", "tokens", "t", "token_format", "int4"));
    refuses(
        "[token_format] must be one of [codes, float16] beside the path of [tokens], got [codes]",
        Map.of("field", "body", "dense", "d", "token_format", "codes"));
  }

  public void testRefusesUnitsOfVectorsThatAreOfSeveral() {
    refuses(
        "[units] must be [sentences], got [words]",
        Map.of("field", "body", "tokens", "t", "units", "words"));
    String beside =
        "[units] must stand beside the path of [tokens], without vectors that are of several"
            + " sentences: no [pool_factor], [max_vectors] or [unique] words in [token_reduction]";
    refuses(beside, Map.of("field", "body", "dense", "d", "units", "sentences"));
    for (Map.Entry<String, ?> option :
        Map.of("merge_words", "unique", "pool_factor", 2, "max_vectors", 9).entrySet()) {
      Map<String, Object> config = new HashMap<>(reducing(option.getKey(), option.getValue()));
      config.put("units", "sentences");
      refuses(beside, config);
    }
    Map<String, Object> pieces = new HashMap<>(reducing("merge_words", true));
    pieces.put("units", "sentences");
    create(pieces);
  }

  public void testRefusesReductionsThatLeaveNothingOrAreNone() {
    refuses(
        "[token_reduction] a pool factor and the most vectors must be at least [1], got [0.5] and"
            + " [32767]",
        reducing("pool_factor", 0.5));
    refuses(
        "[token_reduction] a pool factor and the most vectors must be at least [1], got [1.0] and"
            + " [0]",
        reducing("max_vectors", 0));
    refuses(
        "[token_reduction] must have an array of words in [skip_words], got [1]",
        reducing("skip_words", List.of(1)));
    for (Object other : List.of("Unique", "", 1, List.of(true))) {
      refuses(
          "[token_reduction] [merge_words] must be one of [false, true, unique], got ["
              + other
              + "]",
          reducing("merge_words", other));
    }
    refuses("[token_reduction] does not support [size]", reducing("size", 1));
    refuses(
        "[token_reduction] needs the path of [tokens] to reduce",
        Map.of(
            "field",
            "body",
            "dense",
            "v",
            "token_reduction",
            new HashMap<>(Map.of("merge_words", true))));
  }

  public void testRefusesNoFieldAndTwo() {
    String message = "[field] must be given, or [fields] in its place, and not both";
    refuses(message, Map.of("dense", "v"));
    refuses(message, Map.of("field", "a", "fields", List.of("b"), "dense", "v"));
  }

  public void testRefusesFieldsThatAreNoPaths() {
    refuses(
        "[fields] must be an array of one or more paths, got []",
        Map.of("fields", List.of(), "dense", "v"));
    refuses(
        "[fields] must be an array of one or more paths, got [1]",
        Map.of("fields", List.of(1), "dense", "v"));
    for (String path : List.of("a.", ".a", "a..b", "", " ", "a\u0000", "_ingest._value.text")) {
      refuses(
          "[field] must be a path of names in the document's source, got [" + path + "]",
          Map.of("field", path, "dense", "v"));
      refuses(
          "[dense] must be a path of names in the document's source, got [" + path + "]",
          Map.of("field", "body", "dense", path));
    }
    refuses(
        "[field] must be a path of names in the document's source, got [" + "a".repeat(200) + "]",
        Map.of("field", "a".repeat(100_000), "dense", "v"));
  }

  public void testRefusesNothingToWrite() {
    refuses(
        "[sparse] must be given, or [dense] or [tokens]: there is nothing to write",
        Map.of("field", "body"));
  }

  public void testRefusesToOverwriteItsText() {
    refuses(
        "[dense] must be apart from [field], got [body] and [body]",
        Map.of("field", "body", "dense", "body"));
    refuses(
        "[error_field] must be apart from [field], got [body] and [body]",
        Map.of("field", "body", "dense", "v", "error_field", "body"));
    refuses(
        "[dense] must be apart from [field], got [body.d] and [body]",
        Map.of("field", "body", "dense", "body.d"));
    refuses(
        "[passages] must be apart from [field], got [parts] and [parts.text]",
        Map.of(
            "field",
            "parts.text",
            "dense",
            "v",
            "passages",
            new HashMap<>(Map.of("field", "parts"))));
  }

  public void testRefusesTargetsThatOverwriteEachOther() {
    refuses(
        "[sparse] must be apart from [dense], got [v] and [v]",
        Map.of("field", "body", "sparse", "v", "dense", "v"));
    refuses(
        "[sparse] must be apart from [dense], got [v] and [v.d]",
        Map.of("field", "body", "sparse", "v", "dense", "v.d"));
    refuses(
        "[dense] must be apart from [digest_field], got [v] and [v]",
        Map.of("field", "body", "dense", "v", "digest_field", "v"));
    create(Map.of("field", "body", "sparse", "v", "dense", "v_d", "digest_field", "v_"));
  }

  public void testRefusesTargetsThatOverwriteEachOtherInPassages() {
    Map<String, Object> passages = Map.of("field", "p");
    refuses(
        "[sparse] must be apart from [dense], got [v] and [v]",
        Map.of("field", "body", "sparse", "v", "dense", "v", "passages", new HashMap<>(passages)));
    String key = randomFrom("text", "start", "end");
    refuses(
        "[dense] must be apart from [passages], got [" + key + "] and [" + key + "]",
        Map.of("field", "body", "dense", key, "passages", new HashMap<>(passages)));
    refuses(
        "[sparse] must be apart from [expansion], got [v] and [v]",
        Map.of(
            "field",
            "body",
            "sparse",
            "v",
            "expansion",
            new HashMap<>(Map.of("model", "m", "field", "v")),
            "passages",
            new HashMap<>(passages)));
    create(Map.of("field", "text", "dense", "p", "passages", new HashMap<>(passages)));
  }

  public void testRefusesToWriteToMetadata() {
    for (String name :
        List.of(
            "_id",
            "_index",
            "_routing",
            "_version",
            "_version_type",
            "_if_seq_no",
            "_seq_no",
            "_if_primary_term",
            "_field_names")) {
      for (String option : List.of("sparse", "digest_field", "error_field")) {
        Map<String, Object> config = new HashMap<>(Map.of("field", "body", "dense", "v"));
        String path = randomBoolean() ? name : name + ".x";
        config.put(option, path);
        refuses(
            "[" + option + "] must not be written to the metadata field [" + name + "]", config);
      }
    }
    create(Map.of("field", "body", "dense", "_vector"));
  }

  public void testRefusesModelsThatCannotBe() {
    for (String id : List.of("", ".a", "a/b", "a\u0000", " ", "a".repeat(101))) {
      String message =
          "[model] must be an id of 1 to 100 letters, digits, dots, dashes and underscores that"
              + " begins with a letter or digit, got ["
              + id
              + "]";
      refuses(message, Map.of("field", "body", "dense", "v", "model", id));
      refuses(
          message,
          Map.of("field", "body", "sparse", "v", "expansion", new HashMap<>(Map.of("model", id))));
      refuses(
          message,
          Map.of(
              "field",
              "body",
              "sparse",
              "v",
              "passages",
              new HashMap<>(
                  Map.of(
                      "field",
                      "p",
                      "quality",
                      new HashMap<>(Map.of("model", id, "threshold", 0))))));
    }
    OpenSearchException e =
        expectThrows(
            OpenSearchParseException.class,
            () -> create(Map.of("field", "body", "dense", "v", "model", "a".repeat(100_000))));
    assertTrue(e.getMessage().length() < 500);
  }

  public void testRefusesBatchesOfNone() {
    int size = -randomIntBetween(0, 10);
    refuses(
        "[batch_size] must be at least 1, got [" + size + "]",
        Map.of("field", "body", "dense", "v", "batch_size", size));
  }

  public void testRefusesPassagesThatOverlapTooFar() {
    int tokens = randomIntBetween(8, 100);
    int overlap = (tokens + 1) / 2 + randomIntBetween(0, 10);
    refuses(
        "[passages] must have a [max_tokens] of at least 8 and an [overlap] of less than half of"
            + " it, got ["
            + tokens
            + "] and ["
            + overlap
            + "]",
        Map.of(
            "field",
            "body",
            "dense",
            "v",
            "passages",
            new HashMap<>(Map.of("field", "p", "max_tokens", tokens, "overlap", overlap))));
  }

  public void testRefusesUnknownPartsOfPassages() {
    refuses(
        "[passages] does not support [size]",
        Map.of(
            "field",
            "body",
            "dense",
            "v",
            "passages",
            new HashMap<>(Map.of("field", "p", "size", 3))));
  }
}
