/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.peers;

import io.trident.benchmarks.node.NodeProcess;
import io.trident.benchmarks.vectors.Item;
import java.io.IOException;
import java.io.PrintStream;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Sends queries to all systems in slices of time that each belong to one system, in turn, so that
 * whatever else the machine does hits all alike. First a round that checks the answers; then slices
 * that warm up, until the node's compiler rests; slices of one client, whose latencies count; and
 * slices of two, whose throughput does. A slice goes on with the queries where the system's last
 * one stopped.
 *
 * <p>Slices instead of single queries in turn: beside a system that takes fifty times as long, the
 * quicker one would be sent so few queries that it is timed before it is compiled.
 */
final class Measurement {

  private static final int CLIENTS = 2;
  private static final double WARM_SHARE = 0.5; // at most
  private static final double SLICE_SECONDS = 0.5;
  private static final double WINDOW_SECONDS = 20;
  private static final double RESTING = 0.01; // the share of a window that the compiler works

  private final PrintStream out;
  private final Client client;
  private final NodeProcess process;
  private final int k;
  private final Map<Comparison.SystemSpec, List<HttpRequest>> requests = new LinkedHashMap<>();
  private final Map<Comparison.SystemSpec, Measured> measured = new LinkedHashMap<>();

  /**
   * Nothing to measure yet.
   *
   * @param k how many hits are asked for
   */
  Measurement(PrintStream out, Client client, NodeProcess process, int k) {
    this.out = out;
    this.client = client;
    this.process = process;
    this.k = k;
  }

  /** A system's searches for the {@code k} best hits of each query. */
  static List<HttpRequest> requests(
      Client client, Comparison.SystemSpec system, String index, List<Item> queries, int k)
      throws IOException {
    List<HttpRequest> prepared = new ArrayList<>();
    String parameters = "size=" + k + "&_source=false&track_total_hits=false";
    parameters += system.parameters().isEmpty() ? "" : "&" + system.parameters();
    for (Item query : queries) {
      prepared.add(client.prepare(index, parameters, system.request().fill(query, k)));
    }
    return prepared;
  }

  /** Takes a system and the index that it searches. */
  void add(Comparison.SystemSpec system, String index, List<Item> queries) throws IOException {
    requests.put(system, requests(client, system, index, queries, k));
    measured.put(system, new Measured());
  }

  /** Measures for some seconds, each query of each system at least once. */
  Map<Comparison.SystemSpec, Measured> run(Truth truth, double seconds) throws IOException {
    long start = System.nanoTime();
    if (truth != null) {
      check(truth);
    }
    warmUp(start, seconds * WARM_SHARE);
    double middle = (passed(start) + seconds) / 2;
    while (passed(start) < middle || measured.values().stream().anyMatch(this::lacks)) {
      latency(measured);
    }
    out.println("  latencies measured after " + Math.round(passed(start)) + " s");
    for (int slice = 0; slice < 2 || passed(start) < seconds; slice++) {
      throughput(measured);
    }
    return measured;
  }

  /**
   * Searches, with one client and with two, until the node's compiler works for less than a
   * hundredth of a window of time, or until {@code most} seconds have passed.
   */
  private void warmUp(long start, double most) throws IOException {
    Map<Comparison.SystemSpec, Measured> discarded = new LinkedHashMap<>();
    requests.keySet().forEach(system -> discarded.put(system, new Measured()));
    double working;
    do {
      long window = System.nanoTime();
      double compiled = process.compilerSeconds();
      while (passed(window) < Math.min(WINDOW_SECONDS, most)) {
        latency(discarded);
        throughput(discarded);
      }
      working = (process.compilerSeconds() - compiled) / passed(window);
    } while (working > RESTING && passed(start) < most);
    out.println(
        String.format(
            Locale.ROOT,
            "  warmed up for %.0f s; the compiler worked for %.1f %% of the last window",
            passed(start),
            100 * working));
  }

  /** Whether not all queries have been timed. */
  private boolean lacks(Measured result) {
    return result.count() < requests.values().iterator().next().size();
  }

  private static double passed(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  /** Sends each query to each system, and takes the recall of the answers. */
  private void check(Truth truth) throws IOException {
    for (var entry : requests.entrySet()) {
      List<HttpRequest> queries = entry.getValue();
      for (int q = 0; q < queries.size(); q++) {
        Client.Answer answer = client.send(queries.get(q));
        measured.get(entry.getKey()).addRecall(truth.recall(q, answer.ids(), k));
      }
    }
  }

  /** A slice of one client for each system. */
  private void latency(Map<Comparison.SystemSpec, Measured> results) throws IOException {
    for (var entry : requests.entrySet()) {
      latency(entry.getValue(), results.get(entry.getKey()));
    }
  }

  private void latency(List<HttpRequest> queries, Measured result) throws IOException {
    long start = System.nanoTime();
    do {
      Client.Answer answer = client.send(queries.get(result.count() % queries.size()));
      result.add(answer.nanos() / 1e6, answer.took());
    } while (passed(start) < SLICE_SECONDS);
  }

  /** A slice of two clients for each system. */
  private void throughput(Map<Comparison.SystemSpec, Measured> results) throws IOException {
    for (var entry : requests.entrySet()) {
      throughput(entry.getValue(), results.get(entry.getKey()));
    }
  }

  private void throughput(List<HttpRequest> queries, Measured result) throws IOException {
    double processor = process.processorSeconds();
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    try {
      long start = System.nanoTime();
      List<Callable<Integer>> tasks = new ArrayList<>();
      for (int c = 0; c < CLIENTS; c++) {
        long first = result.searches() + c * queries.size() / CLIENTS;
        tasks.add(
            () -> {
              int sent = 0;
              while (passed(start) < SLICE_SECONDS) {
                client.send(queries.get((int) ((first + sent++) % queries.size())));
              }
              return sent;
            });
      }
      int sent = 0;
      for (Future<Integer> done : clients.invokeAll(tasks)) {
        sent += done.resultNow();
      }
      result.addThroughput(sent, passed(start), process.processorSeconds() - processor);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      clients.shutdownNow();
    }
  }
}
