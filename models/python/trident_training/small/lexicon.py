"""Step 3: families, inverse document frequencies, and the shares of them that queries weigh.

As `terms.py` does for trident-mini, but over BERT's vocabulary, and with the questions, headings,
claims and titles of all sources, so that no kind of query decides alone which words only ask.

    python3 -m trident_training.small.lexicon JAR WORK
"""

import argparse
import pathlib

import numpy as np

from trident_training import backbone, families, terms
from trident_training.small import data

SEED = 20251201
QUERIES = 16_000
MEMBERS = 6


def tables(tokenizer, texts):
    """family [V], idf [V], members [F, MEMBERS] and mean length."""
    silent = families.silent(tokenizer.vocabulary)
    silent[: backbone.FIRST_WORD] = True
    family = families.families(tokenizer.vocabulary, silent)
    family[: backbone.FIRST_WORD] = 0
    ids, offsets = np.concatenate(texts), np.cumsum([0, *map(len, texts)])
    idf = families.family_idf(ids, offsets, family)[family]
    idf = np.where(silent, 0, idf).astype(np.float32)
    frequency = np.bincount(ids, minlength=len(family))
    members = families.members(family, frequency, silent, MEMBERS)
    return family, idf, members, len(ids) / len(texts)


def lists(stored, texts, queries, family, idf, mean_length):
    """What `terms.fit` reads: tokens of queries, and what each adds to the passages' scores."""
    matrix = terms.saturated([np.asarray(t) for t in texts], family, mean_length)
    tokens, parts = [], []
    for number in range(QUERIES):
        query = np.unique(queries[stored["query"][number]])
        query = query[idf[query] > 0][: terms.QUERY_TOKENS]
        if len(query) < 2:
            continue
        documents = [stored["passage"][number], *stored["beside"][number]]
        part = np.zeros((len(documents), terms.QUERY_TOKENS), np.float32)
        part[:, : len(query)] = matrix[documents][:, family[query]].toarray() * idf[query]
        tokens.append(np.pad(query, (0, terms.QUERY_TOKENS - len(query))))
        parts.append(part)
    return np.array(tokens), np.array(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jar")
    parser.add_argument("work", type=pathlib.Path)
    args = parser.parse_args()
    tokenizer = backbone.tokenizer(args.jar)
    stored = np.load(args.work / "train.npz")
    texts, queries = data.rows(stored, "texts"), data.rows(stored, "queries")
    family, idf, members, mean_length = tables(tokenizer, texts)
    tokens, parts = lists(stored, texts, queries, family, idf, mean_length)
    share = np.exp(np.minimum(terms.fit(tokens, parts, len(idf), np.random.default_rng(SEED)), 0))
    np.savez(args.work / "lexicon.npz", family=family, idf=idf, members=members, mean_length=mean_length, share=share)
    least = np.argsort(share, kind="stable")[:40]
    print(", ".join(f"{tokenizer.vocabulary[t]} {share[t]:.2f}" for t in least))


if __name__ == "__main__":
    main()
