package io.trident.ingest;

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
        new EncodeProcessor.Factory(() -> null, () -> LetterModel.ID)
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
        TokenReduction.of(true, List.of("the", "of"), true, 1.5, 64),
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
    create(reducing("merge_words", true));
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
    refuses("[field] must be a path of names, got [a.]", Map.of("field", "a.", "dense", "v"));
  }

  public void testRefusesNothingToWrite() {
    refuses(
        "[sparse] must be given, or [dense] or [tokens]: there is nothing to write",
        Map.of("field", "body"));
  }

  public void testRefusesToOverwriteItsText() {
    refuses(
        "[field] must not be written to, but [body] is", Map.of("field", "body", "dense", "body"));
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
