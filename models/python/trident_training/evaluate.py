"""Measures both models on judged collections, searched as one: nDCG@10 and recall at 100.

    python3 -m trident_training.evaluate WORK COLLECTION... [--queries queries-1000.jsonl.gz]
                                         [--held-out 300] [--static]

With --held-out it asks so many questions of each collection whose documents no training saw, with
--static the encoder without its transformer. It runs the forms of the models in these scripts, to
which the graphs are equal. BM25 is that over the same
tokens without families (k1 1.2, b 0.75, document frequencies of the collection itself).
"""

import argparse
import hashlib
import pathlib

import numpy as np
import scipy.sparse as sp

from trident_training import corpus, encoder, reranker, terms, transformer

CANDIDATES = 100
RERANKED = 20
ENCODED_AT_ONCE = 64


def measure(scores, relevant):
    """nDCG@10 and recall at 100 of rows of scores; document number breaks ties."""
    gains, recalls = [], []
    for row, wanted in zip(scores, relevant):
        ranked = best(row, 100)
        gain = sum(1 / np.log2(rank + 2) for rank, d in enumerate(ranked[:10]) if d in wanted)
        gains.append(gain / sum(1 / np.log2(rank + 2) for rank in range(min(10, len(wanted)))))
        recalls.append(len(wanted & set(ranked.tolist())) / len(wanted))
    return np.mean(gains), np.mean(recalls)


def best(row, count):
    """The numbers of the best documents of a row, best first."""
    found = np.argpartition(-row, count)[:count]
    return found[np.lexsort((found, -row[found]))]


def encode(made, texts):
    """Sparse rows, dense rows and the token vectors that say something of each text."""
    sparse, dense, tokens = [], [], []
    for begin in range(0, len(texts), ENCODED_AT_ONCE):
        part = texts[begin : begin + ENCODED_AT_ONCE]
        ids, mask = encoder.batch(part, encoder.MAX_TOKENS - 2)
        s, d, t = made.encode(ids, mask)
        sparse.append(sp.csr_matrix(s))
        dense.append(d)
        spoken = (made.punctuation[ids] == 0) & (mask > 0)
        tokens.extend(row[kept].astype(np.float16) for row, kept in zip(t, spoken))
    return sp.vstack(sparse).tocsr(), np.concatenate(dense), tokens


def bm25(documents, queries, size):
    """Scores of plain BM25 over tokens."""
    rows = np.repeat(np.arange(len(documents)), [len(d) for d in documents])
    matrix = sp.csr_matrix((np.ones(len(rows), np.float32), (rows, np.concatenate(documents))), (len(documents), size))
    matrix.sum_duplicates()
    length = np.array([len(d) for d in documents], np.float32)
    norm = np.repeat(1.2 * (0.25 + 0.75 * length / length.mean()), np.diff(matrix.indptr))
    frequency = np.bincount(matrix.indices, minlength=size)
    matrix.data = 2.2 * matrix.data / (matrix.data + norm)
    idf = np.log(1 + (len(documents) - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)
    return bags(queries, idf) @ matrix.T


def bags(queries, weights):
    """Rows of the distinct tokens of queries with their weights."""
    rows = [np.unique(np.array(q, np.int64)) for q in queries]
    columns = np.concatenate(rows)
    return sp.csr_matrix(
        (weights[columns], (np.repeat(np.arange(len(rows)), [len(r) for r in rows]), columns)),
        (len(rows), len(weights)),
    )


def scaled(row, found):
    """Min-max over the candidates; the others get 0."""
    out = np.zeros_like(row)
    low, high = row[found].min(), row[found].max()
    out[found] = (row[found] - low) / max(high - low, 1e-9)
    return out


def fused(*legs):
    """The mean of min-max scores over the best candidates of each leg."""
    total = np.zeros_like(legs[0])
    for leg in legs:
        for i, row in enumerate(leg):
            total[i] += scaled(row, best(row, CANDIDATES)) / len(legs)
    return total


def rescored(scores, count, score):
    """The best candidates put in the order of another score, the rest after them."""
    out = np.full_like(scores, -1e9)
    for i, row in enumerate(scores):
        found = best(row, CANDIDATES)
        out[i, found] = row[found] - 1e6
        out[i, found[:count]] = score(i, found[:count])
    return out


def max_sim(query, document):
    """Late interaction (Khattab and Zaharia, SIGIR 2020)."""
    return (query.astype(np.float32) @ document.astype(np.float32).T).max(1).sum()


def held_out(queries, judged, count):
    """Questions to documents that no training saw."""
    kept = [q for q in queries if any(map(terms.held_out, judged[q[0]]))]
    return sorted(kept, key=lambda q: hashlib.md5(q[0].encode()).hexdigest())[:count]


def read(args):
    """The texts of all documents and queries, and the numbers of each query's documents."""
    texts, asked, relevant = [], [], []
    for collection in args.collections:
        documents, queries, judged = corpus.judged(collection, args.queries)
        number = {name: i for i, (name, _) in enumerate(documents, len(texts))}
        if args.held_out:
            queries = held_out(queries, judged, args.held_out)
        texts += [text for _, text in documents]
        asked += [text for _, text in queries]
        relevant += [{number[d] for d in judged[name]} for name, _ in queries]
    return texts, asked, relevant


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("collections", nargs="+")
    parser.add_argument("--queries", default="queries.jsonl.gz")
    parser.add_argument("--held-out", type=int)
    parser.add_argument("--static", action="store_true")
    args = parser.parse_args()
    made = encoder.Encoder(args.work) if args.static else transformer.load(args.work)
    vocabulary = made.tokenizer.vocabulary
    made.punctuation = np.array([not any(c.isalnum() for c in t.strip("#")) for t in vocabulary])
    documents, queries, relevant = read(args)
    texts = [made.tokenizer.encode(text) for text in documents]
    asked = [made.tokenizer.encode(text) for text in queries]
    sparse, dense, tokens = encode(made, texts)
    asked_dense, asked_tokens = encode(made, [q[:30] for q in asked])[1:]
    legs = {
        "BM25": bm25(texts, asked, len(vocabulary)).toarray(),
        "sparse": (bags(asked, made.idf) @ sparse.T).toarray(),
        "dense": asked_dense @ dense.T,
    }
    print(
        f"terms per document {np.diff(sparse.indptr).mean():.0f}, "
        f"at most {np.diff(sparse.indptr).max()}, weights up to {sparse.max():.2f}"
    )
    legs["fusion of sparse, dense"] = fused(legs["sparse"], legs["dense"])
    legs["fusion of BM25, sparse, dense"] = fused(legs["BM25"], legs["sparse"], legs["dense"])

    def late(i, found):
        return [max_sim(asked_tokens[i], tokens[d]) for d in found]

    legs["tokens over 100 of BM25"] = rescored(legs["BM25"], CANDIDATES, late)
    features, network = reranker.load(args.work)

    def cross(i, found):
        return network.scores(features.compute(*reranker.pair_rows(asked[i], [texts[d] for d in found])))

    for name in ("BM25", "sparse", "fusion of BM25, sparse, dense"):
        legs[f"reranked {RERANKED} of {name}"] = rescored(legs[name], RERANKED, cross)
    for name, scores in legs.items():
        ndcg, recall = measure(scores, relevant)
        print(f"{name:<50} nDCG@10 {ndcg:.4f}  R@100 {recall:.4f}", flush=True)


if __name__ == "__main__":
    main()
