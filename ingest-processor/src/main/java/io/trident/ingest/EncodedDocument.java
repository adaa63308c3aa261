package io.trident.ingest;

import io.trident.models.api.Encoding;
import io.trident.models.api.Passage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.opensearch.ingest.IngestDocument;

/** A document on its way through the model. Used by one thread at a time. */
final class EncodedDocument {

  private final IngestDocument document;
  private final EncodeOptions options;
  private final List<Part> parts = new ArrayList<>();
  private Exception failure;

  EncodedDocument(IngestDocument document, EncodeOptions options) {
    this.document = document;
    this.options = options;
  }

  /**
   * One source of the document.
   *
   * @param texts what the model gets
   * @param passages the objects that the vectors go to, one a text; null when they go to the source
   * @param digest what to remember the texts by, or null
   * @param queries what was predicted for each text; null when nothing is
   */
  private record Part(
      SourceText source,
      List<String> texts,
      List<Map<String, Object>> passages,
      String digest,
      List<List<String>> queries) {

    /** Passages in place of whole texts. */
    private Part cut(List<List<Passage>> cuts) {
      List<String> words = new ArrayList<>();
      List<Map<String, Object>> objects = new ArrayList<>();
      for (int i = 0; i < texts.size(); i++) {
        for (Passage passage : cuts.get(i)) {
          String text = texts.get(i).substring(passage.start(), passage.end());
          Map<String, Object> object = new LinkedHashMap<>();
          object.put("text", text);
          object.put("start", passage.start());
          object.put("end", passage.end());
          objects.add(object);
          words.add(text);
        }
      }
      return new Part(source, words, objects, digest, null);
    }

    /** Without the passages that are not wanted. */
    private Part pruned(List<Boolean> wanted) {
      List<String> words = new ArrayList<>();
      List<Map<String, Object>> objects = new ArrayList<>();
      for (int i = 0; i < texts.size(); i++) {
        if (wanted.get(i)) {
          words.add(texts.get(i));
          objects.add(passages.get(i));
        }
      }
      return new Part(source, words, objects, digest, null);
    }

    private Part expanded(List<List<String>> predicted, Expansion expansion) {
      List<String> expanded =
          IntStream.range(0, texts.size())
              .mapToObj(i -> expansion.expanded(texts.get(i), predicted.get(i)))
              .toList();
      return new Part(source, expanded, passages, digest, List.copyOf(predicted));
    }
  }

  IngestDocument document() {
    return document;
  }

  /** Why the document failed, or null. */
  Exception failure() {
    return failure;
  }

  /** Whether the document has texts to encode. */
  boolean waits() {
    return failure == null && parts.isEmpty() == false;
  }

  /** The texts to encode; before {@link #cut}, the texts to cut, when there are passages. */
  List<String> texts() {
    return parts.stream().flatMap(part -> part.texts.stream()).toList();
  }

  /** Reads the texts that must be encoded; a failure is the document's own. */
  void read(String model) {
    try {
      List<SourceText> sources = SourceText.find(document.getSourceAndMetadata(), options.fields());
      if (sources.isEmpty() && options.ignoreMissing() == false) {
        throw new IllegalArgumentException(
            "["
                + EncodeProcessor.TYPE
                + "] must have a text in one of "
                + options.fields()
                + ", found none");
      }
      for (SourceText source : sources) {
        String digest =
            options.digestField() == null ? null : TextDigest.of(model, options, source.texts());
        if (digest == null || isEncoded(source, digest) == false) {
          parts.add(new Part(source, whole(source), null, digest, null));
        }
      }
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  /** One text a field or, when there are passages, all of its texts, which are cut apart. */
  private List<String> whole(SourceText source) {
    return options.passages() == null ? List.of(String.join("\n", source.texts())) : source.texts();
  }

  /**
   * Cuts the texts into passages.
   *
   * @param passages those of each text, in the order of {@link #texts()}
   */
  void cut(List<List<Passage>> passages) {
    replace(passages, Part::cut);
  }

  /** Replaces each part by what becomes of it with the answers to its texts. */
  private <T> void replace(List<T> answers, BiFunction<Part, List<T>, Part> change) {
    int next = 0;
    for (int i = 0; i < parts.size(); i++) {
      Part part = parts.get(i);
      int end = next + part.texts.size();
      parts.set(i, change.apply(part, answers.subList(next, end)));
      next = end;
    }
  }

  /**
   * Takes the queries that were predicted.
   *
   * @param predicted those of each text, in the order of {@link #texts()}
   */
  void expand(List<List<String>> predicted) {
    replace(predicted, (part, queries) -> part.expanded(queries, options.expansion()));
  }

  /**
   * Drops passages.
   *
   * @param wanted whether each is kept, in the order of {@link #texts()}
   */
  void prune(List<Boolean> wanted) {
    replace(wanted, Part::pruned);
  }

  /** Whether the vectors are there, in a source that may leave them out, and are of these texts. */
  private boolean isEncoded(SourceText source, String digest) {
    if (digest.equals(source.get(options.digestField())) == false) {
      return false;
    }
    List<String> paths = options.written();
    if (options.passages() == null) {
      return paths.stream().allMatch(path -> source.get(path) != null);
    }
    return source.get(options.passages().field()) instanceof List<?> passages
        && passages.stream()
            .allMatch(
                passage ->
                    passage instanceof Map<?, ?> object && object.keySet().containsAll(paths));
  }

  /**
   * Writes the vectors; a failure is the document's own.
   *
   * @param encodings one a text, in the order of {@link #texts()}
   */
  void write(List<Encoding> encodings) {
    try {
      int next = 0;
      for (Part part : parts) {
        int end = next + part.texts.size();
        write(part, encodings.subList(next, end));
        next = end;
      }
      if (document.hasField(options.errorField())) {
        document.removeField(options.errorField());
      }
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  private void write(Part part, List<Encoding> encodings) {
    if (part.passages == null) {
      write(part, encodings, 0, part.source::set);
    } else {
      for (int i = 0; i < encodings.size(); i++) {
        write(part, encodings, i, part.passages.get(i)::put);
      }
      part.source.set(options.passages().field(), part.passages);
    }
    if (part.digest != null) {
      part.source.set(options.digestField(), part.digest);
    }
  }

  private void write(
      Part part, List<Encoding> encodings, int i, BiConsumer<String, Object> target) {
    options.targets().write(reduced(part, encodings, i), target);
    if (part.queries != null && options.expansion().field() != null) {
      target.accept(options.expansion().field(), List.copyOf(part.queries.get(i)));
    }
  }

  private Encoding reduced(Part part, List<Encoding> encodings, int i) {
    Encoding encoding = encodings.get(i);
    return encoding.tokens() == null
        ? encoding
        : new Encoding(
            encoding.sparse(),
            encoding.dense(),
            options.reduction().reduce(part.texts.get(i), encoding.tokens()));
  }

  /**
   * Fails the document: it keeps no vectors, which might be those of another text, and says why.
   */
  void fail(Exception e) {
    failure = e;
    for (Part part : parts) {
      if (options.passages() == null) {
        options.written().forEach(part.source::remove);
      } else {
        part.source.remove(options.passages().field());
      }
      if (options.digestField() != null) {
        part.source.remove(options.digestField());
      }
    }
    try {
      document.setFieldValue(options.errorField(), String.valueOf(e.getMessage()));
    } catch (IllegalArgumentException unmarked) {
      e.addSuppressed(unmarked);
    }
  }
}
