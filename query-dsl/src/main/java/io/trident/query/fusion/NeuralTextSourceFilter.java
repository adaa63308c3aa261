package io.trident.query.fusion;

import java.util.List;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.search.SearchAction;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.action.support.ActionRequestMetadata;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.tasks.Task;

/**
 * Leaves what is made of the texts of {@code neural_text} fields out of the hits of a query of
 * them, when a search does not say what it wants of {@code _source}. Thread-safe.
 */
public final class NeuralTextSourceFilter implements ActionFilter {

  @Override
  public int order() {
    return Integer.MAX_VALUE; // nearest to the action, as all that needs no other filter
  }

  @Override
  public <Request extends ActionRequest, Response extends ActionResponse> void apply(
      Task task,
      String action,
      Request request,
      ActionRequestMetadata<Request, Response> metadata,
      ActionListener<Response> listener,
      ActionFilterChain<Request, Response> chain) {
    if (SearchAction.NAME.equals(action) && request instanceof SearchRequest search) {
      leaveOut(search);
    }
    chain.proceed(task, action, request, listener);
  }

  private static void leaveOut(SearchRequest search) {
    SearchSourceBuilder source = search.source();
    if (source == null || source.query() == null || source.fetchSource() != null) {
      return;
    }
    NeuralTextQueryBuilder query = NeuralTextQueryBuilder.in(source.query());
    List<String> made = query == null ? List.of() : query.companions(search);
    if (made.isEmpty() == false) {
      source.fetchSource(null, made.toArray(String[]::new));
    }
  }
}
