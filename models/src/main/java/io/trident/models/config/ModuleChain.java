/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.config;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.models.api.Side;
import io.trident.models.folder.ModelFolder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The modules that the texts of one side go through, in order. They are taken one after the other,
 * so none is passed over. Not thread-safe.
 */
final class ModuleChain {

  private static final String FILE = "modules.json";
  private static final String ROUTER = "router_config.json";

  private final Deque<PublishedModule> left = new ArrayDeque<>();

  private final ModelFolder folder;
  private final Side side;

  private ModuleChain(ModelFolder folder, Side side) {
    this.folder = folder;
    this.side = side;
  }

  /** The chain of {@code modules.json}, with the route of a side in place of each router. */
  static ModuleChain of(ModelFolder folder, Side side) {
    ModuleChain chain = new ModuleChain(folder, side);
    for (JsonNode entry : PublishedConfig.json(folder, FILE)) {
      chain.add(
          PublishedModule.of(folder, entry.path("type").asText(), entry.path("path").asText()));
    }
    return chain;
  }

  private void add(PublishedModule module) {
    switch (module.kind()) {
      case DROPOUT -> {}
      case ROUTER -> route(module);
      default -> left.add(module);
    }
  }

  private void route(PublishedModule router) {
    String file = router.file(ROUTER);
    JsonNode config = PublishedConfig.json(router.folder(), file);
    if (config.path("parameters").path("route_mappings").isEmpty() == false) {
      throw router.invalid("whose [route_mappings] in [" + file + "] are not understood");
    }
    JsonNode route = config.path("structure").path(route(side));
    if (route.isEmpty()) {
      throw router.invalid(
          "that must have routes for [query] and [document] in ["
              + file
              + "], got "
              + names(config.path("structure")));
    }
    for (JsonNode id : route) {
      String type = config.path("types").path(id.asText()).asText();
      String path = id.asText().isEmpty() ? router.path() : router.file(id.asText());
      PublishedModule module = PublishedModule.of(router.folder(), type, path);
      if (module.kind() == PublishedModule.Kind.ROUTER) {
        throw module.invalid("that is not understood inside of another one");
      }
      add(module);
    }
  }

  private static String route(Side side) {
    return side.name().toLowerCase(Locale.ROOT);
  }

  private static List<String> names(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  /** Whether a module of a kind is next. */
  boolean isNext(PublishedModule.Kind kind) {
    return left.isEmpty() == false && left.peek().kind() == kind;
  }

  /** Takes the next module if it is of a kind. */
  Optional<PublishedModule> next(PublishedModule.Kind kind) {
    return isNext(kind) ? Optional.of(left.remove()) : Optional.empty();
  }

  /** Takes the next module, which must be of a kind. */
  PublishedModule require(PublishedModule.Kind kind) {
    return next(kind)
        .orElseThrow(
            () -> {
              end();
              return folder.invalid(
                  "must have a module [" + kind + "] for its [" + route(side) + "]", null);
            });
  }

  /** Whether nothing is left. */
  boolean isEmpty() {
    return left.isEmpty();
  }

  /** Takes the modules of a kind that follow one another. */
  List<PublishedModule> all(PublishedModule.Kind kind) {
    List<PublishedModule> taken = new ArrayList<>();
    while (isNext(kind)) {
      taken.add(left.remove());
    }
    return taken;
  }

  /** Refuses modules that nothing has taken. */
  void end() {
    if (left.isEmpty() == false) {
      throw left.peek().invalid("that is not understood in this place");
    }
  }
}
