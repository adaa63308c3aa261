/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.plots;

import com.fasterxml.jackson.databind.JsonNode;
import de.erichseifert.vectorgraphics2d.Processors;
import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import de.erichseifert.vectorgraphics2d.util.PageSize;
import io.trident.benchmarks.command.Arguments;
import io.trident.benchmarks.command.Records;
import java.awt.Color;
import java.awt.Rectangle;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.NumberFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import org.jfree.chart.ChartFactory;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.LogAxis;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;

/**
 * Draws the records of the comparison with the peers as SVG: recall against latency, and bytes
 * against recall, for each comparison at its largest size, and latency against the number of
 * documents where there are several sizes. Of equal measurements the newest counts.
 */
public final class Plots {

  private static final Map<String, String> OPTIONS =
      Map.of("results", "peers/results.jsonl", "out", "docs/results", "files", "");

  private static final int WIDTH = 900;
  private static final int HEIGHT = 480;

  /** Something measured, with its title at an axis. */
  private record Quantity(String title, ToDoubleFunction<JsonNode> value) {}

  private static final Quantity LATENCY =
      new Quantity("median latency, ms", node -> node.path("p50_ms").asDouble());
  private static final Quantity RECALL =
      new Quantity("recall of the exact answers", node -> node.path("recall").asDouble());
  private static final Quantity MEGABYTES =
      new Quantity("MB on disk", node -> node.path("build").path("bytes").asDouble() / 1e6);
  private static final Quantity DOCUMENTS =
      new Quantity("documents", node -> node.path("documents").asDouble());

  private final Path out;

  private Plots(Path out) {
    this.out = out;
  }

  /** Runs the program. */
  public static void main(String[] line) throws IOException {
    Arguments arguments = Arguments.parse(line, OPTIONS);
    System.setProperty("java.awt.headless", "true");
    Plots plots = new Plots(Files.createDirectories(arguments.path("out")));
    Map<String, JsonNode> newest = new LinkedHashMap<>();
    for (JsonNode node : new Records(arguments.path("results")).read()) {
      newest.put(measurement(node) + node.path("documents") + node.path("system"), node);
    }
    List<JsonNode> all = List.copyOf(newest.values());
    for (String measurement : all.stream().map(Plots::measurement).distinct().toList()) {
      plots.draw(
          measurement, all.stream().filter(n -> measurement(n).equals(measurement)).toList());
    }
  }

  private static String measurement(JsonNode node) {
    return node.path("comparison").asText()
        + (node.path("expanded").asBoolean() ? "-expanded" : "-short")
        + "-k"
        + node.path("k").asInt();
  }

  private void draw(String name, List<JsonNode> records) throws IOException {
    int most = records.stream().mapToInt(node -> node.path("documents").asInt()).max().orElse(0);
    Predicate<JsonNode> largest = node -> node.path("documents").asInt() == most;
    List<JsonNode> atMost = records.stream().filter(largest).toList();
    String title = name + ", " + most + " documents";
    if (atMost.stream().allMatch(node -> node.path("recall").isNumber())) {
      save(name + "-recall", chart(title, LATENCY, RECALL, atMost, true));
      save(name + "-bytes", chart(title, MEGABYTES, RECALL, atMost, true));
    }
    if (records.stream().anyMatch(largest.negate())) {
      save(name + "-scale", chart(name, DOCUMENTS, LATENCY, records, false));
    }
  }

  private static JFreeChart chart(
      String title, Quantity x, Quantity y, List<JsonNode> records, boolean points) {
    XYSeriesCollection data = new XYSeriesCollection();
    for (String system : records.stream().map(Plots::system).distinct().toList()) {
      XYSeries series = new XYSeries(system);
      records.stream()
          .filter(node -> system(node).equals(system))
          .forEach(
              node -> series.add(x.value().applyAsDouble(node), y.value().applyAsDouble(node)));
      data.addSeries(series);
    }
    JFreeChart chart =
        points
            ? ChartFactory.createScatterPlot(title, x.title(), y.title(), data)
            : ChartFactory.createXYLineChart(title, x.title(), y.title(), data);
    LogAxis axis = new LogAxis(x.title());
    axis.setNumberFormatOverride(NumberFormat.getInstance(Locale.ROOT));
    chart.getXYPlot().setDomainAxis(axis);
    chart.getXYPlot().setBackgroundPaint(Color.WHITE);
    chart.getXYPlot().setRangeGridlinePaint(Color.LIGHT_GRAY);
    chart.getXYPlot().setDomainGridlinePaint(Color.LIGHT_GRAY);
    return chart;
  }

  private static String system(JsonNode node) {
    return node.path("system").asText();
  }

  private void save(String name, JFreeChart chart) throws IOException {
    VectorGraphics2D graphics = new VectorGraphics2D();
    chart.draw(graphics, new Rectangle(WIDTH, HEIGHT));
    try (OutputStream file = Files.newOutputStream(out.resolve(name + ".svg"))) {
      Processors.get("svg")
          .getDocument(graphics.getCommands(), new PageSize(WIDTH, HEIGHT))
          .writeTo(file);
    }
  }
}
