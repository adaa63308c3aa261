package io.trident.plugin;

import java.util.Map;
import java.util.function.BiPredicate;
import java.util.function.Supplier;
import org.opensearch.cluster.metadata.IndexAbstraction;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.common.cache.Cache;
import org.opensearch.common.cache.CacheBuilder;
import org.opensearch.common.xcontent.support.XContentMapValues;

/** Knows which fields are mapped in the indices of the cluster. Thread-safe. */
final class MappedFields implements BiPredicate<String, String> {

  private static final int MAX_ANSWERS = 1_000;

  private final Supplier<Metadata> metadata;

  /** Whether fields are mapped in states of mappings. */
  private final Cache<Question, Boolean> answers =
      CacheBuilder.<Question, Boolean>builder().setMaximumWeight(MAX_ANSWERS).build();

  private record Question(String index, long mappingVersion, String field) {}

  MappedFields(Supplier<Metadata> metadata) {
    this.metadata = metadata;
  }

  /**
   * Whether a field is mapped.
   *
   * @param index the name of an index, an alias or a data stream; nothing is mapped in one that is
   *     not there
   * @param field a path
   */
  @Override
  public boolean test(String index, String field) {
    IndexAbstraction named = metadata.get().getIndicesLookup().get(index);
    IndexMetadata written = named == null ? null : named.getWriteIndex();
    if (written == null || written.mapping() == null) {
      return false;
    }
    Question question = new Question(written.getIndexUUID(), written.getMappingVersion(), field);
    Boolean known = answers.get(question);
    if (known == null) {
      known = isMapped(written.mapping().sourceAsMap(), field);
      answers.put(question, known);
    }
    return known;
  }

  private static boolean isMapped(Map<String, Object> mapping, String field) {
    String path = "properties." + String.join(".properties.", field.split("\\.", -1));
    return XContentMapValues.extractValue(path, mapping) != null;
  }
}
