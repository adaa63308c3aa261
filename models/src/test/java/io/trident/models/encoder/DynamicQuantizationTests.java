/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import static org.junit.Assert.assertArrayEquals;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;
import io.trident.models.api.Encoding;
import io.trident.models.api.Representation;
import io.trident.models.api.Side;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.Test;

/** Graphs that choose a scale of 8 bits as they run, which is one for all that a run is given. */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // the JDK keeps the thread of its deadlines
public class DynamicQuantizationTests extends RandomizedTest {

  private static final String CONFIG =
      "{\"kind\": \"encoder\", \"max_tokens\": 64,"
          + " \"dense\": {\"output\": \"last_hidden_state\", \"pooling\": \"mean\","
          + " \"normalize\": false, \"dimension\": 1}}";

  @Test
  public void testATextIsReadTheSameWhateverElseIsInTheBatch() {
    Map<String, byte[]> files = new HashMap<>(MemoryFolder.encoder(CONFIG).files());
    files.put("model.onnx", graph());
    List<String> words =
        new String(files.get("vocab.txt"), StandardCharsets.UTF_8)
            .lines()
            .filter(word -> word.matches("[a-z]+"))
            .toList();
    List<String> texts = new ArrayList<>();
    for (int i = randomIntBetween(2, 20); i > 0; i--) {
      StringBuilder text = new StringBuilder();
      for (int w = randomIntBetween(1, 30); w > 0; w--) {
        text.append(randomFrom(words)).append(' ');
      }
      texts.add(text.toString());
    }
    try (OnnxModel model = OnnxModel.load(new MemoryFolder(files), 1)) {
      List<Encoding> together = encode(model, texts);
      for (int i = 0; i < texts.size(); i++) {
        assertArrayEquals(
            texts.get(i),
            encode(model, List.of(texts.get(i))).get(0).dense(),
            together.get(i).dense(),
            0f);
      }
    }
  }

  private static List<Encoding> encode(OnnxModel model, List<String> texts) {
    return model
        .encoder()
        .encode(texts, Side.DOCUMENT, Set.of(Representation.DENSE), RunListener.NONE);
  }

  /** Token ids as floats, quantised and back. */
  private static byte[] graph() {
    Message graph =
        new Message()
            .add(1, node("Cast", List.of("input_ids"), List.of("floats"), castToFloat()))
            .add(1, node("Unsqueeze", List.of("floats", "axis"), List.of("values"), null))
            .add(
                1,
                node(
                    "DynamicQuantizeLinear",
                    List.of("values"),
                    List.of("codes", "scale", "zero"),
                    null))
            .add(
                1,
                node(
                    "DequantizeLinear",
                    List.of("codes", "scale", "zero"),
                    List.of("last_hidden_state"),
                    null))
            .add(2, "graph")
            .add(5, new Message().add(1, 1).add(2, 7).add(7, 2).add(8, "axis"))
            .add(11, value("input_ids", 7, "batch", "tokens"))
            .add(12, value("last_hidden_state", 1, "batch", "tokens", "width"));
    return new Message().add(1, 8).add(7, graph).add(8, new Message().add(2, 17)).bytes();
  }

  private static Message castToFloat() {
    return new Message().add(1, "to").add(3, 1).add(20, 2);
  }

  private static Message node(
      String kind, List<String> inputs, List<String> outputs, Message attribute) {
    Message node = new Message();
    inputs.forEach(input -> node.add(1, input));
    outputs.forEach(output -> node.add(2, output));
    node.add(4, kind);
    return attribute == null ? node : node.add(5, attribute);
  }

  private static Message value(String name, int type, String... dimensions) {
    Message shape = new Message();
    for (String dimension : dimensions) {
      shape.add(1, new Message().add(2, dimension));
    }
    return new Message()
        .add(1, name)
        .add(2, new Message().add(1, new Message().add(1, type).add(2, shape)));
  }

  /** A message of Protocol Buffers, field by field. */
  private static final class Message {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private Message add(int field, int value) {
      varint(field << 3);
      varint(value);
      return this;
    }

    private Message add(int field, String value) {
      return add(field, value.getBytes(StandardCharsets.UTF_8));
    }

    private Message add(int field, Message value) {
      return add(field, value.bytes());
    }

    private Message add(int field, byte[] value) {
      varint((field << 3) | 2);
      varint(value.length);
      out.writeBytes(value);
      return this;
    }

    private void varint(int value) {
      for (int left = value; ; left >>>= 7) {
        if (left < 128) {
          out.write(left);
          return;
        }
        out.write((left & 127) | 128);
      }
    }

    private byte[] bytes() {
      return out.toByteArray();
    }
  }
}
