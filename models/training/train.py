"""Trains the embedded models: static token embeddings and what is computed from them.

usage: train.py --corpus corpus.jsonl.gz --pairs COLLECTION... --choose COLLECTION --out DIRECTORY [--exclude SOURCE...]

A corpus and a collection are in the common layout (corpus.jsonl[.gz], queries.jsonl[.gz], qrels.tsv). `--pairs` train
the embeddings and the head of the cross-encoder, `--choose` is only measured. Deterministic; needs numpy, scipy, torch and onnx.
"""
import argparse
import collections
import gzip
import json
import os
import time

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import svds

import contrast
import graphs
import wordpiece

SEED = 20260101
VOCABULARY = 16_000
WHOLE_WORDS = 13_000
DIMENSION = 128
TOKEN_DIMENSION = 64
WINDOW = 6
COOCCURRENCE_DOCUMENTS = 70_000
MAX_TOKENS = 250
EMBEDDING_QUESTIONS = 6_000
HEAD_QUESTIONS = 600


def lines(path):
    with (gzip.open(path, "rt", encoding="utf-8") if path.endswith(".gz") else open(path, encoding="utf-8")) as f:
        for line in f:
            yield json.loads(line)


def existing(folder, *names):
    return next(os.path.join(folder, n) for n in names if os.path.exists(os.path.join(folder, n)))


class Tokens:
    """Texts to arrays of ids, remembering words that were split before."""

    def __init__(self, vocabulary):
        self.vocabulary, self.known = vocabulary, {}

    def __call__(self, text):
        ids = []
        for word in wordpiece.words(text):
            if word not in self.known:
                self.known[word] = [self.vocabulary[p] for p in wordpiece.split(word, self.vocabulary)]
            ids.extend(self.known[word])
        return np.array(ids[:MAX_TOKENS], np.int64)


def pairs_of(corpus, excluded, tokens):
    """Titles and their passages, as ids."""
    for d in lines(corpus):
        if not d["_id"].startswith(excluded or ("\0",)):
            yield tokens(d["title"]), tokens(d["text"])


def cooccurrence(documents, size):
    """Symmetric counts of tokens at most WINDOW apart, nearer ones counting more."""
    total = sp.csr_matrix((size, size), dtype=np.float32)
    for start in range(0, len(documents), 4000):
        rows, columns, values = [], [], []
        for ids in documents[start:start + 4000]:
            for gap in range(1, WINDOW + 1):
                rows.append(ids[:-gap]); columns.append(ids[gap:])
                values.append(np.full(max(len(ids) - gap, 0), 1 / gap, np.float32))
        part = sp.coo_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), (size, size))
        total = total + part.tocsr()
    return total + total.T


def embeddings(counts, frequency):
    """Truncated SVD of the shifted positive pointwise mutual information (Levy and Goldberg, 2014)."""
    matrix = counts.tocoo()
    context = np.asarray(counts.sum(0)).ravel() ** 0.75
    context /= context.sum()
    row = np.asarray(counts.sum(1)).ravel()
    keep = matrix.data > 1.5
    i, j, n = matrix.row[keep], matrix.col[keep], matrix.data[keep]
    pmi = np.log(n / row[i] / context[j])
    positive = pmi > 0
    ppmi = sp.csr_matrix((pmi[positive].astype(np.float32), (i[positive], j[positive])), counts.shape)
    u, s, _ = svds(ppmi, k=DIMENSION, v0=np.random.default_rng(SEED).standard_normal(min(ppmi.shape)))
    order = np.argsort(-s)
    u, s = u[:, order], s[order]
    u *= np.sign(u[np.abs(u).argmax(0), np.arange(DIMENSION)])
    table = (u * np.sqrt(s)).astype(np.float32)
    table[frequency == 0] = 0
    return table


class Collection:
    def __init__(self, folder, tokens, idf, average, most_queries):
        self.ids, self.documents = [], []
        for d in lines(existing(folder, "corpus.jsonl.gz", "corpus.jsonl")):
            self.ids.append(d["_id"]); self.documents.append(tokens((d.get("title") or "") + " " + d["text"]))
        self.relevant = collections.defaultdict(set)
        position = {d: i for i, d in enumerate(self.ids)}
        with open(os.path.join(folder, "qrels.tsv"), encoding="utf-8") as f:
            next(f)
            for line in f:
                query, document, score = line.rstrip("\n").split("\t")
                if int(score) > 0 and document in position:
                    self.relevant[query].add(position[document])
        queries = [q for q in lines(existing(folder, "queries-1000.jsonl.gz", "queries.jsonl.gz", "queries.jsonl")) if self.relevant[q["_id"]]]
        queries = sorted(queries, key=lambda q: hash_of(q["_id"]))[:most_queries]
        self.queries = [(q["_id"], tokens(q["text"])) for q in queries]
        self.matrix = sparse_matrix(self.documents, idf, average)

    def sparse_scores(self, query, idf):
        vector = np.zeros(len(idf), np.float32)
        vector[query] = idf[query]
        return self.matrix @ vector


