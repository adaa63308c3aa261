package io.trident.query.neural;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The fields of an index by their full names, as its mapping says. Immutable. */
public final class MappedFields {

  private final Map<String, MappedField> fields;

  private MappedFields(Map<String, MappedField> fields) {
    this.fields = fields;
  }

  /**
   * A field of a mapping.
   *
   * @param type the name of its type
   * @param nested the path of the nearest nested object that it is in, or null
   * @param neural what it brings when it is a {@code neural_text} field, else null
   */
  public record MappedField(String type, String nested, NeuralTextField neural) {}

  /** Reads a mapping that is given as JSON, with or without the name of a type around it. */
  public static MappedFields of(Map<String, Object> mapping) {
    Map<String, MappedField> fields = new HashMap<>();
    Map<String, String> aliases = new HashMap<>();
    collect(NeuralTextMapping.root(mapping), "", null, fields, aliases);
    aliases.forEach((alias, path) -> fields.computeIfAbsent(alias, name -> fields.get(path)));
    return new MappedFields(fields);
  }

  private static void collect(
      Map<String, Object> object,
      String prefix,
      String nested,
      Map<String, MappedField> fields,
      Map<String, String> aliases) {
    for (Map.Entry<String, Map<String, Object>> entry :
        NeuralTextMapping.properties(object, "properties").entrySet()) {
      String name = prefix + entry.getKey();
      Map<String, Object> node = entry.getValue();
      Object type = node.getOrDefault("type", "object");
      if (type.equals("alias")) {
        aliases.put(name, String.valueOf(node.get("path")));
      } else if (type.equals("object") || type.equals("nested")) {
        collect(node, name + ".", type.equals("nested") ? name : nested, fields, aliases);
      } else {
        add(name, node, nested, fields);
        NeuralTextMapping.properties(node, "fields")
            .forEach((key, child) -> add(name + "." + key, child, nested, fields));
      }
    }
  }

  private static void add(
      String name, Map<String, Object> node, String nested, Map<String, MappedField> fields) {
    String type = String.valueOf(node.get("type"));
    NeuralTextField neural =
        type.equals(NeuralTextField.CONTENT_TYPE) ? new NeuralTextField(name, nested, node) : null;
    fields.put(name, new MappedField(type, nested, neural));
  }

  /** The {@code neural_text} fields. */
  public Stream<NeuralTextField> neural() {
    return fields.values().stream().map(MappedField::neural).filter(Objects::nonNull);
  }

  /** The field of a name, or null. */
  public MappedField field(String name) {
    return fields.get(name);
  }
}
