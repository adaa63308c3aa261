/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import io.trident.ingest.Quality.Worth;
import io.trident.models.api.Passage;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.opensearch.core.common.Strings;
import org.opensearch.ingest.IngestDocument;

/** A document on its way through the model. Used by one thread at a time. */
final class EncodedDocument {

  /** The longest reason that a document is marked with. */
  private static final int MAX_REASON = 1_000;

  private final IngestDocument document;
  private final EncodeOptions options;
  private final TargetFields fields;
  private final List<Part> parts = new ArrayList<>();
  private List<SourceObject> sources = List.of();
  private Exception failure;
  private boolean isRead;

  /** Whether the document says what its texts are, and not only other things. */
  private boolean hasNews;

  private boolean settled;

  /**
   * Begins a document's way.
   *
   * @param fields those of the indices that documents go to
   */
  EncodedDocument(IngestDocument document, EncodeOptions options, TargetFields fields) {
    this.document = document;
    this.options = options;
    this.fields = fields;
  }

  /**
   * One source of the document.
   *
   * @param texts what the model gets
   * @param passages the objects that the vectors go to, one per text; null when they go to the
   *     source
   * @param digest what to remember the texts by, or null
   * @param worth what the texts are worth, one per text, or one of a text that is left out; null
   *     where nobody judged
   * @param queries what was predicted for each text; null when nothing is
   */
  private record Part(
      SourceObject source,
      List<String> texts,
      List<Map<String, Object>> passages,
      String digest,
      List<Worth> worth,
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
      return new Part(source, words, objects, digest, null, null);
    }

    /** Whether it was a whole text, and is left out. */
    private boolean isLeftOut() {
      return passages == null && texts.isEmpty();
    }

    /** Without the texts that are not worth their vectors. */
    private Part pruned(List<Worth> judged) {
      if (passages == null) {
        List<String> left = judged.get(0).kept() ? texts : List.of();
        return new Part(source, left, null, digest, judged, null);
      }
      List<Worth> kept = judged.stream().filter(Worth::kept).toList();
      List<String> words = new ArrayList<>();
      List<Map<String, Object>> objects = new ArrayList<>();
      for (int i = 0; i < texts.size(); i++) {
        if (judged.get(i).kept()) {
          words.add(texts.get(i));
          objects.add(passages.get(i));
        }
      }
      return new Part(source, words, objects, digest, kept, null);
    }

