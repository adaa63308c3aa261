package io.trident.codec.impacts;

import java.io.IOException;
import org.apache.lucene.index.Terms;
import org.apache.lucene.util.BytesRef;

/**
 * The terms of an impact field, with what block-max pruning needs beside Lucene's own view of them.
 *
 * <p>Documents are cut into windows of {@value #WINDOW_SIZE} consecutive documents (the superblocks
 * of Carlson et al., SIGIR 2025), and a window into {@value #BLOCKS_PER_WINDOW} blocks of {@value
 * #BLOCK_SIZE} documents (the blocks of Mallia et al., SIGIR 2024). Thread-safe; the {@link
 * ImpactWindows} that it hands out are not.
 */
public abstract class ImpactTerms extends Terms {

  /** Documents a block: 16. */
  public static final int BLOCK_SIZE = 16;

  /** Blocks a window: 64. */
  public static final int BLOCKS_PER_WINDOW = 64;

  /** Documents a window: 1024. */
  public static final int WINDOW_SIZE = BLOCK_SIZE * BLOCKS_PER_WINDOW;

  /**
   * The windows of one term.
   *
   * @return the windows, or null when the segment lacks the term
   */
  public abstract ImpactWindows windows(BytesRef term) throws IOException;
}
