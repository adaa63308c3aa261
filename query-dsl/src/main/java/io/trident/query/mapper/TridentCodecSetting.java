/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.mapper;

import io.trident.models.api.Excerpt;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.opensearch.cluster.metadata.MetadataIndexStateService;
import org.opensearch.common.settings.AbstractScopedSettings;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.support.XContentMapValues;
import org.opensearch.index.IndexSettings;
import org.opensearch.index.compositeindex.datacube.startree.StarTreeIndexSettings;
import org.opensearch.index.engine.EngineConfig;
import org.opensearch.index.mapper.MapperParsingException;

/** The index setting that fields with formats of ours need. */
public final class TridentCodecSetting {

  /** The codec's name in {@code index.codec}, with the stored fields of the default codec. */
  public static final String CODEC = "trident";

  /** The codec's name in {@code index.codec}, with the stored fields of best_compression. */
  public static final String BEST_COMPRESSION_CODEC = "trident_best_compression";

  /** The types whose fields need it whatever their parameters are. */
  private static final Set<String> TYPES =
      Set.of(ImpactVectorFieldMapper.CONTENT_TYPE, TokenVectorsFieldMapper.CONTENT_TYPE);

  /** Where OpenSearch keeps the codec that a node without the plugin did not know. */
  private static final String ARCHIVED_CODEC =
      AbstractScopedSettings.ARCHIVED_SETTINGS_PREFIX + EngineConfig.INDEX_CODEC_SETTING.getKey();

  private static final Set<String> CODECS = Set.of(CODEC, BEST_COMPRESSION_CODEC);

  private TridentCodecSetting() {}

  /** Whether an index of such settings writes with our codec. */
  public static boolean isIn(Settings indexSettings) {
    return CODECS.contains(EngineConfig.INDEX_CODEC_SETTING.get(indexSettings));
  }

  /**
   * The fields of a mapping that need our codec.
   *
   * @param mapping what the mapping has under its type's name
   */
  public static SortedSet<String> fields(Map<?, ?> mapping) {
    SortedSet<String> fields = new TreeSet<>();
    collect("", mapping, fields);
    return fields;
  }

  private static void collect(String path, Map<?, ?> parent, SortedSet<String> fields) {
    if (parent.get("properties") instanceof Map<?, ?> properties) {
      properties.forEach(
          (name, value) -> {
            if (value instanceof Map<?, ?> field) {
              String full = path + name;
              if (needsCodec(field)) {
                fields.add(full);
              }
              collect(full + '.', field, fields);
            }
          });
    }
  }

  private static boolean needsCodec(Map<?, ?> field) {
    Object type = field.get("type");
    Object encoding = field.get("encoding");
    return TYPES.contains(String.valueOf(type))
        || (DenseVectorFieldMapper.CONTENT_TYPE.equals(type)
            && (field.get(ReducedVectors.REDUCED) != null
                || (encoding != null && DenseEncoding.FLOAT32.label().equals(encoding) == false)
                || DenseVectorFieldMapper.isWide(
                    XContentMapValues.nodeIntegerValue(field.get("dimension"), 0))));
  }

  /**
   * Refuses to make an index of one that writes with our codec, when its fields need that and the
   * new one would not.
   *
   * @param what is made
   * @throws IllegalArgumentException naming the fields, the setting and its value
   */
  public static void requireKept(String what, Map<?, ?> mapping, Settings indexSettings) {
    SortedSet<String> fields = isIn(indexSettings) ? Collections.emptySortedSet() : fields(mapping);
    if (fields.isEmpty() == false) {
      throw new IllegalArgumentException(
          what
              + " needs the index setting [index.codec] to be one of "
              + List.of(CODEC, BEST_COMPRESSION_CODEC)
              + " for its fields "
              + Excerpt.of(fields)
              + ", "
              + got(indexSettings));
    }
  }

  /**
   * Refuses a field whose index does not write with our codec. A closed one, which nobody writes,
   * is let pass when it did before a node archived its setting: OpenSearch reads the mapping before
   * it lets the setting be changed back.
   *
   * @throws MapperParsingException naming the field, the setting and its value
   */
  static void require(String field, String what, Settings indexSettings) {
    if (isIn(indexSettings) == false && isToBeMended(indexSettings) == false) {
      throw new MapperParsingException(
          what
              + " field ["
              + field
              + "] needs the index setting [index.codec] to be one of "
              + List.of(CODEC, BEST_COMPRESSION_CODEC)
              + ", "
              + got(indexSettings));
    }
  }

  private static boolean isToBeMended(Settings indexSettings) {
    String archived = indexSettings.get(ARCHIVED_CODEC);
    return archived != null
        && CODECS.contains(archived)
        && MetadataIndexStateService.VERIFIED_BEFORE_CLOSE_SETTING.get(indexSettings);
  }

  private static String got(Settings indexSettings) {
    String got = "got [" + EngineConfig.INDEX_CODEC_SETTING.get(indexSettings) + "]";
    String archived = indexSettings.get(ARCHIVED_CODEC);
    return archived == null
        ? got
        : got
            + ": a node that started without the plugin has archived ["
            + archived
            + "]; close the index, set it again, and open the index";
  }

  /**
   * Refuses a field that has a doc-values format of its own in an index with star trees, whose
   * codec opens all doc values of a segment by itself.
   *
   * @throws MapperParsingException naming the field and the setting
   */
  static void refuseStarTrees(String field, String what, Settings indexSettings) {
    refuse(field, what, StarTreeIndexSettings.IS_COMPOSITE_INDEX_SETTING, indexSettings);
  }

  /**
   * Refuses a field of which the source has what the index has not, in an index whose sources are
   * made of the index.
   *
   * @throws MapperParsingException naming the field and the setting
   */
  public static void refuseDerivedSource(String field, String what, Settings indexSettings) {
    refuse(field, what, IndexSettings.INDEX_DERIVED_SOURCE_SETTING, indexSettings);
  }

  private static void refuse(
      String field, String what, Setting<Boolean> setting, Settings indexSettings) {
    if (setting.get(indexSettings)) {
      throw new MapperParsingException(
          what + " field [" + field + "] must not be in an index with [" + setting.getKey() + "]");
    }
  }
}
