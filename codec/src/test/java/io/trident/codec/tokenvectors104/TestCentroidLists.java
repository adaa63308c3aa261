/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors104;

import io.trident.codec.tokenvectors.CandidateSearch;
import io.trident.codec.tokenvectors.CentroidLists;
import io.trident.codec.tokenvectors.MaxSimScorer;
import io.trident.codec.tokenvectors.QueryTokenVectors;
import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import io.trident.codec.tokenvectors.TokenVectorsField;
import io.trident.codec.tokenvectors.TokenVectorsValues;
import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.Bits;

/** The lists hold every document, and the candidates are those that score best. */
public class TestCentroidLists extends LuceneTestCase {

  private static final String FIELD = "tokens";
  private static final int WORDS = 60;

  private final int dimension = TestUtil.nextInt(random(), 32, 100);
  private final float[][] words = new float[WORDS][];

  @Override
  public void setUp() throws Exception {
    super.setUp();
    for (int i = 0; i < WORDS; i++) {
      words[i] = new float[dimension];
      for (int d = 0; d < dimension; d++) {
        words[i][d] = (float) random().nextGaussian();
      }
    }
  }

  /** Tokens of random words, each near its word's vector; one word more often than others. */
  private float[] tokens(int[] ids) {
    float[] flat = new float[ids.length * dimension];
    int favourite = random().nextInt(WORDS);
    for (int t = 0; t < ids.length; t++) {
      ids[t] = random().nextInt(4) == 0 ? favourite : random().nextInt(WORDS);
      for (int d = 0; d < dimension; d++) {
        flat[t * dimension + d] = words[ids[t]][d] + 0.3f * (float) random().nextGaussian();
      }
    }
    return flat;
  }

  private interface LeafTest {
    void test(TokenVectorsValues values, int maxDoc) throws IOException;
  }

  private void withSegment(int documents, LeafTest test) throws IOException {
    TokenVectorsEncoding[] encodings = TokenVectorsEncoding.values();
    TokenVectorsEncoding encoding = encodings[random().nextInt(encodings.length)];
    boolean known = random().nextBoolean();
    IndexWriterConfig config =
        newIndexWriterConfig()
            .setCodec(
                TestUtil.alwaysDocValuesFormat(
                    new TokenVectors104DocValuesFormat(encoding, TokenSimilarity.COSINE, 1)));
    try (Directory directory = newDirectory();
        IndexWriter writer = new IndexWriter(directory, config)) {
      for (int i = 0; i < documents; i++) {
        Document document = new Document();
        if (random().nextInt(20) != 0) {
          int[] ids = new int[random().nextInt(12)];
          float[] flat = tokens(ids);
          document.add(
              new TokenVectorsField(FIELD, dimension, flat, known ? ids : new int[ids.length]));
        }
        writer.addDocument(document);
      }
      writer.forceMerge(1);
      try (DirectoryReader reader = DirectoryReader.open(writer)) {
        test.test(
            (TokenVectorsValues) reader.leaves().get(0).reader().getBinaryDocValues(FIELD),
            reader.maxDoc());
      }
    }
  }

  public void testEveryDocumentWithTokensIsInAList() throws IOException {
    withSegment(
        500,
        (values, maxDoc) -> {
          CentroidLists lists = values.centroidLists();
          BitSet listed = new BitSet();
          for (int c = 0; c < lists.count(); c++) {
            int[] documents = lists.documents(c);
            for (int i = 0; i < documents.length; i++) {
              assertTrue(i == 0 || documents[i] > documents[i - 1]);
              listed.set(documents[i]);
            }
          }
          BitSet expected = new BitSet();
          while (values.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) {
            expected.set(values.docID(), values.docID() + Math.min(1, values.tokenCount()));
          }
          assertEquals(expected, listed);
          QueryTokenVectors query = new QueryTokenVectors(dimension, tokens(new int[3]));
          int[] all =
              new CandidateSearch(lists, query, values.similarity(), lists.count())
                  .find(maxDoc, null);
          assertArrayEquals(expected.stream().toArray(), all);
        });
  }

  public void testCandidatesAreAcceptedDocuments() throws IOException {
    withSegment(
        500,
        (values, maxDoc) -> {
          BitSet accepted = new BitSet();
          for (int i = 0; i < 100; i++) {
            accepted.set(random().nextInt(maxDoc));
          }
          Bits bits =
              new Bits() {
                @Override
                public boolean get(int index) {
                  return accepted.get(index);
                }

                @Override
                public int length() {
                  return maxDoc;
                }
              };
          QueryTokenVectors query = new QueryTokenVectors(dimension, tokens(new int[3]));
          int[] found =
              new CandidateSearch(values.centroidLists(), query, values.similarity(), 4)
                  .find(20, bits);
          assertTrue(found.length <= 20);
          assertTrue(Arrays.stream(found).allMatch(accepted::get));
        });
  }

  /** A tenth of the documents holds nearly all of the best ten by exact scores. */
  public void testCandidatesHoldTheBest() throws IOException {
    int[] kept = new int[1];
    int queries = 20;
    withSegment(
        3000,
        (values, maxDoc) -> {
          List<QueryTokenVectors> all =
              IntStream.range(0, queries)
                  .mapToObj(q -> new QueryTokenVectors(dimension, tokens(new int[8])))
                  .toList();
          float[][] scores = new float[queries][maxDoc];
          MaxSimScorer[] scorers = new MaxSimScorer[queries];
          Arrays.setAll(scorers, q -> values.scorer(all.get(q)));
          while (values.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) {
            for (int q = 0; q < queries; q++) {
              scores[q][values.docID()] = scorers[q].score();
            }
          }
          for (int q = 0; q < queries; q++) {
            float[] of = scores[q];
            int[] found =
                new CandidateSearch(values.centroidLists(), all.get(q), values.similarity(), 16)
                    .find(300, null);
            kept[0] +=
                (int)
                    IntStream.range(0, maxDoc)
                        .boxed()
                        .sorted(Comparator.comparingDouble(doc -> -of[doc]))
                        .limit(10)
                        .filter(doc -> Arrays.binarySearch(found, doc) >= 0)
                        .count();
          }
        });
    assertTrue("kept " + kept[0] + " of " + 10 * queries, kept[0] > 9 * queries);
  }
}
