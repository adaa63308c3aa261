/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec;

import com.carrotsearch.randomizedtesting.generators.RandomPicks;
import io.trident.codec.impacts.ImpactVectorField;
import io.trident.codec.impacts104.TestImpacts104Golden;
import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import io.trident.codec.tokenvectors.TokenVectorsField;
import io.trident.codec.tokenvectors104.TestTokenVectors104Golden;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import javax.management.JMException;
import javax.management.ObjectName;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.CodecReader;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

/**
 * Bytes that changed or are missing, in any file that our codec writes, are told as such: when the
 * segment is opened, by a search, or else when its checksums are compared, as every merge, recovery
 * and snapshot does. Some bytes of each file are damaged, or all with {@code -Dtests.nightly=true}.
 */
@LuceneTestCase.SuppressSysoutChecks(bugUrl = "prints what it counted")
public class TestDamagedFiles extends LuceneTestCase {

  private static final List<String> OURS = List.of("imm", "imi", "imd", "mvm", "mvi", "mvd", "mvl");

  /** Of our fields, but read by Lucene, whose readers check the bytes of searches less. */
  private static final List<String> OF_LUCENE =
      List.of("vec", "vem", "vemf", "vemq", "veq", "vex", "cfs", "cfe");

  private static final int DOCUMENTS = 1_200;
  private static final int DIMENSION = 8;

  private static final int SECTOR = 512;

  /** What happens to a file from a byte on. */
  private enum Damage {
    /** One bit of the byte is another. */
    FLIPPED {
      @Override
      void change(byte[] bytes, int at) {
        bytes[at] ^= (byte) (1 << random().nextInt(Byte.SIZE));
      }
    },
    /** The file ends before the byte. */
    CUT,
    /** A sector was never written. */
    ZEROED {
      @Override
      void change(byte[] bytes, int at) {
        Arrays.fill(bytes, at, Math.min(bytes.length, at + SECTOR), (byte) 0);
      }
    },
    /** A sector was written over. */
    OVERWRITTEN {
      @Override
      void change(byte[] bytes, int at) {
        for (int i = at; i < Math.min(bytes.length, at + SECTOR); i++) {
          bytes[i] = (byte) random().nextInt();
        }
      }
    };

    void change(byte[] bytes, int at) {}

    byte[] of(byte[] bytes, int at) {
      byte[] changed = Arrays.copyOf(bytes, this == CUT ? at : bytes.length);
      change(changed, at);
      return changed;
    }
  }

  /** How damage came to light. */
  private enum Outcome {
    OPENED,
    SEARCHED,
    CHECKED,
    CHECKED_AFTER_OTHER_ANSWERS,
    HARMLESS
  }

  private final Map<String, EnumMap<Outcome, Integer>> outcomes = new TreeMap<>();

  private final Codec codec =
      AllFormatsCodec.of(
          RandomPicks.randomFrom(random(), TokenVectorsEncoding.values()),
          RandomPicks.randomFrom(random(), TokenSimilarity.values()));

  private IndexWriterConfig config() {
    return new IndexWriterConfig().setCodec(codec).setMergeScheduler(new SerialMergeScheduler());
  }

  private void write(Directory directory, boolean compound) throws IOException {
    IndexWriterConfig config =
        config().setUseCompoundFile(compound).setMergePolicy(NoMergePolicy.INSTANCE);
    try (IndexWriter writer = new IndexWriter(directory, config)) {
      for (int i = 0; i < DOCUMENTS; i++) {
        writer.addDocument(document(i));
      }
    }
  }

  private static Document document(int i) {
    Document document = new Document();
    document.add(
        new ImpactVectorField(
            AllFormatsCodec.SPARSE,
            List.of("common", "half" + i % 2, "t" + random().nextInt(300)),
            random().ints(3, 1, 256).toArray()));
    float[] vectors = new float[random().nextInt(3) * DIMENSION];
    for (int j = 0; j < vectors.length; j++) {
      vectors[j] = (float) random().nextGaussian();
    }
    int[] ids = random().ints(vectors.length / DIMENSION, 0, 30_000).toArray();
    if (i % 3 > 0) {
      document.add(new TokenVectorsField(AllFormatsCodec.CODES, DIMENSION, vectors, ids));
    }
    if (i % 20 == 0) {
      document.add(new TokenVectorsField(AllFormatsCodec.FLOATS, DIMENSION, vectors, ids));
      document.add(
          new KnnFloatVectorField(AllFormatsCodec.DENSE, new float[] {1, i, random().nextInt(9)}));
    }
    return document;
  }

  public void testDamageIsTold() throws Exception {
    try (Directory directory = new MMapDirectory(createTempDir())) {
      write(directory, false);
      damageAll(directory, 100);
    }
    print();
  }

  public void testDamageOfCompoundFilesIsTold() throws Exception {
    try (Directory directory = new MMapDirectory(createTempDir())) {
      write(directory, true);
      damageAll(directory, 100);
    }
    print();
  }

  public void testDamageOfIndicesOfTheFirstVersionIsTold() throws Exception {
    for (Class<?> golden : List.of(TestImpacts104Golden.class, TestTokenVectors104Golden.class)) {
      try (Directory directory = IndexFiles.unzip(golden, "version-0.zip")) {
        damageAll(directory, 20);
      }
    }
    print();
  }

