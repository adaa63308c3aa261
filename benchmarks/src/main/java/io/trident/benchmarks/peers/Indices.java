/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.peers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trident.benchmarks.node.BuiltIndex;
import io.trident.benchmarks.vectors.DataSet;
import io.trident.benchmarks.vectors.Item;
import io.trident.cluster.Api;
import java.io.IOException;
import java.io.PrintStream;
import java.net.http.HttpRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The indices of a comparison at one size. Their names tell definition, data and number of
 * documents, so that each is built once and then found by later runs.
 */
final class Indices {

  private final PrintStream out;
  private final Api api;
  private final Comparison comparison;
  private final Map<String, BuiltIndex> indices = new LinkedHashMap<>();
  private final Map<String, String> names = new LinkedHashMap<>();

  Indices(PrintStream out, Api api, Comparison comparison) {
    this.out = out;
    this.api = api;
    this.comparison = comparison;
  }

  /** A load that took longer than it may. */
  private static final class OutOfTime extends IOException {
    private static final long serialVersionUID = 1;

    OutOfTime(long documents) {
      super("no time is left after " + documents + " documents");
    }
  }

  /**
   * What is built.
   *
   * @param only names of indices, all when there are none
   * @param dimension of dense vectors
   * @param seconds for loading each index
   */
  record Choice(List<String> only, int dimension, double seconds) {}

  /** Builds what is not there yet; what is not chosen or not loaded in time is left out. */
  void build(DataSet data, int documents, Choice choice) throws IOException {
    for (var entry : comparison.indices().entrySet()) {
      if (choice.only.isEmpty() == false && choice.only.contains(entry.getKey()) == false) {
        continue;
      }
      Comparison.IndexSpec spec = entry.getValue();
      int content = (spec.digest() + data.name()).hashCode();
      String name = entry.getKey() + "-" + documents + "-" + Integer.toHexString(content);
      BuiltIndex index = new BuiltIndex(api, name);
      if (index.built() == null && load(index, spec, data, documents, choice) == false) {
        out.println(name + " is left out");
        continue;
      }
      names.put(entry.getKey(), name);
      indices.put(entry.getKey(), index);
    }
  }

  private boolean load(
      BuiltIndex index, Comparison.IndexSpec spec, DataSet data, int documents, Choice choice)
      throws IOException {
    String definition =
        spec.definition().replace("\"{{dimension}}\"", Integer.toString(choice.dimension));
    long start = System.nanoTime();
    try {
      index.build(
          out,
          definition,
          documents,
          loader ->
              data.documents(
                  documents,
                  (number, document) -> {
                    if ((System.nanoTime() - start) / 1e9 > choice.seconds) {
                      throw new OutOfTime(number);
                    }
                    loader.add(Integer.toString(number), spec.document().fill(document, 0));
                  }));
      return true;
    } catch (OutOfTime e) {
      out.println(e.getMessage());
      index.delete();
      return false;
    }
  }

  /** Whether an index could be built, by its name in the comparison. */
  boolean has(String index) {
    return indices.containsKey(index);
  }

  /** The name of an index on the node. */
  String name(String index) {
    return names.get(index);
  }

  /** Makes all ready to be searched. */
  void ready() {
    indices.keySet().forEach(this::ready);
  }

  private void ready(String index) {
    send(index, comparison.indices().get(index).ready());
  }

  private void send(String index, List<Comparison.Setup> requests) {
    for (Comparison.Setup request : requests) {
      String path = request.path().replace("{{index}}", names.get(index));
      api.call(request.method(), path, request.body()).ok();
    }
  }

  /** Measures the memory that each index takes while all its systems search it. */
  void measureMemory(Client client, List<Item> queries, int k) throws IOException {
    for (var entry : indices.entrySet()) {
      String index = entry.getKey();
      List<Comparison.Setup> idle = comparison.indices().get(index).idle();
      boolean closed = idle.isEmpty();
      entry
          .getValue()
          .measureMemory(
              out,
              closed ? entry.getValue()::close : () -> send(index, idle),
              () -> {
                if (closed) {
                  entry.getValue().open();
                }
                ready(index);
                for (Comparison.SystemSpec system : comparison.systems()) {
                  if (system.index().equals(index)) {
                    search(client, system, queries, k);
                  }
                }
              });
    }
  }

  private void search(Client client, Comparison.SystemSpec system, List<Item> queries, int k)
      throws IOException {
    for (HttpRequest request :
        Measurement.requests(client, system, names.get(system.index()), queries, k)) {
      client.send(request);
    }
  }

  /** What was measured of each index's build and memory, and its bytes. */
  Map<String, JsonNode> built() {
    Map<String, JsonNode> built = new LinkedHashMap<>();
    indices.forEach(
        (index, now) -> {
          ObjectNode values = now.built().deepCopy();
          built.put(index, values.put("bytes", now.bytes()));
        });
    return built;
  }
}
