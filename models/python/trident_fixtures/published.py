"""Folders as they are published, for the tests of the Java side, and what they give, by numpy.

    python3 -m trident_fixtures.published ../src/test/resources/io/trident/models/encoder/published

The modules of Sentence Transformers and PyLate around the small encoder of `readings`, or around one
whose tokens see those before them and which takes their positions, or one that takes no mask.
"""

import argparse
import pathlib

import numpy as np

from trident_fixtures.readings import (
    HIDDEN,
    MAX_TOKENS,
    POSITIONS,
    QUERIES,
    TEXTS,
    VOCABULARY,
    Encoder,
    Layer,
    pieces,
    rows,
    unit,
    write,
    write_safetensors,
)
from trident_training.graph import Graph

MODULES = "sentence_transformers.models."
SPARSE = "sentence_transformers.sparse_encoder.models."
NN = "torch.nn.modules."
SIGNS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


class CausalLayer(Layer):
    """Attention to the tokens before; positions are an input."""

    def positions_node(self, graph):
        return graph.node("Gather", graph.constant(self.positions), "position_ids")

    def seen_node(self, graph, scores):
        length = graph.node("Gather", graph.node("Shape", "input_ids"), graph.axes(1))
        later = graph.constant(np.triu(np.full((POSITIONS, POSITIONS), -1e4, np.float32), 1))
        for axis in (0, 1):
            later = graph.node("Slice", later, graph.axes(0), length, graph.axes(axis))
        return super().seen_node(graph, graph.node("Add", scores, later))


class UnmaskedLayer(Layer):
    """Attention to all that is put in."""

    def seen_node(self, graph, scores):
        return scores


class Export(Encoder):
    """An encoder with a layer and inputs of its own."""

    def __init__(self, layer, inputs):
        super().__init__(11)
        self.layer, self.inputs = layer, inputs

    def save(self, path):
        graph = Graph()
        hidden = self.layer.node(graph, with_types=False)
        graph.node("Identity", hidden, output="last_hidden_state")
        graph.node("MatMul", hidden, graph.constant(self.vocabulary), output="logits")
        outputs = [("last_hidden_state", HIDDEN), ("logits", len(VOCABULARY))]
        outputs = [(name, ["batch", "tokens", width]) for name, width in outputs]
        graph.save(path, f"published_{path.stem}", self.inputs, outputs, "An encoder for tests")


class CausalExport(Export):
    """Each token sees those before it."""

    def hidden(self, ids, attended=None):
        return np.stack([super(CausalExport, self).hidden(ids[: i + 1])[-1] for i in range(len(ids))])


def modules(*types):
    """The content of modules.json: the graph in the model's folder, each other module in its own."""
    names = [kind.rpartition(".")[2] for kind in types]
    paths = [f"{i}_{name}" if i else "" for i, name in enumerate(names)]
    return [{"idx": i, "name": str(i), "path": path, "type": kind} for i, (path, kind) in enumerate(zip(paths, types))]


def dense(*more, pooling="mean_tokens"):
    types = ("Transformer", "Pooling", *more)
    return {
        "modules.json": modules(*(MODULES + name if "." not in name else name for name in types)),
        "1_Pooling/config.json": {"word_embedding_dimension": HIDDEN, f"pooling_mode_{pooling}": True},
    }


def config(architecture):
    return {"config.json": {"architectures": [architecture], "max_position_embeddings": MAX_TOKENS}}


def both(give):
    """What documents and queries give."""
    return [give(text) for text in TEXTS], [give(text) for text in QUERIES]


