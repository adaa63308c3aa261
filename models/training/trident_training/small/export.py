"""Step 6: the graph of trident-small in 8 bits, and its folder.

    python3 -m trident_training.small.export JAR WORK STATE.pt FOLDER [--float]

Matrix products read 8 bits: weights with a scale for each column, what they multiply quantised as
the graph runs (`DynamicQuantizeLinear`, `MatMulInteger`). Tables hold 8 bits with a scale for each
row; that of words is also, transposed, the matrix that guesses words.
"""

import argparse
import json
import pathlib
import zipfile

import numpy as np
import torch

from trident_training import backbone, encoder, graph
from trident_training.small import student, train

MAX_TOKENS = 256
TOP_K = 192
GELU_HALF = float(np.sqrt(0.5))
LICENSE = ("Apache-2.0; made from all-MiniLM-L6-v2 (Apache-2.0), taught by bge-small-en-v1.5 (MIT), on texts "
           "under CC BY 4.0, CC0, Apache-2.0, MIT and public domain, see models/training/README.md")


class Writer:
    """Writes the modules of a student as nodes."""

    def __init__(self, model, lexicon, floats=False, guesses=True):
        self.g, self.model, self.lexicon = graph.Graph(), model, lexicon
        self.floats, self.guesses = floats, guesses

    def product(self, x, weight, bias=None):
        """x W^T + bias, for a weight [out, in]."""
        g, weight = self.g, weight.detach().numpy()
        if self.floats:
            y = g.node("MatMul", x, g.constant(weight.T, np.float32))
        else:
            codes, scales = graph.quantise(weight)
            y = self._integers(x, g.constant(codes.T), scales)
        return y if bias is None else g.node("Add", y, g.constant(bias.detach().numpy(), np.float32))

    def _integers(self, x, codes, scales):
        g = self.g
        quantised, scale, zero = g.nodes("DynamicQuantizeLinear", x, count=3)
        sums = g.cast(g.node("MatMulInteger", quantised, codes, zero), "float")
        return g.node("Mul", sums, g.node("Mul", scale, g.constant(scales, np.float32)))

    def linear(self, x, layer):
        return self.product(x, layer.weight, layer.bias)

    def norm(self, x, layer, epsilon=backbone.EPSILON):
        g = self.g
        return g.node("LayerNormalization", x, g.constant(layer.weight.detach().numpy(), np.float32),
                      g.constant(layer.bias.detach().numpy(), np.float32), axis=-1, epsilon=epsilon)

    def gelu(self, x):
        g = self.g
        error = g.node("Add", g.node("Erf", g.node("Div", x, g.floats(1 / GELU_HALF))), g.floats(1))
        return g.node("Mul", g.node("Mul", x, error), g.floats(0.5))

    def layer(self, x, layer, hidden):
        g, heads = self.g, backbone.HEADS
        together = self.product(
            x, torch.cat([layer.query.weight, layer.key.weight, layer.value.weight]),
            torch.cat([layer.query.bias, layer.key.bias, layer.value.bias]))
        split = g.node("Reshape", together, g.axes(0, 0, 3, heads, backbone.WIDTH // heads))
        parts = g.nodes("Split", g.node("Transpose", split, perm=[2, 0, 3, 1, 4]), count=3, axis=0)
        query, key, value = (g.node("Squeeze", part, g.axes(0)) for part in parts)
        weights = g.node("MatMul", query, g.node("Transpose", key, perm=[0, 1, 3, 2]))
        weights = g.node("Mul", weights, g.floats((backbone.WIDTH // heads) ** -0.5))
        weights = g.node("Softmax", g.node("Add", weights, hidden), axis=-1)
        read = g.node("Transpose", g.node("MatMul", weights, value), perm=[0, 2, 1, 3])
        read = g.node("Reshape", read, g.axes(0, 0, backbone.WIDTH))
        x = self.norm(g.node("Add", x, self.linear(read, layer.attended)), layer.after_attention)
        inner = self.gelu(self.linear(x, layer.inner))
        return self.norm(g.node("Add", x, self.linear(inner, layer.outer)), layer.after_network)

    def table(self, embedding, ids):
        values = embedding.weight.detach().numpy()
        return self.g.node("Gather", self.g.constant(values, np.float32), ids) if self.floats \
            else self.g.table(values, ids)

    def places(self, embedding):
        """The first rows of a table, one for each position of a text."""
        g, values = self.g, embedding.weight.detach().numpy()
        length = g.node("Slice", g.node("Shape", "input_ids"), g.axes(1), g.axes(2))
        first = lambda table: g.node("Slice", table, g.axes(0), length, g.axes(0))
        if self.floats:
            return first(g.constant(values, np.float32))
        codes, scales = graph.quantise(values)
        return g.node("Mul", g.cast(first(g.constant(codes)), "float"),
                      first(g.constant(scales[:, None], np.float32)))

    def states(self, held):
        g, module = self.g, self.model.backbone
        x = g.node("Add", self.table(module.words, "input_ids"), self.places(module.positions))
        x = self.norm(g.node("Add", x, g.constant(module.types.weight[0].detach().numpy())), module.norm)
        hidden = g.node("Mul", g.node("Sub", g.floats(1), held), g.floats(-1e4))
        hidden = g.node("Unsqueeze", hidden, g.axes(1, 2))
        for layer in module.layers:
            x = self.layer(x, layer, hidden)
        return x

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
        family = g.node("Mul", g.node("Gather", g.constant(lexicon["family"], np.int32), "input_ids"),
                        g.node("Cast", "attention_mask", to=6))
        same = g.cast(g.node("Equal", g.node("Unsqueeze", family, last),
                             g.node("Unsqueeze", family, one)), "float")
        weight = self.model.emphasis.weight.detach().numpy().T
        emphasis = g.node("Add", g.node("MatMul", states, g.constant(weight, np.float32)),
                          g.floats(float(self.model.emphasis.bias)))
        emphasis = g.node("Mul", g.node("Softplus", emphasis), g.node("Unsqueeze", held, last))
        count = g.node("Squeeze", g.node("MatMul", same, emphasis), last)
        length = g.node("Max", g.node("Sub", g.node("ReduceSum", held, one), g.floats(2)), g.floats(1))
        k1, b = encoder.SPARSE_K1, encoder.B
        norm = g.node("Add", g.floats(k1 * (1 - b)),
                      g.node("Mul", length, g.floats(k1 * b / self.model.mean_length)))
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
        return g.node("ScatterElements", empty, g.node("Reshape", slots, rows),
                      g.node("Reshape", values, rows), axis=1, **output)

    def guessed(self, states, held):
        g, model = self.g, self.model
        hidden = g.node("Unsqueeze", g.node("Mul", g.node("Sub", g.floats(1), held), g.floats(-1e4)), g.axes(-1))
        read = g.node("Add", g.node("MatMul", states, g.constant(model.reader.weight.detach().numpy().T, np.float32)),
                      g.constant(model.reader.bias.detach().numpy(), np.float32))
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
        return self._integers(slots, g.node("Transpose", g.constant(codes), perm=[1, 0]), scales)

    def write(self, path):
        g = self.g
        held = g.cast("attention_mask", "float")
        states = self.states(held)
        self.dense(states, held)
        self.tokens(states, held)
        self.sparse(states, held)
        g.save(path, "trident-small", ["input_ids", "attention_mask"],
               [("sparse", ["batch", len(self.lexicon["family"])]), ("dense", ["batch", backbone.WIDTH]),
                ("tokens", ["batch", "tokens", student.TOKEN_DIMENSIONS])],
               "Encoder of Trident: sparse, dense and token vectors")


def describe(jar, model, folder, guesses):
    """tokenizer.json, idf.json and trident.json."""
    with zipfile.ZipFile(jar) as archive:
        name = next(n for n in archive.namelist() if n.endswith("tokenizer.json"))
        tokenizer = json.loads(archive.read(name))
    tokenizer.update(truncation=None, padding=None)
    ids = tokenizer["model"]["vocab"]
    (folder / "tokenizer.json").write_text(
        json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    asked = model.asked().detach().numpy()
    weights = {t: round(float(asked[i]), 3) for t, i in sorted(ids.items(), key=lambda e: e[1]) if asked[i] > 0.001}
    (folder / "idf.json").write_text(
        json.dumps(weights, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    description = {
        "kind": "encoder",
        "description": f"MiniLM, {len(model.backbone.layers)} layers, 8 bits: word families by emphasis, saturated as "
                       f"by BM25{', and guessed words' if guesses else ''}; the states' mean; states along 128 axes",
        "license": LICENSE, "max_tokens": MAX_TOKENS,
        "inputs": {"ids": "input_ids", "mask": "attention_mask"},
        "sparse": {"output": "sparse", "reading": "vocabulary", "top_k": TOP_K, "threshold": 0.0,
                   "query": {"reading": "idf", "file": "idf.json"}},
        "dense": {"output": "dense", "pooling": "none", "normalize": True, "dimension": backbone.WIDTH,
                  "query_prefix": "", "document_prefix": ""},
        "tokens": {"output": "tokens", "dimension": student.TOKEN_DIMENSIONS, "normalize": True,
                   "query_marker": None, "document_marker": None, "query_length": 32,
                   "augment_queries": False, "skip_punctuation": True},
    }
    (folder / "trident.json").write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jar")
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("state", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--layers")
    parser.add_argument("--float", action="store_true")
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
    print((args.folder / "model.onnx").stat().st_size, "bytes")


if __name__ == "__main__":
    main()
