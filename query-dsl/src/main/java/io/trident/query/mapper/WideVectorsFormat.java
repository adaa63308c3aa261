/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.mapper;

import java.io.IOException;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;

/**
 * Writes what a format of Lucene writes, of up to 4,096 dimensions. Lucene's own limit is of its
 * writer, not of its files: the name is the format's, which reads them.
 */
final class WideVectorsFormat extends KnnVectorsFormat {

  private final KnnVectorsFormat format;

  WideVectorsFormat(KnnVectorsFormat format) {
    super(format.getName());
    this.format = format;
  }

  @Override
  public KnnVectorsWriter fieldsWriter(SegmentWriteState state) throws IOException {
    return format.fieldsWriter(state);
  }

  @Override
  public KnnVectorsReader fieldsReader(SegmentReadState state) throws IOException {
    return format.fieldsReader(state);
  }

  @Override
  public int getMaxDimensions(String field) {
    return DenseVectorFieldMapper.MAX_DIMENSION;
  }

  @Override
  public String toString() {
    return format.toString();
  }
}
