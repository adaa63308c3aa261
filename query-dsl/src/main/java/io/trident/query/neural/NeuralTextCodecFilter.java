/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.neural;

import io.trident.query.mapper.TridentCodecSetting;
import io.trident.query.search.RequestCompletion;
import java.util.Map;
import java.util.function.Supplier;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.admin.indices.create.CreateIndexRequest;
import org.opensearch.action.admin.indices.template.put.PutComponentTemplateAction;
import org.opensearch.action.admin.indices.template.put.PutComposableIndexTemplateAction;
import org.opensearch.action.admin.indices.template.put.PutIndexTemplateRequest;
import org.opensearch.cluster.metadata.ComponentTemplate;
import org.opensearch.cluster.metadata.ComposableIndexTemplate;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.cluster.metadata.MetadataIndexTemplateService;
import org.opensearch.cluster.metadata.Template;
import org.opensearch.common.compress.CompressedXContent;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.index.engine.EngineConfig;

/**
 * Adds {@code index.codec} to a request that creates an index or puts a template with a {@code
 * neural_text} field, unless the request or a template that it goes by says a codec of its own.
 * Indices that are created without a request, by a document or a rollover, take it from their
 * template. Thread-safe.
 */
public final class NeuralTextCodecFilter extends RequestCompletion {

  private static final String CODEC = EngineConfig.INDEX_CODEC_SETTING.getKey();

  private final Supplier<Metadata> metadata;
  private final Supplier<IndexNameExpressionResolver> resolver;

  /**
   * Makes the filter; both are asked for when a request comes.
   *
   * @param metadata that of the cluster
   * @param resolver resolves dates in the names of indices
   */
  public NeuralTextCodecFilter(
      Supplier<Metadata> metadata, Supplier<IndexNameExpressionResolver> resolver) {
    this.metadata = metadata;
    this.resolver = resolver;
  }

  @Override
  protected void complete(ActionRequest request) {
    switch (request) {
      case CreateIndexRequest create -> complete(create);
      case PutIndexTemplateRequest put -> complete(put);
      case PutComposableIndexTemplateAction.Request put -> complete(put);
      case PutComponentTemplateAction.Request put -> complete(put);
      default -> {} // makes no index
    }
  }

  private void complete(CreateIndexRequest request) {
    if (lacksCodec(request.settings(), request.mappings())
        && saysCodec(templateSettings(request.index(), request.settings())) == false) {
      request.settings(withCodec(request.settings()));
    }
  }

  /** What the templates say that a new index goes by. */
  private Settings templateSettings(String name, Settings settings) {
    String index = resolver.get().resolveDateMathExpression(name);
    Metadata known = metadata.get();
    boolean hidden = IndexMetadata.INDEX_HIDDEN_SETTING.get(settings);
    String template = MetadataIndexTemplateService.findV2Template(known, index, hidden);
    return template == null
        ? MetadataIndexTemplateService.resolveSettings(
            MetadataIndexTemplateService.findV1Templates(known, index, hidden))
        : MetadataIndexTemplateService.resolveSettings(known, template);
  }

  private static void complete(PutIndexTemplateRequest request) {
    if (lacksCodec(request.settings(), request.mappings())) {
      request.settings(withCodec(request.settings()));
    }
  }

  private void complete(PutComposableIndexTemplateAction.Request request) {
    ComposableIndexTemplate template = request.indexTemplate();
    if (template == null || lacksCodec(template.template()) == false) {
      return;
    }
    boolean composed =
        template.composedOf().stream()
            .map(metadata.get().componentTemplates()::get)
            .anyMatch(part -> part != null && saysCodec(part.template().settings()));
    if (composed == false) {
      request.indexTemplate(
          new ComposableIndexTemplate(
              template.indexPatterns(),
              withCodec(template.template()),
              template.composedOf(),
              template.priority(),
              template.version(),
              template.metadata(),
              template.getDataStreamTemplate(),
              template.context()));
    }
  }

  private static void complete(PutComponentTemplateAction.Request request) {
    ComponentTemplate template = request.componentTemplate();
    if (template != null && lacksCodec(template.template())) {
      request.componentTemplate(
          new ComponentTemplate(
              withCodec(template.template()), template.version(), template.metadata()));
    }
  }

  private static boolean lacksCodec(Template template) {
    CompressedXContent mappings = template == null ? null : template.mappings();
    return mappings != null && lacksCodec(template.settings(), mappings.string());
  }

  private static boolean lacksCodec(Settings settings, String mappings) {
    return saysCodec(settings) == false
        && mappings != null
        && mappings.contains(NeuralTextField.CONTENT_TYPE)
        && NeuralTextMapping.fields(parse(mappings)).isEmpty() == false;
  }

  private static Map<String, Object> parse(String mappings) {
    return XContentHelper.convertToMap(XContentType.JSON.xContent(), mappings, false);
  }

  private static boolean saysCodec(Settings settings) {
    return settings != null
        && Settings.builder()
            .put(settings)
            .normalizePrefix(IndexMetadata.INDEX_SETTING_PREFIX)
            .build()
            .hasValue(CODEC);
  }

  private static Settings withCodec(Settings settings) {
    Settings.Builder all = Settings.builder();
    if (settings != null) {
      all.put(settings);
    }
    return all.put(CODEC, TridentCodecSetting.CODEC).build();
  }

  private static Template withCodec(Template template) {
    return new Template(withCodec(template.settings()), template.mappings(), template.aliases());
  }
}
