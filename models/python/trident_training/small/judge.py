"""Step 7: measures a state on the collections to judge by: nDCG@10 of BM25, of each leg and of fusions.

    python3 -m trident_training.small.judge JAR WORK STATE.pt [--whole squad-dev ...] [--documents 2500]

A collection is reduced to the documents judged for a sample of its queries, and others drawn at
random: no method proposes them, so none is favoured, but figures are kinder than those of the
whole collection (`--whole`). BM25 is over Porter stems without stop words.
"""

import argparse
import pathlib

import numpy as np
import scipy.sparse as sp
import torch
from torch.nn import functional

from trident_training import backbone, families, stemmer
from trident_training.small import data, export, student

SEED = 20251203
COLLECTIONS = ("squad-dev", "squadshifts", "cacm", "med", "vaswani", "mtrag-cloud", "esci-us-150", "fm2")
QUERIES = {"squad-dev": 200, "squadshifts": 150, "mtrag-cloud": 120, "esci-us-150": 30, "fm2": 200, "vaswani": 50}
TEXT_TOKENS, QUERY_TOKENS, TOKENS_AT_ONCE = 256, 32, 3_072
CANDIDATES = 100
FLIPS = 10_000


class Judged:
    """The documents and queries of a collection, or a part of them, as ids."""

    def __init__(self, work, name, most):
        stored = np.load(work / f"judged-{name}.npz")
        texts, queries, right = data.rows(stored, "texts"), data.rows(stored, "queries"), stored["right"]
        rng = np.random.default_rng(SEED)
        asked = np.arange(len(queries)) if most is None else rng.permutation(len(queries))[: QUERIES.get(name)]
        grades = [dict() for _ in queries]
        for query, document, grade in right:
            grades[query][int(document)] = int(grade)
        kept = np.arange(len(texts))
        if most is not None:
            wanted = {d for q in asked for d in grades[q]}
            others = [d for d in rng.permutation(len(texts)) if d not in wanted]
            kept = np.array(sorted(wanted | set(others[: max(most - len(wanted), most // 3)])))
        place = {int(d): i for i, d in enumerate(kept)}
        self.texts, self.queries = [texts[i] for i in kept], [queries[i] for i in asked]
        self.grades = [{place[d]: g for d, g in grades[q].items() if d in place} for q in asked]

    def gains(self, scores):
        """nDCG@10 of each query."""
        out = []
        discount = 1 / np.log2(np.arange(2, 12))
        for row, grades in zip(scores, self.grades):
            best = np.argsort(-row, kind="stable")[:10]
            gain = np.array([grades.get(int(d), 0) for d in best]) @ discount
            ideal = np.sort(list(grades.values()))[::-1][:10]
            out.append(gain / (ideal @ discount[: len(ideal)]))
        return np.array(out)


def words(rows, vocabulary):
    """Stems of texts that are given as ids, pieces put together again."""
    out, cached = [], {}
    for row in rows:
        whole = []
        for token in (vocabulary[i] for i in row):
            if token.startswith("##") and whole:
                whole[-1] += token[2:]
            else:
                whole.append(token)
        kept = [w for w in whole if w not in families.STOP_WORDS and any(map(str.isalnum, w))]
        out.append([cached.setdefault(w, stemmer.stem(w)) for w in kept])
    return out


def bm25(judged, vocabulary):
    texts, asked = words(judged.texts, vocabulary), words(judged.queries, vocabulary)
    numbers = {}
    rows = [np.array([numbers.setdefault(w, len(numbers)) for w in t], np.int64) for t in texts]
    matrix = data.bm25(rows, max(1, len(numbers)))
    queries = sp.lil_matrix((len(asked), len(numbers)), dtype=np.float32)
    for i, query in enumerate(asked):
        for word in query:
            if word in numbers:
                queries[i, numbers[word]] += 1
    return (queries.tocsr() @ matrix.T).toarray()


class Encoded:
    """dense, tokens, sparse, and sparse without guessed words, in the order of the texts."""

    def __init__(self, model, texts, most, spoken, guesses):
        order = np.argsort([len(t) for t in texts], kind="stable")
        self.dense = np.empty((len(texts), backbone.WIDTH), np.float32)
        self.tokens, begin = [None] * len(texts), 0
        rows, own_rows = [None] * len(texts), [None] * len(texts)
        members = torch.tensor(np.load(model.lexicon)["members"].astype(np.int64))
        while begin < len(order):
            end = begin + 1
            while end < len(order) and min(len(texts[order[end]]) + 2, most) * (end + 1 - begin) <= TOKENS_AT_ONCE:
                end += 1
            part = order[begin:end]
            ids, mask = backbone.batch([texts[i] for i in part], most)
            with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
                states = model.states(ids, mask)
                self.dense[part] = functional.normalize(model.dense(states, mask), dim=-1).numpy()
                vectors = model.tokens(states)
                own = model.written(states, ids, mask, members)
                logits = model.guesses(states, mask) if guesses else None
            held = (mask > 0) & (ids != backbone.CLS) & (ids != backbone.SEP) & spoken[ids]
            guessed = torch.maximum(own, student.guessed(logits) * (model.idf > 0)) if guesses else own
            for found, kept in ((own, own_rows), (guessed, rows)):
                for row, values, columns in zip(part, *found.topk(export.TOP_K)):
                    kept[row] = (columns[values > 0].numpy(), values[values > 0].numpy())
            for i, row in enumerate(part):
                self.tokens[row] = vectors[i][held[i]].bfloat16()
            begin = end
        self.own, self.sparse = (stacked(kept, len(model.idf)) for kept in (own_rows, rows))


def stacked(rows, size):
    """A sparse matrix of rows of columns and values."""
    indptr = np.cumsum([0, *(len(columns) for columns, _ in rows)])
    columns, values = (np.concatenate(part) for part in zip(*rows))
    return sp.csr_matrix((values, columns, indptr), (len(rows), size))


def max_sim(queries, documents, block=256):
    """MaxSim of all pairs."""
    scores = np.empty((len(queries), len(documents)), np.float32)
    together = torch.cat(queries)
    owner = torch.repeat_interleave(torch.arange(len(queries)), torch.tensor([len(q) for q in queries]))
    order = np.argsort([len(d) for d in documents], kind="stable")
    for begin in range(0, len(order), block):
        part = order[begin : begin + block]
        length = max(1, max(len(documents[i]) for i in part))
        held = torch.zeros(len(part), length, together.shape[1], dtype=together.dtype)
        for row, i in zip(held, part):
            row[: len(documents[i])] = documents[i]
            if 0 < len(documents[i]) < length:
                row[len(documents[i]) :] = documents[i][0]
        best = (held @ together.T).amax(1).float()
        total = torch.zeros(len(part), len(queries)).index_add_(1, owner, best)
        scores[:, part] = total.T.numpy()
    return scores


def asked(judged, weights):
    """Queries as rows of weights."""
    rows = [np.unique(q) for q in judged.queries]
    columns = np.concatenate(rows)
    owner = np.repeat(np.arange(len(rows)), [len(r) for r in rows])
    return sp.csr_matrix((weights[columns], (owner, columns)), (len(rows), len(weights)))


def fused(legs, weights):
    """Weighted min-max over the best candidates of each leg."""
    total = np.zeros_like(next(iter(legs.values())))
    for name, weight in weights.items():
        scores = legs[name]
        count = min(CANDIDATES, scores.shape[1])
        found = np.argpartition(-scores, count - 1, axis=1)[:, :count]
        best = np.take_along_axis(scores, found, 1)
        low, high = best.min(1, keepdims=True), best.max(1, keepdims=True)
        part = (best - low) / np.maximum(high - low, 1e-9)
        np.put_along_axis(total, found, np.take_along_axis(total, found, 1) + weight * part, 1)
    return total


def p_value(one, other):
    """Of a two-sided paired randomisation test."""
    difference = one - other
    rng = np.random.default_rng(SEED)
    signs = rng.integers(0, 2, (FLIPS, len(difference))) * 2 - 1
    return float((np.abs(signs @ difference) >= abs(difference.sum()) - 1e-9).mean())


def coded(vectors, bits, rotation):
    """What is left of token vectors after a rotation and scalar codes of so many bits."""
    levels = {1: [0.798], 2: [0.453, 1.510]}[bits]
    width = vectors.shape[1]
    turned = (vectors.float() @ rotation) * width**0.5
    nearest = torch.tensor(levels)[(turned.abs()[..., None] - torch.tensor(levels)).abs().argmin(-1)]
    kept = functional.normalize(nearest * turned.sign(), dim=-1)
    return (kept @ rotation.T).to(vectors.dtype)


def legs_of(model, judged, vocabulary, guesses=True):
    """Scores of all documents for all queries by every leg."""
    spoken = torch.tensor([any(c.isalnum() for c in t) for t in vocabulary])
    documents = Encoded(model, judged.texts, TEXT_TOKENS, spoken, guesses)
    queries = Encoded(model, judged.queries, QUERY_TOKENS, torch.ones_like(spoken), False)
    weights = model.asked().detach().numpy()
    random = torch.tensor(
        np.linalg.qr(np.random.default_rng(SEED).normal(size=(student.TOKEN_DIMENSIONS,) * 2))[0]
    ).float()
    found = {
        "BM25": bm25(judged, vocabulary),
        "sparse": (asked(judged, weights) @ documents.sparse.T).toarray(),
        "sparse, own words": (asked(judged, weights) @ documents.own.T).toarray(),
        "dense": queries.dense @ documents.dense.T,
        "max_sim": max_sim(queries.tokens, documents.tokens),
    }
    for width in (128, 64):
        a, b = (functional.normalize(torch.tensor(v.dense[:, :width]), dim=-1) for v in (queries, documents))
        found[f"dense {width}"] = (a @ b.T).numpy()
    for bits in (2, 1):
        found[f"max_sim {bits} bit"] = max_sim(queries.tokens, [coded(d, bits, random) for d in documents.tokens])
    return found, documents


FUSIONS = {
    "BM25+dense": {"BM25": 1, "dense": 1},
    "sparse+dense": {"sparse": 1, "dense": 1},
    "sparse+max_sim": {"sparse": 1, "max_sim": 1},
    "BM25+max_sim": {"BM25": 1, "max_sim": 1},
    "BM25+sparse+dense": {"BM25": 1, "sparse": 1, "dense": 1},
    "sparse+dense+max_sim": {"sparse": 1, "dense": 1, "max_sim": 1},
    "sparse+dense+2max_sim": {"sparse": 1, "dense": 1, "max_sim": 2},
    "BM25+dense+max_sim": {"BM25": 1, "dense": 1, "max_sim": 1},
    "BM25+sparse+dense+max_sim": {"BM25": 1, "sparse": 1, "dense": 1, "max_sim": 1},
    "BM25+sparse+dense+2max_sim": {"BM25": 1, "sparse": 1, "dense": 1, "max_sim": 2},
}


def report(gains):
    """A table of means, with p values of each ranking against BM25."""
    names = list(next(iter(gains.values())))
    print("| ranking | " + " | ".join(gains) + " | mean |")
    print("|---" * (len(gains) + 2) + "|")
    for name in names:
        cells = []
        for found in gains.values():
            p = p_value(found[name], found["BM25"]) if name != "BM25" else 1
            mark = "" if p >= 0.05 else "+" if found[name].mean() > found["BM25"].mean() else "-"
            cells.append(f"{found[name].mean():.3f}{mark}")
        mean = np.mean([found[name].mean() for found in gains.values()])
        print(f"| {name} | " + " | ".join(cells) + f" | {mean:.4f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jar")
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("state", type=pathlib.Path)
    parser.add_argument("--layers")
    parser.add_argument("--whole", nargs="*", default=[])
    parser.add_argument("--only", nargs="*", default=COLLECTIONS)
    parser.add_argument("--documents", type=int, default=2_500)
    parser.add_argument("--no-guesses", action="store_true")
    parser.add_argument("--save", type=pathlib.Path, help="a file for the gains of each query")
    args = parser.parse_args()
    torch.set_num_threads(1)
    kept = [int(layer) for layer in args.layers.split(",")] if args.layers else None
    model = student.Student(backbone.load(args.jar, kept), np.load(args.work / "lexicon.npz"), 0)
    model.lexicon = args.work / "lexicon.npz"
    saved = torch.load(args.state)
    model.load_state_dict(saved.get("model", saved))
    model.eval().requires_grad_(False)
    vocabulary, gains = backbone.tokenizer(args.jar).vocabulary, {}
    for name in args.only:
        judged = Judged(args.work, name, None if name in args.whole else args.documents)
        found, documents = legs_of(model, judged, vocabulary, not args.no_guesses)
        found.update({fusion: fused(found, weights) for fusion, weights in FUSIONS.items()})
        gains[name] = {leg: judged.gains(scores) for leg, scores in found.items()}
        terms = np.diff(documents.sparse.indptr).mean()
        print(
            f"{name}: {len(judged.texts)} documents, {len(judged.queries)} queries, {terms:.0f} terms each; "
            + " ".join(f"{leg} {g.mean():.3f}" for leg, g in gains[name].items()),
            flush=True,
        )
    report(gains)
    if args.save:
        np.savez(args.save, **{f"{c}/{leg}": g for c, found in gains.items() for leg, g in found.items()})


if __name__ == "__main__":
    main()
