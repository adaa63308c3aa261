package io.trident.codec.tokenvectors;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.apache.lucene.util.BytesRef;

/**
 * The tokens of one coded value as rotated floats, one at a time, for clustering. Not thread-safe.
 */
public final class CodedTokens {

  private final int dimension;
  private final int bits;
  private final int codeBytes;
  private final FactorCode factor;
  private final RandomRotation rotation;
  private byte[] stored = new byte[0];
  private int codes;

  /** Reads values of one field. */
  public CodedTokens(int dimension, TokenVectorsEncoding encoding, TokenSimilarity similarity) {
    this.dimension = dimension;
    this.bits = encoding.bits();
    this.codeBytes = encoding.bytes(dimension, similarity);
    this.factor = FactorCode.of(encoding, similarity, dimension);
    this.rotation = new RandomRotation(dimension);
  }

  /** Goes to another value in the coded layout of {@link TokenVectorsCoder}. */
  public void reset(BytesRef coded) {
    stored =
        Arrays.copyOfRange(
            coded.bytes,
            coded.offset + TokenVectorsCoder.CODED_HEADER,
            coded.offset + coded.length);
    codes = TokenVectorsCoder.codesOffset(count(), stored[Short.BYTES]);
  }

  /** The number of tokens. */
  public int count() {
    return TokenVectorsCoder.tokenCount(stored);
  }

  /** The id of a token. */
  public int id(int token) {
    return TokenVectorsCoder.unpackId(stored, token);
  }

  /** Puts what the code of a token stands for into the first {@code dimension} of {@code out}. */
  public void vector(int token, float[] out) {
    int offset = codes + token * codeBytes;
    if (bits == Float.SIZE) {
      ByteBuffer.wrap(stored, offset, codeBytes)
          .order(ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer()
          .get(out, 0, dimension);
      rotation.rotate(out);
      return;
    }
    float unit = factor.read(stored, offset);
    int mask = (1 << bits) - 1;
    float middle = mask / 2f;
    int from = offset + factor.bytes();
    for (int d = 0, bit = 0; d < dimension; d++, bit += bits) {
      int level = (stored[from + bit / Byte.SIZE] >>> (bit % Byte.SIZE)) & mask;
      out[d] = unit * (level - middle);
    }
  }
}
