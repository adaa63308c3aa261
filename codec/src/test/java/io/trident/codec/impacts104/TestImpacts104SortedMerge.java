package io.trident.codec.impacts104;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.TermFrequencyAttribute;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexOptions;
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

  private static final FieldType IMPACTS = new FieldType();

  static {
    IMPACTS.setOmitNorms(true);
    IMPACTS.setIndexOptions(IndexOptions.DOCS_AND_FREQS);
    IMPACTS.freeze();
  }

  /** The impact of each token of each live document, by token, then by the document's number. */
  private final Map<String, Map<Long, Integer>> expected = new TreeMap<>();

  public void testMergedPostingsAreThoseGiven() throws IOException {
    int largest = random().nextBoolean() ? 255 : 1 << 20;
    try (Directory directory = newDirectory();
        IndexWriter writer = new IndexWriter(directory, config())) {
      int docs = atLeast(9_000); // more than two windows
      for (long number = 0; number < docs; number++) {
        addDocument(writer, number, largest);
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

  private void addDocument(IndexWriter writer, long number, int largest) throws IOException {
    Document document = new Document();
    document.add(new StringField("id", Long.toString(number), Field.Store.NO));
    document.add(new NumericDocValuesField("number", number));
    document.add(new NumericDocValuesField("order", random().nextLong(1_000)));
    document.add(new TextField("text", "word" + number % 3 + " every", Field.Store.NO));
    Map<String, Integer> vector = vector(largest);
    vector.forEach(
        (token, i) -> expected.computeIfAbsent(token, t -> new TreeMap<>()).put(number, i));
    document.add(new VectorField(vector));
    writer.addDocument(document);
  }

  /** Frequent and rare tokens. */
  private static Map<String, Integer> vector(int largest) {
    Map<String, Integer> vector = new TreeMap<>();
    int tokens = random().nextInt(8);
    for (int i = 0; i < tokens; i++) {
      int range = 1 << random().nextInt(12);
      vector.put("t" + random().nextInt(range), 1 + random().nextInt(largest));
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

  /** A vector whose impacts may be of any size. */
  private static final class VectorField extends Field {
    private final Map<String, Integer> vector;

    private VectorField(Map<String, Integer> vector) {
      super("vector", IMPACTS);
      this.vector = vector;
      this.fieldsData = "";
    }

    @Override
    public TokenStream tokenStream(Analyzer analyzer, TokenStream reuse) {
      var entries = vector.entrySet().iterator();
      return new TokenStream() {
        private final CharTermAttribute term = addAttribute(CharTermAttribute.class);
        private final TermFrequencyAttribute frequency = addAttribute(TermFrequencyAttribute.class);

        @Override
        public boolean incrementToken() {
          if (entries.hasNext() == false) {
            return false;
          }
          clearAttributes();
          Map.Entry<String, Integer> entry = entries.next();
          term.append(entry.getKey());
          frequency.setTermFrequency(entry.getValue());
          return true;
        }
      };
    }
  }
}