def sparse_cases(encoder, generator):
    """(name, files, weights, what documents and queries give)."""
    table = np.maximum(rows(generator, len(VOCABULARY) - 3), 0)
    router = {
        **config("BertForMaskedLM"),
        "modules.json": modules(MODULES + "Router"),
        "router_config.json": {
            "types": {
                "query_0_SparseStaticEmbedding": SPARSE + "SparseStaticEmbedding",
                "": SPARSE + "MLMTransformer",
                "document_1_SpladePooling": SPARSE + "SpladePooling",
            },
            "structure": {
                "query": ["query_0_SparseStaticEmbedding"],
                "document": ["", "document_1_SpladePooling"],
            },
            "parameters": {"default_route": "document", "allow_empty_key": True},
        },
        "query_0_SparseStaticEmbedding/config.json": {"frozen": True},
        "document_1_SpladePooling/config.json": {
            "pooling_strategy": "max",
            "activation_function": "log1p_relu",
            "word_embedding_dimension": len(VOCABULARY),
        },
    }
    documents, _ = both(lambda text: encoder.sparse(text, "max_logits", log=lambda x: np.log1p(np.log1p(x)), but=SIGNS))
    queries = [
        {
            VOCABULARY[i]: float(table[i])
            for i in {piece[0] for piece in pieces(query)}
            if i < len(table) and table[i] > 0
        }
        for query in QUERIES
    ]
    weights = {"query_0_SparseStaticEmbedding/model.safetensors": {"weight": table}}
    yield "routes of documents and of queries without inference", router, weights, documents, queries
    files = {
        **config("BertForMaskedLM"),
        "modules.json": modules(SPARSE + "MLMTransformer", SPARSE + "SpladePooling"),
        "1_SpladePooling/config.json": {"pooling_strategy": "sum", "activation_function": "relu"},
    }
    yield "a sum", files, {}, *both(lambda text: encoder.sparse(text, "sum_logits"))


def layer(generator, out, width, bias=True):
    made = {"linear.weight": rows(generator, out, width)}
    return {**made, "linear.bias": rows(generator, out)} if bias else made


def dense_cases(encoder, generator):
    first, second = layer(generator, 5, HIDDEN), layer(generator, 4, 5, bias=False)
    files = {
        **config("Gemma3TextModel"),
        **dense("Dense", "Dense", "Normalize"),
        "2_Dense/config.json": {
            "in_features": HIDDEN,
            "out_features": 5,
            "activation_function": NN + "activation.Tanh",
        },
        "3_Dense/config.json": {"in_features": 5, "out_features": 4, "activation_function": NN + "linear.Identity"},
    }

    def two_layers(text):
        vector = np.array(encoder.dense(text, "mean", normalize=False))
        vector = np.tanh(first["linear.weight"] @ vector + first["linear.bias"])
        return unit(second["linear.weight"] @ vector).tolist()

    weights = {"2_Dense/model.safetensors": first, "3_Dense/model.safetensors": second}
    yield "two layers", files, weights, *both(two_layers)

    activations = {
        "activation.ReLU": lambda x: np.maximum(x, 0),
        "activation.Sigmoid": lambda x: 1 / (1 + np.exp(-x)),
        "activation.SiLU": lambda x: x / (1 + np.exp(-x)),
    }
    for name, activation in activations.items():
        files = {
            **config("BertModel"),
            **dense("Dense", pooling="cls_token"),
            "2_Dense/config.json": {"activation_function": NN + name},
        }
        yield (
            name,
            files,
            {"2_Dense/model.safetensors": first},
            *both(
                lambda text, activation=activation: activation(
                    first["linear.weight"] @ np.array(encoder.dense(text, "cls", normalize=False))
                    + first["linear.bias"]
                ).tolist()
            ),
        )

    files = {
        **config("BertModel"),
        **dense("Normalize"),
        "1_Pooling/config.json": {"pooling_mode": "mean", "include_prompt": False},
        "config_sentence_transformers.json": {"prompts": {"query": "query: ", "document": ""}},
    }

    def without_prompt(text):
        ids, _, first_piece = encoder.row("query: " + text)
        return unit(encoder.hidden(ids)[first_piece + len(pieces("query: ")) :].mean(0)).tolist()

    yield (
        "a prompt that is not pooled",
        files,
        {},
        [encoder.dense(text, "mean") for text in TEXTS],
        [without_prompt(text) for text in QUERIES],
    )


def tokens_cases(encoder, generator):
    first = layer(generator, HIDDEN, HIDDEN, bias=False)
    second = {**layer(generator, 4, HIDDEN), "residual.weight": rows(generator, 4, HIDDEN)}
    pylate = "pylate.models.Dense.Dense"
    files = {
        **config("ModernBertModel"),
        "modules.json": modules(MODULES + "Transformer", pylate, pylate),
        "1_Dense/config.json": {"activation_function": NN + "activation.ReLU", "use_residual": True},
        "2_Dense/config.json": {"activation_function": NN + "activation.Tanh", "use_residual": True},
        "config_sentence_transformers.json": {"do_query_expansion": False, "skiplist_words": ["."]},
    }

    def residual(text):
        ids, kept, before = encoder.row(text)
        vectors = encoder.hidden(ids)
        vectors = np.maximum(vectors @ first["linear.weight"].T, 0) + vectors
        mapped = np.tanh(vectors @ second["linear.weight"].T + second["linear.bias"])
        vectors = unit(mapped + vectors @ second["residual.weight"].T)
        spans = {before + i: piece[1:] for i, piece in enumerate(kept)}
        return ids, spans, vectors

    def given(text, skipped):
        ids, spans, vectors = residual(text)
        places = [i for i in range(len(ids)) if VOCABULARY[ids[i]] not in skipped]
        return {
            "ids": [ids[i] for i in places],
            "spans": [list(spans.get(i, (0, 0))) for i in places],
            "vectors": vectors[places].tolist(),
        }

    yield (
        "two layers with residuals, for tokens",
        files,
        {"1_Dense/model.safetensors": first, "2_Dense/model.safetensors": second},
        [given(text, ".,!?$") for text in TEXTS],
        [given(text, "") for text in QUERIES],
    )


