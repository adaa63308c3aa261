/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.dense;

import io.trident.benchmarks.collection.TextCollection;
import io.trident.benchmarks.command.Arguments;
import io.trident.benchmarks.vectors.TextEncoder;
import io.trident.models.api.Encoding;
import io.trident.models.api.Representation;
import io.trident.models.api.Side;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * The dense vectors of a collection, in files of numpy, which are made once.
 *
 * @param documents one per document
 * @param questions one per question
 */
record EncodedVectors(float[][] documents, float[][] questions) {

  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
  private static final int ALIGNMENT = 64;

  /** Those of a command line; texts are encoded unless that was done before. */
  static EncodedVectors of(Arguments arguments) throws IOException {
    Path documents = arguments.path("folder").resolve("documents.npy");
    Path questions = arguments.path("folder").resolve("questions.npy");
    if (Files.notExists(questions)) {
      Files.createDirectories(arguments.path("folder"));
      encode(arguments, documents, questions);
    }
    return new EncodedVectors(
        first(read(documents), arguments.number("documents")),
        first(read(questions), arguments.number("most_questions")));
  }

  private static float[][] first(float[][] vectors, int most) {
    return Arrays.copyOf(vectors, Math.min(most, vectors.length));
  }

  private static void encode(Arguments arguments, Path documents, Path questions)
      throws IOException {
    TextCollection collection = new TextCollection(arguments.path("collection"));
    List<String> passages = new ArrayList<>();
    collection.passages(
        arguments.number("documents"),
        passage -> passages.add((passage.title() + "\n" + passage.text()).strip()));
    List<String> asked = new ArrayList<>();
    collection.questions(arguments.text("questions")).stream()
        .limit(arguments.number("most_questions"))
        .forEach(question -> asked.add(question.text()));
    try (TextEncoder encoder = new TextEncoder(arguments.path("models"), arguments.text("model"))) {
      write(documents, encode(encoder, passages, Side.DOCUMENT));
      write(questions, encode(encoder, asked, Side.QUERY));
    }
  }

  private static float[][] encode(TextEncoder encoder, List<String> texts, Side side)
      throws IOException {
    List<float[]> vectors = new ArrayList<>();
    for (int from = 0; from < texts.size(); from += TextEncoder.BATCH) {
      List<String> batch = texts.subList(from, Math.min(texts.size(), from + TextEncoder.BATCH));
      for (Encoding encoding : encoder.encode(batch, side, Set.of(Representation.DENSE))) {
        vectors.add(encoding.dense());
      }
    }
    return vectors.toArray(float[][]::new);
  }

  private static void write(Path file, float[][] vectors) throws IOException {
    String shape = "(" + vectors.length + ", " + vectors[0].length + ")";
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }";
    int start = MAGIC.length + Short.BYTES;
    header += " ".repeat(ALIGNMENT - 1 - (start + header.length()) % ALIGNMENT) + "\n";
    ByteBuffer bytes =
        ByteBuffer.allocate(
                start + header.length() + vectors.length * vectors[0].length * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put(MAGIC)
            .putShort((short) header.length())
            .put(header.getBytes(StandardCharsets.US_ASCII));
    for (float[] vector : vectors) {
      bytes.asFloatBuffer().put(vector);
      bytes.position(bytes.position() + vector.length * Float.BYTES);
    }
    Files.write(file, bytes.array());
  }

  /** Reads a file that {@link #write} made. */
  private static float[][] read(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    byte[] header = new byte[bytes.getShort(MAGIC.length)];
    bytes.position(MAGIC.length + Short.BYTES).get(header);
    String[] shape =
        new String(header, StandardCharsets.US_ASCII)
            .replaceAll(".*\\((.*)\\).*\\s*", "$1")
            .split(", ", -1);
    float[][] vectors = new float[Integer.parseInt(shape[0])][Integer.parseInt(shape[1])];
    for (float[] vector : vectors) {
      bytes.asFloatBuffer().get(vector);
      bytes.position(bytes.position() + vector.length * Float.BYTES);
    }
    return vectors;
  }
}
