/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin;

import io.trident.ingest.TargetFields;
import io.trident.models.api.TokenVectors;
import io.trident.query.mapper.TokenCodes;
import io.trident.query.mapper.TokenValue;
import io.trident.query.mapper.VectorModel;
import io.trident.query.neural.TargetMappings;

/**
 * Tells the processors what the indices are mapped to that documents go to.
 *
 * @param mappings finds what indices are mapped to
 */
record WrittenFields(TargetMappings mappings) implements TargetFields {

  @Override
  public boolean isMapped(String index, String path) {
    return mappings.writtenTo(index).mapping(path).isEmpty() == false;
  }

  @Override
  public String fingerprint(String index, String path) {
    return model(index, path).fingerprint();
  }

  @Override
  public void checkModel(String index, String path, String model, String fingerprint) {
    VectorModel expected = model(index, path);
    VectorModel given = new VectorModel(model, fingerprint);
    if (given.differsFrom(expected) && mappings.allowsOtherModels(index) == false) {
      throw expected.refusal("field [" + path + "]", given);
    }
  }

  private VectorModel model(String index, String path) {
    return VectorModel.of(mappings.writtenTo(index).mapping(path));
  }

  @Override
  public String codes(String index, String path, TokenVectors vectors) {
    return TokenCodes.write(mappings.writtenTo(index).mapping(path), vectors);
  }

  @Override
  public TokenVectors tokenVectors(String index, String path, Object value) {
    return TokenValue.of(path, mappings.writtenTo(index).mapping(path)).read(value);
  }
}
