"""What a published folder says of how its graph is read, as trident.json has it.

The rules are those by which the plugin reads a folder without a trident.json.
"""

import json
import string


def read(folder, name):
    path = folder / name
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def max_tokens(folder, config, longest=None):
    """The smallest of the bounds that the files give, and of another one."""
    before = 2 if "roberta" in config.get("model_type", "") else 0
    bounds = (
        read(folder, "sentence_bert_config.json").get("max_seq_length"),
        read(folder, "tokenizer_config.json").get("model_max_length"),
        (config.get("max_position_embeddings") or 0) - before,
        longest,
    )
    real = [int(bound) for bound in bounds if bound and 0 < bound < 2**31]
    return min(real) if real else 512


def module(folder, kind):
    for entry in read(folder, "modules.json") or []:
        if entry["type"].endswith(kind):
            return folder / entry["path"]
    return None


def dense(folder, pooling):
    for key, name in (
        ("pooling_mode_cls_token", "cls"),
        ("pooling_mode_lasttoken", "last"),
        ("pooling_mode_mean_tokens", "mean"),
    ):
        if pooling.get(key):
            break
    else:
        raise ValueError(f"pooling must be of cls, mean or last tokens, got {pooling}")
    prompts = read(folder, "config_sentence_transformers.json").get("prompts", {})
    layer = module(folder, ".Dense")
    maps = {"query_map": weights(folder), "document_map": weights(folder)} if layer else {}
    return {
        **maps,
        "pooling": name,
        "normalize": module(folder, ".Normalize") is not None,
        "query_prefix": prompts.get("query", ""),
        "document_prefix": prompts.get("document", prompts.get("passage", "")),
    }


def weights(folder):
    """The weights of the module Dense, which exports leave out of the graph."""
    file = module(folder, ".Dense") / "model.safetensors"
    if not file.is_file():
        raise ValueError(f"[{file}] must be there for the module [Dense], or give a trident.json with --config")
    return file.relative_to(folder).as_posix()


def tokens(folder):
    """Late interaction as PyLate keeps it: a module Dense without pooling before it."""
    config = read(folder, "config_sentence_transformers.json")
    skipped = set(config.get("skiplist_words") or [])
    markers = {
        f"{side}_marker": config[f"{side}_prefix"]
        for side in ("query", "document")
        if config.get(f"{side}_prefix")
    }
    return {
        "output": "last_hidden_state",
        "projection": weights(folder),
        "special_tokens": True,
        "query_length": config.get("query_length", 32),
        "augment_queries": config.get("do_query_expansion", True),
        "attend_to_mask_tokens": config.get("attend_to_expansion_tokens", False),
        **markers,
        "skip_punctuation": bool(skipped & set(string.punctuation)),
        "skip_tokens": sorted(skipped - set(string.punctuation)),
    }


def sparse(folder):
    pooling_folder = module(folder, ".SpladePooling")
    pooling = read(pooling_folder, "config.json") if pooling_folder else {}
    found = {
        "output": "logits",
        "reading": "sum_logits" if pooling.get("pooling_strategy") == "sum" else "max_logits",
        "saturation": "log_log" if pooling.get("activation_function") == "log1p_relu" else "log",
    }
    if (folder / "idf.json").is_file():
        found["special_tokens"] = False
        found["query"] = {"reading": "idf", "file": "idf.json"}
    return found


def published(folder):
    """The content of a trident.json for a published folder."""
    config = read(folder, "config.json")
    architecture = (config.get("architectures") or [""])[0]
    found = {"max_tokens": max_tokens(folder, config)}
    pooling = module(folder, ".Pooling")
    if architecture.endswith("ForSequenceClassification"):
        one = len(config.get("id2label", {})) == 1
        return {"kind": "cross_encoder", **found, "reading": "logit" if one else "two_classes"}
    if pooling is not None:
        return {"kind": "encoder", **found, "dense": dense(folder, read(pooling, "config.json"))}
    if module(folder, ".Dense") is not None:
        longest = read(folder, "config_sentence_transformers.json").get("document_length")
        found["max_tokens"] = max_tokens(folder, config, longest)
        return {"kind": "encoder", **found, "tokens": tokens(folder)}
    if architecture.endswith("ForMaskedLM"):
        return {"kind": "encoder", **found, "sparse": sparse(folder)}
    raise ValueError(f"[{architecture}] does not say how it is read: give a trident.json with --config")
