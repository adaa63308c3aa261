/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.highlight;

import io.trident.models.api.Excerpt;
import io.trident.query.lucene.MaxSimQuery;
import io.trident.query.lucene.MaxSimQuery.Answer;
import io.trident.query.mapper.TokenVectorsFieldMapper;
import io.trident.query.mapper.TokenVectorsFieldMapper.TokenVectorsFieldType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.highlight.Encoder;
import org.apache.lucene.search.highlight.InvalidTokenOffsetsException;
import org.apache.lucene.search.highlight.NullFragmenter;
import org.apache.lucene.search.highlight.SimpleFragmenter;
import org.apache.lucene.search.highlight.SimpleHTMLFormatter;
import org.apache.lucene.search.highlight.TextFragment;
import org.opensearch.core.common.text.Text;
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.search.fetch.subphase.highlight.FieldHighlightContext;
import org.opensearch.search.fetch.subphase.highlight.HighlightField;
import org.opensearch.search.fetch.subphase.highlight.HighlightUtils;
import org.opensearch.search.fetch.subphase.highlight.Highlighter;
import org.opensearch.search.fetch.subphase.highlight.SearchHighlightContext.FieldOptions;
import org.opensearch.search.lookup.SourceLookup;

/**
 * Marks in a text the words whose token vectors answer a {@code max_sim} query: of each query
 * vector the nearest token, when its similarity is not small beside the best one of the hit. Which
 * words those are stands in the source, as the {@code encode} processor wrote it. Thread-safe.
 */
public final class MaxSimHighlighter implements Highlighter {

  /** The highlighter's type. */
  public static final String NAME = "max_sim";

  @Override
  public boolean canHighlight(MappedFieldType fieldType) {
    return true;
  }

  @Override
  public HighlightField highlight(FieldHighlightContext context) throws IOException {
    FieldOptions asked = context.field.fieldOptions();
    HighlightOptions options = HighlightOptions.read(context.fieldName, asked.options());
    if (asked.preTags().length == 0 || asked.postTags().length == 0) {
      throw HighlightOptions.refused(
          context.fieldName, "needs one of [pre_tags] and one of [post_tags]");
    }
    SourceLookup source = context.hitContext.sourceLookup();
    MarkedText text = MarkedText.of(source, options.fields(), context.fieldName);
    mark(text, context, options);
    List<TextFragment> fragments = new ArrayList<>();
    for (MarkedText.Part part : text.parts()) {
      fragments.addAll(fragments(part, context.field.fieldOptions()));
    }
    List<TextFragment> best = best(fragments, context.field.fieldOptions());
    return best.isEmpty()
        ? null
        : new HighlightField(
            context.fieldName,
            best.stream().map(fragment -> new Text(fragment.toString())).toArray(Text[]::new));
  }

  /** As many fragments as are asked for, by their scores or in the order of the text. */
  private static List<TextFragment> best(List<TextFragment> fragments, FieldOptions options) {
    int most = options.numberOfFragments() == 0 ? Integer.MAX_VALUE : options.numberOfFragments();
    List<TextFragment> best =
        fragments.stream()
            .sorted(Comparator.comparing(TextFragment::getScore).reversed())
            .limit(most)
            .toList();
    return Boolean.TRUE.equals(options.scoreOrdered())
        ? best
        : fragments.stream().filter(best::contains).toList();
  }

  private static void mark(MarkedText text, FieldHighlightContext context, HighlightOptions options)
      throws IOException {
    SourceLookup source = context.hitContext.sourceLookup();
    String tokens = tokens(context, options);
    List<Object> starts = source.extractRawValues(tokens + "." + TokenVectorsFieldMapper.STARTS);
    List<Object> ends = source.extractRawValues(tokens + "." + TokenVectorsFieldMapper.ENDS);
    List<Answer> answers = answers(context, tokens);
    double best = answers.stream().mapToDouble(Answer::similarity).max().orElse(0);
    for (Answer answer : answers) {
      int token = answer.token();
      if (answer.similarity() > 0
          && answer.similarity() >= options.minShare() * best
          && token >= 0
          && token < Math.min(starts.size(), ends.size())
          && starts.get(token) instanceof Number start
          && ends.get(token) instanceof Number end) {
        text.mark(start.intValue(), end.intValue(), answer.similarity());
      }
    }
  }

  /** The field of token vectors, which an alias may name. */
  private static String tokens(FieldHighlightContext context, HighlightOptions options) {
    MappedFieldType type = context.context.mapperService().fieldType(options.tokens());
    if (type instanceof TokenVectorsFieldType == false) {
      throw HighlightOptions.refused(
          context.fieldName,
          "needs a field of type ["
              + TokenVectorsFieldMapper.CONTENT_TYPE
              + "] in [tokens], got ["
              + Excerpt.of(options.tokens())
              + "]"
              + (type == null ? "" : " of type [" + type.typeName() + "]"));
    }
    return type.name();
  }

  private static List<Answer> answers(FieldHighlightContext context, String tokens)
      throws IOException {
    LeafReaderContext reader = context.hitContext.reader().getContext();
    List<Answer> answers = new ArrayList<>();
    for (MaxSimQuery query :
        MaxSimQueries.in(context.query, maxSim -> maxSim.field().equals(tokens))) {
      answers.addAll(query.answers(reader, context.hitContext.docId()));
    }
    return answers;
  }

  /** The fragments of a text with marked words; the whole text when none are asked for. */
  private static List<TextFragment> fragments(MarkedText.Part part, FieldOptions options)
      throws IOException {
    Encoder encoder =
        "html".equals(options.encoder())
            ? HighlightUtils.Encoders.HTML
            : HighlightUtils.Encoders.DEFAULT;
    org.apache.lucene.search.highlight.Highlighter highlighter =
        new org.apache.lucene.search.highlight.Highlighter(
            new SimpleHTMLFormatter(options.preTags()[0], options.postTags()[0]),
            encoder,
            new MarkedWords.Score());
    highlighter.setMaxDocCharsToAnalyze(Integer.MAX_VALUE);
    int most = options.numberOfFragments();
    highlighter.setTextFragmenter(
        most == 0 ? new NullFragmenter() : new SimpleFragmenter(options.fragmentCharSize()));
    try (MarkedWords words = new MarkedWords(part)) {
      List<TextFragment> fragments = new ArrayList<>();
      for (TextFragment fragment :
          highlighter.getBestTextFragments(words, part.text(), false, Math.max(1, most))) {
        if (fragment != null && fragment.getScore() > 0) {
          fragments.add(fragment);
        }
      }
      fragments.sort(Comparator.comparing(TextFragment::getFragNum));
      return fragments;
    } catch (InvalidTokenOffsetsException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
