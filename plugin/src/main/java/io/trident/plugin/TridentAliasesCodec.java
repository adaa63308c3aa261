/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin;

import io.trident.query.mapper.TridentCodecSetting;
import java.util.Set;
import org.apache.lucene.codecs.FilterCodec;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.opensearch.index.codec.CodecAliases;

/**
 * Makes {@code index.codec} accept our codec's names. The setting knows only names and aliases of
 * codecs that are found by SPI; the codecs behind these aliases need an index's mapping and come
 * from {@link TridentCodecs}. No segment carries this codec's name.
 */
public final class TridentAliasesCodec extends FilterCodec implements CodecAliases {

  /** Made by Lucene's service loader. */
  public TridentAliasesCodec() {
    super("TridentAliases", new Lucene104Codec());
  }

  @Override
  public Set<String> aliases() {
    return Set.of(TridentCodecSetting.CODEC, TridentCodecSetting.BEST_COMPRESSION_CODEC);
  }
}
