/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.highlight;

import io.trident.query.lucene.MaxSimQuery;
import io.trident.query.lucene.MaxSimQuery.Unit;
import io.trident.query.mapper.TokenVectorsFieldMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.Query;
import org.opensearch.common.document.DocumentField;
import org.opensearch.index.query.ParsedQuery;
import org.opensearch.search.fetch.FetchContext;
import org.opensearch.search.fetch.FetchSubPhase;
import org.opensearch.search.fetch.FetchSubPhaseProcessor;
import org.opensearch.search.lookup.SourceLookup;

/**
 * Tells hits, in the field {@value #FIELD}, the units of their token vectors, sentences say, that
 * answer a {@code max_sim} with {@code units} best: which tokens they are, where those are in the
 * text if the source says so, and their MaxSim. Part of every search, and idle in others.
 */
public final class BestUnits implements FetchSubPhase {

  /** The field of a hit. */
  public static final String FIELD = "_units";

  @Override
  public FetchSubPhaseProcessor getProcessor(FetchContext context) {
    Stream<Query> rescoring =
        context.rescore() == null
            ? Stream.empty()
            : context.rescore().stream().flatMap(rescore -> rescore.getQueries().stream());
    List<MaxSimQuery> asking =
        Stream.concat(asked(context), rescoring)
            .flatMap(query -> MaxSimQueries.in(query, maxSim -> maxSim.units() != null).stream())
            .toList();
    return asking.isEmpty() ? null : new Telling(asking);
  }

  /** The query as it was asked: rewritten, a fusion is left with its documents alone. */
  private static Stream<Query> asked(FetchContext context) {
    return Stream.ofNullable(context.parsedQuery()).map(ParsedQuery::query);
  }

  /** Tells the hits of one search. */
  private record Telling(List<MaxSimQuery> queries) implements FetchSubPhaseProcessor {

    @Override
    public void setNextReader(LeafReaderContext context) {}

    @Override
    public void process(HitContext hit) throws IOException {
      List<Object> told = new ArrayList<>();
      for (MaxSimQuery query : queries) {
        SourceLookup source = hit.sourceLookup();
        List<Object> starts = places(source, query, TokenVectorsFieldMapper.STARTS);
        List<Object> ends = places(source, query, TokenVectorsFieldMapper.ENDS);
        for (Unit unit : query.bestUnits(hit.reader().getContext(), hit.docId())) {
          told.add(entry(query, unit, starts, ends));
        }
      }
      if (told.isEmpty() == false) {
        hit.hit().setDocumentField(FIELD, new DocumentField(FIELD, told));
      }
    }

    private static List<Object> places(SourceLookup source, MaxSimQuery query, String key) {
      return source.extractRawValues(query.field() + "." + key);
    }

    private static Map<String, Object> entry(
        MaxSimQuery query, Unit unit, List<Object> starts, List<Object> ends) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("field", query.field());
      if (unit.end() <= Math.min(starts.size(), ends.size())) {
        entry.put("start", starts.get(unit.first()));
        entry.put("end", ends.get(unit.end() - 1));
      }
      entry.put("tokens", List.of(unit.first(), unit.end()));
      entry.put("score", unit.score());
      return entry;
    }
  }
}
