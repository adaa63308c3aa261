/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.DeserializationConfig;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.deser.BeanDeserializerModifier;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.deser.std.StringDeserializer;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import java.io.IOException;

/**
 * Reads the values of an enum by their names in JSON, which are those of {@code toString}, letter
 * by letter. Jackson's own reader takes the place of a value, and a name among spaces, too.
 */
final class NamedValues extends StdScalarDeserializer<Object> {

  private NamedValues(Class<?> type) {
    super(type);
  }

  /** Has all enums read so. */
  static BeanDeserializerModifier modifier() {
    return new BeanDeserializerModifier() {
      @Override
      public JsonDeserializer<?> modifyEnumDeserializer(
          DeserializationConfig config,
          JavaType type,
          BeanDescription description,
          JsonDeserializer<?> deserializer) {
        return new NamedValues(type.getRawClass());
      }
    };
  }

  @Override
  public Object deserialize(JsonParser parser, DeserializationContext context) throws IOException {
    String name = StringDeserializer.instance.deserialize(parser, context);
    for (Object value : handledType().getEnumConstants()) {
      if (value.toString().equals(name)) {
        return value;
      }
    }
    throw InvalidFormatException.from(parser, "unknown", name, handledType());
  }
}
