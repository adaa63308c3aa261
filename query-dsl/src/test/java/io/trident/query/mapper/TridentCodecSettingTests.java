/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.mapper;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.opensearch.common.settings.IndexScopedSettings;
import org.opensearch.common.settings.Settings;
import org.opensearch.index.mapper.MapperParsingException;
import org.opensearch.test.OpenSearchTestCase;

/** Which mappings cannot do without our codec. */
public class TridentCodecSettingTests extends OpenSearchTestCase {

  private static Map<String, Object> field(String type, Object... parameters) {
    return parameters.length == 0
        ? Map.of("type", type)
        : Map.of("type", type, (String) parameters[0], parameters[1]);
  }

  private static final Map<String, Object> FREE =
      Map.of(
          "dynamic",
          "strict",
          "properties",
          Map.of(
              "type", field("text"), // a field of that name
              "floats", field("dense_vector", "encoding", "float32"),
              "default", field("dense_vector", "dimension", 1024)));

  private static final Map<String, Object> BOUND =
      Map.of(
          "properties",
          Map.of(
              "impacts", field("impact_vector"),
              "wide", field("dense_vector", "dimension", 1025),
              "reduced", field("dense_vector", "reduced", Map.of("dimension", 2)),
              "object", Map.of("properties", Map.of("tokens", field("token_vectors"))),
              "passages",
                  Map.of(
                      "type",
                      "nested",
                      "properties",
                      Map.of("dense", field("dense_vector", "encoding", "4bit")))));

  public void testFieldsThatNeedTheCodecAreFound() {
    assertEquals(Set.of(), TridentCodecSetting.fields(Map.of()));
    assertEquals(Set.of(), TridentCodecSetting.fields(FREE));
    assertEquals(
        Set.of("impacts", "object.tokens", "passages.dense", "reduced", "wide"),
        TridentCodecSetting.fields(BOUND));
  }

  public void testWhatNeedsTheCodecKeepsIt() {
    Settings lost =
        randomFrom(
            Settings.EMPTY, Settings.builder().put("index.codec", "best_compression").build());
    TridentCodecSetting.requireKept("index [x]", FREE, lost);
    for (String codec : List.of("trident", "trident_best_compression")) {
      TridentCodecSetting.requireKept(
          "index [x]", BOUND, Settings.builder().put("index.codec", codec).build());
    }
    IllegalArgumentException e =
        expectThrows(
            IllegalArgumentException.class,
            () -> TridentCodecSetting.requireKept("index [x]", BOUND, lost));
    for (String word : List.of("index [x]", "[index.codec]", "trident", "passages.dense")) {
      assertTrue(e.getMessage(), e.getMessage().contains(word));
    }
  }

  public void testAnArchivedCodecIsNamed() {
    Settings archived =
        IndexScopedSettings.DEFAULT_SCOPED_SETTINGS.archiveUnknownOrInvalidSettings(
            Settings.builder().put("index.codec", "a codec of a plugin").build(),
            setting -> {},
            (setting, e) -> {});
    MapperParsingException e =
        expectThrows(
            MapperParsingException.class,
            () -> TridentCodecSetting.require("f", "impact_vector", archived));
    assertTrue(
        e.getMessage(),
        e.getMessage()
            .endsWith(
                "got [default]: a node that started without the plugin has archived [a codec of a"
                    + " plugin]; close the index, set it again, and open the index"));
  }

  public void testAClosedIndexWithAnArchivedCodecIsRead() {
    Settings open = Settings.builder().put("archived.index.codec", "trident").build();
    expectThrows(
        MapperParsingException.class,
        () -> TridentCodecSetting.require("f", "impact_vector", open));
    Settings closed = Settings.builder().put(open).put("index.verified_before_close", true).build();
    TridentCodecSetting.require("f", "impact_vector", closed);
    expectThrows(
        MapperParsingException.class,
        () ->
            TridentCodecSetting.require(
                "f",
                "impact_vector",
                Settings.builder().put(closed).put("archived.index.codec", "default").build()));
  }
}
