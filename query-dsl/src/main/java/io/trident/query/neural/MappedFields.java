/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.neural;

import io.trident.query.mapper.VectorModel;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The fields of an index by their full names, as its mapping says. Immutable. */
public final class MappedFields {

  /** Those of an index without a mapping. */
  static final MappedFields NONE = of(Map.of());

  private final Map<String, MappedField> fields = new HashMap<>();

  /** What the mapping says under each name that a document can have, of objects too. */
  private final Map<String, Map<String, Object>> mappings = new HashMap<>();

  private MappedFields() {}

  /**
   * A field of a mapping.
   *
   * @param type the name of its type
   * @param nested the path of the nearest nested object that it is in, or null
   * @param neural what it brings when it is a {@code neural_text} field, else null
   * @param model that of its vectors, as far as the mapping says it
   */
  public record MappedField(
      String type, String nested, NeuralTextField neural, VectorModel model) {}

  /** Reads a mapping that is given as JSON, with or without the name of a type around it. */
  public static MappedFields of(Map<String, Object> mapping) {
    MappedFields read = new MappedFields();
    Map<String, String> aliases = new HashMap<>();
    read.collect(NeuralTextMapping.root(mapping), "", null, aliases);
    aliases.forEach(
        (alias, path) -> read.fields.computeIfAbsent(alias, name -> read.fields.get(path)));
    return read;
  }

  private void collect(
      Map<String, Object> object, String prefix, String nested, Map<String, String> aliases) {
    for (Map.Entry<String, Map<String, Object>> entry :
        NeuralTextMapping.properties(object, "properties").entrySet()) {
      String name = prefix + entry.getKey();
      Map<String, Object> node = entry.getValue();
      mappings.put(name, node);
      Object type = node.getOrDefault("type", "object");
      if (type.equals("alias")) {
        aliases.put(name, String.valueOf(node.get("path")));
      } else if (type.equals("object") || type.equals("nested")) {
        collect(node, name + ".", type.equals("nested") ? name : nested, aliases);
      } else {
        add(name, node, nested);
        NeuralTextMapping.properties(node, "fields")
            .forEach((key, child) -> add(name + "." + key, child, nested));
      }
    }
  }

  private void add(String name, Map<String, Object> node, String nested) {
    String type = String.valueOf(node.get("type"));
    NeuralTextField neural =
        type.equals(NeuralTextField.CONTENT_TYPE) ? new NeuralTextField(name, nested, node) : null;
    fields.put(name, new MappedField(type, nested, neural, VectorModel.of(node)));
  }

  /** The {@code neural_text} fields. */
  public Stream<NeuralTextField> neural() {
    return fields.values().stream().map(MappedField::neural).filter(Objects::nonNull);
  }

  /**
   * Whether passages can be returned as inner hits: OpenSearch fails for nested objects that are in
   * arrays of objects that are not nested.
   *
   * @param field one that this index may have
   */
  public boolean hasInnerHits(NeuralTextField field) {
    String nested = field.passages();
    for (int dot = nested.indexOf('.'); dot >= 0; dot = nested.indexOf('.', dot + 1)) {
      String path = nested.substring(0, dot);
      if (path.equals(field.companion()) == false && isPlainObject(mapping(path))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isPlainObject(Map<String, Object> mapping) {
    return mapping.isEmpty() == false && "nested".equals(mapping.get("type")) == false;
  }

  /** The field of a name, or null. */
  public MappedField field(String name) {
    return fields.get(name);
  }

  /**
   * What the mapping says of a name that a document can have, of a field or an object; empty when
   * it says nothing.
   */
  public Map<String, Object> mapping(String name) {
    return mappings.getOrDefault(name, Map.of());
  }

  /** How many names the mapping has. */
  int size() {
    return mappings.size();
  }
}
