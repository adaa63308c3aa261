"""What a published folder says of how its graph is read, as trident.json has it.

The rules are those by which the plugin reads a folder without a trident.json.
"""

import string

from trident_export.modules import Chain, read

POOLINGS = {"cls_token": "cls", "mean_tokens": "mean", "lasttoken": "last", "cls": "cls", "mean": "mean"}
TOGETHER = "config_sentence_transformers.json"


OPTIONS = "sentence_bert_config.json"


def options_of(folder, graph):
    """The options of the module with the graph."""
    own = graph.file(OPTIONS) if graph else OPTIONS
    return read(folder, own if (folder / own).is_file() else OPTIONS)


def max_tokens(folder, config, options, longest):
    """The smallest of the bounds that the files give, and of another one."""
    before = 2 if "roberta" in config.get("model_type", "") else 0
    bounds = (
        options.get("max_seq_length"),
        read(folder, "tokenizer_config.json").get("model_max_length"),
        (config.get("max_position_embeddings") or 0) - before,
        longest,
    )
    real = [int(bound) for bound in bounds if bound and 0 < bound < 2**31]
    return min(real) if real else 512


def prompts(folder):
    """What is put before queries and before documents."""
    config = read(folder, TOGETHER)
    given = config.get("prompts") or {}
    default = config.get("default_prompt_name") or ""
    return [
        next((given[name] for name in (*names, default) if name in given), None) or ""
        for names in (("query",), ("document", "passage", "corpus"))
    ]


def refuse_prompts(folder, representation):
    if any(prompts(folder)):
        raise ValueError(f"[{folder}] has [prompts], which are not put before texts for [{representation}]")


def layers(chain, mapped):
    """The files of the layers that follow one another."""
    files = []
    for layer in chain.all("dense"):
        for option in ("module_input_name", "module_output_name"):
            name = layer.options.get(option)
            if name is not None and name != mapped:
                raise layer.invalid(f"that must have the option [{option}] of {mapped}, got [{name}]")
        unnamed = layer.options and "activation_function" not in layer.options
        if unnamed and not layer.type.startswith("pylate."):  # where it has another default
            raise layer.invalid("that must have the option [activation_function]")
        files.append(layer.weights())
    return files


def pooling(module):
    options = module.options
    mode = options.get("pooling_mode")
    modes = [key[len("pooling_mode_") :] for key, value in options.items() if key.startswith("pooling_mode_") and value]
    modes = [mode] if mode is not None else modes
    found = POOLINGS.get(modes[0]) if len(modes) == 1 else None
    if found is None:
        raise module.invalid(f"that must have the option [pooling_mode] of cls, mean or lasttoken alone, got {options}")
    return found


def pooled(chain):
    """How a side's vectors are read, and the layers that they go through."""
    module = chain.require("pooling")
    found = {"pooling": pooling(module)}
    if not module.options.get("include_prompt", True):
        found["pool_prefix"] = False
    files = layers(chain, "sentence_embedding")
    found["normalize"] = bool(chain.all("normalize"))
    return found, files, module


def dense(folder, documents, queries):
    found, document_map, _ = pooled(documents)
    of_queries, query_map, module = pooled(queries)
    if of_queries != found:
        raise module.invalid("that must pool and normalize queries as documents")
    query_prefix, document_prefix = prompts(folder)
    maps = {"query_map": query_map, "document_map": document_map}
    return {
        **{key: files if len(files) > 1 else files[0] for key, files in maps.items() if files},
        **found,
        "query_prefix": query_prefix,
        "document_prefix": document_prefix,
    }


def autoencoder(documents, queries):
    """How a dense vector is encoded."""
    module = documents.require("autoencoder")
    if queries.require("autoencoder") != module:
        raise module.invalid("for documents alone")
    return {"reading": "autoencoder", "autoencoder": module.weights(), "top_k": module.options.get("k", 8)}


