"""Step 6: the graph of trident-small in 8 bits, and its folder.

    python3 -m trident_training.small.export JAR WORK STATE.pt FOLDER [--float] [--fixture expected.json]

The table of words is also, transposed, the matrix that guesses words.
"""

import argparse
import json
import pathlib
import zipfile

import numpy as np
import torch
from torch.nn import functional

from trident_training import backbone, backbone_graph, encoder, graph, small_reranker_graph
from trident_training.small import student, train

MAX_TOKENS = 256
TOP_K = 192
LICENSE = (
    "Apache-2.0; made from all-MiniLM-L6-v2 (Apache-2.0), taught by bge-small-en-v1.5 (MIT), on texts "
    "under CC BY 4.0, CC0, Apache-2.0, MIT and public domain, see models/training/README.md"
)


class Writer(backbone_graph.Writer):
    """Writes a student: its backbone and its heads."""

    def __init__(self, model, lexicon, floats=False, guesses=True):
        super().__init__(graph.Graph(), floats)
        self.model, self.lexicon, self.guesses = model, lexicon, guesses

    def dense(self, states, held):
        g = self.g
        total = g.node("Squeeze", g.node("MatMul", g.node("Unsqueeze", held, g.axes(1)), states), g.axes(1))
        count = g.node("ReduceSum", held, g.axes(1), keepdims=1)
        # A product of one row for each text: floats cost nothing here.
        mean = g.node("Div", total, count)
        rotated = g.node("MatMul", mean, g.constant(self.model.rotation.weight.detach().numpy().T, np.float32))
        g.node("Identity", g.unit(rotated), output="dense")

    def tokens(self, states, held):
        g = self.g
        vectors = g.unit(self.product(states, self.model.late.weight))
        g.node("Mul", vectors, g.node("Unsqueeze", held, g.axes(-1)), output="tokens")

    def sparse(self, states, held):
        g, lexicon = self.g, self.lexicon
        one, last = g.axes(1), g.axes(-1)
        family = g.node(
            "Mul",
            g.node("Gather", g.constant(lexicon["family"], np.int32), "input_ids"),
            g.node("Cast", "attention_mask", to=6),
        )
        same = g.cast(g.node("Equal", g.node("Unsqueeze", family, last), g.node("Unsqueeze", family, one)), "float")
        weight = self.model.emphasis.weight.detach().numpy().T
        emphasis = g.node(
            "Add", g.node("MatMul", states, g.constant(weight, np.float32)), g.floats(float(self.model.emphasis.bias))
        )
        emphasis = g.node("Mul", g.node("Softplus", emphasis), g.node("Unsqueeze", held, last))
        count = g.node("Squeeze", g.node("MatMul", same, emphasis), last)
        length = g.node("Max", g.node("Sub", g.node("ReduceSum", held, one), g.floats(2)), g.floats(1))
        k1, b = encoder.SPARSE_K1, encoder.B
        norm = g.node("Add", g.floats(k1 * (1 - b)), g.node("Mul", length, g.floats(k1 * b / self.model.mean_length)))
        spoken = g.node("Div", g.node("Mul", count, g.floats(k1 + 1)), g.node("Add", count, norm))
        if self.guesses:
            self.g.node("Max", self._written(family, spoken), self.guessed(states, held), output="sparse")
        else:
            self._written(family, spoken, output="sparse")

    def _written(self, family, spoken, **output):
        """Writes each family's weight to its members."""
        g, size = self.g, len(self.lexicon["family"])
        batch = g.node("Slice", g.node("Shape", "input_ids"), g.axes(0), g.axes(1))
        slots = g.node("Cast", g.node("Gather", g.constant(self.lexicon["members"]), family), to=6)
        real = g.node("Cast", g.node("Greater", slots, g.constant(0, np.int32)), to=1)
        values = g.node("Mul", real, g.node("Unsqueeze", spoken, g.axes(-1)))
        rows = g.node("Concat", batch, g.axes(-1), axis=0)
        empty = g.node("ConstantOfShape", g.node("Concat", batch, g.axes(size), axis=0))
        # Slots met twice hold one family, hence one value: the order of writing does not matter.
        return g.node(
            "ScatterElements", empty, g.node("Reshape", slots, rows), g.node("Reshape", values, rows), axis=1, **output
        )

    def guessed(self, states, held):
        g, model = self.g, self.model
        hidden = g.node("Unsqueeze", g.node("Mul", g.node("Sub", g.floats(1), held), g.floats(-1e4)), g.axes(-1))
        read = g.node(
            "Add",
            g.node("MatMul", states, g.constant(model.reader.weight.detach().numpy().T, np.float32)),
            g.constant(model.reader.bias.detach().numpy(), np.float32),
        )
        read = g.node("Softmax", g.node("Add", read, hidden), axis=1)
        slots = g.node("MatMul", g.node("Transpose", read, perm=[0, 2, 1]), states)
        inner = self.gelu(self.linear(slots, model.guess))
        slots = self.norm(g.node("Add", inner, slots), model.guess_norm, 1e-5)
        logits = self._words(slots)
        bias = model.guess_bias.detach().numpy() + np.where(self.lexicon["idf"] > 0, 0, -1e4)
        logits = g.node("Add", g.node("ReduceMax", logits, axes=[1], keepdims=0), g.constant(bias, np.float32))
        return g.node("Log", g.node("Add", g.node("Relu", logits), g.floats(1)))

    def _words(self, slots):
        g, values = self.g, self.model.backbone.words.weight.detach().numpy()
        if self.floats:
            return g.node("MatMul", slots, g.node("Transpose", g.constant(values, np.float32), perm=[1, 0]))
        codes, scales = graph.quantise(values)
        return self.integers(slots, g.node("Transpose", g.constant(codes), perm=[1, 0]), scales)

    def write(self, path):
        g = self.g
        held = g.cast("attention_mask", "float")
        states = self.states(self.model.backbone, "input_ids", held)
        self.dense(states, held)
        self.tokens(states, held)
        self.sparse(states, held)
        g.save(
            path,
            "trident-small",
            ["input_ids", "attention_mask"],
            [
                ("sparse", ["batch", len(self.lexicon["family"])]),
                ("dense", ["batch", backbone.WIDTH]),
                ("tokens", ["batch", "tokens", student.TOKEN_DIMENSIONS]),
            ],
            "Encoder of Trident: sparse, dense and token vectors",
        )


