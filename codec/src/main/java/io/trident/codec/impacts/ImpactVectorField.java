/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts;

import java.util.List;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.index.DocValuesType;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.util.UnicodeUtil;

/**
 * One learned sparse vector of a document. In a segment its tokens are the terms of the field, and
 * a term's frequency is the token's impact. Until its segment is flushed the whole vector is one
 * term, as {@link VectorTerms} says, so the field needs a postings format that inverts vectors, and
 * {@link org.apache.lucene.index.IndexWriter#deleteDocuments(org.apache.lucene.index.Term...)} by a
 * token misses the documents that are not flushed yet: delete by a query or another field. A
 * document has at most one such field of a name: the impacts of a token that comes twice are added
 * up.
 */
public final class ImpactVectorField extends Field {

  /** The most bytes of a token in UTF-8: 32,762. */
  public static final int MAX_TOKEN_BYTES = VectorTerms.MAX_TOKEN_BYTES;

  private static final String INVERTED_AT_FLUSH = "ImpactVectorField.invertedAtFlush";

  /** Terms with frequencies, without positions or norms; not stored. */
  public static final FieldType TYPE = new FieldType();

  static {
    TYPE.setTokenized(true);
    TYPE.setOmitNorms(true);
    TYPE.setIndexOptions(IndexOptions.DOCS_AND_FREQS);
    TYPE.putAttribute(INVERTED_AT_FLUSH, "true");
    TYPE.freeze();
  }

  /** The same with the key of {@link ImpactOrder} as doc value, to sort an index by. */
  public static final FieldType ORDERED_TYPE = new FieldType(TYPE);

  static {
    ORDERED_TYPE.setDocValuesType(DocValuesType.SORTED_NUMERIC);
    ORDERED_TYPE.freeze();
  }

  private final List<String> tokens;
  private final int[] impacts;

  /** Makes a field of {@link #TYPE}. */
  public ImpactVectorField(String name, List<String> tokens, int[] impacts) {
    this(name, tokens, impacts, TYPE);
  }

  /**
   * Makes the field.
   *
   * @param name the field's name
   * @param tokens distinct tokens of 1 to {@link #MAX_TOKEN_BYTES} bytes
   * @param impacts one impact per token, 1 to 255
   * @param type {@link #TYPE} or {@link #ORDERED_TYPE}
   * @throws IllegalArgumentException when a token is too long or an impact is out of range
   */
  public ImpactVectorField(String name, List<String> tokens, int[] impacts, FieldType type) {
    super(name, type);
    if (tokens.size() != impacts.length) {
      throw new IllegalArgumentException(
          "field ["
              + name
              + "] must have one impact per token, got ["
              + tokens.size()
              + "] tokens and ["
              + impacts.length
              + "] impacts");
    }
    for (int i = 0; i < impacts.length; i++) {
      check(name, tokens.get(i), impacts[i]);
    }
    this.tokens = List.copyOf(tokens);
    this.impacts = impacts.clone();
    this.fieldsData = this.tokens;
  }

  private static void check(String name, String token, int impact) {
    int length = UnicodeUtil.calcUTF16toUTF8Length(token, 0, token.length());
    if (length > MAX_TOKEN_BYTES) {
      throw new IllegalArgumentException(
          "a token of field ["
              + name
              + "] must have at most ["
              + MAX_TOKEN_BYTES
              + "] bytes, got ["
              + length
              + "]");
    }
    if (impact < 1 || impact > ImpactQuantizer.MAX_IMPACT) {
      throw new IllegalArgumentException(
          "impact of token ["
              + token
              + "] of field ["
              + name
              + "] must be between [1] and ["
              + ImpactQuantizer.MAX_IMPACT
              + "], got ["
              + impact
              + "]");
    }
  }

  /** The key of {@link ImpactOrder}. */
  @Override
  public Number numericValue() {
    return ImpactOrder.key(tokens, impacts);
  }

  /** The vector as {@link VectorTerms}. */
  @Override
  public TokenStream tokenStream(Analyzer analyzer, TokenStream reuse) {
    VectorTerms terms = reuse instanceof VectorTerms used ? used : new VectorTerms();
    return terms.of(tokens, impacts);
  }

  /** Whether the terms that a flush writes for a field are {@link VectorTerms}. */
  public static boolean isInvertedAtFlush(FieldInfo info) {
    return info.getAttribute(INVERTED_AT_FLUSH) != null;
  }
}
