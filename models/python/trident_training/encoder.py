"""The encoder `trident-mini`, one graph with three outputs, as it is before its transformer.

`sparse` [batch, vocabulary]: the term saturation of BM25 over families of words, written to every
member of a family, so that `run` finds `running`; the other half of BM25, the inverse document
frequency, is what a query token weighs (`idf.json`), less for words that only ask (`terms.py`), so
queries need no inference.
`dense` [batch, 128]: the sum of token embeddings by saturation and weight, of length one.
`tokens` [batch, tokens, 128]: embeddings along their principal axes, mixed with those around them, of
length one; the first 64 hold three fifths of the variance (Matryoshka).
"""

import json
import shutil

import numpy as np

from trident_training import families, graph, wordpiece

K1 = 0.9
B = 0.4
SPARSE_K1 = 0.6
MEMBERS = 8
TOKEN_DIMENSIONS = 128
MAX_TOKENS = 256


def saturation_norm(lengths, mean_length, k1):
    """What BM25 adds to a frequency below the fraction line."""
    return k1 * (1 - B + B * lengths / mean_length)


def saturated(count, norm, k1):
    """What BM25 makes of frequencies."""
    return count * (k1 + 1) / (count + norm)


def vocabulary_tables(work):
    """Tokenizer, family [V], idf [V], mean length of a text, which tokens are silent [V]."""
    tokenizer = wordpiece.WordPiece.load(work / "tokenizer.json")
    corpus, embeddings = np.load(work / "corpus.npz"), np.load(work / "embeddings.npz")
    is_silent = families.silent(tokenizer.vocabulary)
    family = families.families(tokenizer.vocabulary, is_silent)
    idf = families.family_idf(corpus["texts"], corpus["text_offsets"], family)[family]
    idf = np.where(is_silent, 0, idf).astype(np.float32)
    return tokenizer, family, idf, float(embeddings["mean_length"]), is_silent