def hash_of(text):
    import hashlib
    return hashlib.md5(text.encode()).hexdigest()


def sparse_matrix(documents, idf, average):
    rows, columns, values = [], [], []
    for i, ids in enumerate(documents):
        content = ids[idf[ids] > 0]
        unique, counts = np.unique(content, return_counts=True)
        norm = graphs.K1 * (1 - graphs.B + graphs.B * len(content) / average)
        rows.append(np.full(len(unique), i)); columns.append(unique)
        values.append(counts * (graphs.K1 + 1) / (counts + norm))
    return sp.csr_matrix((np.concatenate(values).astype(np.float32), (np.concatenate(rows), np.concatenate(columns))), (len(documents), len(idf)))


def dense_vectors(documents, table):
    return graphs.unit_rows(np.array([table[ids].sum(0) for ids in documents], np.float32))


def train_head(collections_, table, idf, average):
    """Softmax over the 20 best paragraphs of a question, where the relevant one is among them (ListNet, Cao et al., 2007)."""
    lists = []
    for c in collections_:
        for name, query in c.queries:
            best = np.argsort(-c.sparse_scores(query, idf), kind="stable")[:20]
            right = [d for d in best if d in c.relevant[name]][:1]
            if right:
                wrong = [d for d in best if d not in c.relevant[name]]
                lists.append(np.array([graphs.cross_features(table, idf, average, query, c.documents[d]) for d in right + wrong]))
    scale = np.concatenate(lists).std(0) + 1e-9
    w = np.zeros(len(scale))
    for _ in range(500):
        gradient = np.zeros_like(w)
        for features in lists:
            x = features / scale
            p = np.exp(x @ w - (x @ w).max())
            gradient += x[0] - p @ x / p.sum()
        w += 0.5 * (gradient / len(lists) - 1e-3 * w)
    return (w / scale).astype(np.float32)


def ndcg(ranking, relevant, k=10):
    gain = sum(1 / np.log2(i + 2) for i, d in enumerate(ranking[:k]) if d in relevant)
    return gain / sum(1 / np.log2(i + 2) for i in range(min(k, len(relevant))))


def min_max(scores):
    return (scores - scores.min()) / max(scores.max() - scores.min(), 1e-9)


