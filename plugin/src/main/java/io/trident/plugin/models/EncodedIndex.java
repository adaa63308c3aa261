package io.trident.plugin.models;

import io.trident.ingest.EncodeProcessor;
import io.trident.models.api.ModelDescription;
import io.trident.models.api.ModelException;
import io.trident.models.api.ModelKind;
import io.trident.models.api.Representation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.opensearch.action.admin.indices.create.CreateIndexRequest;
import org.opensearch.action.ingest.PutPipelineRequest;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.transport.client.Client;

/**
 * An index for the texts of one field that a model encodes: its mapping has a field for each
 * representation that the model gives, and its pipeline, of the same name, writes them.
 *
 * @param name the index and the pipeline
 * @param field the text
 */
record EncodedIndex(String name, String field) {

  private static final TimeValue DEADLINE = TimeValue.timeValueSeconds(60);
  private static final Map<Representation, String> TYPES =
      Map.of(
          Representation.SPARSE, "impact_vector",
          Representation.DENSE, "dense_vector",
          Representation.TOKENS, "token_vectors");

  static EncodedIndex of(Map<?, ?> map) {
    RequestBody body = new RequestBody("index", map);
    EncodedIndex index =
        new EncodedIndex(body.require("name", String.class), body.require("field", String.class));
    body.end();
    return index;
  }

  private String target(Representation representation) {
    return field + "_" + representation.name().toLowerCase(Locale.ROOT);
  }

  /** Creates the pipeline and the index, and gives the vectors' fields by representation. */
  Map<String, Object> create(Client client, ModelDescription model) {
    if (model.kind() != ModelKind.ENCODER) {
      throw new ModelException(
          ModelException.Kind.BAD_REQUEST,
          "model ["
              + model.id()
              + "] must be an encoder to make vectors for an index, but is of the kind ["
              + model.kind()
              + "]");
    }
    Map<String, Object> encode = new HashMap<>(Map.of("field", field, "model", model.id()));
    Map<String, Object> properties = new HashMap<>(Map.of(field, Map.of("type", "text")));
    Map<String, Object> fields = new HashMap<>();
    for (Representation representation : model.representations()) {
      String key = representation.name().toLowerCase(Locale.ROOT);
      Map<String, Object> mapping = new HashMap<>(Map.of("type", TYPES.get(representation)));
      Integer dimension = model.dimensions().get(representation);
      if (dimension != null) {
        mapping.put("dimension", dimension);
      }
      encode.put(key, target(representation));
      properties.put(target(representation), mapping);
      fields.put(key, target(representation));
    }
    Map<String, Object> pipeline =
        Map.of("processors", List.of(Map.of(EncodeProcessor.TYPE, encode)));
    client
        .admin()
        .cluster()
        .putPipeline(new PutPipelineRequest(name, json(pipeline), XContentType.JSON))
        .actionGet(DEADLINE);
    client
        .admin()
        .indices()
        .create(
            new CreateIndexRequest(name)
                .settings(Map.of("index.codec", "trident", "index.default_pipeline", name))
                .mapping(Map.of("properties", properties)))
        .actionGet(DEADLINE);
    return fields;
  }

  private static BytesReference json(Map<String, Object> map) {
    try (XContentBuilder builder = XContentBuilder.builder(XContentType.JSON.xContent())) {
      return BytesReference.bytes(builder.map(map));
    } catch (IOException e) {
      throw new UncheckedIOException("a pipeline cannot be written", e);
    }
  }
}
