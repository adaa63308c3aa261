/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.tokens;

import io.trident.benchmarks.collection.Passage;
import io.trident.benchmarks.collection.TextCollection;
import io.trident.benchmarks.command.Arguments;
import io.trident.benchmarks.vectors.TextEncoder;
import io.trident.models.api.Encoding;
import io.trident.models.api.Representation;
import io.trident.models.api.Side;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A collection's token vectors in a folder of their own, so that texts are encoded once however
 * many ways of keeping the vectors are compared.
 *
 * @param folder where the vectors are kept
 */
record EncodedCollection(Path folder) {

  /**
   * The options that say what is encoded.
   *
   * @param folder where vectors and indices are kept unless it is given
   */
  static Map<String, String> options(String folder, int documents) {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("collection", "");
    options.put("questions", "queries");
    options.put("folder", folder);
    options.put("documents", Integer.toString(documents));
    options.put("model", "trident-mini");
    options.put("models", "models"); // a folder, for other models than those of the plugin
    options.put("files", "");
    return options;
  }

  /** The collection of a command line; it is encoded unless that was done before. */
  static EncodedCollection of(Arguments arguments) throws IOException {
    EncodedCollection collection =
        new EncodedCollection(arguments.path("folder").resolve("encoded"));
    if (Files.notExists(collection.file("questions"))) {
      collection.encode(arguments);
    }
    return collection;
  }

  /** Takes the texts of a collection in order. */
  interface Consumer {
    void accept(EncodedText text) throws IOException;
  }

  /** Encodes all documents that are judged, others until there are as many as wanted, questions. */
  private void encode(Arguments arguments) throws IOException {
    TextCollection texts = new TextCollection(arguments.path("collection"));
    List<String[]> documents = documents(texts, arguments.number("documents"));
    List<String[]> questions = questions(texts, arguments.text("questions"));
    Files.createDirectories(folder);
    try (TextEncoder encoder = new TextEncoder(arguments.path("models"), arguments.text("model"))) {
      write("documents", encoder, Side.DOCUMENT, documents);
      write("questions", encoder, Side.QUERY, questions);
    }
  }

  private static List<String[]> documents(TextCollection collection, int most) throws IOException {
    Set<String> judged = new HashSet<>();
    Map<String, Map<String, Integer>> judgements = collection.judgements();
    judgements.values().forEach(grades -> judged.addAll(grades.keySet()));
    List<String[]> texts = new ArrayList<>();
    List<String[]> others = new ArrayList<>();
    collection.passages(
        Long.MAX_VALUE,
        passage ->
            (judged.contains(passage.id()) ? texts : others)
                .add(new String[] {passage.id(), text(passage)}));
    texts.addAll(others.subList(0, Math.clamp(most - texts.size(), 0, others.size())));
    return texts;
  }

  private static String text(Passage passage) {
    return passage.title().isBlank() ? passage.text() : passage.title() + "\n" + passage.text();
  }

  private static List<String[]> questions(TextCollection collection, String file)
      throws IOException {
    return collection.questions(file).stream()
        .map(question -> new String[] {question.id(), question.text()})
        .toList();
  }

  private Path file(String name) {
    return folder.resolve(name + ".bin");
  }

  private void write(String name, TextEncoder encoder, Side side, List<String[]> texts)
      throws IOException {
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file(name))))) {
      for (int from = 0; from < texts.size(); from += TextEncoder.BATCH) {
        List<String[]> batch =
            texts.subList(from, Math.min(texts.size(), from + TextEncoder.BATCH));
        List<Encoding> encodings =
            encoder.encode(
                batch.stream().map(text -> text[1]).toList(), side, Set.of(Representation.TOKENS));
        for (int i = 0; i < batch.size(); i++) {
          new EncodedText(batch.get(i)[0], batch.get(i)[1], encodings.get(i).tokens()).write(out);
        }
      }
    }
  }

  /** Reads the first {@code most} documents. */
  void documents(int most, Consumer consumer) throws IOException {
    read("documents", most, consumer);
  }

  /** Reads the questions. */
  void questions(Consumer consumer) throws IOException {
    read("questions", Integer.MAX_VALUE, consumer);
  }

  private void read(String name, int most, Consumer consumer) throws IOException {
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file(name)), 1 << 16))) {
      EncodedText text = EncodedText.read(in);
      for (int i = 0; i < most && text != null; i++) {
        consumer.accept(text);
        text = EncodedText.read(in);
      }
    }
  }
}
