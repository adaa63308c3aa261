/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.onnx;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;
import io.trident.models.api.ModelException;
import io.trident.models.folder.ModelFolder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.Before;
import org.junit.Test;

/** A graph reads no files but those of its own folder. */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // ONNX Runtime keeps threads of its own
public class GraphFileTests extends RandomizedTest {

  private static final String GRAPH = "onnx/model.onnx";

  private Path outside;
  private Path inside;

  @Before
  public void prepare() throws IOException {
    outside = newTempDir();
    inside = Files.createDirectories(outside.resolve("models/mine/onnx"));
    Files.write(outside.resolve("secret"), new byte[64]);
    Files.write(inside.resolveSibling("secret"), new byte[64]);
    Files.write(inside.resolve("model.onnx_data"), new byte[64]);
    Files.createDirectories(inside.resolve("more"));
    Files.write(inside.resolve("more/weights"), new byte[64]);
  }

  private void load(byte[] graph) throws IOException {
    Files.write(inside.resolve("model.onnx"), graph);
    OnnxGraph.signature(new ModelFolder.OnDisk(inside.getParent()), GRAPH);
  }

  private void assertRefused(byte[] graph, String because) {
    ModelException refused = assertThrows(ModelException.class, () -> load(graph));
    assertEquals(ModelException.Kind.INVALID_MODEL, refused.kind());
    assertTrue(refused.getMessage(), refused.getMessage().startsWith("model [mine] "));
    assertTrue(refused.getMessage(), refused.getMessage().contains(because));
  }

  @Test
  public void testOwnFilesAreRead() throws IOException {
    load(GraphBytes.initializer("model.onnx_data"));
    load(GraphBytes.initializer("more/weights"));
    Files.createSymbolicLink(inside.resolve("link"), inside.resolve("more/weights"));
    load(GraphBytes.initializer("link"));
  }

  @Test
  public void testWeightsInFilesCountAsTheGraphsMemory() throws IOException {
    byte[] graph = GraphBytes.initializer(randomFrom(List.of("model.onnx_data", "more/weights")));
    Files.write(inside.resolve("model.onnx"), graph);
    ModelFolder folder = new ModelFolder.OnDisk(inside.getParent());
    assertEquals(graph.length + 64, OnnxGraph.bytes(folder, GRAPH));
    assertEquals(0, OnnxGraph.bytes(folder, "none.onnx"));
  }

  @Test
  public void testOtherFilesAreRefusedWhereverATensorIs() throws IOException {
    Files.createSymbolicLink(inside.resolve("link"), outside.resolve("secret"));
    Files.createSymbolicLink(inside.resolve("folder"), outside);
    List<String> locations =
        List.of(
            "../../../secret",
            "../secret",
            outside.resolve("secret").toString(),
            inside.resolve("model.onnx_data").toString(),
            "more/../../../../secret",
            "more",
            "missing",
            "",
            "*/_ORT_MEM_ADDR_/*",
            "nul\0",
            "/etc/passwd");
    for (String location : locations) {
      for (byte[] graph : GraphBytes.everywhere(location)) {
        assertRefused(graph, "in files of its own folder, got [" + location + "]");
      }
    }
    for (String location : List.of("link", "folder/secret")) {
      for (byte[] graph : GraphBytes.everywhere(location)) {
        assertRefused(graph, "[onnx/" + location + "] of its own, got a link elsewhere");
      }
    }
  }

  /** ONNX Runtime would read its own memory at the address that the weight's offset says. */
  @Test
  public void testNoFileCanStandForAnAddress() throws IOException {
    Files.createDirectories(inside.resolve("*/_ORT_MEM_ADDR_"));
    Files.write(inside.resolve("*/_ORT_MEM_ADDR_/*"), new byte[64]);
    for (byte[] graph : GraphBytes.everywhere("*/_ORT_MEM_ADDR_/*")) {
      assertRefused(graph, "in files of its own folder");
    }
  }

  @Test
  public void testOperatorsOfOtherLibrariesAreRefused() throws IOException {
    for (String domain : List.of("ai.onnx.contrib", "custom", "com.microsoft.extensions")) {
      assertRefused(GraphBytes.operator(domain, "Run"), "the operator [" + domain + ":Run]");
    }
    assertRefused(GraphBytes.operator("com.microsoft", "EPContext"), "[com.microsoft:EPContext]");
    assertRefused(GraphBytes.operator("x".repeat(3_000), "Run"), "… (3004 characters)");
  }