class Encoder:
    """The tables of the model, and what it gives in numpy, to check the graph against.

    Attributes: family [V], members [F, MEMBERS], idf [V], vectors [V, 128], weights [V],
    projection [128, 128], spread (neighbours each side) and context (their share).
    """

    def __init__(self, work):
        self.tokenizer, self.family, idf, self.mean_length, silent = vocabulary_tables(work)
        self.tokenizer_path = work / "tokenizer.json"
        self.idf = (idf * np.load(work / "terms.npz")["share"]).astype(np.float32)
        embeddings, trained = np.load(work / "embeddings.npz"), np.load(work / "dense.npz")
        self.members = families.members(self.family, embeddings["document_frequency"], silent, MEMBERS)
        self.vectors = graph.dequantised(trained["vectors"])
        self.weights = trained["weights"].astype(np.float32)
        self.weights[[wordpiece.PAD, wordpiece.CLS, wordpiece.SEP, wordpiece.MASK]] = 0
        self.projection = trained["projection"].astype(np.float32)
        self.spread, self.context = int(trained["spread"]), float(trained["context"])

    def shares(self, ids, mask):
        """Of each position: share in the dense vector, weight."""
        held = mask.astype(np.float32)
        count = (self.same(ids, mask) * held[:, None, :]).sum(2)
        weight = held * self.weights[ids]
        return weight * saturated(count, self.norm(mask, K1), K1) / np.maximum(count, 1), weight

    def same(self, ids, mask):
        """Which positions [batch, tokens, tokens] hold tokens of one family."""
        family = np.where(mask > 0, self.family[ids], 0)
        return family[:, :, None] == family[:, None, :]

    def norm(self, mask, k1):
        """What BM25 adds to frequencies in texts of these lengths [batch, 1]."""
        length = np.maximum(mask.astype(np.float32).sum(1, keepdims=True) - 2, 1)
        return saturation_norm(length, self.mean_length, k1)

    def in_context(self, embedded, mask):
        """Vectors of tokens where they stand, and for how many each counts [batch, tokens]."""
        return embedded, mask.astype(np.float32)

    def build_context(self, g, embedded, held):
        """The same in a graph."""
        return embedded, held

    def encode(self, ids, mask):
        """sparse, dense and tokens of a batch of ids [batch, tokens]."""
        share, weight = self.shares(ids, mask)
        held = mask[:, :, None].astype(np.float32)
        embedded, emphasis = self.in_context(self.vectors[ids] * held, mask)
        count = (self.same(ids, mask) * emphasis[:, None, :]).sum(2)
        spoken = saturated(count, self.norm(mask, SPARSE_K1), SPARSE_K1)
        family = np.where(mask > 0, self.family[ids], 0)
        sparse = np.zeros((len(ids), len(self.family)), np.float32)
        for row in range(len(ids)):
            slots = self.members[family[row]]
            sparse[row, slots] = spoken[row][:, None] * (slots > 0)
        dense = unit((embedded * share[:, :, None]).sum(1))
        small = (embedded * weight[:, :, None]) @ self.projection
        tokens = small.copy()
        for shift in range(1, self.spread + 1):
            tokens[:, shift:] += self.context * small[:, :-shift]
            tokens[:, :-shift] += self.context * small[:, shift:]
        return sparse, dense, unit(tokens) * held

    def save(self, folder):
        """Writes the model folder."""
        folder.mkdir(parents=True, exist_ok=True)
        g = graph.Graph()
        held = g.cast("attention_mask", "float")
        one, last = g.axes(1), g.axes(-1)
        shape = g.node("Shape", "input_ids")
        family = g.node(
            "Mul",
            g.node("Gather", g.constant(self.family, np.int32), "input_ids"),
            g.node("Cast", "attention_mask", to=6),
        )
        same = g.cast(
            g.node("Equal", g.node("Unsqueeze", family, last), g.node("Unsqueeze", family, one)),
            "float",
        )

        def counted(x):
            return g.node("Squeeze", g.node("MatMul", same, g.node("Unsqueeze", x, last)), last)

        length = g.node("Max", g.node("Sub", g.node("ReduceSum", held, one), g.floats(2)), g.floats(1))
        embedded, emphasis = self.build_context(g, g.table(self.vectors, "input_ids"), held)
        self._sparse(g, family, self._saturation(g, counted(emphasis), length, SPARSE_K1), shape)
        count = counted(held)
        saturation = self._saturation(g, count, length, K1)
        weight = g.node("Mul", held, g.node("Gather", g.constant(self.weights), "input_ids"))
        share = g.node("Div", g.node("Mul", weight, saturation), g.node("Max", count, g.floats(1)))
        total = g.node("MatMul", g.node("Unsqueeze", share, one), embedded)
        g.node("Identity", g.unit(g.node("Squeeze", total, one)), output="dense")
        self._tokens(g, embedded, weight, held)
        g.save(
            folder / "model.onnx",
            "trident-mini",
            ["input_ids", "attention_mask"],
            [
                ("sparse", ["batch", len(self.family)]),
                ("dense", ["batch", self.vectors.shape[1]]),
                ("tokens", ["batch", "tokens", TOKEN_DIMENSIONS]),
            ],
            "Encoder of Trident: sparse, dense and token vectors",
        )
        self._describe(folder)

    def _saturation(self, g, count, length, k1):
        norm = g.node("Add", g.floats(k1 * (1 - B)), g.node("Mul", length, g.floats(k1 * B / self.mean_length)))
        return g.node("Div", g.node("Mul", count, g.floats(k1 + 1)), g.node("Add", count, norm))

    def _sparse(self, g, family, saturation, shape):
        batch = g.node("Slice", shape, g.axes(0), g.axes(1))
        slots = g.node("Gather", g.constant(self.members), family)
        slots = g.node("Cast", slots, to=6)
        spoken = g.node("Cast", g.node("Greater", slots, g.constant(0, np.int32)), to=1)
        values = g.node("Mul", spoken, g.node("Unsqueeze", saturation, g.axes(-1)))
        rows = g.node("Concat", batch, g.axes(-1), axis=0)
        empty = g.node("ConstantOfShape", g.node("Concat", batch, g.axes(len(self.family)), axis=0))
        # Slots met twice hold one family, hence one value: the order of writing does not matter.
        g.node(
            "ScatterElements",
            empty,
            g.node("Reshape", slots, rows),
            g.node("Reshape", values, rows),
            axis=1,
            output="sparse",
        )

    def _tokens(self, g, embedded, weight, held):
        small = g.node(
            "MatMul", g.node("Mul", embedded, g.node("Unsqueeze", weight, g.axes(-1))), g.constant(self.projection)
        )
        width = 2 * self.spread + 1
        pooled = g.node(
            "AveragePool",
            g.node("Transpose", small, perm=[0, 2, 1]),
            kernel_shape=[width],
            pads=[self.spread] * 2,
            count_include_pad=1,
        )
        around = g.node("Mul", g.node("Transpose", pooled, perm=[0, 2, 1]), g.floats(self.context * width))
        own = g.node("Mul", small, g.floats(1 - self.context))
        tokens = g.unit(g.node("Add", own, around))
        g.node("Mul", tokens, g.node("Unsqueeze", held, g.axes(-1)), output="tokens")

    def _describe(self, folder):
        shutil.copyfile(self.tokenizer_path, folder / "tokenizer.json")
        vocabulary = self.tokenizer.vocabulary
        weights = {t: round(float(w), 3) for t, w in zip(vocabulary, self.idf) if w > 0}
        with open(folder / "idf.json", "w", encoding="utf-8") as file:
            json.dump(weights, file, ensure_ascii=False, separators=(",", ":"))
        description = {
            "kind": "encoder",
            "description": "Two transformer layers over token embeddings; BM25 saturation of word families by emphasis",
            "license": "Apache-2.0; made from texts under CC BY 4.0, CC0, Apache-2.0, MIT and "
            "public domain, see models/training/README.md",
            "max_tokens": MAX_TOKENS,
            "inputs": {"ids": "input_ids", "mask": "attention_mask"},
            "sparse": {
                "output": "sparse",
                "reading": "vocabulary",
                "top_k": 256,
                "threshold": 0.0,
                "query": {"reading": "idf", "file": "idf.json"},
            },
            "dense": {
                "output": "dense",
                "pooling": "none",
                "normalize": True,
                "dimension": int(self.vectors.shape[1]),
                "query_prefix": "",
                "document_prefix": "",
            },
            "tokens": {
                "output": "tokens",
                "dimension": TOKEN_DIMENSIONS,
                "normalize": True,
                "query_marker": None,
                "document_marker": None,
                "query_length": 32,
                "augment_queries": False,
                "skip_punctuation": True,
            },
        }
        with open(folder / "trident.json", "w", encoding="utf-8") as file:
            json.dump(description, file, indent=2)
            file.write("\n")


def batch(texts, most):
    """ids and mask of lists of ids with their marks, each cut to so many ids."""
    rows = [[wordpiece.CLS, *text[:most], wordpiece.SEP] for text in texts]
    ids = np.zeros((len(rows), max(map(len, rows))), np.int64)
    mask = np.zeros_like(ids)
    for i, row in enumerate(rows):
        ids[i, : len(row)], mask[i, : len(row)] = row, 1
    return ids, mask


def unit(vectors):
    """Vectors of length one along the last axis; zero stays zero."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6)
