package io.trident.query.neural;

import io.trident.query.dsl.RequestCompletion;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.admin.indices.mapping.put.PutMappingRequest;
import org.opensearch.cluster.metadata.IndexAbstraction;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.MappingMetadata;
import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.common.regex.Regex;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.XContentType;

/**
 * Gives a {@code neural_text} field of a mapping that is put again without a model the one that the
 * field has: the node's default, which a new field gets, may be another by now. Where the indices
 * of a request disagree, the default stays, and is refused by those that have another. Thread-safe.
 */
public final class NeuralTextModelFilter extends RequestCompletion {

  private final Supplier<Metadata> metadata;

  /**
   * Makes the filter.
   *
   * @param metadata that of the cluster; asked for when a request comes
   */
  public NeuralTextModelFilter(Supplier<Metadata> metadata) {
    this.metadata = metadata;
  }

  @Override
  protected void complete(ActionRequest request) {
    if (request instanceof PutMappingRequest put
        && put.indices() != null
        && put.source() != null
        && put.source().contains(NeuralTextField.CONTENT_TYPE)) {
      complete(put);
    }
  }

  private void complete(PutMappingRequest request) {
    Map<String, Object> mapping =
        XContentHelper.convertToMap(XContentType.JSON.xContent(), request.source(), true);
    List<NeuralTextMapping.Place> places =
        NeuralTextMapping.places(mapping).stream()
            .filter(place -> place.field().options().containsKey(NeuralTextField.MODEL) == false)
            .toList();
    for (NeuralTextMapping.Place place : places) {
      Set<Object> models = models(request.indices(), place.field().name());
      if (models.size() == 1) {
        place.options().put(NeuralTextField.MODEL, models.iterator().next());
      }
    }
    if (places.isEmpty() == false) {
      request.source(mapping);
    }
  }

  /** The models of a field of this name in the indices that have one. */
  private Set<Object> models(String[] names, String field) {
    boolean all = names.length == 0 || Arrays.asList(names).contains(Metadata.ALL);
    Set<Object> models = new HashSet<>();
    for (IndexAbstraction target : metadata.get().getIndicesLookup().values()) {
      if (all || Regex.simpleMatch(names, target.getName())) {
        target.getIndices().forEach(index -> addModels(index, field, models));
      }
    }
    return models;
  }

  private static void addModels(IndexMetadata index, String field, Set<Object> models) {
    MappingMetadata mapping = index.mapping();
    if (mapping != null) {
      NeuralTextMapping.fields(mapping.sourceAsMap()).stream()
          .filter(known -> known.name().equals(field))
          .forEach(known -> models.add(known.options().get(NeuralTextField.MODEL)));
    }
  }
}