def autoencoder_cases(encoder, generator):
    weights = {
        "encoder.weight": rows(generator, 24, HIDDEN),
        "pre_bias": rows(generator, HIDDEN),
        "latent_bias": rows(generator, 24),
    }

    def latents(text, k, standardizes):
        vector = np.array(encoder.dense(text, "mean", normalize=not standardizes))
        if standardizes:
            vector = (vector - vector.mean()) / (vector.std(ddof=1) + 1e-5)
        values = weights["encoder.weight"] @ (vector - weights["pre_bias"]) + weights["latent_bias"]
        return {str(i): float(values[i]) for i in np.argsort(-values, kind="stable")[:k] if values[i] > 0}

    for k, standardizes in ((6, False), (20, True)):
        files = {
            **config("BertModel"),
            **dense(*(() if standardizes else ("Normalize",)), SPARSE + "SparseAutoEncoder"),
        }
        module = files["modules.json"][-1]["path"]
        files[module + "/config.json"] = {"input_dim": HIDDEN, "hidden_dim": 24, "k": k, "normalize": standardizes}
        name = "an autoencoder of standardized vectors" if standardizes else "an autoencoder"
        yield (
            name,
            files,
            {module + "/model.safetensors": weights},
            *both(lambda text, k=k, standardizes=standardizes: latents(text, k, standardizes)),
        )


def export_cases(encoder, pooling):
    """An export by itself: of its last token or of all, and with the logits of a language model."""
    files = {**config("MistralModel"), **dense("Normalize", pooling=pooling)}
    yield "dense", files, {}, *both(lambda text: encoder.dense(text, "last" if pooling == "lasttoken" else "mean"))
    files = {
        **config("MistralForCausalLM"),
        "modules.json": modules(SPARSE + "MLMTransformer", SPARSE + "SpladePooling"),
        "1_SpladePooling/config.json": {"pooling_strategy": "sum"},
    }
    yield "sparse", files, {}, *both(lambda text: encoder.sparse(text, "sum_logits"))


def all_cases(encoder, causal, unmasked):
    """(graph, name, files, weights, what documents and queries give)."""
    generator = np.random.default_rng(12)
    for made in (sparse_cases, dense_cases, tokens_cases, autoencoder_cases):
        for case in made(encoder, generator):
            yield "readings/encoder.onnx", *case
    for name, *case in export_cases(causal, "lasttoken"):
        yield "published/causal.onnx", f"a graph that takes positions, {name}", *case
    for name, *case in export_cases(unmasked, "mean_tokens"):
        yield "published/unmasked.onnx", f"a graph that takes no mask, {name}", *case


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=pathlib.Path)
    directory = parser.parse_args().directory
    directory.mkdir(exist_ok=True)
    causal = CausalExport(CausalLayer(13), ["input_ids", "attention_mask", "position_ids"])
    unmasked = Export(UnmaskedLayer(14), ["input_ids"])
    causal.save(directory / "causal.onnx")
    unmasked.save(directory / "unmasked.onnx")
    cases = []
    for number, (graph, name, files, weights, documents, queries) in enumerate(all_cases(Encoder(1), causal, unmasked)):
        named = {}
        for file, tensors in weights.items():
            named[file] = f"{number}_{file.split('/')[0]}.safetensors"
            write_safetensors(directory / named[file], tensors)
        cases.append(
            {
                "name": name,
                "graph": graph,
                "files": files,
                "weights": {file: "published/" + resource for file, resource in named.items()},
                "documents": documents,
                "queries": queries,
            }
        )
    write(directory / "expected.json", cases)


if __name__ == "__main__":
    main()
