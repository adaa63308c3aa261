/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.onnx;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Graphs of a few nodes, written by hand: what no export would make. */
public final class GraphBytes {

  private GraphBytes() {}

  /** A field that holds a message or a text. */
  static byte[] field(int number, byte[]... contents) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : contents) {
      content.writeBytes(part);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    varint((number << 3) | 2, out);
    varint(content.size(), out);
    out.writeBytes(content.toByteArray());
    return out.toByteArray();
  }

  static byte[] text(int number, String text) {
    return field(number, text.getBytes(StandardCharsets.UTF_8));
  }

  static byte[] number(int field, long value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    varint(field << 3, out);
    varint(value, out);
    return out.toByteArray();
  }

  private static void varint(long value, ByteArrayOutputStream out) {
    long left = value;
    while ((left & ~0x7FL) != 0) {
      out.write((int) ((left & 0x7F) | 0x80));
      left >>>= 7;
    }
    out.write((int) left);
  }

  /** What a tensor of two floats, [w], holds when its values are in another file. */
  static byte[][] tensor(String location) {
    return new byte[][] {
      number(1, 2), // dims
      number(2, 1), // FLOAT
      text(8, "w"),
      field(13, text(1, "location"), text(2, location)),
      number(14, 1) // EXTERNAL
    };
  }

  private static byte[] output() {
    byte[] shape = field(2, field(1, number(1, 2)));
    return field(12, text(1, "y"), field(2, field(1, number(1, 1), shape)));
  }

  /** A node that gives what it takes. */
  private static byte[] node(byte[]... more) {
    return field(1, concat(new byte[][] {text(1, "w"), text(2, "y"), text(4, "Identity")}, more));
  }

  private static byte[][] concat(byte[][] first, byte[][] second) {
    byte[][] all = new byte[first.length + second.length][];
    System.arraycopy(first, 0, all, 0, first.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    return all;
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static byte[] model(byte[]... fields) {
    return join(number(1, 8), field(8, text(1, ""), number(2, 13)), join(fields));
  }

  /** A graph that ONNX Runtime loads when the file is there. */
  static byte[] initializer(String location) {
    return model(field(7, node(), text(2, "g"), field(5, tensor(location)), output()));
  }

  /** Graphs with the type at every place where one may be. */
  static byte[][] typed(long type) {
    byte[] tensor = field(5, number(1, 1), number(2, type), text(8, "w"), field(9, new byte[4]));
    byte[] of = field(2, field(1, number(1, type)));
    return new byte[][] {
      model(field(7, node(), tensor, output())),
      model(field(7, node(), field(11, text(1, "x"), of))),
      model(field(7, node(), field(12, text(1, "y"), of))),
      model(field(7, node(), field(13, text(1, "y"), of))),
      model(
          field(
              7,
              node(),
              field(12, text(1, "y"), field(2, field(4, field(1, field(1, number(1, type)))))))),
      model(
          field(
              7,
              node(),
              field(12, text(1, "y"), field(2, field(5, field(2, field(1, number(1, type)))))))),
      model(field(7, node(), field(12, text(1, "y"), field(2, field(8, number(1, type)))))),
      model(field(7, node(field(5, field(14, field(1, number(1, type))))))),
      model(field(7, node(field(5, field(5, number(2, type)))))),
      model(field(25, text(1, "f"), field(12, text(1, "y"), of))),
    };
  }

  /** Graphs with the tensor at every place where one may be. */
  static byte[][] everywhere(String location) {
    byte[][] tensor = tensor(location);
    byte[] graph = field(5, tensor);
    return new byte[][] {
      initializer(location),
      model(field(7, field(15, field(1, tensor)))),
      model(field(7, field(15, field(2, tensor)))),
      model(field(7, node(field(5, field(5, tensor))))),
      model(field(7, node(field(5, field(10, tensor))))),
      model(field(7, node(field(5, field(6, graph))))),
      model(field(7, node(field(5, field(11, graph))))),
      model(field(7, node(field(5, field(22, field(1, tensor)))))),
      model(field(7, node(field(5, field(23, field(2, tensor)))))),
      model(field(25, field(7, field(5, field(5, tensor))))),
      model(field(25, field(11, field(5, tensor)))),
      model(field(20, field(1, graph))),
      model(field(20, field(2, graph))),
      model(field(7), field(7, graph)), // protobuf joins what comes twice
    };
  }

  /** A graph of one node, with an operator of a domain. */
  static byte[] operator(String domain, String operator) {
    return model(field(7, call(domain, operator)));
  }

  private static byte[] call(String domain, String operator) {
    return field(1, text(1, "x"), text(2, "y"), text(4, operator), text(7, domain));
  }

  /**
   * A graph that calls the first of some functions, each of which calls the next one, and the last
   * of which an operator.
   *
   * @param names of the functions
   * @param calls how often each calls what it calls
   * @param last what the last one calls: an operator, or one of the functions
   */
  static byte[] functions(List<String> names, int calls, String last) {
    byte[][] fields = new byte[names.size() + 1][];
    fields[0] = field(7, call("own", names.get(0)));
    for (int f = 0; f < names.size(); f++) {
      String called = f + 1 < names.size() ? names.get(f + 1) : last;
      byte[] call = call(names.contains(called) ? "own" : "", called);
      byte[] node = field(7, Arrays.copyOfRange(call, 2, call.length));
      byte[][] nodes = new byte[calls][];
      Arrays.fill(nodes, node);
      fields[f + 1] = field(25, join(nodes), text(1, names.get(f)), text(10, "own"));
    }
    return model(fields);
  }

  private static byte[] value(int field, String name, int type, byte[]... shape) {
    return field(field, text(1, name), field(2, field(1, number(1, type), field(2, shape))));
  }

  /** A graph of token ids that always gives the same rows of 8 numbers for {@code y}. */
  public static byte[] sameRows(int rows, int length) {
    byte[] any = field(2, field(1, text(2, "b")), field(1, text(2, "t")));
    byte[] input = field(11, text(1, "input_ids"), field(2, field(1, number(1, 7), any)));
    byte[] given =
        field(
            5,
            number(1, rows),
            number(1, length),
            number(1, 8),
            number(2, 1),
            text(8, "w"),
            field(9, new byte[rows * length * 8 * Float.BYTES]));
    byte[] output = value(12, "y", 1, field(1), field(1), field(1, number(1, 8)));
    return model(field(7, node(), text(2, "g"), given, input, output));
  }

  /** A graph that goes around a loop some times. */
  static byte[] loop(long times) {
    byte[] body =
        field(
            6,
            field(1, text(1, "c"), text(2, "c2"), text(4, "Identity")),
            field(1, text(1, "v"), text(1, "v"), text(2, "v2"), text(4, "Add")),
            text(2, "b"),
            value(11, "i", 7),
            value(11, "c", 9),
            value(11, "v", 1, field(1, number(1, 2))),
            value(12, "c2", 9),
            value(12, "v2", 1, field(1, number(1, 2))));
    byte[] node =
        field(
            1,
            text(1, "m"),
            text(1, ""),
            text(1, "w"),
            text(2, "y"),
            text(4, "Loop"),
            field(5, text(1, "body"), body, number(20, 5)));
    byte[] count = field(5, number(2, 7), text(8, "m"), field(7, varint(times)));
    byte[] start = field(5, number(1, 2), number(2, 1), text(8, "w"), field(9, new byte[8]));
    return model(field(7, node, text(2, "g"), count, start, output()));
  }

  private static byte[] varint(long value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    varint(value, out);
    return out.toByteArray();
  }

  /** A graph with subgraphs in subgraphs. */
  static byte[] deep(int depth) {
    byte[] graph = node();
    for (int i = 0; i < depth; i++) {
      graph = field(1, field(5, field(6, graph)));
    }
    return model(field(7, graph));
  }
}
