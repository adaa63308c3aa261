/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.store;

import io.trident.models.api.Excerpt;
import io.trident.models.api.ModelDescription;
import io.trident.models.folder.ModelSource;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.common.hash.MessageDigests;

/**
 * One version of a model in the index.
 *
 * @param id the model's id
 * @param version counts up with every replacement
 * @param files its files, by name
 * @param description what it can do
 */
public record StoredModel(
    String id, long version, List<StoredFile> files, ModelDescription description) {

  public StoredModel {
    if (ModelSource.ID.matcher(id).matches() == false) { // it is the name of a folder, too
      throw new IllegalArgumentException("a model cannot have the id [" + Excerpt.of(id) + "]");
    }
    files = files.stream().sorted(Comparator.comparing(StoredFile::name)).toList();
  }

  /** Names the version by its content: a model that was deleted may come back with other files. */
  String digest() {
    MessageDigest digest = MessageDigests.sha256();
    for (StoredFile file : files) {
      digest.update((file.name() + ' ' + file.sha256() + '\n').getBytes(StandardCharsets.UTF_8));
    }
    return HexFormat.of().formatHex(digest.digest(), 0, 16);
  }

  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("kind", ModelIndex.MODEL);
    map.put("model", id);
    map.put("version", version);
    map.put("files", files.stream().map(StoredFile::toMap).toList());
    map.put("description", DescriptionMap.of(description));
    return map;
  }

  static StoredModel of(Map<String, Object> map) {
    return new StoredModel(
        (String) map.get("model"),
        ((Number) map.get("version")).longValue(),
        ((List<?>) map.get("files")).stream().map(file -> StoredFile.of((Map<?, ?>) file)).toList(),
        DescriptionMap.stored((Map<?, ?>) map.get("description")));
  }
}