def tokens(folder, documents, queries):
    """Late interaction as PyLate keeps it: layers without pooling before them."""
    refuse_prompts(folder, "tokens")
    files = layers(documents, "token_embeddings")
    if layers(queries, "token_embeddings") != files:
        raise ValueError(f"[{folder}] must have the same layers for tokens of queries and of documents")
    documents.all("normalize")
    queries.all("normalize")
    config = read(folder, TOGETHER)
    skipped = set(config.get("skiplist_words") or [])
    markers = {
        f"{side}_marker": config[f"{side}_prefix"] for side in ("query", "document") if config.get(f"{side}_prefix")
    }
    return {
        "output": "last_hidden_state",
        "projection": files if len(files) > 1 else files[0],
        "special_tokens": True,
        "query_length": config.get("query_length", 32),
        "augment_queries": config.get("do_query_expansion", True),
        "attend_to_mask_tokens": config.get("attend_to_expansion_tokens", False),
        **markers,
        "skip_punctuation": bool(skipped & set(string.punctuation)),
        "skip_tokens": sorted(skipped - set(string.punctuation)),
    }


def table(module):
    """The file of a static embedding's weights."""
    named = module.options.get("path") or ""
    for name in (module.file("model.safetensors"), module.file(named), named, "idf.json"):
        if name.endswith((".safetensors", ".json")) and (module.folder / name).is_file():
            return name
    return module.weights()


def sparse(folder, documents=None, queries=None):
    found = {"output": "logits", "reading": "max_logits", "saturation": "log"}
    file = "idf.json" if (folder / "idf.json").is_file() else None
    if documents is not None:
        refuse_prompts(folder, "sparse")
        module = documents.require("splade_pooling")
        found["reading"] = module.one_of("pooling_strategy", "max", {"max": "max_logits", "sum": "sum_logits"})
        found["saturation"] = module.one_of("activation_function", "relu", {"relu": "log", "log1p_relu": "log_log"})
        if queries.is_next("static_embedding"):
            file = table(queries.require("static_embedding"))
        else:
            other = queries.require("splade_pooling")
            if other.options != module.options:
                raise other.invalid("that must pool queries as documents")
    if file is not None:
        found["special_tokens"] = False
        found["query"] = {"reading": "idf", "file": file}
    return found


def encoder(folder, architecture, documents, queries):
    """What follows the graph says what is made of its output."""
    if documents.is_next("pooling"):
        vector = dense(folder, documents, queries)
        if documents.is_next("autoencoder"):
            return {"sparse": {**autoencoder(documents, queries), "dense": vector}}
        return {"dense": vector}
    if documents.is_next("dense"):
        return {"tokens": tokens(folder, documents, queries)}
    if documents.is_next("splade_pooling"):
        return {"sparse": sparse(folder, documents, queries)}
    documents.end()
    if architecture.endswith("ForMaskedLM"):
        return {"sparse": sparse(folder)}
    raise ValueError(f"[{architecture}] does not say how it is read: give a trident.json with --config")


def check_case(folder, options):
    """Sentence Transformers may lower-case texts that the tokenizer alone would not."""
    if (
        options.get("do_lower_case", False)
        and read(folder, "tokenizer_config.json").get("do_lower_case", True) is False
    ):
        raise ValueError(f"[{folder}] must have the same [do_lower_case] for its tokenizer")


def published(folder):
    """The content of a trident.json for a published folder."""
    config = read(folder, "config.json")
    documents, queries = (Chain(folder, side) for side in ("document", "query"))
    graph = documents.next("transformer")
    if not queries.is_next("static_embedding") and (graph or queries.is_next("transformer")):
        other = queries.require("transformer")
        if other != graph:
            raise other.invalid("for queries alone, which need a [query_graph]")
    options = options_of(folder, graph)
    check_case(folder, options)
    architecture = (config.get("architectures") or [""])[0]
    if architecture.endswith("ForSequenceClassification"):
        found = {"kind": "cross_encoder", "reading": "logit" if len(config.get("id2label", {})) == 1 else "two_classes"}
    else:
        found = {"kind": "encoder", **encoder(folder, architecture, documents, queries)}
    longest = read(folder, TOGETHER).get("document_length") if "tokens" in found else None
    found["max_tokens"] = max_tokens(folder, config, options, longest)
    documents.end()
    queries.end()
    return found
