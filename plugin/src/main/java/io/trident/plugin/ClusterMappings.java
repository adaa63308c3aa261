package io.trident.plugin;

import io.trident.ingest.TargetFields;
import io.trident.models.api.TokenVectors;
import io.trident.query.mapper.TokenCodes;
import java.util.Map;
import java.util.function.Supplier;
import org.opensearch.cluster.metadata.IndexAbstraction;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.common.cache.Cache;
import org.opensearch.common.cache.CacheBuilder;
import org.opensearch.common.xcontent.support.XContentMapValues;

/** Knows the fields of the indices of the cluster by their mappings. Thread-safe. */
final class ClusterMappings implements TargetFields {

  private static final int MAX_ANSWERS = 1_000;

  private final Supplier<Metadata> metadata;

  /** The mappings of fields, empty where there is none, in states of the indices' mappings. */
  private final Cache<Question, Map<String, Object>> answers =
      CacheBuilder.<Question, Map<String, Object>>builder().setMaximumWeight(MAX_ANSWERS).build();

  private record Question(String index, long mappingVersion, String field) {}

  ClusterMappings(Supplier<Metadata> metadata) {
    this.metadata = metadata;
  }

  @Override
  public boolean isMapped(String index, String path) {
    return mapping(index, path).isEmpty() == false;
  }

  @Override
  public String codes(String index, String path, TokenVectors vectors) {
    return TokenCodes.write(mapping(index, path), vectors);
  }

  private Map<String, Object> mapping(String index, String path) {
    IndexAbstraction named = metadata.get().getIndicesLookup().get(index);
    IndexMetadata written = named == null ? null : named.getWriteIndex();
    if (written == null || written.mapping() == null) {
      return Map.of();
    }
    Question question = new Question(written.getIndexUUID(), written.getMappingVersion(), path);
    Map<String, Object> known = answers.get(question);
    if (known == null) {
      known = find(written.mapping().sourceAsMap(), path);
      answers.put(question, known);
    }
    return known;
  }

  @SuppressWarnings("unchecked") // keys of JSON objects are strings
  private static Map<String, Object> find(Map<String, Object> mapping, String field) {
    String path = "properties." + String.join(".properties.", field.split("\\.", -1));
    return XContentMapValues.extractValue(path, mapping) instanceof Map<?, ?> found
        ? (Map<String, Object>) found
        : Map.of();
  }
}