    private Part expanded(List<List<String>> predicted, Expansion expansion) {
      List<String> expanded =
          IntStream.range(0, texts.size())
              .mapToObj(i -> expansion.expanded(texts.get(i), predicted.get(i)))
              .toList();
      return new Part(source, expanded, passages, digest, worth, List.copyOf(predicted));
    }
  }

  /** The document; null when it is dropped. */
  IngestDocument result() {
    boolean dropped =
        failure == null
            && options.quality() != null
            && options.quality().dropsDocuments()
            && parts.isEmpty() == false
            && parts.stream().allMatch(Part::isLeftOut);
    return dropped ? null : document;
  }

  /** The name of the index, the alias or the data stream that the document goes to. */
  String index() {
    return String.valueOf(document.getSourceAndMetadata().get("_index"));
  }

  /** When the document came to the node. */
  Instant arrival() {
    return document.getIngestMetadata().get("timestamp") instanceof ZonedDateTime time
        ? time.toInstant()
        : Instant.now();
  }

  /** Why the document failed, or null. */
  Exception failure() {
    return failure;
  }

  /** Whether the document has texts to encode. */
  boolean waits() {
    return settled == false && parts.isEmpty() == false;
  }

  /** The texts to encode; before {@link #cut}, the texts to cut, when there are passages. */
  List<String> texts() {
    return parts.stream().flatMap(part -> part.texts.stream()).toList();
  }

  /**
   * Reads the texts that must be encoded, and takes away what was written for texts that are no
   * longer there; a failure is the document's own.
   */
  void read(String model) {
    try {
      sources = SourceObject.find(document.getSourceAndMetadata(), options);
      boolean missing = true;
      for (SourceObject source : sources) {
        List<String> texts = source.texts(options.fields());
        missing &= texts.isEmpty();
        boolean named = source.names(options.fields());
        hasNews |= named;
        if (texts.isEmpty()) {
          clear(source, named);
        } else {
          read(source, texts, model);
        }
      }
      if (missing && options.ignoreMissing() == false) {
        throw new IllegalArgumentException(
            "["
                + EncodeProcessor.TYPE
                + "] must have a text in one of "
                + options.fields()
                + ", found none");
      }
      isRead = true;
    } catch (Throwable e) { // an Error too is of this document alone
      parts.clear();
      fail(FailedModel.answer(e));
    }
  }

  private void read(SourceObject source, List<String> texts, String model) {
    String digest =
        options.digestField() == null ? null : TextDigest.of(model, fingerprints(), options, texts);
    if (digest == null || isEncoded(source, digest) == false) {
      boolean whole = options.passages() == null;
      parts.add(
          new Part(
              source, whole ? List.of(String.join("\n", texts)) : texts, null, digest, null, null));
    }
  }

  /** Those of the models that the fields take vectors of, where their mappings say them. */
  private List<String> fingerprints() {
    return options.vectorFields().stream()
        .map(field -> fields.fingerprint(index(), field))
        .filter(Objects::nonNull)
        .toList();
  }

  /**
   * Takes away what was written for a source.
   *
   * @param explicitly whether to say that there is nothing: the document may be a part that is
   *     merged into another
   */
  private void clear(SourceObject source, boolean explicitly) {
    for (String path : options.outputs()) {
      if (explicitly) {
        source.setNull(path);
      } else {
        source.remove(path);
      }
    }
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
   * Drops texts.
   *
   * @param judged what each is worth, in the order of {@link #texts()}
   */
  void prune(List<Worth> judged) {
    replace(judged, Part::pruned);
  }

  /** Whether the vectors are there, in a source that may leave them out, and are of these texts. */
  private boolean isEncoded(SourceObject source, String digest) {
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
   * Writes the vectors.
   *
   * @param values what to write for each text, by path, in the order of {@link #texts()}
   */
  void write(List<Map<String, Object>> values) {
    int next = 0;
    for (Part part : parts) {
      int end = next + part.texts.size();
      write(part, values.subList(next, end));
      next = end;
    }
    succeed();
  }

  private void write(Part part, List<Map<String, Object>> values) {
    if (part.isLeftOut()) {
      clear(part.source, true);
      scores(part, 0).forEach(part.source::set);
      return;
    }
    for (int i = 0; i < values.size(); i++) {
      Map<String, Object> all = new LinkedHashMap<>(values.get(i));
      if (part.queries != null && options.expansion().field() != null) {
        all.put(options.expansion().field(), List.copyOf(part.queries.get(i)));
      }
      all.putAll(scores(part, i));
      if (part.passages == null) {
        all.forEach(part.source::set);
      } else {
        part.passages.get(i).putAll(all);
      }
    }
    if (part.passages != null) {
      part.source.set(options.passages().field(), part.passages);
    }
    if (part.digest != null) {
      part.source.set(options.digestField(), part.digest);
    }
  }

  /** The score of a text by its path; nothing where it is not kept. */
  private Map<String, Object> scores(Part part, int text) {
    return part.worth == null || options.quality().field() == null
        ? Map.of()
        : Map.of(options.quality().field(), part.worth.get(text).score());
  }

  /**
   * Ends the document's way, unless it has ended: a document that waits fails, and one for which
   * there was nothing to do is as it should be.
   *
   * @param unexpected what went wrong with all documents that still waited, or null
   */
  void settle(Throwable unexpected) {
    if (settled == false && isRead && parts.isEmpty()) {
      succeed();
    } else if (settled == false) {
      fail(
          FailedModel.answer(
              unexpected == null ? new IllegalStateException("not encoded") : unexpected));
    }
  }

  /**
   * The document has the vectors of its texts, and is no longer marked as failed. One with new
   * texts may be merged into one that is: where documents have been marked, it says so.
   */
  private void succeed() {
    settled = true;
    Map<String, Object> source = document.getSourceAndMetadata();
    DocumentPath.remove(source, options.errorField());
    if (hasNews && fields.isMapped(index(), options.errorField())) {
      DocumentPath.set(source, options.errorField(), null);
    }
  }

  /**
   * Fails the document: it keeps no vectors, which might be those of another text, and says why.
   */
  void fail(Exception e) {
    settled = true;
    failure = e;
    if (parts.isEmpty()) {
      sources.forEach(source -> clear(source, true));
    } else {
      parts.forEach(part -> clear(part.source, true));
    }
    String reason = Strings.cleanTruncate(String.valueOf(e.getMessage()), MAX_REASON);
    String inTheWay =
        DocumentPath.set(document.getSourceAndMetadata(), options.errorField(), reason);
    if (inTheWay != null) {
      e.addSuppressed(
          new IllegalArgumentException(
              "[" + options.errorField() + "] leads through [" + inTheWay + "], no object"));
    }
  }
}
