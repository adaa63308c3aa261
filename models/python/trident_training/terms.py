"""Step 4: how much less than its inverse document frequency a word of a question weighs.

Words such as `what`, `kind` or `person` say what is asked for, not what the answer says. Their
weights are learned from questions: a softmax over the passage that holds the answer and what the
sparse vectors find beside it (after the inference-free retrievers of Geng et al., 2024), with the
document frequencies of the questions' own collection, so that what is frequent there alone is
not taken for a word that says little. A word weighs what the middle one of the collections makes
of it, and never more than its inverse document frequency.

    python3 -m trident_training.terms WORK COLLECTION...
"""

import argparse
import hashlib
import pathlib

import numpy as np
import scipy.sparse as sp

from trident_training import corpus, encoder

SEED = 20240304
TEXT_TOKENS = 254
QUERY_TOKENS = 24
CANDIDATES = 40
NEGATIVES = 30
EPOCHS = 15
BATCH = 256
RATE = 0.01
DECAY = 3


def held_out(name):
    """Whether a document and its questions are kept for choosing, one in four."""
    return int(hashlib.md5(name.encode()).hexdigest(), 16) % 4 == 0


def saturated(texts, family, mean_length):
    """Saturated frequencies of families, a row for each text."""
    lengths = np.array([max(1, len(text)) for text in texts], np.float32)
    rows = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    matrix = sp.csr_matrix(
        (np.ones(len(rows), np.float32), (rows, family[np.concatenate(texts)])),
        (len(texts), family.max() + 1),
    )
    matrix.sum_duplicates()
    norm = encoder.saturation_norm(lengths, mean_length, encoder.SPARSE_K1)
    norm = np.repeat(norm, np.diff(matrix.indptr))
    matrix.data = matrix.data * (encoder.SPARSE_K1 + 1) / (matrix.data + norm)
    return matrix


def own_idf(matrix, idf, family):
    """Inverse document frequencies in a collection of the tokens that have one."""
    frequency = np.bincount(matrix.indices, minlength=matrix.shape[1])
    count = matrix.shape[0]
    own = np.log(1 + (count - frequency + 0.5) / (frequency + 0.5))[family]
    return np.where(idf > 0, own, 0).astype(np.float32)


def lists(collection, tokenizer, family, idf, mean_length):
    """Tokens [n, QUERY_TOKENS] and what each adds to a document's score [n, 1 + NEGATIVES, …].

    The first document of a list is the relevant one. Questions to held out documents are left out.
    """
    documents, questions, judged = corpus.judged(collection)
    texts = [np.array(tokenizer.encode(text)[:TEXT_TOKENS], np.int32) for _, text in documents]
    numbers = {name: i for i, (name, _) in enumerate(documents)}
    matrix = saturated(texts, family, mean_length)
    own = own_idf(matrix, idf, family)
    columns = matrix.T.tocsr()
    tokens, parts = [], []
    for name, text in questions:
        if any(held_out(document) for document in judged[name]):
            continue
        query = np.unique(np.array(tokenizer.encode(text), np.int64))
        query = query[idf[query] > 0][:QUERY_TOKENS]
        wanted = [numbers[document] for document in judged[name]]
        asked = np.zeros(matrix.shape[1], np.float32)
        np.add.at(asked, family[query], own[query])
        found = best(columns, asked, CANDIDATES)
        others = [d for d in found if d not in wanted][:NEGATIVES]
        if len(query) < 2 or len(others) < NEGATIVES or not wanted:
            continue
        part = np.zeros((1 + NEGATIVES, QUERY_TOKENS), np.float32)
        part[:, : len(query)] = matrix[[wanted[0], *others]][:, family[query]].toarray() * own[query]
        tokens.append(np.pad(query, (0, QUERY_TOKENS - len(query))))
        parts.append(part)
    return np.array(tokens), np.array(parts)


def best(columns, asked, count):
    """The numbers of the best documents for weights of families."""
    terms = np.flatnonzero(asked)
    scores = np.asarray(columns[terms].T @ asked[terms]).ravel()
    return np.argsort(-scores, kind="stable")[:count]


def fit(tokens, parts, size, rng):
    """The logarithm of each token's share of its inverse document frequency."""
    share, scale = np.zeros(size), 1.0
    moments = np.zeros((2, size + 1))
    number, steps = 0, EPOCHS * -(-len(tokens) // BATCH)
    for _ in range(EPOCHS):
        order = rng.permutation(len(tokens))
        for begin in range(0, len(order), BATCH):
            batch = order[begin : begin + BATCH]
            ids, part = tokens[batch], parts[batch]
            weighed = part * np.exp(share[ids])[:, None, :]
            scores = weighed.sum(2)
            slope = np.exp(scale * scores - (scale * scores).max(1, keepdims=True))
            slope /= slope.sum(1, keepdims=True)
            slope[:, 0] -= 1
            slope /= len(batch)
            by_token = scale * (slope[:, :, None] * weighed).sum(1)
            gradient = np.bincount(ids.ravel(), by_token.ravel(), minlength=size)
            gradient = np.append(gradient + DECAY * share / len(tokens), (slope * scores).sum())
            number += 1
            moments[0] += 0.1 * (gradient - moments[0])
            moments[1] += 0.01 * (gradient**2 - moments[1])
            step = RATE * (1 - number / (steps + 1)) * moments[0] / (1 - 0.9**number)
            step /= np.sqrt(moments[1] / (1 - 0.99**number)) + 1e-6
            share -= step[:-1]
            scale -= step[-1]
    return share


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("collections", nargs="+", help="folders with questions to train on")
    args = parser.parse_args()
    tokenizer, family, idf, mean_length = encoder.vocabulary_tables(args.work)[:4]
    shares = []
    for collection in args.collections:
        tokens, parts = lists(collection, tokenizer, family, idf, mean_length)
        shares.append(fit(tokens, parts, len(idf), np.random.default_rng(SEED)))
        print(f"{collection}: {len(tokens)} questions", flush=True)
    share = np.exp(np.minimum(np.median(shares, axis=0), 0))
    np.savez(args.work / "terms.npz", share=share)
    least = np.argsort(share, kind="stable")[:40]
    print(", ".join(f"{tokenizer.vocabulary[t]} {share[t]:.2f}" for t in least))


if __name__ == "__main__":
    main()
