/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors104;

import io.trident.codec.tokenvectors.CentroidLists;
import java.io.EOFException;
import java.io.IOException;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.util.LongValues;

/** Centroids and their documents, read from slices of the lists file. */
final class OffHeapCentroidLists extends CentroidLists {

  private final int count;
  private final int codeBytes;
  private final int maxDoc;
  private final IndexInput codes;
  private final IndexInput lists;
  private final LongValues offsets;

  OffHeapCentroidLists(
      int count,
      int dimension,
      int maxDoc,
      IndexInput codes,
      IndexInput lists,
      LongValues offsets) {
    this.count = count;
    this.codeBytes = codeBytes(dimension);
    this.maxDoc = maxDoc;
    this.codes = codes;
    this.lists = lists;
    this.offsets = offsets;
  }

  @Override
  public int count() {
    return count;
  }

  @Override
  public void readCodes(int from, int number, byte[] out) throws IOException {
    codes.seek((long) from * codeBytes);
    codes.readBytes(out, 0, number * codeBytes);
  }

  @Override
  public int[] documents(int centroid) throws IOException {
    long offset = offsets.get(centroid);
    if (offset < 0 || offset > lists.length()) {
      throw new CorruptIndexException(
          "centroid [" + centroid + "] has its documents at [" + offset + "]", lists);
    }
    lists.seek(offset);
    try {
      return RiceCode.read(lists, maxDoc);
    } catch (EOFException e) {
      throw new CorruptIndexException(
          "centroid [" + centroid + "] has documents that lead out of their file", lists, e);
    }
  }
}
