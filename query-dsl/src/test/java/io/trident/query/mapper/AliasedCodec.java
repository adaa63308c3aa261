/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.mapper;

import java.util.Set;
import org.apache.lucene.codecs.FilterCodec;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.opensearch.index.codec.CodecAliases;

/** Makes the setting {@code index.codec} accept our codec's names, as the plugin does. */
public final class AliasedCodec extends FilterCodec implements CodecAliases {

  /** Made by Lucene's service loader. */
  public AliasedCodec() {
    super("TridentTestAliases", new Lucene104Codec());
  }

  @Override
  public Set<String> aliases() {
    return Set.of(TridentCodecSetting.CODEC, TridentCodecSetting.BEST_COMPRESSION_CODEC);
  }
}