  /**
   * Damages the files of an index, one at a time.
   *
   * @param most how many bytes of a file, chosen at random, unless all are to be
   */
  private void damageAll(Directory directory, int most) throws Exception {
    Undamaged undamaged = Undamaged.of(directory);
    for (String name : directory.listAll()) {
      String extension = IndexFileNames.getExtension(name);
      if (extension == null
          || (OURS.contains(extension) || OF_LUCENE.contains(extension)) == false) {
        continue;
      }
      boolean ours = OURS.contains(extension);
      byte[] bytes = IndexFiles.read(directory, name);
      for (Damage damage : Damage.values()) {
        for (int at : places(bytes.length, most)) {
          IndexFiles.replace(directory, name, damage.of(bytes, at));
          note(
              damage + " ." + extension,
              new Attempt(
                      name + " " + damage + " at " + at,
                      ours,
                      ours || extension.equals("cfs"),
                      undamaged)
                  .with(directory));
        }
      }
      IndexFiles.replace(directory, name, bytes);
    }
    assertEquals(undamaged.answers, Undamaged.of(directory).answers);
  }

  private static int[] places(int length, int most) {
    return TEST_NIGHTLY || length <= most
        ? IntStream.range(0, length).toArray()
        : random().ints(most, 0, length).toArray();
  }

  /**
   * What an index answers.
   *
   * @param allocated how many bytes of the heap that takes
   */
  private record Undamaged(long answers, long allocated) {

    static Undamaged of(Directory directory) throws Exception {
      long before = allocatedBytes();
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        return new Undamaged(Answers.of(reader), allocatedBytes() - before);
      }
    }

    /** Whether no length was believed that no file has, and an array of its size was made. */
    boolean isLikely(long bytes) {
      return bytes < 4 * allocated + (1 << 20);
    }
  }

  private static long allocatedBytes() throws JMException {
    return (long)
        ManagementFactory.getPlatformMBeanServer()
            .getAttribute(
                new ObjectName(ManagementFactory.THREAD_MXBEAN_NAME),
                "CurrentThreadAllocatedBytes");
  }

  /**
   * An attempt to use an index with a damaged file.
   *
   * @param ours whether a format of ours reads the file
   */
  private record Attempt(String what, boolean ours, boolean searched, Undamaged undamaged) {

    Outcome with(Directory directory) throws Exception {
      long before = allocatedBytes();
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        return search(reader);
      } catch (IOException | RuntimeException | OutOfMemoryError e) {
        // Lucene believes the length of a codec's name in a header.
        if (ours && isTold(e) == false) {
          throw new AssertionError(what, e);
        }
        return Outcome.OPENED;
      } finally {
        long bytes = allocatedBytes() - before;
        assertTrue(what + " took " + bytes, ours == false || undamaged.isLikely(bytes));
      }
    }

    private Outcome search(DirectoryReader reader) throws IOException {
      long answers = undamaged.answers;
      try {
        answers = searched ? Answers.of(reader) : answers;
      } catch (CorruptIndexException e) {
        assertFalse(what, isSound(reader));
        return Outcome.SEARCHED;
      } catch (Exception e) {
        throw new AssertionError(what, e);
      }
      if (isSound(reader)) {
        assertEquals(what, undamaged.answers, answers);
        return Outcome.HARMLESS;
      }
      return answers == undamaged.answers ? Outcome.CHECKED : Outcome.CHECKED_AFTER_OTHER_ANSWERS;
    }
  }

  private static boolean isSound(DirectoryReader reader) throws IOException {
    try {
      for (LeafReaderContext leaf : reader.leaves()) {
        ((CodecReader) leaf.reader()).checkIntegrity();
      }
      return true;
    } catch (CorruptIndexException e) {
      return false;
    }
  }

  /** Whether a failure says what it is, and does not come of memory that there is not. */
  private static boolean isTold(Throwable thrown) {
    return thrown instanceof CorruptIndexException
        && Arrays.stream(thrown.getSuppressed()).noneMatch(Error.class::isInstance);
  }

  private void note(String where, Outcome outcome) {
    outcomes
        .computeIfAbsent(where, key -> new EnumMap<>(Outcome.class))
        .merge(outcome, 1, Integer::sum);
  }

  private void print() {
    System.getLogger(getTestName()).log(System.Logger.Level.INFO, outcomes);
  }

  public void testAMergeOfDamagedFilesIsRefusedAndLosesNothing() throws Exception {
    for (String extension : OURS) {
      try (Directory directory = new MMapDirectory(createTempDir())) {
        write(directory, false);
        write(directory, false);
        Undamaged undamaged = Undamaged.of(directory);
        String name = IndexFiles.name(directory, extension);
        byte[] bytes = IndexFiles.read(directory, name);
        for (int i = atLeast(3); i > 0; i--) {
          int at = random().nextInt(bytes.length);
          IndexFiles.replace(directory, name, Damage.FLIPPED.of(bytes, at));
          Throwable refusal = refusal(directory);
          assertTrue(name + " at " + at + ": " + refusal, isTold(refusal));
        }
        IndexFiles.replace(directory, name, bytes);
        assertEquals(undamaged.answers, Undamaged.of(directory).answers);
        TestUtil.checkIndex(directory);
      }
    }
  }

  /** Why the segments of an index are not merged. */
  private Throwable refusal(Directory directory) throws IOException {
    IndexWriter writer = new IndexWriter(directory, config().setUseCompoundFile(false));
    try {
      return expectThrows(IOException.class, () -> writer.forceMerge(1));
    } finally {
      writer.rollback();
    }
  }
}
