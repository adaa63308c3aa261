/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin;

import io.trident.ingest.Admission;
import io.trident.ingest.EncodeProcessor;
import io.trident.ingest.ScriptedUpdatesFilter;
import io.trident.ingest.SystemEncodeProcessor;
import io.trident.ingest.TokenVectorsProcessor;
import io.trident.models.api.ModelKind;
import io.trident.models.folder.EmbeddedModels;
import io.trident.models.folder.ModelDirectory;
import io.trident.models.runtime.LocalInference;
import io.trident.models.runtime.RuntimeSettings;
import io.trident.models.tokenizer.TextTokenizer;
import io.trident.plugin.fusion.DeleteProfileAction;
import io.trident.plugin.fusion.FitAction;
import io.trident.plugin.fusion.FitStatus;
import io.trident.plugin.fusion.FusionProfiles;
import io.trident.plugin.fusion.FusionRestAction;
import io.trident.plugin.fusion.GetProfilesAction;
import io.trident.plugin.fusion.PutProfileAction;
import io.trident.plugin.models.DefaultModels;
import io.trident.plugin.models.WarmUp;
import io.trident.plugin.models.action.DeleteModelAction;
import io.trident.plugin.models.action.EncodeModelAction;
import io.trident.plugin.models.action.ModelNodes;
import io.trident.plugin.models.action.ModelsAction;
import io.trident.plugin.models.action.ModelsComponent;
import io.trident.plugin.models.action.PutChunkAction;
import io.trident.plugin.models.action.PutModelAction;
import io.trident.plugin.models.action.TransportModelsAction;
import io.trident.plugin.models.action.ValidateModelAction;
import io.trident.plugin.models.rest.ModelRoutes;
import io.trident.plugin.models.store.ClusterModels;
import io.trident.plugin.page.PageRestAction;
import io.trident.plugin.stats.StatsAction;
import io.trident.plugin.stats.StatsRestAction;
import io.trident.plugin.stats.TransportStatsAction;
import io.trident.query.budget.BudgetFilter;
import io.trident.query.budget.BudgetPhases;
import io.trident.query.budget.BudgetReport;
import io.trident.query.budget.CountWish;
import io.trident.query.dsl.BlockMetric;
import io.trident.query.dsl.DenseQueryBuilder;
import io.trident.query.dsl.ExactRescoringFilter;
import io.trident.query.dsl.KeptHits;
import io.trident.query.dsl.LearnedSparseQueryBuilder;
import io.trident.query.dsl.MaxSimQueryBuilder;
import io.trident.query.dsl.QueryEncoder;
import io.trident.query.dsl.TopPassagesQueryBuilder;
import io.trident.query.fusion.FusedDocsQueryBuilder;
import io.trident.query.fusion.FusionPhases;
import io.trident.query.fusion.FusionQueryBuilder;
import io.trident.query.fusion.FusionReport;
import io.trident.query.fusion.LegHits;
import io.trident.query.fusion.NeuralTextQueryBuilder;
import io.trident.query.fusion.NeuralTextSourceFilter;
import io.trident.query.highlight.BestUnits;
import io.trident.query.highlight.MaxSimHighlighter;
import io.trident.query.mapper.DenseVectorFieldMapper;
import io.trident.query.mapper.ImpactVectorFieldMapper;
import io.trident.query.mapper.TokenVectorsFieldMapper;
import io.trident.query.neural.EncodedTextsFieldMapper;
import io.trident.query.neural.NeuralTextCodecFilter;
import io.trident.query.neural.NeuralTextField;
import io.trident.query.neural.NeuralTextFieldMapper;
import io.trident.query.neural.NeuralTextMapping;
import io.trident.query.neural.NeuralTextTransformer;
import io.trident.query.neural.NeuralTextUpdateFilter;
import io.trident.query.neural.TargetMappings;
import io.trident.query.neural.VectorModelTransformer;
import io.trident.query.rerank.CrossEncoderExtBuilder;
import io.trident.query.rerank.CrossEncoderFilter;
import io.trident.query.rerank.CrossEncoderReport;
import io.trident.query.search.HitNotesFilter;
import io.trident.query.search.SearchTraceFilter;
import io.trident.query.source.DerivedVectorsEngineFactory;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.lucene.util.SetOnce;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.node.DiscoveryNodes;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.IndexScopedSettings;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.settings.SettingsFilter;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.env.Environment;
import org.opensearch.env.NodeEnvironment;
import org.opensearch.index.IndexModule;
import org.opensearch.index.IndexSettings;
import org.opensearch.index.codec.AdditionalCodecs;
import org.opensearch.index.engine.EngineFactory;
import org.opensearch.index.mapper.Mapper;
import org.opensearch.index.mapper.MappingTransformer;
import org.opensearch.index.mapper.MetadataFieldMapper;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.indices.SystemIndexDescriptor;
import org.opensearch.indices.breaker.BreakerSettings;
import org.opensearch.ingest.Processor;
import org.opensearch.plugins.ActionPlugin;
import org.opensearch.plugins.CircuitBreakerPlugin;
import org.opensearch.plugins.EnginePlugin;
import org.opensearch.plugins.IngestPlugin;
import org.opensearch.plugins.MapperPlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.plugins.SearchPlugin;
import org.opensearch.plugins.SystemIndexPlugin;
import org.opensearch.repositories.RepositoriesService;
import org.opensearch.rest.RestController;
import org.opensearch.rest.RestHandler;
import org.opensearch.script.ScriptService;
import org.opensearch.search.SearchExtBuilder;
import org.opensearch.search.fetch.FetchSubPhase;
import org.opensearch.search.fetch.subphase.highlight.Highlighter;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.client.Client;
import org.opensearch.watcher.ResourceWatcherService;

