/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts104;

import io.trident.codec.impacts.ImpactQuantizer;
import io.trident.codec.impacts.ImpactVectorField;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.BytesRef;

/** Merges of sorted segments, compared with the postings that were given. */
public class TestImpacts104SortedMerge extends LuceneTestCase {

  /** The impact of each token of each live document, by token, then by the document's number. */
  private final Map<String, Map<Long, Integer>> expected = new TreeMap<>();

  public void testMergedPostingsAreThoseGiven() throws IOException {
    try (Directory directory = newDirectory();
        IndexWriter writer = new IndexWriter(directory, config())) {
      int docs = atLeast(2_000);
      for (long number = 0; number < docs; number++) {
        addDocument(writer, number);
        if (rarely()) {
          delete(writer, random().nextLong(number + 1));
        }
        if (random().nextInt(docs) < 8) {
          writer.flush();
        }
      }
      writer.forceMerge(1);
      try (var reader = DirectoryReader.open(writer)) {
        assertPostings(getOnlyLeafReader(reader));
        assertEquals(reader.numDocs(), reader.docFreq(new Term("text", "every")));
      }
    }
  }

  private static IndexWriterConfig config() {
    return newIndexWriterConfig()
        .setCodec(TestUtil.alwaysPostingsFormat(new Impacts104PostingsFormat()))
        .setIndexSort(
            new Sort(new SortField("order", SortField.Type.LONG, random().nextBoolean())));
  }

  private void addDocument(IndexWriter writer, long number) throws IOException {
    Document document = new Document();
    document.add(new StringField("id", Long.toString(number), Field.Store.NO));
    document.add(new NumericDocValuesField("number", number));
    document.add(new NumericDocValuesField("order", random().nextLong(1_000)));
    document.add(new TextField("text", "word" + number % 3 + " every", Field.Store.NO));
    Map<String, Integer> vector = vector();
    vector.forEach(
        (token, i) -> expected.computeIfAbsent(token, t -> new TreeMap<>()).put(number, i));
    document.add(
        new ImpactVectorField(
            "vector",
            List.copyOf(vector.keySet()),
            vector.values().stream().mapToInt(Integer::intValue).toArray()));
    writer.addDocument(document);
  }

  /** Frequent and rare tokens. */
  private static Map<String, Integer> vector() {
    Map<String, Integer> vector = new TreeMap<>();
    int tokens = random().nextInt(8);
    for (int i = 0; i < tokens; i++) {
      int range = 1 << random().nextInt(12);
      vector.put("t" + random().nextInt(range), 1 + random().nextInt(ImpactQuantizer.MAX_IMPACT));
    }
    return vector;
  }

  private void delete(IndexWriter writer, long number) throws IOException {
    writer.deleteDocuments(new Term("id", Long.toString(number)));
    expected.values().forEach(postings -> postings.remove(number));
    expected.values().removeIf(Map::isEmpty);
  }

  private void assertPostings(LeafReader leaf) throws IOException {
    Map<String, Map<Long, Integer>> found = new TreeMap<>();
    TermsEnum terms = leaf.terms("vector").iterator();
    for (BytesRef term = terms.next(); term != null; term = terms.next()) {
      Map<Long, Integer> postings = new TreeMap<>();
      NumericDocValues numbers = leaf.getNumericDocValues("number");
      PostingsEnum docs = terms.postings(null, PostingsEnum.FREQS);
      while (docs.nextDoc() != PostingsEnum.NO_MORE_DOCS) {
        assertTrue(numbers.advanceExact(docs.docID()));
        postings.put(numbers.longValue(), docs.freq());
      }
      found.put(term.utf8ToString(), postings);
    }
    assertEquals(expected, found);
  }
}
