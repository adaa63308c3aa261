"""What a first stage finds: BM25, the vectors of a published encoder, and their fusion by min-max.

BM25 reads Porter stems without stop words, k1 1.2 and b 0.75, as Lucene's English analyzer and
similarity would have it.
"""

import functools
import hashlib
import json
import pathlib

import numpy as np
import scipy.sparse as sp
import torch

from trident_training import backbone, corpus, stemmer, wordpiece

STOP_WORDS = frozenset(
    "a an and are as at be but by for if in into is it no not of on or such that the their then "
    "there these they this to was will with".split()
)
K1, B = 1.2, 0.75
TOKENS_AT_ONCE = 4096


@functools.lru_cache(maxsize=1 << 20)
def _term(word):
    return None if word in STOP_WORDS or not word[0].isalnum() else stemmer.stem(word)


def terms(text):
    """Stems of a text without stop words."""
    return [term for term in map(_term, wordpiece.words(text)) if term]


class Bm25:
    """Scores of queries over texts."""

    def __init__(self, texts):
        self.ids = {}
        rows = [[self.ids.setdefault(t, len(self.ids)) for t in terms(text)] for text in texts]
        length = np.array([len(row) for row in rows], np.float32)
        matrix = sp.csr_matrix(
            (
                np.ones(int(length.sum()), np.float32),
                (np.repeat(np.arange(len(rows)), length.astype(int)), np.concatenate(rows).astype(int)),
            ),
            (len(rows), len(self.ids)),
        )
        matrix.sum_duplicates()
        norm = np.repeat(K1 * (1 - B + B * length / length.mean()), np.diff(matrix.indptr))
        frequency = np.bincount(matrix.indices, minlength=matrix.shape[1])
        idf = np.log(1 + (len(rows) - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)
        matrix.data = idf[matrix.indices] * matrix.data * (K1 + 1) / (matrix.data + norm)
        self.columns = matrix.T.tocsr()

    def scores(self, query):
        """A score for each text."""
        found = [self.ids[term] for term in terms(query) if term in self.ids]
        return np.asarray(self.columns[found].sum(0)).ravel()


def vectors(path, module, rows, pooling):
    """Unit vectors of rows of tokens by `mean` or `cls`, kept in a file."""
    if path.exists():
        return np.load(path)
    order = sorted(range(len(rows)), key=lambda i: -len(rows[i]))
    out = np.zeros((len(rows), backbone.WIDTH), np.float16)
    begin = 0
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        while begin < len(order):
            part = order[begin : begin + max(1, TOKENS_AT_ONCE // (len(rows[order[begin]]) + 2))]
            begin += len(part)
            ids, mask = backbone.batch([rows[i] for i in part], backbone.POSITIONS)
            states = module(ids, mask).float()
            pooled = (states * mask[:, :, None]).sum(1) if pooling == "mean" else states[:, 0]
            out[part] = torch.nn.functional.normalize(pooled, dim=1).numpy()
    np.save(path, out)
    return out


def best(row, count):
    """The numbers of the best of a row, best first; the number breaks ties."""
    count = min(count, len(row))
    found = np.argpartition(-row, count - 1)[:count]
    return found[np.lexsort((found, -row[found]))]


def scaled(row):
    """Min-max of some scores."""
    return (row - row.min()) / max(row.max() - row.min(), 1e-9)


def fused(legs, count):
    """Numbers and scores of the best of the mean of min-max scores over the best of each leg."""
    total = {}
    for row in legs:
        found = best(row, count)
        for number, score in zip(found, scaled(row[found])):
            total[number] = total.get(number, 0) + float(score) / len(legs)
    ranked = sorted(total, key=lambda n: (-total[n], n))
    return ranked, [total[n] for n in ranked]


def md5(name):
    """A number that is the same everywhere."""
    return int(hashlib.md5(name.encode()).hexdigest(), 16)


def grades(folder):
    """The grade of each judged document of each query."""
    found = {}
    for line in pathlib.Path(folder, "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        query, document, grade = line.split()
        if int(grade) > 0:
            found.setdefault(query, {})[document] = int(grade)
    return found


def collection(folder, sample=None):
    """Documents and queries, each a name and a text, and grades; of queries those with a judgement."""
    documents, queries, _ = corpus.judged(folder, sample)
    judged = grades(folder)
    return documents, [q for q in queries if q[0] in judged], judged


def write_lists(path, lists):
    """One JSON object a line."""
    with open(path, "w", encoding="utf-8") as file:
        for entry in lists:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")


def read_lists(path):
    """What `write_lists` wrote."""
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]
