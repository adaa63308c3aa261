/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.onnx;

import io.trident.models.api.Excerpt;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The operators of a graph, and the functions that it makes of others. ONNX Runtime puts a
 * function's nodes in the place of every call: some dozens of functions that each call the next one
 * twice are more nodes than any memory holds, and one that calls itself has no end. Time is linear
 * in the number of nodes. Not thread-safe.
 */
final class GraphFunctions {

  /** Nodes once all functions are in their places; large language models have some ten thousand. */
  static final long MAX_NODES = 1 << 16;

  /** Calls in calls; exports have two or three. */
  private static final int MAX_DEPTH = 64;

  /** Whose operators ONNX Runtime itself has, and makes when it optimizes a graph. */
  private static final Set<String> DOMAINS =
      Set.of("", "ai.onnx.ml", "com.microsoft", "com.microsoft.nchwc");

  /** What is compiled for a device, and may lie in another file. */
  private static final String COMPILED = "EPContext";

  /** An operator or a function. */
  private record Name(String domain, String operator, String overload) {
    private Name {
      domain = domain.equals("ai.onnx") ? "" : domain; // the same
    }

    @Override
    public String toString() {
      return Excerpt.of(domain.isEmpty() ? operator : domain + ':' + operator);
    }
  }

  private static final class Body {
    private final Map<Name, Long> calls = new HashMap<>();

    /** With those of the functions in their places; less than 0 as long as it is not known. */
    private long nodes = -1;

    /** Calls in calls below it. */
    private int height;
  }

  private final Map<Name, Body> functions = new HashMap<>();
  private final Body main = new Body();
  private Body current = main;
  private int calls;

  /** What is called from here on is called by a function. */
  void begin() {
    current = new Body();
  }

  /** Names the function that has begun. */
  void end(String domain, String operator, String overload) throws IOException {
    Name name = new Name(domain, operator, overload);
    if (functions.put(name, current) != null) {
      throw new IOException("it has the function [" + name + "] twice");
    }
    current = main;
  }

  /** Notes a node. */
  void call(String domain, String operator, String overload) throws IOException {
    calls++;
    checkCount(calls);
    current.calls.merge(new Name(domain, operator, overload), 1L, Long::sum);
  }

  private static void checkCount(long nodes) throws IOException {
    if (nodes > MAX_NODES) {
      throw new IOException("it has more than [" + MAX_NODES + "] nodes");
    }
  }

  /** Refuses what ONNX Runtime does not have, or could not put together. */
  void check() throws IOException {
    for (Body function : functions.values()) {
      measure(function, 0);
    }
    measure(main, 0);
  }

  /** Finds out how much a body is, unless that is known; one that calls itself is too deep. */
  private void measure(Body body, int depth) throws IOException {
    checkDepth(depth);
    if (body.nodes >= 0) {
      return;
    }
    long nodes = 0;
    for (Map.Entry<Name, Long> call : body.calls.entrySet()) {
      Body function = functions.get(call.getKey());
      if (function == null) {
        checkKnown(call.getKey());
        nodes += call.getValue();
      } else {
        measure(function, depth + 1);
        nodes += call.getValue() * function.nodes;
        body.height = Math.max(body.height, 1 + function.height);
      }
      checkCount(nodes);
    }
    checkDepth(body.height);
    body.nodes = nodes;
  }

  private static void checkDepth(int depth) throws IOException {
    if (depth > MAX_DEPTH) {
      throw new IOException("its functions call one another more than [" + MAX_DEPTH + "] deep");
    }
  }

  private static void checkKnown(Name name) throws IOException {
    if (DOMAINS.contains(name.domain) == false || name.operator.equals(COMPILED)) {
      throw new IOException(
          "it has the operator [" + name + "], and operators of other libraries are not loaded");
    }
  }
}
