"""Step 5: the cross-encoder `trident-mini-reranker`.

Kernel pooling over the matrix of similarities of query and passage tokens (K-NRM, Xiong et al.,
SIGIR 2017), with what a static matrix leaves out: exact matches with the saturation of BM25, the
best window of the passage (after Tao and Zhai, SIGIR 2007) and pairs of neighbouring words. A
small network reads these features. Its coefficients, and nothing else of the model, are fitted to
questions of judged collections: lists of a question, its passage and what the encoder's sparse and
dense vectors find beside it, with a softmax over the list.

    python3 -m trident_training.reranker WORK MODEL_FOLDER COLLECTION...
"""

import argparse
import hashlib
import json
import pathlib
import shutil

import numpy as np
import scipy.sparse as sp

from trident_training import corpus, dense, encoder, graph, terms, wordpiece

SEED = 20240302
QUESTIONS = 700
BY_SPARSE = 15
BY_DENSE = 5
QUERY_TOKENS = 40
DIMENSIONS = 64
MAX_TOKENS = 256
KERNELS = (0.9, 0.7, 0.5, 0.3, 0.1, -0.1)
KERNEL_WIDTH = 0.1
WINDOWS = (5, 15, 45)
HIDDEN = 16
EPOCHS = 30
RATE = 3e-3
DECAY = 1e-4


