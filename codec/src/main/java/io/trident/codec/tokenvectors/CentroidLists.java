package io.trident.codec.tokenvectors;

import java.io.IOException;

/**
 * The centroids of a segment's token vectors, each with the documents that have a token near it.
 * They choose candidates and take no part in scores. Not thread-safe.
 */
public abstract class CentroidLists {

  /** How a centroid is coded. It is rotated already, and its length counts. */
  public static final TokenVectorsEncoding ENCODING = TokenVectorsEncoding.BITS_2;

  /** For subclasses. */
  protected CentroidLists() {}

  /** The number of centroids. */
  public abstract int count();

  /** Reads the codes of the centroids {@code from} to {@code from + count}. */
  public abstract void readCodes(int from, int count, byte[] out) throws IOException;

  /** The documents of a centroid, ascending; none twice. */
  public abstract int[] documents(int centroid) throws IOException;

  /** The code of a rotated centroid, {@link #ENCODING} bytes of it. */
  public static byte[] code(float[] centroid) {
    byte[] out = new byte[ENCODING.bytes(centroid.length)];
    new VectorCoder(centroid.length, ENCODING, TokenSimilarity.DOT_PRODUCT)
        .encodeRotated(centroid, out, 0);
    return out;
  }
}
