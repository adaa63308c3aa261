package io.trident.codec.impacts104;

import io.trident.codec.IndexFiles;
import io.trident.codec.impacts.ImpactBlocks;
import io.trident.codec.impacts.ImpactTerms;
import io.trident.codec.impacts.ImpactTermsEnum;
import io.trident.codec.impacts.ImpactVectorField;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.CheckIndex;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexFormatTooNewException;
import org.apache.lucene.index.IndexFormatTooOldException;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.BytesRef;

/** Bytes that changed or are missing, in any of the format's files, are noticed. */
public class TestImpacts104Corruption extends LuceneTestCase {

  private static final String[] EXTENSIONS = {"imm", "imi", "imd"};

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

  public void testFlippedBitFailsTheCheck() throws IOException {
    for (String extension : EXTENSIONS) {
      try (Directory directory = index()) {
        IndexFiles.change(directory, extension, bytes -> IndexFiles.flip(bytes, random()));
        try (CheckIndex check = new CheckIndex(directory)) {
          check.setInfoStream(
              new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
          assertFalse(extension, check.checkIndex().clean);
        }
      }
    }
  }

  public void testMissingBytesAndFlippedMetadataAreToldWhenOpened() throws IOException {
    for (int i = 0; i < 40; i++) {
      String extension = EXTENSIONS[i % EXTENSIONS.length];
      try (Directory directory = index()) {
        if (random().nextBoolean() && extension.equals("imm")) {
          IndexFiles.change(directory, extension, bytes -> IndexFiles.flip(bytes, random()));
        } else {
          IndexFiles.change(
              directory, extension, all -> Arrays.copyOf(all, random().nextInt(all.length)));
        }
        Exception thrown = expectThrows(Exception.class, () -> scoreAll(directory));
        assertTrue(
            extension + ": " + thrown,
            thrown instanceof CorruptIndexException
                || thrown instanceof IndexFormatTooNewException
                || thrown instanceof IndexFormatTooOldException);
      }
    }
  }
}
