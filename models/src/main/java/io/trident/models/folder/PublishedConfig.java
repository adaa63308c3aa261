package io.trident.models.folder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What a folder as it is published on the Hugging Face hub says of itself, in the terms of {@code
 * trident.json}: cross-encoders, dense encoders of Sentence Transformers, late interaction as
 * PyLate keeps it, and SPLADE with or without inference for queries.
 */
final class PublishedConfig {

  static final String FILE = "config.json";

  /** The list of words that PyLate skips holds it by default. */
  private static final Set<String> PUNCTUATION =
      "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
          .chars()
          .mapToObj(Character::toString)
          .collect(Collectors.toUnmodifiableSet());

  private static final ObjectMapper JSON = new ObjectMapper();

  private final ModelFolder folder;

  private PublishedConfig(ModelFolder folder) {
    this.folder = folder;
  }

  /** The configuration that the published files stand for. */
  static ObjectNode read(ModelFolder folder) {
    return new PublishedConfig(folder).read();
  }

  private ObjectNode read() {
    JsonNode config = json(FILE);
    String architecture = config.path("architectures").path(0).asText();
    ObjectNode result = JSON.createObjectNode();
    maxTokens(config).ifPresent(tokens -> result.put("max_tokens", tokens));
    if (architecture.endsWith("ForSequenceClassification")) {
      result.put("kind", "cross_encoder");
      result.put("reading", config.path("id2label").size() == 1 ? "logit" : "two_classes");
      return result;
    }
    result.put("kind", "encoder");
    String pooling = module(".Pooling");
    if (pooling != null) {
      dense(result.putObject("dense"), json(pooling + "/config.json"));
    } else if (module(".Dense") != null) {
      tokens(result);
    } else if (architecture.endsWith("ForMaskedLM")) {
      sparse(result.putObject("sparse"));
    } else {
      throw folder.invalid(
          "must have the file [trident.json]: its ["
              + FILE
              + "] does not say how ["
              + architecture
              + "] is read",
          null);
    }
    return result;
  }

  private JsonNode json(String file) {
    return folder.has(file)
        ? ModelConfig.readJson(folder, file, JsonNode.class)
        : JSON.createObjectNode();
  }

  /** The smallest of the bounds that the files give. */
  private OptionalInt maxTokens(JsonNode config) {
    // the positions of RoBERTa and its kin count from 2
    int before = config.path("model_type").asText().contains("roberta") ? 2 : 0;
    return IntStream.of(
            number(json("sentence_bert_config.json").path("max_seq_length")),
            number(json("tokenizer_config.json").path("model_max_length")),
            number(config.path("max_position_embeddings")) - before)
        .filter(tokens -> tokens > 0)
        .min();
  }

  /** A number; 0 for none, and for one so large that it stands for no bound. */
  private static int number(JsonNode node) {
    return node.canConvertToInt() ? node.intValue() : 0;
  }

  /** The folder of a module of Sentence Transformers; null when there is none of the type. */
  private String module(String type) {
    for (JsonNode module : json("modules.json")) {
      if (module.path("type").asText().endsWith(type)) {
        return module.path("path").asText();
      }
    }
    return null;
  }

  private void dense(ObjectNode dense, JsonNode pooling) {
    if (module(".Dense") != null) {
      dense.put("query_map", weights());
      dense.put("document_map", weights());
    }
    dense.put("pooling", pooling(pooling));
    dense.put("normalize", module(".Normalize") != null);
    JsonNode prompts = json("config_sentence_transformers.json").path("prompts");
    dense.put("query_prefix", prompts.path("query").asText(""));
    dense.put(
        "document_prefix", prompts.path("document").asText(prompts.path("passage").asText("")));
  }

  /** The weights of the module Dense, which exports leave out of the graph. */
  private String weights() {
    String file = module(".Dense") + "/model.safetensors";
    if (folder.has(file) == false) {
      throw folder.invalid(
          "must have the file [" + file + "] for its module [Dense], or the file [trident.json]",
          null);
    }
    return file;
  }

  /** Late interaction: a module Dense without pooling before it. */
  private void tokens(ObjectNode result) {
    JsonNode config = json("config_sentence_transformers.json");
    ObjectNode tokens = result.putObject("tokens");
    tokens.put("output", "last_hidden_state").put("projection", weights());
    tokens.put("special_tokens", true);
    tokens.put("query_length", config.path("query_length").asInt(32));
    tokens.put("augment_queries", config.path("do_query_expansion").asBoolean(true));
    tokens.put("attend_to_mask_tokens", config.path("attend_to_expansion_tokens").asBoolean());
    marker(config, "query_prefix", tokens, "query_marker");
    marker(config, "document_prefix", tokens, "document_marker");
    Set<String> skipped = new TreeSet<>();
    config.path("skiplist_words").forEach(word -> skipped.add(word.asText()));
    tokens.put("skip_punctuation", skipped.removeAll(PUNCTUATION));
    skipped.forEach(tokens.withArray("skip_tokens")::add);
    int longest = config.path("document_length").asInt();
    if (longest > 0) {
      result.put("max_tokens", Math.min(longest, result.path("max_tokens").asInt(longest)));
    }
  }

  private static void marker(JsonNode config, String prefix, ObjectNode tokens, String key) {
    String marker = config.path(prefix).asText("");
    if (marker.isEmpty() == false) {
      tokens.put(key, marker);
    }
  }

  private String pooling(JsonNode config) {
    if (config.path("pooling_mode_cls_token").asBoolean()) {
      return "cls";
    }
    if (config.path("pooling_mode_lasttoken").asBoolean()) {
      return "last";
    }
    if (config.path("pooling_mode_mean_tokens").asBoolean()) {
      return "mean";
    }
    throw folder.invalid("must have a pooling of cls, mean or last tokens, got " + config, null);
  }

  private void sparse(ObjectNode sparse) {
    sparse.put("output", "logits");
    String module = module(".SpladePooling");
    JsonNode pooling = module == null ? JSON.createObjectNode() : json(module + "/config.json");
    sparse.put(
        "reading",
        pooling.path("pooling_strategy").asText("max").equals("sum") ? "sum_logits" : "max_logits");
    sparse.put(
        "saturation",
        pooling.path("activation_function").asText().equals("log1p_relu") ? "log_log" : "log");
    if (folder.has("idf.json")) {
      sparse.put("special_tokens", false);
      sparse.putObject("query").put("reading", "idf").put("file", "idf.json");
    }
  }
}
