/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.store;

import io.trident.models.api.ModelException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.lucene.tests.util.LuceneTestCase;

/** Which files are made of archives, and which archives are refused. */
@LuceneTestCase.SuppressFileSystems("*") // ZIPs are opened as files of the system
public class ModelArchiveTests extends LuceneTestCase {

  private static final long LIMIT = 100 << 20;

  private Path archive;
  private Path folder;

  @Override
  public void setUp() throws Exception {
    super.setUp();
    archive = createTempDir().resolve("archive.zip");
    folder = createTempDir();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void write(Map<String, byte[]> entries) throws IOException {
    try (OutputStream out = Files.newOutputStream(archive);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
      }
    }
  }

  private Map<String, String> unpacked(String... names) throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    for (String name : names) {
      entries.put(name, bytes("of " + name));
    }
    write(entries);
    ModelArchive.unpack("the archive", archive, "", folder, LIMIT);
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> found = Files.walk(folder)) {
      for (Path file : found.filter(Files::isRegularFile).toList()) {
        files.put(folder.relativize(file).toString().replace('\\', '/'), Files.readString(file));
      }
    }
    return files;
  }

  private void refused(String reason) {
    ModelException e =
        expectThrows(
            ModelException.class,
            () -> ModelArchive.unpack("the archive", archive, "", folder, LIMIT));
    assertEquals(ModelException.Kind.BAD_REQUEST, e.kind());
    assertTrue(e.getMessage(), e.getMessage().contains("[the archive]"));
    assertTrue(e.getMessage(), e.getMessage().contains(reason));
    assertTrue("messages are short", e.getMessage().length() < 500);
  }

  public void testAPublishedFolderIsUnpacked() throws IOException {
    Map<String, String> files =
        Map.of(
            "onnx/model.onnx", "of onnx/model.onnx",
            "tokenizer.json", "of tokenizer.json",
            "1_Pooling/config.json", "of 1_Pooling/config.json");
    assertEquals(
        files, unpacked("tokenizer.json", "1_Pooling/config.json", "onnx/model.onnx", ".git/x"));
  }

  public void testItsOnlyFolderIsLeftOut() throws IOException {
    assertEquals(
        Map.of("model.onnx", "of top/model.onnx", "trident.json", "of top/trident.json"),
        unpacked("README", "top/model.onnx", "top/trident.json", "other/trident.json"));
  }

  public void testOneGraphAndOneTokenizerMayHaveAnyNames() throws IOException {
    assertEquals(
        Map.of("model.onnx", "of small-q.onnx", "tokenizer.json", "of small-q-tokenizer.json"),
        unpacked("META-INF/MANIFEST.MF", "a/B$1.class", "small-q.onnx", "small-q-tokenizer.json"));
  }

  public void testSeveralGraphsAreRefused() throws IOException {
    write(Map.of("a.onnx", bytes("a"), "b.onnx", bytes("b"), "tokenizer.json", bytes("{}")));
    refused("got [2] of [*.onnx]");
  }

  public void testNamesThatLeadElsewhereAreRefused() throws IOException {
    Path outside = folder.resolveSibling("escaped");
    for (String name :
        List.of(
            "../escaped",
            "..",
            "a/../../escaped",
            outside.toString(),
            "C:\\escaped",
            "a\\..\\..\\escaped",
            "a\u0000b",
            "model.onnx/../" + "../".repeat(200) + "escaped")) {
      write(Map.of("model.onnx", bytes("graph"), name, bytes("x")));
      refused("leads out");
      assertFalse(name, Files.exists(outside));
    }
  }

  public void testTooManyEntriesAreRefused() throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    for (int i = 0; i <= ModelArchive.MAX_ENTRIES; i++) {
      entries.put("file-" + i, new byte[0]);
    }
    write(entries);
    refused("entries");
  }

  public void testABombIsRefusedBeforeItGrows() throws IOException {
    write(Map.of("model.onnx", new byte[64 << 20]));
    refused("must not unpack to more than");
    long unpacked = Files.size(folder.resolve("model.onnx"));
    assertTrue(unpacked + " bytes", unpacked <= 20L * (Files.size(archive) + (1 << 16)));
  }

  public void testNoMoreIsUnpackedThanTheModelCacheHolds() throws IOException {
    byte[] graph = new byte[10_000];
    random().nextBytes(graph);
    write(Map.of("model.onnx", graph));
    ModelArchive.unpack("the archive", archive, "", createTempDir(), graph.length);
    ModelException e =
        expectThrows(
            ModelException.class,
            () -> ModelArchive.unpack("the archive", archive, "", folder, graph.length - 1));
    assertTrue(e.getMessage(), e.getMessage().contains("model cache"));
  }

  /** The JDK would read it whole, and a node without memory ends. */
  public void testAnArchiveThatIsAllListOfEntriesIsRefused() throws IOException {
    long directory = random().nextBoolean() ? ModelArchive.MAX_DIRECTORY_BYTES + 1 : 0x7FFF_FF00L;
    ByteBuffer end = ByteBuffer.allocate(22).order(ByteOrder.LITTLE_ENDIAN);
    end.putInt(0, 0x06054b50).putInt(12, (int) directory);
    writeSparsely(directory, end);
    refused("must list its entries in at most");
  }

  public void testAListOfEntriesOf64BitsIsRefusedToo() throws IOException {
    long directory = 0x7FFF_FF00L;
    ByteBuffer end = ByteBuffer.allocate(56 + 20 + 22).order(ByteOrder.LITTLE_ENDIAN);
    end.putInt(0, 0x06064b50).putLong(40, directory);
    end.putInt(56, 0x07064b50).putLong(56 + 8, directory);
    end.putInt(56 + 20, 0x06054b50).putInt(56 + 20 + 12, -1).putInt(56 + 20 + 16, -1);
    writeSparsely(directory, end);
    refused("must list its entries in at most");
  }

  private void writeSparsely(long before, ByteBuffer end) throws IOException {
    try (FileChannel file =
        FileChannel.open(archive, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      file.write(end, before);
    }
  }

  public void testWhatIsNoArchiveIsRefused() throws IOException {
    byte[] noise = new byte[random().nextInt(10_000)];
    random().nextBytes(noise);
    Files.write(archive, noise);
    refused("must be a ZIP or jar");
  }

  /** Whatever byte is lost or changed, an archive is unpacked or refused. */
  public void testDamageIsRefused() throws IOException {
    byte[] graph = new byte[2_000];
    random().nextBytes(graph);
    write(new TreeMap<>(Map.of("model.onnx", graph, "tokenizer.json", bytes("{}"))));
    byte[] whole = Files.readAllBytes(archive);
    for (int i = 0; i < 200; i++) {
      byte[] damaged = whole.clone();
      int place = random().nextInt(whole.length);
      damaged[place] ^= (byte) (1 + random().nextInt(255));
      Files.write(archive, random().nextBoolean() ? damaged : Arrays.copyOf(whole, place));
      try {
        ModelArchive.unpack("the archive", archive, "", createTempDir(), LIMIT);
      } catch (ModelException e) {
        assertEquals(ModelException.Kind.BAD_REQUEST, e.kind());
      }
    }
  }

  /** An entry that is marked as a symbolic link is a file with the link's text. */
  public void testASymbolicLinkIsNotMade() throws IOException {
    Path secret = createTempFile();
    Files.writeString(secret, "secret");
    write(Map.of("model.onnx", bytes(secret.toString()), "tokenizer.json", bytes("{}")));
    byte[] zip = Files.readAllBytes(archive);
    for (int place : centralHeaders(zip)) {
      zip[place + 5] = 3; // made on Unix
      zip[place + 40] = (byte) 0xff; // permissions
      zip[place + 41] = (byte) 0xa1; // a symbolic link
    }
    Files.write(archive, zip);
    ModelArchive.unpack("the archive", archive, "", folder, LIMIT);
    assertFalse(Files.isSymbolicLink(folder.resolve("model.onnx")));
    assertEquals(secret.toString(), Files.readString(folder.resolve("model.onnx")));
  }

  private static List<Integer> centralHeaders(byte[] zip) {
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i + 46 < zip.length; i++) {
      if (zip[i] == 'P' && zip[i + 1] == 'K' && zip[i + 2] == 1 && zip[i + 3] == 2) {
        places.add(i);
      }
    }
    return places;
  }

  public void testEntriesOfOneNameAreRefused() throws IOException {
    write(Map.of("model.onnx", bytes("one"), "modem.onnx", bytes("two")));
    String text = new String(Files.readAllBytes(archive), StandardCharsets.ISO_8859_1);
    Files.write(
        archive, text.replace("modem.onnx", "model.onnx").getBytes(StandardCharsets.ISO_8859_1));
    refused("once");
  }
}
