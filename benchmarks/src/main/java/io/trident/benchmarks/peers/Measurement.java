package io.trident.benchmarks.peers;

import io.trident.benchmarks.node.NodeProcess;
import io.trident.benchmarks.vectors.Item;
import java.io.IOException;
import java.io.PrintStream;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Sends the queries to all systems in turn, so that whatever else the machine does hits all alike:
 * a round that checks the answers, slices of time to warm up, rounds that are timed, then slices
 * that count what two clients reach. A slice belongs to one system. Systems warm up for the same
 * time instead of by the same queries: what runs often is compiled, and beside a system that takes
 * fifty times as long the quicker one would be timed before it is.
 */
final class Measurement {

  private static final int CLIENTS = 2;
  private static final double WARM_SHARE = 0.35;
  private static final double LATENCY_SHARE = 0.65;
  private static final double SLICE_SECONDS = 0.5;

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

  /** Measures for some seconds, with at least one round. */
  Map<Comparison.SystemSpec, Measured> run(Truth truth, double seconds) throws IOException {
    long start = System.nanoTime();
    int queries = requests.values().iterator().next().size();
    round(0, queries, truth, false);
    Map<Comparison.SystemSpec, Measured> warm = new LinkedHashMap<>();
    requests.keySet().forEach(system -> warm.put(system, new Measured()));
    slices(warm, start, seconds * WARM_SHARE);
    int rounds = 0;
    while (rounds == 0 || passed(start) < seconds * LATENCY_SHARE) {
      round(rounds++, queries, null, true);
    }
    out.println(
        "  "
            + rounds
            + " rounds of "
            + queries
            + " queries in "
            + Math.round(passed(start))
            + " s");
    slices(measured, start, seconds);
    return measured;
  }

  /** Slices of all systems in turn, two of each at least, until some seconds have passed. */
  private void slices(Map<Comparison.SystemSpec, Measured> results, long start, double seconds)
      throws IOException {
    for (int slice = 0; slice < 2 || passed(start) < seconds; slice++) {
      for (var entry : requests.entrySet()) {
        throughput(entry.getValue(), results.get(entry.getKey()));
      }
    }
  }

  private static double passed(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  /** Sends each query to each system; who is first changes from query to query. */
  private void round(int round, int queries, Truth truth, boolean timed) throws IOException {
    List<Comparison.SystemSpec> systems = List.copyOf(requests.keySet());
    for (int q = 0; q < queries; q++) {
      for (int s = 0; s < systems.size(); s++) {
        Comparison.SystemSpec system = systems.get((s + q + round) % systems.size());
        Client.Answer answer = client.send(requests.get(system).get(q));
        if (timed) {
          measured.get(system).add(answer.nanos() / 1e6, answer.took());
        }
        if (truth != null) {
          measured.get(system).addRecall(truth.recall(q, answer.ids(), k));
        }
      }
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
