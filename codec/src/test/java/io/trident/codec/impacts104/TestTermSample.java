/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts104;

import io.trident.codec.impacts.ImpactVectorField;
import java.io.IOException;
import java.util.List;
import java.util.TreeSet;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.index.TermsEnum.SeekStatus;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.BytesRef;

/** Looks up terms whose first eight bytes say much, little or nothing. */
public class TestTermSample extends LuceneTestCase {

  public void testTermsAreFound() throws IOException {
    String[] prefixes = {"", "t", "feature_", "feature_number_", "\u0000", "\uffff\uffff\uffff"};
    TreeSet<BytesRef> terms = new TreeSet<>();
    int count = TestUtil.nextInt(random(), 1, 2_000);
    for (int i = 0; i < count; i++) {
      terms.add(new BytesRef(randomTerm(prefixes)));
    }
    try (Directory directory = newDirectory()) {
      write(directory, terms);
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        TermsEnum found = reader.leaves().get(0).reader().terms("f").iterator();
        for (int i = 0; i < 1_000; i++) {
          compare(terms, found, new BytesRef(randomTerm(prefixes)));
        }
        for (BytesRef term : terms) {
          compare(terms, found, term);
        }
      }
    }
  }

  private static void compare(TreeSet<BytesRef> terms, TermsEnum found, BytesRef term)
      throws IOException {
    BytesRef ceiling = terms.ceiling(term);
    SeekStatus status = found.seekCeil(term);
    if (ceiling == null) {
      assertEquals(SeekStatus.END, status);
    } else {
      assertEquals(ceiling.equals(term) ? SeekStatus.FOUND : SeekStatus.NOT_FOUND, status);
      assertEquals(ceiling, found.term());
      assertEquals(terms.headSet(ceiling).size(), found.ord());
    }
  }

  private static String randomTerm(String[] prefixes) {
    String prefix = prefixes[random().nextInt(prefixes.length)];
    return prefix + (random().nextInt(20) == 0 ? "\u0000" : random().nextInt(5_000));
  }

  private static void write(Directory directory, TreeSet<BytesRef> terms) throws IOException {
    IndexWriterConfig config = new IndexWriterConfig();
    config.setCodec(TestUtil.alwaysPostingsFormat(new Impacts104PostingsFormat()));
    try (IndexWriter writer = new IndexWriter(directory, config)) {
      Document document = new Document();
      for (BytesRef term : terms) {
        document.add(new ImpactVectorField("f", List.of(term.utf8ToString()), new int[] {1}));
      }
      writer.addDocument(document);
    }
  }
}
