/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts104;

import io.trident.codec.IndexFiles;
import io.trident.codec.impacts.ImpactVectorField;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.BytesRef;

/** Vectors inverted at the flush of a segment, compared with those given. */
public class TestVectorInversion extends LuceneTestCase {

  private static final String FIELD = "vector";

  /** The impact of each document with a token, by token. */
  private final Map<BytesRef, Map<Integer, Integer>> expected = new TreeMap<>();

  private Document document(int doc, int vectors) {
    Document document = new Document();
    for (int i = 0; i < vectors; i++) {
      Map<String, Integer> vector = vector();
      vector.forEach(
          (token, impact) ->
              expected
                  .computeIfAbsent(new BytesRef(token), t -> new TreeMap<>())
                  .merge(doc, impact, Integer::sum));
      document.add(
          new ImpactVectorField(
              FIELD,
              List.copyOf(vector.keySet()),
              vector.values().stream().mapToInt(Integer::intValue).toArray()));
    }
    return document;
  }

  /** Some equal to others, some without a token, some longer than a term of Lucene may be. */
  private static Map<String, Integer> vector() {
    Map<String, Integer> vector = new TreeMap<>();
    if (random().nextInt(4) == 0) {
      vector.put("same", 7);
      return vector;
    }
    int tokens = rarely() ? 5_000 : random().nextInt(20);
    for (int i = 0; i < tokens; i++) {
      String token = "\u20ac" + random().nextInt(1 << random().nextInt(1, 15));
      vector.put(token, 1 + random().nextInt(255));
    }
    if (rarely()) {
      int length = ImpactVectorField.MAX_TOKEN_BYTES - random().nextInt(3);
      vector.put(TestUtil.randomSimpleString(random(), length, length), 255);
    }
    return vector;
  }

  public void testPostingsAreThoseOfTheVectors() throws IOException {
    IndexWriterConfig config =
        newIndexWriterConfig()
            .setMergePolicy(NoMergePolicy.INSTANCE)
            .setRAMBufferSizeMB(64)
            .setMaxBufferedDocs(IndexWriterConfig.DISABLE_AUTO_FLUSH)
            .setCodec(TestUtil.alwaysPostingsFormat(new Impacts104PostingsFormat()));
    try (Directory directory = newDirectory()) {
      index(directory, config, atLeast(200));
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        assertEquals(expected, postings(getOnlyLeafReader(reader)));
      }
    }
  }

  /** Writes documents of mostly one vector. */
  private void index(Directory directory, IndexWriterConfig config, int docs) throws IOException {
    try (IndexWriter writer = new IndexWriter(directory, config)) {
      for (int doc = 0; doc < docs; doc++) {
        writer.addDocument(document(doc, random().nextInt(8) == 0 ? random().nextInt(4) : 1));
      }
    }
  }

  private static Map<BytesRef, Map<Integer, Integer>> postings(LeafReader leaf) throws IOException {
    Map<BytesRef, Map<Integer, Integer>> found = new TreeMap<>();
    TermsEnum terms = leaf.terms(FIELD).iterator();
    for (BytesRef term = terms.next(); term != null; term = terms.next()) {
      Map<Integer, Integer> impacts = new TreeMap<>();
      PostingsEnum postings = terms.postings(null, PostingsEnum.FREQS);
      while (postings.nextDoc() != PostingsEnum.NO_MORE_DOCS) {
        impacts.put(postings.docID(), postings.freq());
      }
      found.put(BytesRef.deepCopyOf(term), impacts);
    }
    return found;
  }

  /** A format that does not invert keeps the vectors as they wait in memory. */
  public void testHowManyPostingsAreSortedAtATimeDoesNotShow() throws IOException {
    IndexWriterConfig config =
        new IndexWriterConfig().setCodec(TestUtil.getDefaultCodec()).setRAMBufferSizeMB(64);
    try (Directory directory = newDirectory()) {
      index(directory, config, 200);
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        LeafReader leaf = getOnlyLeafReader(reader);
        List<byte[]> files = invert(leaf, Integer.MAX_VALUE);
        int few = random().nextInt(1_000);
        assertTrue("few=" + few, Arrays.deepEquals(files.toArray(), invert(leaf, few).toArray()));
      }
    }
  }

  /** Inverts the vectors of a segment and returns what was written. */
  private static List<byte[]> invert(LeafReader leaf, int maxPostings) throws IOException {
    FieldInfo info = leaf.getFieldInfos().fieldInfo(FIELD);
    Terms terms = leaf.terms(FIELD);
    List<String> names = List.of("meta", "index", "data");
    List<byte[]> files = new ArrayList<>();
    try (Directory directory = new ByteBuffersDirectory()) {
      try (IndexOutput meta = directory.createOutput(names.get(0), IOContext.DEFAULT);
          IndexOutput index = directory.createOutput(names.get(1), IOContext.DEFAULT);
          IndexOutput data = directory.createOutput(names.get(2), IOContext.DEFAULT)) {
        Impacts104FieldWriter field =
            new Impacts104FieldWriter(info, leaf.maxDoc(), meta, index, data);
        new VectorInversion(terms, maxPostings).writeTo(field);
        field.finish();
      }
      for (String name : names) {
        files.add(IndexFiles.read(directory, name));
      }
    }
    return files;
  }

  public void testTokensAndImpactsHaveLimits() {
    String token = "x".repeat(ImpactVectorField.MAX_TOKEN_BYTES + 1);
    assertRefused("32762", token, 1);
    assertRefused("between [1] and [255], got [0]", "x", 0);
    assertRefused("between [1] and [255], got [256]", "x", 256);
  }

  private static void assertRefused(String message, String token, int impact) {
    IllegalArgumentException refused =
        expectThrows(
            IllegalArgumentException.class,
            () -> new ImpactVectorField(FIELD, List.of(token), new int[] {impact}));
    assertTrue(refused.getMessage(), refused.getMessage().contains(message));
  }
}