def evaluate(c, table, idf, average, head):
    vectors, queries = dense_vectors(c.documents, table), dense_vectors([q for _, q in c.queries], table)
    results = collections.defaultdict(list)
    for (name, query), vector in zip(c.queries, queries):
        relevant = c.relevant[name]
        sparse, dense = c.sparse_scores(query, idf), vectors @ vector
        fused = np.zeros(len(sparse))
        for scores, weight in ((sparse, 0.75), (dense, 0.25)):
            top = np.argpartition(-scores, 100)[:100]
            fused[top] += weight * np.maximum(min_max(scores[top]), 0.001)
        for label, scores in (("sparse", sparse), ("dense", dense), ("fused", fused)):
            results[label].append(ndcg(list(np.argsort(-scores, kind="stable")), relevant))
        for label, scores in (("sparse + reranker", sparse), ("fused + reranker", fused)):
            top = np.argsort(-scores, kind="stable")[:20]
            reranked = sorted(top, key=lambda d: -(graphs.cross_features(table, idf, average, query, c.documents[d]) @ head))
            results[label].append(ndcg(reranked, relevant))
    return {label: round(float(np.mean(values)), 4) for label, values in results.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--pairs", nargs="+", required=True)
    parser.add_argument("--choose", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--exclude", nargs="*", default=[])
    arguments = parser.parse_args()
    started = time.time()

    def log(*what):
        print(f"{time.time() - started:6.0f} s", *what, flush=True)

    excluded = tuple(source + "-" for source in arguments.exclude)
    texts = [d["title"] + " . " + d["text"] for d in lines(arguments.corpus) if not d["_id"].startswith(excluded or ("\0",))]
    counts = collections.Counter()
    for text in texts:
        counts.update(wordpiece.words(text))
    vocabulary = wordpiece.learn(counts, VOCABULARY, WHOLE_WORDS)
    tokens = Tokens(vocabulary)
    documents = [tokens(text) for text in texts]
    titles = [(title, text) for title, text in pairs_of(arguments.corpus, excluded, tokens) if len(title) > 1]
    log(len(documents), "passages,", len(vocabulary), "pieces")

    size = len(vocabulary)
    frequency = np.bincount(np.concatenate(documents), minlength=size)
    document_frequency = np.zeros(size)
    for ids in documents:
        document_frequency[np.unique(ids)] += 1
    idf = np.log(1 + (len(documents) - document_frequency + 0.5) / (document_frequency + 0.5)).astype(np.float32)
    pieces = list(vocabulary)
    for i, piece in enumerate(pieces):
        if i < len(wordpiece.SPECIAL) or not any(c.isalnum() for c in piece):
            idf[i] = 0
    average = float(np.mean([(idf[ids] > 0).sum() for ids in documents]))
    table = embeddings(cooccurrence(documents[:COOCCURRENCE_DOCUMENTS], size), frequency)
    log("embeddings", table.shape)
    table[idf == 0] = 0
    table = graphs.unit_rows(table) * (idf / idf.max())[:, None]
    pairs_from = [Collection(folder, tokens, idf, average, EMBEDDING_QUESTIONS + HEAD_QUESTIONS) for folder in arguments.pairs]
    questions = [(query, c.documents[d]) for c in pairs_from for name, query in c.queries[:EMBEDDING_QUESTIONS]
                 for d in sorted(c.relevant[name])]
    table = contrast.train(table.astype(np.float32), documents, titles, questions, SEED, log)
    axes = np.linalg.svd(table, full_matrices=False)[2]
    table = (table @ axes.T).astype(np.float32)  # the first dimensions matter most; sums and cosines stay

    for c in pairs_from:
        c.queries = c.queries[EMBEDDING_QUESTIONS:]  # the embeddings have not seen these
    head = train_head(pairs_from, table, idf, average)
    log("head", head.round(3).tolist())
    chosen = Collection(arguments.choose, tokens, idf, average, 1000)
    log("nDCG@10 on", os.path.basename(arguments.choose.rstrip("/")), evaluate(chosen, table, idf, average, head))

    for name in ("trident-mini", "trident-mini-reranker"):
        folder = os.path.join(arguments.out, name)
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "tokenizer.json"), "w", encoding="utf-8") as f:
            f.write(wordpiece.tokenizer_json(vocabulary))
    mini, reranker = (os.path.join(arguments.out, n) for n in ("trident-mini", "trident-mini-reranker"))
    graphs.encoder(os.path.join(mini, "model.onnx"), table, idf, average, TOKEN_DIMENSION)
    graphs.cross_encoder(os.path.join(reranker, "model.onnx"), table, idf, average, head)
    with open(os.path.join(mini, "idf.json"), "w", encoding="utf-8") as f:
        json.dump({p: round(float(w) / 4, 4) for p, w in zip(pieces, idf) if w > 0}, f, ensure_ascii=False)
    write_config(mini, {
        "kind": "encoder", "description": "Static token embeddings: BM25-like impacts, a dense vector and token vectors in one run",
        "license": "CC BY 4.0 and others: see models/training/README.md", "max_tokens": 256,
        "inputs": {"ids": "input_ids", "mask": "attention_mask"},
        "sparse": {"output": "sparse", "reading": "token_weights", "query": {"reading": "idf", "file": "idf.json"}},
        "dense": {"output": "dense", "pooling": "none", "normalize": True},
        "tokens": {"output": "tokens", "normalize": True}})
    write_config(reranker, {
        "kind": "cross_encoder", "description": "Kernel pooling over static token embeddings (K-NRM), with exact and bigram matches",
        "license": "CC BY 4.0 and others: see models/training/README.md", "max_tokens": 256,
        "inputs": {"ids": "input_ids", "mask": "attention_mask", "types": "token_type_ids"}, "output": "logits", "reading": "logit"})
    with open(os.path.join(arguments.out, "index.txt"), "w", encoding="utf-8") as f:
        f.write("trident-mini\ntrident-mini-reranker\n")
    log("written to", arguments.out)


def write_config(folder, config):
    with open(os.path.join(folder, "trident.json"), "w", encoding="utf-8") as f:
        json.dump(config, f, indent=2)
        f.write("\n")


if __name__ == "__main__":
    main()
