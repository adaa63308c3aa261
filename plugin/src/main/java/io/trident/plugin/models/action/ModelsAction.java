/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.action;

import io.trident.models.api.Excerpt;
import io.trident.models.api.ModelException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.opensearch.action.ActionType;
import org.opensearch.action.FailedNodeException;
import org.opensearch.action.support.nodes.BaseNodesRequest;
import org.opensearch.action.support.nodes.BaseNodesResponse;
import org.opensearch.cluster.ClusterName;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;

/** Asks all nodes which models they have, after they have asked the index. */
public final class ModelsAction extends ActionType<ModelsAction.Response> {

  static final String NAME = "cluster:monitor/trident/models";

  /** How clients name the action. */
  public static final ModelsAction INSTANCE = new ModelsAction();

  private ModelsAction() {
    super(NAME, Response::new);
  }

  /** Names a model, to all nodes; none means all models. */
  public static final class Request extends BaseNodesRequest<Request> {
    private final String model;

    /** Names a model, or all of them by null. */
    public Request(String model) {
      super(new String[0]);
      this.model = model;
    }

    Request(StreamInput in) throws IOException {
      super(in);
      model = in.readOptionalString();
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      out.writeOptionalString(model);
    }

    String model() {
      return model;
    }
  }

  /** The models of all nodes. What nodes see alike is told once, with their names. */
  public static final class Response extends BaseNodesResponse<NodeModels>
      implements ToXContentFragment {

    private static final String LOADED = "loaded";

    Response(ClusterName cluster, List<NodeModels> nodes, List<FailedNodeException> failures) {
      super(cluster, nodes, failures);
    }

    Response(StreamInput in) throws IOException {
      super(in);
    }

    @Override
    protected List<NodeModels> readNodesFrom(StreamInput in) throws IOException {
      return in.readList(NodeModels::new);
    }

    @Override
    protected void writeNodesTo(StreamOutput out, List<NodeModels> nodes) throws IOException {
      out.writeList(nodes);
    }

    /** The names of nodes that see a model alike, and of those that have loaded it. */
    private record Nodes(List<String> all, List<String> loaded) {}

    private SortedMap<String, Map<Map<String, Object>, Nodes>> views() {
      SortedMap<String, Map<Map<String, Object>, Nodes>> views = new TreeMap<>();
      for (NodeModels node : getNodes()) {
        for (Map<String, Object> model : node.models()) {
          Map<String, Object> view = new LinkedHashMap<>(model);
          boolean loaded = Boolean.TRUE.equals(view.remove(LOADED));
          Nodes nodes =
              views
                  .computeIfAbsent((String) model.get("id"), id -> new LinkedHashMap<>())
                  .computeIfAbsent(view, key -> new Nodes(new ArrayList<>(), new ArrayList<>()));
          nodes.all.add(node.getNode().getName());
          if (loaded) {
            nodes.loaded.add(node.getNode().getName());
          }
        }
      }
      return views;
    }

    /** What most nodes see of a model, and what others see in its place. */
    private static Map<String, Object> merged(Map<Map<String, Object>, Nodes> views) {
      List<Map<String, Object>> merged = new ArrayList<>();
      views.entrySet().stream()
          .sorted(Comparator.comparing(view -> -view.getValue().all.size()))
          .forEach(
              view -> {
                Map<String, Object> told = new LinkedHashMap<>(view.getKey());
                told.put("nodes", view.getValue().all.stream().sorted().toList());
                told.put("loaded_on", view.getValue().loaded.stream().sorted().toList());
                merged.add(told);
              });
      Map<String, Object> first = merged.get(0);
      if (merged.size() > 1) {
        first.put("other_views", merged.subList(1, merged.size()));
      }
      return first;
    }

    /**
     * One model.
     *
     * @throws ModelException NOT_FOUND when no node has it
     */
    public Map<String, Object> model(String id) {
      Map<String, Object> model = find(id);
      if (model == null) {
        throw new ModelException(
            ModelException.Kind.NOT_FOUND, "no model [" + Excerpt.of(id) + "] on any node");
      }
      return model;
    }

    /** One model; null when no node has it. */
    public Map<String, Object> find(String id) {
      Map<Map<String, Object>, Nodes> views = views().get(id);
      return views == null ? null : merged(views);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
      builder.startArray("models");
      for (Map<Map<String, Object>, Nodes> views : views().values()) {
        builder.map(merged(views));
      }
      return builder.endArray();
    }
  }
}
