"""Step 3: trains the token table of the dense vector on pairs from the corpus.

The dense vector is a sum of token vectors, so training is one table: sampled softmax over the
batch (van den Oord et al., 2018), Adam (Kingma and Ba, ICLR 2015), started from the co-occurrence
embeddings by inverse document frequency.

    python3 -m trident_training.dense WORK
"""

import argparse
import pathlib

import numpy as np
import scipy.sparse as sp

from trident_training import families, wordpiece
from trident_training.pairs import Pairs

SEED = 20240301
STEPS = 1200
BATCH = 512
RATE = 3e-3
TEMPERATURE = 0.06
K1 = 0.9
TOKEN_DIMENSIONS = 128
SPREAD = 5
CONTEXT = 0.2


def bags(texts, size):
    """Rows of saturated term frequencies."""
    rows = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    bag = sp.csr_matrix((np.ones(len(rows), np.float32), (rows, np.concatenate(texts))), (len(texts), size))
    bag.sum_duplicates()
    bag.data = bag.data * (K1 + 1) / (bag.data + K1)
    return bag


def forward(bag, table):
    """Vectors of length one and their lengths before."""
    total = bag @ table
    length = np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-6)
    return total / length, length


def backward(gradient, vector, length):
    """The gradient before normalisation."""
    return (gradient - (gradient * vector).sum(1, keepdims=True) * vector) / length


def start(work, vocabulary):
    """The table before training: unit vectors, weighted, without their common direction."""
    corpus, embeddings = np.load(work / "corpus.npz"), np.load(work / "embeddings.npz")
    family = families.families(vocabulary)
    idf = families.family_idf(corpus["texts"], corpus["text_offsets"], family)[family]
    weight = np.where(families.silent(vocabulary), 0.02, idf / idf.max())
    vectors = embeddings["vectors"]
    vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    table = weight[:, None] * vectors
    common = (table * embeddings["document_frequency"][:, None]).sum(0)
    common /= np.linalg.norm(common)
    return (table - np.outer(table @ common, common)).astype(np.float32)


def step(table, queries, passages):
    """The loss of a batch and the gradient of the table."""
    q, q_length = forward(queries, table)
    p, p_length = forward(passages, table)
    scores = q @ p.T / TEMPERATURE
    scores -= scores.max(1, keepdims=True)
    share = np.exp(scores)
    share /= share.sum(1, keepdims=True)
    loss = -np.log(np.maximum(np.diag(share), 1e-12)).mean()
    slope = (share - np.eye(len(share), dtype=np.float32)) / (len(share) * TEMPERATURE)
    gradient = queries.T @ backward(slope @ p, q, q_length)
    return loss, gradient + passages.T @ backward(slope.T @ q, p, p_length)


def train(table, pairs, rng, watch=None):
    """Trains the table in place."""
    first, second = np.zeros_like(table), np.zeros_like(table)
    order, losses = np.zeros(0, np.int64), []
    for number in range(1, STEPS + 1):
        if len(order) < BATCH:
            order = rng.permutation(len(pairs))
        drawn = [pairs.draw(passage, rng) for passage in order[:BATCH]]
        order = order[BATCH:]
        loss, gradient = step(table, bags([q for q, _ in drawn], len(table)), bags([p for _, p in drawn], len(table)))
        losses.append(loss)
        rate = RATE * (1 - number / (STEPS + 1))
        first += 0.1 * (gradient - first)
        second += 0.01 * (gradient * gradient - second)
        scale = rate / (1 - 0.9**number)
        table -= scale * first / (np.sqrt(second / (1 - 0.99**number)) + 1e-8)
        if number % 200 == 0:
            print(f"step {number}: loss {np.mean(losses[-200:]):.4f}", flush=True)
            if watch:
                watch(number, table)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=pathlib.Path)
    args = parser.parse_args()
    tokenizer = wordpiece.WordPiece.load(args.work / "tokenizer.json")
    table = start(args.work, tokenizer.vocabulary)
    pairs = Pairs(np.load(args.work / "corpus.npz"), [tokenizer.ids[s] for s in ".?!"])
    train(table, pairs, np.random.default_rng(SEED))
    weights = np.linalg.norm(table, axis=1)
    vectors = table / np.maximum(weights[:, None], 1e-6)
    common = np.argsort(-weights)[: len(weights) * 2 // 3]
    projection = np.linalg.svd(vectors[common], full_matrices=False)[2][:TOKEN_DIMENSIONS].T
    np.savez(
        args.work / "dense.npz",
        vectors=vectors,
        weights=weights,
        projection=projection,
        spread=SPREAD,
        context=CONTEXT,
    )


if __name__ == "__main__":
    main()
