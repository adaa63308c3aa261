/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.action;

import io.trident.models.api.Excerpt;
import io.trident.models.api.ModelDescription;
import io.trident.models.api.ModelException;
import io.trident.plugin.models.store.ModelArchive;
import io.trident.plugin.models.store.StoredFile;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.transport.TransportService;

/** Stores a model, or an index for one that is there, or both. */
public final class PutModelAction extends TransportModelAction {

  static final String NAME = "cluster:admin/trident/models/put";

  /** How clients name the action. */
  public static final ActionType<ModelAnswer> TYPE = new ActionType<>(NAME, ModelAnswer::new);

  private final ModelsComponent models;

  /** Made by OpenSearch. */
  @Inject
  public PutModelAction(
      TransportService transportService, ActionFilters actionFilters, ModelsComponent models) {
    super(NAME, transportService, actionFilters);
    this.models = models;
  }

  @Override
  void work(String model, RequestBody body, ActionListener<Map<String, Object>> listener)
      throws IOException {
    String url = body.take("url", String.class);
    Map<?, ?> files = body.take("files", Map.class);
    Map<?, ?> index = body.take("index", Map.class);
    String sha256 = body.take("sha256", String.class);
    Map<?, ?> config = body.take("config", Map.class);
    body.end();
    boolean archive = url != null && ModelArchive.is(url);
    if (archive == false && (sha256 != null || config != null)) {
      throw body.refused("must not have [sha256] or [config] without the [url] of an archive");
    }
    if (url == null && files == null && index == null) {
      throw body.refused("must have one of [url, files], or [index] for a model that is there");
    }
    EncodedIndex encoded = index == null ? null : EncodedIndex.of(index);
    if (encoded != null) {
      encoded.check(models.nodes().metadata());
    }
    if (archive && files != null) {
      throw body.refused(
          "must not have [files] with the [url] of an archive, whose files are found");
    }
    ModelDescription description =
        archive
            ? models
                .cluster()
                .uploads()
                .putArchive(model, url, sha256, config == null ? null : RequestBody.json(config))
                .description()
            : store(model, url, files, body);
    Map<String, Object> answer = new LinkedHashMap<>(models.nodes().ask(model).model(model));
    if (encoded != null) {
      answer.put("index", encoded.name());
      answer.put("fields", encoded.create(models.nodes(), description));
    }
    listener.onResponse(answer);
  }

  private ModelDescription store(String model, String url, Map<?, ?> files, RequestBody body)
      throws IOException {
    if (url == null) {
      return files == null
          ? models.local().describe(model)
          : models.cluster().uploads().put(model, files(files)).description();
    }
    boolean folder = url.startsWith("file:");
    if (folder == (files != null)) {
      throw body.refused(
          folder
              ? "must not have [files] with a [url] of a folder, whose files are found"
              : "must have [files], with the SHA-256 of each, to fetch from a [url] that is no"
                  + " [file:///]");
    }
    return (folder
            ? models.cluster().uploads().put(model, url)
            : models.cluster().uploads().put(model, url, files(files)))
        .description();
  }

  private static List<StoredFile> files(Map<?, ?> files) {
    return files.entrySet().stream()
        .map(file -> file(String.valueOf(file.getKey()), file.getValue()))
        .toList();
  }

  private static StoredFile file(String name, Object value) {
    if (value instanceof Map<?, ?> map) {
      RequestBody file = new RequestBody("files." + name, map);
      Integer chunks = file.take("chunks", Integer.class);
      String upload = file.take("upload", String.class);
      StoredFile stored =
          new StoredFile(
              name,
              file.require("sha256", String.class),
              chunks == null ? 1 : chunks,
              upload == null ? "" : upload);
      file.end();
      return stored;
    }
    throw new ModelException(
        ModelException.Kind.BAD_REQUEST,
        "[files] must have an object for ["
            + Excerpt.of(name)
            + "], got ["
            + Excerpt.of(value)
            + "]");
  }
}