/** Neural retrieval for OpenSearch. Wires the modules; holds no logic. */
public final class TridentPlugin extends Plugin
    implements MapperPlugin,
        EnginePlugin,
        SearchPlugin,
        IngestPlugin,
        ActionPlugin,
        SystemIndexPlugin,
        CircuitBreakerPlugin {

  private final TridentSettings settings;

  /** Set when the node makes its components, which is before it reads a query or a document. */
  private final SetOnce<NodeInference> inference = new SetOnce<>();

  /** Set when the node makes its components. */
  private final SetOnce<ThreadPool> threads = new SetOnce<>();

  /** Set when the node makes its components. */
  private final SetOnce<ClusterService> cluster = new SetOnce<>();

  /** Set when the node makes its components. */
  private final SetOnce<Supplier<RepositoriesService>> repositories = new SetOnce<>();

  /** Set when the node makes its components. */
  private final SetOnce<ModelsComponent> components = new SetOnce<>();

  /** Set when the node makes its components. */
  private final SetOnce<Client> nodeClient = new SetOnce<>();

  /** Set when the node makes its components. */
  private final SetOnce<String> nodeId = new SetOnce<>();

  /** Set when the node makes its components. */
  private final SetOnce<IndexNameExpressionResolver> indexNames = new SetOnce<>();

  /** Set when the node makes its components. */
  private final SetOnce<NamedWriteableRegistry> namedWriteables = new SetOnce<>();

  private final ModelsBreaker breaker = new ModelsBreaker();
  private final QueryEncoder queryEncoder;
  private final TargetMappings mappings;
  private final FusionProfiles profiles;
  private final NeuralTextQueryBuilder.Node textQueries;
  private final Admission admission;

  /** Made by OpenSearch with the node's settings. */
  public TridentPlugin(Settings nodeSettings) {
    settings = new TridentSettings(nodeSettings);
    admission = settings.admission();
    queryEncoder = new QueryEncoder(inference::get, settings::defaultEncoder);
    mappings =
        new TargetMappings(() -> cluster.get().state(), indexNames::get, namedWriteables::get);
    profiles = new FusionProfiles(() -> cluster.get().state().metadata().settings());
    textQueries = new NeuralTextQueryBuilder.Node(queryEncoder, mappings, profiles::all);
  }

  @Override
  public BreakerSettings getCircuitBreaker(Settings nodeSettings) {
    return new BreakerSettings(
        ModelsBreaker.NAME,
        settings.modelMemory().getBytes(),
        1,
        CircuitBreaker.Type.MEMORY,
        CircuitBreaker.Durability.PERMANENT);
  }

  @Override
  public void setCircuitBreaker(CircuitBreaker circuitBreaker) {
    breaker.set(circuitBreaker);
  }

  @Override
  public List<Setting<?>> getSettings() {
    return TridentSettings.ALL;
  }

  @Override
  public Collection<Object> createComponents(
      Client client,
      ClusterService clusterService,
      ThreadPool threadPool,
      ResourceWatcherService resourceWatcherService,
      ScriptService scriptService,
      NamedXContentRegistry xContentRegistry,
      Environment environment,
      NodeEnvironment nodeEnvironment,
      NamedWriteableRegistry namedWriteableRegistry,
      IndexNameExpressionResolver indexNameExpressionResolver,
      Supplier<RepositoriesService> repositoriesServiceSupplier) {
    TextTokenizer.prepare(environment.tmpDir().resolve("trident"));
    threads.set(threadPool);
    cluster.set(clusterService);
    repositories.set(repositoriesServiceSupplier);
    nodeClient.set(client);
    nodeId.set(nodeEnvironment.nodeId());
    indexNames.set(indexNameExpressionResolver);
    namedWriteables.set(namedWriteableRegistry);
    RuntimeSettings runtime = settings.runtime();
    runtime.provider().check();
    ModelDirectory directory =
        new ModelDirectory(environment.configDir().resolve("trident").resolve("models"));
    ClusterModels stored =
        ClusterModels.start(
            client,
            clusterService,
            environment,
            directory,
            nodeEnvironment.nodeDataPaths()[0].resolve("trident-models"),
            settings.modelCacheSize(),
            settings.allowedUrls());
    LocalInference local =
        new LocalInference(
            List.of(directory, stored.stored(), new EmbeddedModels()), runtime, breaker);
    ModelsComponent models =
        new ModelsComponent(
            stored,
            local,
            Map.of(
                TridentSettings.DEFAULT_ENCODER.getKey(), settings::defaultEncoder,
                TridentSettings.DEFAULT_CROSS_ENCODER.getKey(), settings::defaultCrossEncoder),
            new ModelNodes(client, clusterService));
    settings.follow(clusterService.getClusterSettings(), local::setDeadline, admission::setMaxWait);
    components.set(models);
    clusterService.addListener(
        new WarmUp(settings.warmUp(), settings::defaultEncoder, models, threadPool.generic()));
    inference.set(new NodeInference(local, models::find, threadPool));
    return List.of(models, local, admission, profiles);
  }

  @Override
  public Map<String, Processor.Factory> getProcessors(Processor.Parameters parameters) {
    return Map.of(
        EncodeProcessor.TYPE,
        encodeProcessors(),
        TokenVectorsProcessor.TYPE,
        new TokenVectorsProcessor.Factory(new WrittenFields(mappings)));
  }

  @Override
  public Map<String, Processor.Factory> getSystemIngestProcessors(Processor.Parameters parameters) {
    return Map.of(
        SystemEncodeProcessor.TYPE,
        new SystemEncodeProcessor.Factory(encodeProcessors(), NeuralTextMapping::encodeProcessors));
  }

  private EncodeProcessor.Factory encodeProcessors() {
    return new EncodeProcessor.Factory(
        inference::get, settings::defaultEncoder, admission, new WrittenFields(mappings));
  }

  @Override
  public List<MappingTransformer> getMappingTransformers() {
    return List.of(
        new NeuralTextTransformer(
            settings::defaultEncoder,
            model -> inference.get().find(model),
            config -> encodeProcessors().create(Map.of(), null, null, config)),
        new VectorModelTransformer(model -> inference.get().find(model)));
  }

  @Override
  public void close() {
    if (inference.get() != null) {
      inference.get().close();
    }
  }

  @Override
  public Map<String, Mapper.TypeParser> getMappers() {
    return Map.of(
        ImpactVectorFieldMapper.CONTENT_TYPE, ImpactVectorFieldMapper.PARSER,
        TokenVectorsFieldMapper.CONTENT_TYPE, TokenVectorsFieldMapper.PARSER,
        DenseVectorFieldMapper.CONTENT_TYPE, DenseVectorFieldMapper.PARSER,
        NeuralTextField.CONTENT_TYPE, NeuralTextFieldMapper.PARSER);
  }

  @Override
  public Map<String, MetadataFieldMapper.TypeParser> getMetadataMappers() {
    return Map.of(EncodedTextsFieldMapper.NAME, EncodedTextsFieldMapper.PARSER);
  }

  @Override
  public Optional<AdditionalCodecs> getAdditionalCodecs(IndexSettings indexSettings) {
    return Optional.of(new TridentCodecs());
  }

  @Override
  public Optional<EngineFactory> getEngineFactory(IndexSettings indexSettings) {
    return DerivedVectorsEngineFactory.of(indexSettings);
  }

  @Override
  public void onIndexModule(IndexModule indexModule) {
    indexModule.addSearchOperationListener(new KeptHits());
    indexModule.addSearchOperationListener(new FusionPhases());
    indexModule.addSearchOperationListener(new BudgetPhases());
    indexModule.addIndexEventListener(new ResizedCodec(() -> cluster.get().state().metadata()));
  }

  @Override
  public Optional<ProfileMetricsProvider> getQueryProfileMetricsProvider() {
    return Optional.of(BlockMetric::of);
  }

  @Override
  public List<QuerySpec<?>> getQueries() {
    return List.of(
        new QuerySpec<>(
            LearnedSparseQueryBuilder.NAME,
            in -> new LearnedSparseQueryBuilder(queryEncoder, in),
            parser -> LearnedSparseQueryBuilder.fromXContent(queryEncoder, parser)),
        new QuerySpec<>(
            DenseQueryBuilder.NAME,
            in -> new DenseQueryBuilder(queryEncoder, in),
            parser -> DenseQueryBuilder.fromXContent(queryEncoder, parser)),
        new QuerySpec<>(
            MaxSimQueryBuilder.NAME,
            in -> new MaxSimQueryBuilder(queryEncoder, in),
            parser -> MaxSimQueryBuilder.fromXContent(queryEncoder, parser)),
        new QuerySpec<>(
            TopPassagesQueryBuilder.NAME,
            TopPassagesQueryBuilder::new,
            TopPassagesQueryBuilder::fromXContent),
        new QuerySpec<QueryBuilder>(
            FusionQueryBuilder.NAME,
            FusionQueryBuilder::new,
            parser -> FusionQueryBuilder.fromXContent(textQueries, parser)),
        new QuerySpec<>(
            NeuralTextQueryBuilder.NAME,
            in -> new NeuralTextQueryBuilder(textQueries, in),
            parser -> NeuralTextQueryBuilder.fromXContent(textQueries, parser)),
        new QuerySpec<>(
            FusedDocsQueryBuilder.NAME,
            FusedDocsQueryBuilder::new,
            parser -> {
              throw new IllegalArgumentException(
                  "unknown query [" + FusedDocsQueryBuilder.NAME + "]: write a [fusion]");
            }));
  }

  @Override
  public Map<String, Highlighter> getHighlighters() {
    return Map.of(MaxSimHighlighter.NAME, new MaxSimHighlighter());
  }

  @Override
  public List<SearchExtSpec<?>> getSearchExts() {
    return List.of(
        new SearchExtSpec<>(
            CrossEncoderExtBuilder.NAME,
            CrossEncoderExtBuilder::new,
            CrossEncoderExtBuilder::fromXContent),
        internal(FusionReport.NAME, FusionReport::new, "responses"),
        internal(CrossEncoderReport.NAME, CrossEncoderReport::new, "responses"),
        internal(BudgetReport.NAME, BudgetReport::new, "responses"),
        internal(CountWish.NAME, CountWish::new, "searches between nodes"),
        internal(LegHits.NAME, LegHits::new, "the legs of a fusion"));
  }

  /** What clients do not write. */
  private static <T extends SearchExtBuilder> SearchExtSpec<T> internal(
      String name, Writeable.Reader<T> reader, String whole) {
    return new SearchExtSpec<>(
        name,
        reader,
        parser -> {
          throw new IllegalArgumentException("[" + name + "] is part of " + whole + " only");
        });
  }

  @Override
  public List<FetchSubPhase> getFetchSubPhases(FetchPhaseConstructionContext context) {
    return List.of(new LegHits.Phase(), new BestUnits());
  }

  @Override
  public List<ActionFilter> getActionFilters() {
    return List.of(
        new SearchTraceFilter(() -> threads.get().getThreadContext(), nodeId::get),
        new RestoredCodec(threads::get, () -> repositories.get().get()),
        new DefaultModels(
            Map.of(
                TridentSettings.DEFAULT_ENCODER.getKey(), ModelKind.ENCODER,
                TridentSettings.DEFAULT_CROSS_ENCODER.getKey(), ModelKind.CROSS_ENCODER),
            components::get),
        new ExactRescoringFilter(),
        new NeuralTextSourceFilter(),
        new NeuralTextCodecFilter(() -> cluster.get().state().metadata(), indexNames::get),
        new NeuralTextUpdateFilter(mappings),
        new ScriptedUpdatesFilter(nodeClient::get, mappings::encodes),
        new CrossEncoderFilter(inference::get, settings::defaultCrossEncoder),
        new BudgetFilter(() -> threads.get().getThreadContext()),
        new HitNotesFilter(() -> threads.get().getThreadContext()));
  }

  @Override
  public List<ActionHandler<? extends ActionRequest, ? extends ActionResponse>> getActions() {
    return List.of(
        new ActionHandler<>(StatsAction.INSTANCE, TransportStatsAction.class),
        new ActionHandler<>(ModelsAction.INSTANCE, TransportModelsAction.class),
        new ActionHandler<>(PutModelAction.TYPE, PutModelAction.class),
        new ActionHandler<>(PutChunkAction.TYPE, PutChunkAction.class),
        new ActionHandler<>(DeleteModelAction.TYPE, DeleteModelAction.class),
        new ActionHandler<>(EncodeModelAction.TYPE, EncodeModelAction.class),
        new ActionHandler<>(ValidateModelAction.TYPE, ValidateModelAction.class),
        new ActionHandler<>(FitAction.TYPE, FitAction.class),
        new ActionHandler<>(PutProfileAction.TYPE, PutProfileAction.class),
        new ActionHandler<>(GetProfilesAction.TYPE, GetProfilesAction.class),
        new ActionHandler<>(DeleteProfileAction.TYPE, DeleteProfileAction.class));
  }

  @Override
  public List<NamedWriteableRegistry.Entry> getNamedWriteables() {
    return List.of(
        new NamedWriteableRegistry.Entry(Task.Status.class, FitStatus.NAME, FitStatus::new));
  }

  @Override
  public Collection<SystemIndexDescriptor> getSystemIndexDescriptors(Settings nodeSettings) {
    return List.of(ClusterModels.SYSTEM_INDEX);
  }

  @Override
  public List<RestHandler> getRestHandlers(
      Settings nodeSettings,
      RestController restController,
      ClusterSettings clusterSettings,
      IndexScopedSettings indexScopedSettings,
      SettingsFilter settingsFilter,
      IndexNameExpressionResolver indexNameExpressionResolver,
      Supplier<DiscoveryNodes> nodesInCluster) {
    return Stream.concat(
            ModelRoutes.handlers().stream(),
            Stream.of(
                new StatsRestAction(),
                new FusionRestAction(),
                new PageRestAction(TridentSettings.PAGE_ENABLED.getKey(), settings.pageEnabled())))
        .toList();
  }
}
