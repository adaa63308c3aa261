/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin;

import io.trident.codec.TridentCodec;
import io.trident.query.mapper.TridentCodecSetting;
import io.trident.query.mapper.VectorFieldType;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.PostingsFormat;
import org.opensearch.index.IndexSettings;
import org.opensearch.index.codec.AdditionalCodecs;
import org.opensearch.index.codec.CodecService;
import org.opensearch.index.mapper.MapperService;

/**
 * Makes the codecs of an index: its default one and its best_compression one, those of star trees
 * where it has them, with our fields' formats.
 */
final class TridentCodecs implements AdditionalCodecs {

  private static final Logger logger = LogManager.getLogger(TridentCodecs.class);

  @Override
  public Map<String, Codec> getCodecs(
      MapperService mapperService, IndexSettings indexSettings, Supplier<Codec> defaultCodec) {
    Codec compressing =
        new CodecService(mapperService, indexSettings, logger, List.of())
            .codec(CodecService.BEST_COMPRESSION_CODEC);
    if (mapperService == null) { // a closed index, which asks for its codec, but writes nothing
      return Map.of(
          TridentCodecSetting.CODEC,
          defaultCodec.get(),
          TridentCodecSetting.BEST_COMPRESSION_CODEC,
          compressing);
    }
    MappedFormats formats = new MappedFormats(mapperService);
    return Map.of(
        TridentCodecSetting.CODEC, new TridentCodec(defaultCodec.get(), formats),
        TridentCodecSetting.BEST_COMPRESSION_CODEC, new TridentCodec(compressing, formats));
  }

  /** Asks the mapping for a field's formats. */
  private record MappedFormats(MapperService mapperService) implements TridentCodec.FieldFormats {

    private VectorFieldType type(String field) {
      String mapped = VectorFieldType.mappedName(field);
      return mapperService.fieldType(mapped) instanceof VectorFieldType type ? type : null;
    }

    @Override
    public PostingsFormat postingsFormat(String field) {
      VectorFieldType type = type(field);
      return type == null ? null : type.postingsFormat();
    }

    @Override
    public DocValuesFormat docValuesFormat(String field) {
      VectorFieldType type = type(field);
      return type == null ? null : type.docValuesFormat();
    }

    @Override
    public KnnVectorsFormat knnVectorsFormat(String field) {
      VectorFieldType type = type(field);
      return type == null ? null : type.knnVectorsFormat(field);
    }
  }
}
