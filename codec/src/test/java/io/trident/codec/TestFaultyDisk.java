/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec;

import com.carrotsearch.randomizedtesting.RandomizedContext;
import com.carrotsearch.randomizedtesting.generators.RandomPicks;
import io.trident.codec.FaultyDirectory.Call;
import io.trident.codec.FaultyDirectory.Kind;
import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LogDocMergePolicy;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.Term;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.tests.store.MockDirectoryWrapper;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

/**
 * Documents with vectors of each kind are written, deleted, flushed, merged, committed and read
 * while the disk fails: at one call, for lack of room, or altogether; then the machine may crash,
 * which takes what was not synced. Afterwards the index has what was committed, with its vectors,
 * no file is left open, and writing goes on. {@code -Dtests.faults=2000} fails so many times.
 */
@LuceneTestCase.SuppressSysoutChecks(bugUrl = "prints what it counted")
public class TestFaultyDisk extends LuceneTestCase {

  private static final int FAULTS = Integer.getInteger("tests.faults", 40 * RANDOM_MULTIPLIER);
  private static final int STEPS = 60;
  private static final int IDS = 40;

  private TokenVectorsEncoding encoding;
  private TokenSimilarity similarity;
  private Codec codec;

  /** What is committed, and what is when the commit under way has been done. */
  private Map<String, VectorDocument> committed;

  private Map<String, VectorDocument> committing;

  public void testWhatIsCommittedStaysWhateverTheDiskDoes() throws IOException {
    Map<String, Integer> failed = new TreeMap<>();
    for (int faults = 0; faults < FAULTS; ) {
      chooseFormat();
      long scenario = random().nextLong();
      Call call = RandomPicks.randomFrom(random(), Call.values());
      Kind kind = RandomPicks.randomFrom(random(), Kind.of(call));
      int count = count(scenario, call);
      if (count > 0) {
        boolean crashes = random().nextBoolean();
        fail(scenario, call, 1 + random().nextInt(count), kind, crashes);
        failed.merge(kind + " at " + call + (crashes ? ", then a crash" : ""), 1, Integer::sum);
        faults++;
      }
    }
    String seed = RandomizedContext.current().getRunnerSeedAsString();
    System.getLogger(getTestName())
        .log(System.Logger.Level.INFO, FAULTS + " faults of seed " + seed + ": " + failed);
  }

  private void chooseFormat() {
    encoding = RandomPicks.randomFrom(random(), TokenVectorsEncoding.values());
    similarity = RandomPicks.randomFrom(random(), TokenSimilarity.values());
    codec = AllFormatsCodec.of(encoding, similarity);
  }

  /** How many calls of a kind the scenario makes. */
  private int count(long scenario, Call call) throws IOException {
    try (MockDirectoryWrapper disk = disk()) {
      FaultyDirectory directory = new FaultyDirectory(disk);
      write(directory, new Random(scenario));
      int count = directory.count(call);
      check(directory, "no fault");
      return count;
    }
  }

  private static MockDirectoryWrapper disk() {
    return new MockDirectoryWrapper(random(), new ByteBuffersDirectory());
  }

  private void fail(long scenario, Call call, int at, Kind kind, boolean crashes)
      throws IOException {
    String what = String.format(Locale.ROOT, "%s at %s %d of %x", kind, call, at, scenario);
    try (MockDirectoryWrapper disk = disk()) {
      FaultyDirectory directory = new FaultyDirectory(disk);
      directory.fail(call, at, kind);
      try {
        write(directory, new Random(scenario));
      } catch (IOException | AlreadyClosedException e) {
        // the disk has failed, or the writer has been closed by what it failed at before
      } catch (RuntimeException e) {
        // Lucene's packed integers have no other way to say that the disk has failed
        assertTrue(what, e.getCause() instanceof IOException);
      }
      assertTrue(what, directory.hasFailed());
      directory.repair();
      if (crashes) {
        disk.crash();
        disk.clearCrash();
      }
      check(directory, what);
      goOn(directory, what);
    }
  }

  private IndexWriterConfig config() {
    LogDocMergePolicy policy = new LogDocMergePolicy();
    policy.setMergeFactor(3);
    return new IndexWriterConfig()
        .setCodec(codec)
        .setMergePolicy(policy)
        .setMergeScheduler(new SerialMergeScheduler())
        .setMaxBufferedDocs(5);
  }

  /** Writes until the end, or until the disk fails. */
  private void write(FaultyDirectory directory, Random random) throws IOException {
    committed = Map.of();
    committing = Map.of();
    Map<String, VectorDocument> written = new TreeMap<>();
    IndexWriter writer =
        new IndexWriter(directory, config().setUseCompoundFile(random.nextBoolean()));
    try {
      for (int i = 0; i < STEPS; i++) {
        step(writer, written, random);
      }
      commit(writer, written);
    } finally {
      rollBack(writer);
    }
  }

  /** What was not committed is given up, also on a disk that still fails. */
  private static void rollBack(IndexWriter writer) {
    try {
      writer.rollback();
    } catch (IOException | AlreadyClosedException e) {
      assertFalse(e.toString(), writer.isOpen());
    }
  }

  private void step(IndexWriter writer, Map<String, VectorDocument> written, Random random)
      throws IOException {
    String id = Integer.toString(random.nextInt(IDS));
    switch (random.nextInt(20)) {
      case 0 -> commit(writer, written);
      case 1 -> writer.flush();
      case 2 -> writer.forceMerge(1 + random.nextInt(3));
      case 3 -> {
        try (DirectoryReader reader = DirectoryReader.open(writer)) {
          assertEquals(stored(written), StoredVectors.read(reader));
        }
      }
      case 4 -> {
        writer.deleteDocuments(new Term(VectorDocument.ID, id));
        written.remove(id);
      }
      default -> {
        VectorDocument document = VectorDocument.random(id, random);
        writer.updateDocument(new Term(VectorDocument.ID, id), document.document());
        written.put(id, document);
      }
    }
  }

  private void commit(IndexWriter writer, Map<String, VectorDocument> written) throws IOException {
    committing = Map.copyOf(written);
    writer.commit();
    committed = committing;
  }

  private Map<String, StoredVectors> stored(Map<String, VectorDocument> documents) {
    Map<String, StoredVectors> stored = new TreeMap<>();
    documents.forEach((id, document) -> stored.put(id, document.stored(encoding, similarity)));
    return stored;
  }

  /** The index has what was committed last; a commit that failed is there, or not. */
  private void check(FaultyDirectory directory, String what) throws IOException {
    if (DirectoryReader.indexExists(directory) == false) {
      assertEquals(what, Map.of(), committed);
      return;
    }
    TestUtil.checkIndex(directory);
    try (DirectoryReader reader = DirectoryReader.open(directory)) {
      Map<String, StoredVectors> found = StoredVectors.read(reader);
      if (found.equals(stored(committing))) {
        committed = committing;
      }
      assertEquals(what, stored(committed), found);
    }
  }

  /** What is there is opened, added to, merged, and still there. */
  private void goOn(FaultyDirectory directory, String what) throws IOException {
    Map<String, VectorDocument> written = new TreeMap<>(committed);
    try (IndexWriter writer = new IndexWriter(directory, config())) {
      VectorDocument document = VectorDocument.random("new", random());
      writer.addDocument(document.document());
      written.put("new", document);
      writer.forceMerge(1);
      commit(writer, written);
    }
    check(directory, what + ", afterwards");
  }
}