  private void read(byte[] graph) throws IOException {
    Files.write(inside.resolve("model.onnx"), graph);
    OnnxGraph.bytes(new ModelFolder.OnDisk(inside.getParent()), GRAPH);
  }

  /** ONNX Runtime ends the process when it looks for such a type. */
  @Test
  public void testTypesThatDoNotExistAreRefused() throws IOException {
    List<Long> types = List.of(24L, (long) randomIntBetween(25, Integer.MAX_VALUE), -1L, 1L << 40);
    for (long type : types) {
      for (byte[] graph : GraphBytes.typed(type)) {
        assertRefused(graph, "a type from 0 to [23], got [" + type + "]");
      }
    }
    for (byte[] graph : GraphBytes.typed(randomIntBetween(0, 23))) {
      read(graph);
    }
  }

  /** In random order: what a function comes to must not depend on which is looked at first. */
  private static List<String> names(int count) {
    List<String> names = new ArrayList<>();
    IntStream.range(0, count).forEach(f -> names.add("f" + f));
    Collections.shuffle(names, getRandom());
    return names;
  }

  @Test
  public void testFunctionsOfTheGraphMayCallOneAnother() throws IOException {
    read(GraphBytes.functions(names(randomIntBetween(1, 60)), 1, "Identity"));
    read(GraphBytes.functions(names(15), 2, "Identity"));
  }

  @Test
  public void testFunctionsThatGrowWithoutBoundAreRefused() {
    List<String> names = names(randomIntBetween(17, 60));
    assertRefused(GraphBytes.functions(names, 2, "Identity"), "[65536] nodes");
    assertRefused(GraphBytes.functions(names(7), 10, "Identity"), "[65536] nodes");
    assertRefused(GraphBytes.functions(names(randomIntBetween(67, 900)), 1, "Or"), "[64] deep");
    assertRefused(GraphBytes.functions(names, 1, randomFrom(names)), "[64] deep");
    assertRefused(GraphBytes.functions(names(3), 1, "Identity7"), "cannot be loaded");
  }

  @Test
  public void testAGraphInMemoryHasNoFiles() {
    byte[] graph = GraphBytes.initializer("model.onnx_data");
    ModelFolder folder =
        new ModelFolder() {
          @Override
          public String id() {
            return "mine";
          }

          @Override
          public Optional<InputStream> open(String file) {
            return Optional.of(new ByteArrayInputStream(graph));
          }

          @Override
          public String state() {
            return "";
          }

          @Override
          public String source() {
            return "memory";
          }
        };
    ModelException refused =
        assertThrows(ModelException.class, () -> OnnxGraph.signature(folder, GRAPH));
    assertTrue(refused.getMessage(), refused.getMessage().contains("[model.onnx_data]"));
  }

  @Test
  public void testGraphsThatAreTooDeepAreRefused() {
    assertRefused(GraphBytes.deep(randomIntBetween(40, 20_000)), "[100] deep");
  }

  /** Whatever bytes come, they are refused or read, and never by more time than they take. */
  @Test
  public void testDamagedGraphsAreRefusedOrHarmless() throws IOException {
    byte[] graph = GraphBytes.initializer("model.onnx_data");
    for (int i = 0; i < 200; i++) {
      byte[] damaged = Arrays.copyOf(graph, randomIntBetween(1, graph.length));
      damaged[randomIntBetween(0, damaged.length - 1)] ^= (byte) randomIntBetween(1, 255);
      try {
        load(damaged);
      } catch (ModelException e) {
        assertEquals(ModelException.Kind.INVALID_MODEL, e.kind());
      }
    }
  }

  @Test
  public void testWhatEndsTooEarlyIsRefused() {
    byte[] graph = GraphBytes.initializer("model.onnx_data");
    assertRefused(Arrays.copyOf(graph, graph.length - randomIntBetween(1, 5)), "cannot be loaded");
    assertRefused(new byte[] {0x3A, (byte) 0xFF, (byte) 0xFF, 0x7F}, "cannot be loaded");
    assertRefused(new byte[] {0x3B}, "cannot be loaded"); // a group
  }
}
