package io.trident.codec.impacts;

import java.util.HashSet;
import java.util.List;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.TermFrequencyAttribute;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.index.DocValuesType;
import org.apache.lucene.index.IndexOptions;

/**
 * One learned sparse vector of a document: its tokens are the terms of the field, and a term's
 * frequency is the token's impact. A document has at most one such field of a name, because Lucene
 * would add up the impacts of a token that comes twice.
 */
public final class ImpactVectorField extends Field {

  /** Terms with frequencies, without positions or norms; not stored. */
  public static final FieldType TYPE = new FieldType();

  static {
    TYPE.setTokenized(true);
    TYPE.setOmitNorms(true);
    TYPE.setIndexOptions(IndexOptions.DOCS_AND_FREQS);
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
   * @param tokens distinct tokens
   * @param impacts one impact a token, 1 to 255
   * @param type {@link #TYPE} or {@link #ORDERED_TYPE}
   * @throws IllegalArgumentException when tokens repeat or an impact is out of range
   */
  public ImpactVectorField(String name, List<String> tokens, int[] impacts, FieldType type) {
    super(name, type);
    if (tokens.size() != impacts.length) {
      throw new IllegalArgumentException(
          "field ["
              + name
              + "] must have one impact a token, got ["
              + tokens.size()
              + "] tokens and ["
              + impacts.length
              + "] impacts");
    }
    if (new HashSet<>(tokens).size() != tokens.size()) {
      throw new IllegalArgumentException(
          "field [" + name + "] must have distinct tokens, got " + tokens);
    }
    for (int i = 0; i < impacts.length; i++) {
      if (impacts[i] < 1 || impacts[i] > ImpactQuantizer.MAX_IMPACT) {
        throw new IllegalArgumentException(
            "impact of token ["
                + tokens.get(i)
                + "] of field ["
                + name
                + "] must be between [1] and ["
                + ImpactQuantizer.MAX_IMPACT
                + "], got ["
                + impacts[i]
                + "]");
      }
    }
    this.tokens = List.copyOf(tokens);
    this.impacts = impacts.clone();
    this.fieldsData = this.tokens;
  }

  /** The key of {@link ImpactOrder}. */
  @Override
  public Number numericValue() {
    return ImpactOrder.key(tokens, impacts);
  }

  @Override
  public TokenStream tokenStream(Analyzer analyzer, TokenStream reuse) {
    return new ImpactTokenStream(tokens, impacts);
  }

  /** The vector as a stream of terms with frequencies. */
  private static final class ImpactTokenStream extends TokenStream {
    private final CharTermAttribute term = addAttribute(CharTermAttribute.class);
    private final TermFrequencyAttribute frequency = addAttribute(TermFrequencyAttribute.class);
    private final List<String> tokens;
    private final int[] impacts;
    private int next;

    private ImpactTokenStream(List<String> tokens, int[] impacts) {
      this.tokens = tokens;
      this.impacts = impacts;
    }

    @Override
    public boolean incrementToken() {
      if (next == tokens.size()) {
        return false;
      }
      clearAttributes();
      term.append(tokens.get(next));
      frequency.setTermFrequency(impacts[next]);
      next++;
      return true;
    }

    @Override
    public void reset() {
      next = 0;
    }
  }
}
