package io.trident.codec.impacts104;

import io.trident.codec.impacts.ImpactVectorField;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.CheckIndex;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** A byte that changed, in any of the format's files, is noticed. */
public class TestImpacts104Corruption extends LuceneTestCase {

  public void testFlippedByte() throws IOException {
    for (String extension : new String[] {"imm", "imi", "imd"}) {
      try (Directory directory = new ByteBuffersDirectory()) {
        write(directory);
        String name =
            List.of(directory.listAll()).stream()
                .filter(file -> file.endsWith("." + extension))
                .findFirst()
                .orElseThrow();
        flip(directory, name);
        try (CheckIndex check = new CheckIndex(directory)) {
          check.setInfoStream(
              new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
          assertFalse(extension, check.checkIndex().clean);
        }
      }
    }
  }

  private static void write(Directory directory) throws IOException {
    IndexWriterConfig config =
        new IndexWriterConfig()
            .setCodec(TestUtil.alwaysPostingsFormat(new Impacts104PostingsFormat()))
            .setUseCompoundFile(false);
    try (IndexWriter writer = new IndexWriter(directory, config)) {
      for (int i = 0; i < 2_000; i++) {
        Document document = new Document();
        document.add(
            new ImpactVectorField(
                "f", List.of("common", "t" + random().nextInt(50)), new int[] {1 + i % 255, 7}));
        writer.addDocument(document);
      }
      writer.forceMerge(1);
    }
  }

  private static void flip(Directory directory, String name) throws IOException {
    byte[] bytes;
    try (IndexInput in = directory.openInput(name, IOContext.READONCE)) {
      bytes = new byte[(int) in.length()];
      in.readBytes(bytes, 0, bytes.length);
    }
    bytes[random().nextInt(bytes.length)] ^= (byte) (1 << random().nextInt(8));
    directory.deleteFile(name);
    try (IndexOutput out = directory.createOutput(name, IOContext.DEFAULT)) {
      out.writeBytes(bytes, bytes.length);
    }
  }
}
