/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.source;

import io.trident.query.mapper.VectorFieldType;
import java.io.IOException;
import java.util.function.Function;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FilterDirectoryReader;
import org.apache.lucene.index.LeafReader;

/** Reads an index with its vectors in the sources of documents. */
final class RestoringReader extends FilterDirectoryReader {

  private final Function<String, VectorFieldType> types;

  RestoringReader(DirectoryReader in, Function<String, VectorFieldType> types) throws IOException {
    super(
        in,
        new SubReaderWrapper() {
          @Override
          public LeafReader wrap(LeafReader reader) {
            return new RestoringLeafReader(reader, types);
          }
        });
    this.types = types;
  }

  @Override
  protected DirectoryReader doWrapDirectoryReader(DirectoryReader in) throws IOException {
    return new RestoringReader(in, types);
  }

  @Override
  public CacheHelper getReaderCacheHelper() {
    return in.getReaderCacheHelper();
  }
}
