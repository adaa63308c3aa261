/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.action;

import io.trident.ingest.EncodeProcessor;
import io.trident.models.api.Excerpt;
import io.trident.models.api.ModelDescription;
import io.trident.models.api.ModelException;
import io.trident.models.api.ModelKind;
import io.trident.models.api.Representation;
import io.trident.query.mapper.DenseVectorFieldMapper;
import io.trident.query.mapper.ImpactVectorFieldMapper;
import io.trident.query.mapper.TokenVectorsFieldMapper;
import io.trident.query.mapper.TridentCodecSetting;
import io.trident.query.mapper.VectorModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.opensearch.action.admin.indices.create.CreateIndexRequest;
import org.opensearch.action.admin.indices.delete.DeleteIndexRequest;
import org.opensearch.action.ingest.PutPipelineRequest;
import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.cluster.metadata.MetadataCreateIndexService;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.indices.InvalidIndexNameException;
import org.opensearch.ingest.IngestMetadata;
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
          Representation.SPARSE, ImpactVectorFieldMapper.CONTENT_TYPE,
          Representation.DENSE, DenseVectorFieldMapper.CONTENT_TYPE,
          Representation.TOKENS, TokenVectorsFieldMapper.CONTENT_TYPE);

  static EncodedIndex of(Map<?, ?> map) {
    RequestBody body = new RequestBody("index", map);
    EncodedIndex index =
        new EncodedIndex(body.require("name", String.class), body.require("field", String.class));
    body.end();
    return index;
  }

  private static ModelException refused(String message) {
    return new ModelException(ModelException.Kind.BAD_REQUEST, message);
  }

  /** Refuses a name that no index may have, or that an index or a pipeline has already. */
  void check(Metadata metadata) {
    if (name.length() > MetadataCreateIndexService.MAX_INDEX_NAME_BYTES) {
      throw refused("an index must have a shorter name, got [" + Excerpt.of(name) + "]");
    }
    MetadataCreateIndexService.validateIndexOrAliasName(name, InvalidIndexNameException::new);
    if (name.equals(name.toLowerCase(Locale.ROOT)) == false) {
      throw new InvalidIndexNameException(name, "must be lowercase");
    }
    if (metadata.getIndicesLookup().containsKey(name)) {
      throw refused("index [" + name + "] is there already");
    }
    IngestMetadata pipelines = metadata.custom(IngestMetadata.TYPE);
    if (pipelines != null && pipelines.getPipelines().containsKey(name)) {
      throw refused(
          "pipeline ["
              + name
              + "] is there already: delete it, or give the index another name, which its pipeline"
              + " has, too");
    }
  }

  private String target(Representation representation) {
    return field + "_" + representation.name().toLowerCase(Locale.ROOT);
  }

  /**
   * Creates the index and its pipeline, or neither, and gives the vectors' fields by
   * representation.
   */
  Map<String, Object> create(ModelNodes nodes, ModelDescription model) {
    if (model.kind() != ModelKind.ENCODER) {
      throw refused(
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
      mapping.put(VectorModel.MODEL, model.id());
      encode.put(key, target(representation));
      properties.put(target(representation), mapping);
      fields.put(key, target(representation));
    }
    Map<String, Object> pipeline =
        Map.of("processors", List.of(Map.of(EncodeProcessor.TYPE, encode)));
    check(nodes.metadata());
    createIndex(nodes.client(), properties);
    boolean whole = false;
    try {
      nodes
          .client()
          .admin()
          .cluster()
          .putPipeline(new PutPipelineRequest(name, json(pipeline), XContentType.JSON))
          .actionGet(DEADLINE);
      whole = true;
    } finally {
      if (whole == false) {
        nodes.client().admin().indices().delete(new DeleteIndexRequest(name)).actionGet(DEADLINE);
      }
    }
    return fields;
  }

  private void createIndex(Client client, Map<String, Object> properties) {
    client
        .admin()
        .indices()
        .create(
            new CreateIndexRequest(name)
                .settings(
                    Map.of(
                        "index.codec", TridentCodecSetting.CODEC, "index.default_pipeline", name))
                .mapping(Map.of("properties", properties)))
        .actionGet(DEADLINE);
  }

  private static BytesReference json(Map<String, Object> map) {
    try (XContentBuilder builder = XContentBuilder.builder(XContentType.JSON.xContent())) {
      return BytesReference.bytes(builder.map(map));
    } catch (IOException e) {
      throw new UncheckedIOException("a pipeline cannot be written", e);
    }
  }
}
