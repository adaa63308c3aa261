/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts104;

import io.trident.codec.IndexFiles;
import io.trident.codec.impacts.ImpactBlocks;
import io.trident.codec.impacts.ImpactTerms;
import io.trident.codec.impacts.ImpactTermsEnum;
import io.trident.codec.impacts.ImpactVectorField;
import java.io.IOException;
import java.util.List;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.BytesRef;

/** What was written wrong, under a checksum that fits, is told or fails with nothing else. */
public class TestImpacts104Corruption extends LuceneTestCase {

  private static Directory index() throws IOException {
    Directory directory = new ByteBuffersDirectory();
    IndexWriterConfig config =
        new IndexWriterConfig()
            .setCodec(TestUtil.alwaysPostingsFormat(new Impacts104PostingsFormat()))
            .setUseCompoundFile(false);
    try (IndexWriter writer = new IndexWriter(directory, config)) {
      for (int i = 0; i < 1_000; i++) {
        Document document = new Document();
        document.add(
            new ImpactVectorField(
                "f", List.of("common", "t" + random().nextInt(50)), new int[] {1 + i % 255, 7}));
        writer.addDocument(document);
      }
      writer.forceMerge(1);
    }
    return directory;
  }

  private static void scoreAll(Directory directory) throws IOException {
    try (DirectoryReader reader = DirectoryReader.open(directory)) {
      ImpactTerms terms = (ImpactTerms) reader.leaves().get(0).reader().terms("f");
      readPostings(terms.iterator());
      ImpactTermsEnum found = terms.iterator();
      for (String token : List.of("common", "t1", "t2", "t3")) {
        if (found.seekExact(new BytesRef(token)) == false) {
          continue;
        }
        ImpactBlocks blocks = found.blocks();
        int[] scores = new int[ImpactTerms.BLOCK_SIZE];
        for (int b = 0; b < blocks.maxima().length; b++) {
          if (blocks.maxima()[b] != 0) {
            blocks.addScores(b, 1, scores);
          }
        }
      }
    }
  }

  private static void readPostings(ImpactTermsEnum terms) throws IOException {
    while (terms.next() != null) {
      PostingsEnum postings = terms.postings(null, PostingsEnum.FREQS);
      while (postings.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) {
        postings.freq();
      }
    }
  }

  /** With a footer that fits, the reader has only its own checks: it never leaves the files. */
  public void testWhatWasWrittenWrongFailsWithNothingElse() throws IOException {
    for (int i = 0; i < 200; i++) {
      String extension = i % 2 == 0 ? "imi" : "imd";
      try (Directory directory = index()) {
        IndexFiles.change(
            directory, extension, bytes -> IndexFiles.withFooter(changed(bytes, extension)));
        try {
          scoreAll(directory);
        } catch (CorruptIndexException e) {
          assertNotNull(e.getMessage());
        }
      }
    }
  }

  private static byte[] changed(byte[] bytes, String extension) {
    int header =
        CodecUtil.indexHeaderLength(
            extension.equals("imi")
                ? Impacts104PostingsFormat.INDEX_CODEC
                : Impacts104PostingsFormat.DATA_CODEC,
            Impacts104PostingsFormat.NAME + "_0");
    int at = header + random().nextInt(bytes.length - header - CodecUtil.footerLength());
    bytes[at] = (byte) random().nextInt();
    return bytes;
  }
}
