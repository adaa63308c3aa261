package io.trident.query.mapper;

import java.util.List;
import org.opensearch.common.settings.Settings;
import org.opensearch.index.engine.EngineConfig;
import org.opensearch.index.mapper.MapperParsingException;

/** The index setting that fields with formats of ours need. */
public final class TridentCodecSetting {

  /** The codec's name in {@code index.codec}, with the stored fields of the default codec. */
  public static final String CODEC = "trident";

  /** The codec's name in {@code index.codec}, with the stored fields of best_compression. */
  public static final String BEST_COMPRESSION_CODEC = "trident_best_compression";

  private TridentCodecSetting() {}

  /**
   * Refuses a field whose index does not write with our codec.
   *
   * @throws MapperParsingException naming the field, the setting and its value
   */
  static void require(String field, String what, Settings indexSettings) {
    String codec = EngineConfig.INDEX_CODEC_SETTING.get(indexSettings);
    if (codec.equals(CODEC) == false && codec.equals(BEST_COMPRESSION_CODEC) == false) {
      throw new MapperParsingException(
          what
              + " field ["
              + field
              + "] needs the index setting [index.codec] to be one of "
              + List.of(CODEC, BEST_COMPRESSION_CODEC)
              + ", got ["
              + codec
              + "]");
    }
  }
}
