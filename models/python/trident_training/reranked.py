"""Measures a reranker over what a first stage found, on judged collections: nDCG@10.

    python3 -m trident_training.reranked find WORK JAR COLLECTION... [--questions 500]
    python3 -m trident_training.reranked measure WORK JAR MODEL.pt COLLECTION... [--window 20]

`find` keeps the best hundred of the fusion of BM25 and the vectors of the encoder in JAR (first 160
tokens) for each query. `measure` scores pairs, keeps the scores, and prints nDCG@10 of the fusion and for
each share of the first stage, with p of the difference by paired randomisation. Of SQuADShifts,
questions about documents that are held out are asked.
"""

import argparse
import pathlib

import numpy as np
import torch

from trident_training import backbone, candidates, small_reranker, terms

SEED = 20261130
FOUND = 100
LONGEST = 160
SHARES = tuple(i / 10 for i in range(11))
ROUNDS = 20_000
PAIRS_AT_ONCE = 32


def asked(folder, questions):
    """Documents, the queries that are asked, and grades."""
    name = pathlib.Path(folder).name
    documents, queries, judged = candidates.collection(folder, "queries-1000.jsonl.gz" if name == "squad-dev" else None)
    if name.startswith("squadshifts"):
        queries = [q for q in queries if all(map(terms.held_out, judged[q[0]]))]
        questions = min(questions, 150)
    queries = sorted(queries, key=lambda q: candidates.md5(q[0]))
    return documents, queries if name == "squad-dev" else queries[:questions], judged


def find(args):
    """The first stage, in a file for each collection."""
    module, tokenizer = backbone.load(args.jar), backbone.tokenizer(args.jar)
    for folder in args.collections:
        name = pathlib.Path(folder).name
        documents, queries, judged = asked(folder, args.questions)
        texts = [text for _, text in documents]

        def split(texts, most):
            return [tokenizer.encode(text)[:most] for text in texts]

        told = candidates.vectors(args.work / f"{name}-documents.npy", module, split(texts, LONGEST), "mean")
        put = candidates.vectors(
            args.work / f"{name}-asked.npy", module, split([text for _, text in queries], LONGEST), "mean"
        )
        write_found(args.work / f"{name}-found.jsonl", documents, queries, judged, told, put)


def write_found(path, documents, queries, judged, told, put):
    """Texts and grades of the best of each query."""
    lexical = candidates.Bm25([text for _, text in documents])
    lists = []
    for (name, text), vector in zip(queries, put.astype(np.float32)):
        legs = [lexical.scores(text), told.astype(np.float32) @ vector]
        ranked, scores = candidates.fused(legs, FOUND)
        ranked, scores = ranked[:FOUND], scores[:FOUND]
        grades = judged[name]
        lists.append(
            {
                "query": text,
                "texts": [documents[i][1] for i in ranked],
                "scores": [round(s, 6) for s in scores],
                "grades": [grades.get(documents[i][0], 0) for i in ranked],
                "ideal": sorted(grades.values(), reverse=True)[:10],
                "bm25": [grades.get(documents[i][0], 0) for i in candidates.best(legs[0], 10)],
                "dense": [grades.get(documents[i][0], 0) for i in candidates.best(legs[1], 10)],
            }
        )
    candidates.write_lists(path, lists)


def ndcg(grades, ideal):
    """nDCG@10 with the grade as the gain."""
    discount = 1 / np.log2(np.arange(2, 12))
    return float(np.dot(grades[:10], discount[: len(grades[:10])]) / np.dot(ideal, discount[: len(ideal)]))


def pairs_of(lists, tokenizer, window):
    """Rows of all pairs, list after list."""
    pairs, heads = [], []
    for entry in lists:
        made = small_reranker.rows(
            tokenizer.encode(entry["query"]), [tokenizer.encode(text) for text in entry["texts"][:window]]
        )
        pairs += made[0]
        heads += made[1]
    return pairs, heads


def scored(model, pairs, heads):
    """A score for each pair."""
    out = np.zeros(len(pairs), np.float32)
    order = sorted(range(len(pairs)), key=lambda i: -len(pairs[i]))
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for begin in range(0, len(order), PAIRS_AT_ONCE):
            part = order[begin : begin + PAIRS_AT_ONCE]
            out[part] = model(*small_reranker.padded([pairs[i] for i in part], [heads[i] for i in part])).numpy()
    return out


def by_share(lists, scores, window):
    """nDCG@10 [share, query] of reranked lists, and that of the first stage alone."""
    before = np.array([ndcg(entry["grades"], entry["ideal"]) for entry in lists])
    after = np.zeros((len(SHARES), len(lists)))
    begin = 0
    for number, entry in enumerate(lists):
        count = min(window, len(entry["texts"]))
        grades = np.array(entry["grades"])
        first = candidates.scaled(np.array(entry["scores"][:count]))
        second = candidates.scaled(scores[begin : begin + count])
        begin += count
        for row, share in enumerate(SHARES):
            order = np.argsort(-(share * first + (1 - share) * second), kind="stable")
            ranked = np.concatenate([grades[:count][order], grades[count:]])
            after[row, number] = ndcg(ranked, entry["ideal"])
    return before, after


def p_value(before, after):
    """Paired randomisation, two-sided."""
    difference = after - before
    signs = np.random.default_rng(SEED).integers(0, 2, (ROUNDS, len(difference)), dtype=np.int8) * 2 - 1
    return float((np.abs(signs @ difference) >= abs(difference.sum()) - 1e-9).mean())


def report(name, before, after):
    """A line of nDCG@10 by share."""
    best = "  ".join(f"{after[row].mean():.4f}" for row in range(len(SHARES)))
    print(f"{name:20} {len(before):5} {before.mean():.4f} | {best}", flush=True)


def measure(args):
    """Scores all pairs and reports."""
    model = small_reranker.load(args.work, args.jar, [args.model])
    tokenizer = backbone.tokenizer(args.jar)
    for folder in args.collections:
        name = pathlib.Path(folder).name
        lists = candidates.read_lists(args.work / f"{name}-found.jsonl")
        kept = args.work / f"{name}-{args.window}-{args.model}.npy"
        if not kept.exists():
            np.save(kept, scored(model, *pairs_of(lists, tokenizer, args.window)))
        before, after = by_share(lists, np.load(kept), args.window)
        report(name, before, after)
        print(" " * 26 + "p", "  ".join(f"{p_value(before, row):.4f}" for row in after))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    steps = parser.add_subparsers(required=True)
    for name, step in (("find", find), ("measure", measure)):
        sub = steps.add_parser(name)
        sub.set_defaults(step=step)
        sub.add_argument("work", type=pathlib.Path)
        sub.add_argument("jar", type=pathlib.Path)
        if name == "measure":
            sub.add_argument("model")
            sub.add_argument("--window", type=int, default=20)
        sub.add_argument("collections", nargs="+")
        if name == "find":
            sub.add_argument("--questions", type=int, default=500)
    args = parser.parse_args()
    args.step(args)


if __name__ == "__main__":
    main()