class Features:
    """What the network reads of a pair; `build` gives the same as `compute` in a graph.

    Every feature is a mean over the query's tokens by inverse document frequency: saturated exact
    matches, pairs of neighbours, coverage in windows, best similarity, and the kernels.
    """

    def __init__(self, family, idf, vectors, mean_length):
        self.family, self.idf = family.astype(np.int32), idf.astype(np.float32)
        self.vectors, self.mean_length = vectors.astype(np.float32), mean_length
        self.count = 3 + 2 * len(WINDOWS) + len(KERNELS)

    def compute(self, ids, mask, types):
        """Features [batch, count] of ids, mask and types [batch, tokens]."""
        held = mask * (self.idf[ids] > 0)
        head = min(QUERY_TOKENS, int((mask * (1 - types)).sum(1).max()))
        query = (held * (1 - types))[:, :head].astype(np.float32)
        passage = (held * types).astype(np.float32)
        length = (mask * types).sum(1, keepdims=True).astype(np.float32)
        idf = self.idf[ids[:, :head]] * query
        share = idf / np.maximum(idf.sum(1, keepdims=True), 1e-6)
        family = self.family[ids]
        both = query[:, :, None] * passage[:, None, :]
        exact = (family[:, :head, None] == family[:, None, :]) * both
        vectors = self.vectors[ids]
        soft = vectors[:, :head] @ vectors.transpose(0, 2, 1)
        soft = np.where(exact > 0, 1, soft) * both
        norm = encoder.saturation_norm(length, self.mean_length, encoder.K1)
        count = exact.sum(2)
        found = [(share * count * (encoder.K1 + 1) / (count + norm)).sum(1)]
        neighbours = (exact[:, :-1, :-1] * exact[:, 1:, 1:]).max(2)
        found.append((share[:, :-1] * neighbours).sum(1))
        found.append((share * soft.max(2)).sum(1))
        for width in WINDOWS:
            for match in (exact, np.maximum(soft, 0)):
                near = window_max(match, width)
                found.append((share[:, :, None] * near).sum(1).max(1))
        for centre in KERNELS:
            kernel = np.exp(-((soft - centre) ** 2) / (2 * KERNEL_WIDTH**2)) * both
            found.append((share * np.log1p(kernel.sum(2))).sum(1))
        return np.stack(found, 1)

    def build(self, g):
        """Adds the features to a graph; gives the name of [batch, count]."""
        one, last = g.axes(1), g.axes(-1)

        def head(x):
            return g.node("Slice", x, g.axes(0), g.axes(QUERY_TOKENS), one)

        mask, types = (g.cast(n, "float") for n in ("attention_mask", "token_type_ids"))
        weight = g.node("Gather", g.constant(self.idf), "input_ids")
        held = g.node("Mul", mask, g.cast(g.node("Greater", weight, g.floats(0)), "float"))
        query = head(g.node("Mul", held, g.node("Sub", g.floats(1), types)))
        passage = g.node("Mul", held, types)
        length = g.node("ReduceSum", g.node("Mul", mask, types), one)
        idf = g.node("Mul", head(weight), query)
        share = g.node("Div", idf, g.node("Max", g.node("ReduceSum", idf, one), g.floats(1e-6)))

        def rows(x):
            return g.node("Unsqueeze", x, last)

        def columns(x):
            return g.node("Unsqueeze", x, one)

        both = g.node("Mul", rows(query), columns(passage))
        family = g.node("Gather", g.constant(self.family), "input_ids")
        equal = g.cast(g.node("Equal", rows(head(family)), columns(family)), "float")
        exact = g.node("Mul", equal, both)
        vectors = g.table(self.vectors, "input_ids")
        soft = g.node("MatMul", head(vectors), g.node("Transpose", vectors, perm=[0, 2, 1]))
        soft = g.node("Mul", both, g.node("Where", g.node("Greater", exact, g.floats(0)), g.floats(1), soft))

        def total(x):
            return g.node("ReduceSum", x, one, keepdims=1)

        def by_share(x):
            return total(g.node("Mul", share, x))

        def highest(x, axis):
            return g.node("ReduceMax", x, axes=[axis], keepdims=0)

        norm = g.node(
            "Add",
            g.floats(encoder.K1 * (1 - encoder.B)),
            g.node("Mul", length, g.floats(encoder.K1 * encoder.B / self.mean_length)),
        )
        count = g.node("ReduceSum", exact, g.axes(2), keepdims=0)
        found = [by_share(g.node("Div", g.node("Mul", count, g.floats(encoder.K1 + 1)), g.node("Add", count, norm)))]

        def cut(x, start, end, axis):
            return g.node("Slice", x, g.axes(start), g.axes(end), g.axes(axis))

        far = 1 << 30
        before = cut(cut(exact, 0, -1, 1), 0, -1, 2)
        after = cut(cut(exact, 1, far, 1), 1, far, 2)
        neighbours = highest(g.node("Mul", before, after), 2)
        found.append(total(g.node("Mul", cut(share, 0, -1, 1), neighbours)))
        found.append(by_share(highest(soft, 2)))
        positive = g.node("Max", soft, g.floats(0))
        for width in WINDOWS:
            for match in (exact, positive):
                near = g.node("MaxPool", match, kernel_shape=[width], pads=[width // 2] * 2)
                covered = g.node("Squeeze", g.node("MatMul", columns(share), near), one)
                found.append(rows(highest(covered, 1)))
        for centre in KERNELS:
            away = g.node("Sub", soft, g.floats(centre))
            power = g.node("Mul", g.node("Mul", away, away), g.floats(-0.5 / KERNEL_WIDTH**2))
            kernel = g.node("Mul", g.node("Exp", power), both)
            sums = g.node("ReduceSum", kernel, g.axes(2), keepdims=0)
            found.append(by_share(g.node("Log", g.node("Add", sums, g.floats(1)))))
        return g.node("Concat", *found, axis=1)


def window_max(values, width):
    """The maximum over a window centred on each position of the last axis."""
    half = width // 2
    padded = np.pad(values, ((0, 0), (0, 0), (half, half)), constant_values=-np.inf)
    return np.lib.stride_tricks.sliding_window_view(padded, width, axis=2).max(3)


class Network:
    """One hidden layer beside a linear path, over features of mean 0 and deviation 1."""

    def __init__(self, mean, deviation, parameters):
        self.mean, self.deviation, self.parameters = mean, deviation, parameters

    @staticmethod
    def start(features, rng):
        """A network for features [n, count], before training."""
        count = features.shape[1]
        parameters = {
            "linear": np.zeros(count),
            "out": np.zeros(HIDDEN),
            "bias": np.zeros(HIDDEN),
            "hidden": rng.normal(0, count**-0.5, (count, HIDDEN)),
        }
        parameters["linear"][0] = 1
        return Network(features.mean(0), features.std(0) + 1e-6, parameters)

    def scores(self, features):
        """Scores of features [..., count]."""
        x = (features - self.mean) / self.deviation
        p = self.parameters
        return x @ p["linear"] + np.tanh(x @ p["hidden"] + p["bias"]) @ p["out"]

    def gradients(self, features, slope):
        """Gradients of the parameters for a slope of the scores."""
        x = ((features - self.mean) / self.deviation).reshape(-1, features.shape[-1])
        slope = slope.ravel()
        p = self.parameters
        active = np.tanh(x @ p["hidden"] + p["bias"])
        inner = slope[:, None] * p["out"] * (1 - active**2)
        return {"linear": x.T @ slope, "out": active.T @ slope, "bias": inner.sum(0), "hidden": x.T @ inner}

    def train(self, features, rng):
        """Trains on lists [n, list, count] whose first entry is the relevant one."""
        moments = {k: [np.zeros_like(v), np.zeros_like(v)] for k, v in self.parameters.items()}
        number = 0
        for epoch in range(EPOCHS):
            order = rng.permutation(len(features))
            for begin in range(0, len(order), 64):
                batch = features[order[begin : begin + 64]]
                slope = softmax(self.scores(batch))
                slope[:, 0] -= 1
                number += 1
                rate = RATE * (1 - epoch / EPOCHS)
                for name, g in self.gradients(batch, slope / len(batch)).items():
                    g = g + DECAY * self.parameters[name]
                    m, v = moments[name]
                    m += 0.1 * (g - m)
                    v += 0.01 * (g * g - v)
                    self.parameters[name] -= (rate * m / (1 - 0.9**number)) / (np.sqrt(v / (1 - 0.99**number)) + 1e-8)

    def build(self, g, features):
        """Adds the network to a graph; gives the name of [batch, 1]."""
        p = self.parameters
        x = g.node(
            "Div", g.node("Sub", features, g.constant(self.mean, np.float32)), g.constant(self.deviation, np.float32)
        )
        active = g.node(
            "Tanh",
            g.node("Add", g.node("MatMul", x, g.constant(p["hidden"], np.float32)), g.constant(p["bias"], np.float32)),
        )
        return g.node(
            "Add",
            g.node("MatMul", x, g.constant(p["linear"][:, None], np.float32)),
            g.node("MatMul", active, g.constant(p["out"][:, None], np.float32)),
            output="logits",
        )


def softmax(scores):
    """Shares along the last axis."""
    share = np.exp(scores - scores.max(-1, keepdims=True))
    return share / share.sum(-1, keepdims=True)


def pair_rows(query, passages):
    """ids, mask and types of a query with each of some passages."""
    query = list(query)[: (MAX_TOKENS - 3) // 2]
    head = [wordpiece.CLS, *query, wordpiece.SEP]
    rows = [head + list(p[: MAX_TOKENS - len(head) - 1]) + [wordpiece.SEP] for p in passages]
    shape = len(rows), max(QUERY_TOKENS + 1, max(map(len, rows)))
    ids, mask, types = (np.zeros(shape, np.int64) for _ in range(3))
    for i, row in enumerate(rows):
        ids[i, : len(row)] = row
        mask[i, : len(row)] = 1
        types[i, len(head) : len(row)] = 1
    return ids, mask, types


def bm25_rows(texts, family, mean_length):
    """Saturated frequencies of families, a row for each text."""
    lengths = np.array([len(text) for text in texts], np.float32)
    rows = np.repeat(np.arange(len(texts)), lengths.astype(int))
    size = family.max() + 1
    matrix = sp.csr_matrix((np.ones(len(rows), np.float32), (rows, family[np.concatenate(texts)])), (len(texts), size))
    matrix.sum_duplicates()
    norm = encoder.saturation_norm(lengths, mean_length, encoder.K1)
    norm = np.repeat(norm, np.diff(matrix.indptr))
    matrix.data = matrix.data * (encoder.K1 + 1) / (matrix.data + norm)
    return matrix


def training_lists(made, features, collection):
    """Features of lists of a question, its passage and what the encoder finds beside it.

    Questions to documents that are held out, and those whose passage is not found, are left out: a
    network that sees passages which no first stage finds learns to mistrust what it finds.
    """
    documents, questions, judged = corpus.judged(collection)
    questions = [q for q in questions if not any(map(terms.held_out, judged[q[0]]))]
    questions = sorted(questions, key=lambda q: hashlib.md5(q[0].encode()).hexdigest())[:QUESTIONS]
    texts = [np.array(made.tokenizer.encode(text)[: MAX_TOKENS - 2]) for _, text in documents]
    rows = bm25_rows(texts, made.family, made.mean_length)
    family_weight = np.zeros(made.family.max() + 1, np.float32)
    np.maximum.at(family_weight, made.family, made.idf)
    table = made.vectors * made.weights[:, None]
    vectors = dense.forward(dense.bags(texts, len(table)), table)[0]
    for name, text in questions:
        query = np.array(made.tokenizer.encode(text))
        weights = np.zeros(len(family_weight), np.float32)
        weights[made.family[query]] = family_weight[made.family[query]]
        asked = dense.forward(dense.bags([query], len(table)), table)[0][0]
        found = list(np.argsort(-(rows @ weights), kind="stable")[:BY_SPARSE])
        near = np.argsort(-(vectors @ asked), kind="stable")[: 2 * BY_DENSE]
        found += [n for n in near if n not in found][:BY_DENSE]
        wanted = [n for n in found if documents[n][0] in judged[name]]
        if len(wanted) == 1 and len(found) == BY_SPARSE + BY_DENSE:
            found.remove(wanted[0])
            passages = [texts[n] for n in wanted + found]
            yield features.compute(*pair_rows(query, passages))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("collections", nargs="+", help="folders with questions to train on")
    args = parser.parse_args()
    made = encoder.Encoder(args.work)
    features = token_features(made)
    rng = np.random.default_rng(SEED)
    lists = [row for c in args.collections for row in training_lists(made, features, c)]
    lists = np.stack(lists).astype(np.float64)
    network = Network.start(lists.reshape(-1, features.count), rng)
    network.train(lists, rng)
    first = (network.scores(lists).argmax(1) == 0).mean()
    print(f"{len(lists)} lists, relevant first in {first:.3f}")
    np.savez(args.work / "reranker.npz", mean=network.mean, deviation=network.deviation, **network.parameters)
    save(args.work, args.folder, features, network)


def token_features(made):
    """Features over the static encoder's tables, with half the dimensions of its token vectors."""
    vectors = encoder.unit(made.vectors @ made.projection[:, :DIMENSIONS])
    return Features(made.family, made.idf, graph.dequantised(vectors), made.mean_length)


def load(work):
    """The features and the network that `main` trained."""
    saved = np.load(work / "reranker.npz")
    names = ("linear", "out", "bias", "hidden")
    network = Network(saved["mean"], saved["deviation"], {name: saved[name] for name in names})
    return token_features(encoder.Encoder(work)), network


def save(work, folder, features, network):
    """Writes the model folder."""
    folder.mkdir(parents=True, exist_ok=True)
    g = graph.Graph()
    network.build(g, features.build(g))
    g.save(
        folder / "model.onnx",
        "trident-mini-reranker",
        ["input_ids", "attention_mask", "token_type_ids"],
        [("logits", ["batch", 1])],
        "Static cross-encoder of Trident: kernel pooling over token similarities",
    )
    shutil.copyfile(work / "tokenizer.json", folder / "tokenizer.json")
    description = {
        "kind": "cross_encoder",
        "description": "Static cross-encoder: kernel pooling, exact matches and windows",
        "license": "Apache-2.0; made from texts under CC BY 4.0, CC0, Apache-2.0, MIT and "
        "public domain, see models/training/README.md",
        "output": "logits",
        "reading": "logit",
        "activation": "none",
        "max_tokens": MAX_TOKENS,
        "inputs": {"ids": "input_ids", "mask": "attention_mask", "types": "token_type_ids"},
    }
    with open(folder / "trident.json", "w", encoding="utf-8") as file:
        json.dump(description, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    main()
