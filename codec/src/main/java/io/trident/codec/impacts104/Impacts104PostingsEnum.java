package io.trident.codec.impacts104;

import static io.trident.codec.impacts.ImpactTerms.WINDOW_SIZE;

import java.io.IOException;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.util.BytesRef;

/** Lucene's view of a term's postings: documents in order, the impact as frequency. */
final class Impacts104PostingsEnum extends PostingsEnum {

  private final int[] docs = new int[WINDOW_SIZE];
  private final int[] impacts = new int[WINDOW_SIZE];
  private Impacts104Windows windows;
  private int window;
  private int size;
  private int place;
  private int doc;

  /** Starts over with another term. */
  Impacts104PostingsEnum reset(Impacts104Windows term) {
    windows = term;
    window = -1;
    size = 0;
    place = -1;
    doc = -1;
    return this;
  }

  @Override
  public int docID() {
    return doc;
  }

  @Override
  public int freq() {
    return impacts[place];
  }

  @Override
  public int nextDoc() throws IOException {
    if (++place >= size && nextWindow(window + 1) == false) {
      return doc = NO_MORE_DOCS;
    }
    return doc = docs[place];
  }

  @Override
  public int advance(int target) throws IOException {
    int next = Math.max(window, 0);
    while (next < windows.count() && windows.window(next) < target / WINDOW_SIZE) {
      next++;
    }
    if (next != window) {
      if (nextWindow(next) == false) {
        return doc = NO_MORE_DOCS;
      }
    } else {
      place++;
    }
    while (place < size && docs[place] < target) {
      place++;
    }
    if (place == size && nextWindow(window + 1) == false) {
      return doc = NO_MORE_DOCS;
    }
    return doc = docs[place];
  }

  private boolean nextWindow(int index) throws IOException {
    window = index;
    place = 0;
    if (index >= windows.count()) {
      size = 0;
      return false;
    }
    windows.load(index);
    size = windows.decode(docs, impacts);
    return true;
  }

  @Override
  public long cost() {
    return windows.docFreq();
  }

  @Override
  public int nextPosition() {
    return -1;
  }

  @Override
  public int startOffset() {
    return -1;
  }

  @Override
  public int endOffset() {
    return -1;
  }

  @Override
  public BytesRef getPayload() {
    return null;
  }
}
