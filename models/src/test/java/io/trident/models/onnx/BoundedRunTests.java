/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.onnx;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;
import io.trident.models.api.ModelException;
import io.trident.models.folder.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.Test;

/** A graph's run ends, whatever the graph says. */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // ONNX Runtime keeps threads of its own
public class BoundedRunTests extends RandomizedTest {

  private OnnxGraph graph(long times, Duration most) throws IOException {
    Path folder = newTempDir();
    Files.write(folder.resolve("model.onnx"), GraphBytes.loop(times));
    return OnnxGraph.load(
        new ModelFolder.OnDisk(folder), "model.onnx", GraphOptions.onCpu(1), most);
  }

  @Test
  public void testALoopWithoutEndIsEnded() throws IOException {
    try (OnnxGraph graph = graph(Long.MAX_VALUE, Duration.ofMillis(randomIntBetween(1, 50)))) {
      ModelException e =
          assertThrows(ModelException.class, () -> graph.run(Map.of(), Map.of(), Set.of("y")));
      assertEquals(ModelException.Kind.FAILED, e.kind());
    }
  }

  @Test
  public void testALoopThatEndsIsNot() throws IOException {
    try (OnnxGraph graph = graph(randomIntBetween(1, 100), BoundedRun.MAX_TIME)) {
      OnnxGraph.Output output = graph.run(Map.of(), Map.of(), Set.of("y")).get("y");
      assertArrayEquals(new float[2], output.values(), 0);
    }
  }
}