def describe(jar, model, folder, guesses):
    """tokenizer.json, idf.json and trident.json."""
    with zipfile.ZipFile(jar) as archive:
        name = next(n for n in archive.namelist() if n.endswith("tokenizer.json"))
        tokenizer = json.loads(archive.read(name))
    tokenizer.update(truncation=None, padding=None)
    ids = tokenizer["model"]["vocab"]
    (folder / "tokenizer.json").write_text(
        json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":")), encoding="utf-8"
    )
    asked = model.asked().detach().numpy()
    weights = {t: round(float(asked[i]), 3) for t, i in sorted(ids.items(), key=lambda e: e[1]) if asked[i] > 0.001}
    (folder / "idf.json").write_text(json.dumps(weights, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    description = {
        "kind": "encoder",
        "description": f"MiniLM, {len(model.backbone.layers)} layers, 8 bits: word families by emphasis, saturated as "
        f"by BM25{', and guessed words' if guesses else ''}; the states' mean; states along 128 axes",
        "license": LICENSE,
        "max_tokens": MAX_TOKENS,
        "inputs": {"ids": "input_ids", "mask": "attention_mask"},
        "sparse": {
            "output": "sparse",
            "reading": "vocabulary",
            "top_k": TOP_K,
            "threshold": 0.0,
            "query": {"reading": "idf", "file": "idf.json"},
        },
        "dense": {
            "output": "dense",
            "pooling": "none",
            "normalize": True,
            "dimension": backbone.WIDTH,
            "query_prefix": "",
            "document_prefix": "",
        },
        "tokens": {
            "output": "tokens",
            "dimension": student.TOKEN_DIMENSIONS,
            "normalize": True,
            "query_marker": None,
            "document_marker": None,
            "query_length": 32,
            "augment_queries": False,
            "skip_punctuation": True,
        },
    }
    (folder / "trident.json").write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")


def save_fixture(model, lexicon, tokenizer, guesses, path):
    """What the floats say of a few texts, for the tests of the Java side."""
    expected, members = [], torch.tensor(lexicon["members"].astype(np.int64))
    for text in small_reranker_graph.TEXTS:
        ids, mask = backbone.batch([tokenizer.encode(text)], MAX_TOKENS)
        with torch.no_grad():
            states = model.backbone(ids, mask)
            dense = functional.normalize(model.dense(states, mask), dim=-1)[0]
            first, weights = model.tokens(states)[0, 1], model.written(states, ids, mask, members)[0]
            if guesses:
                weights = torch.maximum(weights, student.guessed(model.guesses(states, mask))[0] * (model.idf > 0))
        spoken = [any(map(str.isalnum, tokenizer.vocabulary[i])) for i in ids[0, 1:-1]]
        weights, terms = weights.topk(TOP_K)
        expected.append(
            {
                "text": text,
                "dense": [round(v, 4) for v in dense.tolist()],
                "tokens": sum(spoken),
                "first_token": [round(v, 4) for v in first.tolist()],
                "sparse": {
                    tokenizer.vocabulary[i]: round(w, 3) for i, w in zip(terms.tolist(), weights.tolist()) if w > 0
                },
            }
        )
    path.write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jar")
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("state", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--layers")
    parser.add_argument("--float", action="store_true")
    parser.add_argument("--fixture", type=pathlib.Path, help="what the floats say, for the tests of the Java side")
    parser.add_argument("--no-guesses", action="store_true", help="words of the text alone")
    args = parser.parse_args()
    kept = [int(layer) for layer in args.layers.split(",")] if args.layers else None
    lexicon = np.load(args.work / "lexicon.npz")
    module = backbone.load(args.jar, kept)
    model = student.Student(module, lexicon, train.FROZEN)
    saved = torch.load(args.state)
    model.load_state_dict(saved.get("model", saved))
    args.folder.mkdir(parents=True, exist_ok=True)
    Writer(model.eval(), lexicon, args.float, not args.no_guesses).write(args.folder / "model.onnx")
    describe(args.jar, model, args.folder, not args.no_guesses)
    if args.fixture:
        save_fixture(model, lexicon, backbone.tokenizer(args.jar), not args.no_guesses, args.fixture)
    print((args.folder / "model.onnx").stat().st_size, "bytes")


if __name__ == "__main__":
    main()
