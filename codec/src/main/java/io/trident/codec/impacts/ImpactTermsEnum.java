/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts;

import java.io.IOException;
import org.apache.lucene.index.BaseTermsEnum;

/** The terms of an impact field, in order. Not thread-safe. */
public abstract class ImpactTermsEnum extends BaseTermsEnum {

  /**
   * The postings of the current term, to be used in the enum's thread. Those handed out earlier
   * stay valid.
   *
   * @throws IllegalArgumentException when an impact of the term is over {@link
   *     ImpactQuantizer#MAX_IMPACT}
   */
  public abstract ImpactBlocks blocks() throws IOException;
}
