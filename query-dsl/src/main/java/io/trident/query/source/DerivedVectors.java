/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.source;

import io.trident.models.api.Excerpt;
import io.trident.query.mapper.DenseVectorFieldMapper;
import io.trident.query.mapper.ImpactVectorFieldMapper;
import io.trident.query.mapper.TokenVectorsFieldMapper;
import java.util.List;
import org.opensearch.common.settings.AbstractScopedSettings;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Setting.Property;
import org.opensearch.common.settings.Settings;

/** The index setting that says of which fields the vectors are left out of stored sources. */
public final class DerivedVectors {

  private static final String KEY = "index.trident.derived_vectors";

  /** The types that may be left out. */
  private static final List<String> TYPES =
      List.of(
          DenseVectorFieldMapper.CONTENT_TYPE,
          TokenVectorsFieldMapper.CONTENT_TYPE,
          ImpactVectorFieldMapper.CONTENT_TYPE);

  /**
   * Where OpenSearch keeps the setting of an index since a node started without the plugin. Nobody
   * could set it again, and documents lack their vectors still.
   */
  private static final Setting<List<String>> ARCHIVED =
      Setting.listSetting(
          AbstractScopedSettings.ARCHIVED_SETTINGS_PREFIX + KEY,
          List.of(),
          DerivedVectors::checked,
          Property.IndexScope);

  /** Types of fields whose vectors are left out; none where an index does not say so. */
  public static final Setting<List<String>> SETTING =
      Setting.listSetting(
          KEY, ARCHIVED, DerivedVectors::checked, Property.IndexScope, Property.Final);

  private DerivedVectors() {}

  private static String checked(String type) {
    if (TYPES.contains(type) == false) {
      throw new IllegalArgumentException(
          "["
              + KEY
              + "] must be types of fields among "
              + TYPES
              + ", got ["
              + Excerpt.of(type)
              + "]");
    }
    return type;
  }

  /**
   * Refuses to make an index of one whose sources lack vectors, when nothing would put them back.
   *
   * @param what is made
   * @throws IllegalArgumentException naming the setting and what it must be
   */
  public static void requireKept(String what, Settings original, Settings indexSettings) {
    List<String> leftOut = SETTING.get(original);
    if (leftOut.isEmpty() == false && SETTING.get(indexSettings).isEmpty()) {
      throw new IllegalArgumentException(
          what
              + " needs the index setting ["
              + KEY
              + "] to be "
              + leftOut
              + ", because stored sources lack these vectors, got []: reindex to change it");
    }
  }
}
