"""Families of tokens: words with one stem stand for each other; every other token is alone."""

import numpy as np

from trident_training.stemmer import stem
from trident_training.wordpiece import SPECIALS

# The stop words of Lucene's EnglishAnalyzer.
STOP_WORDS = frozenset(
    "a an and are as at be but by for if in into is it no not of on or such that the their then "
    "there these they this to was will with".split()
)


def families(vocabulary, apart=None):
    """The family of each token; family 0 is that of the special tokens.

    Tokens marked in `apart` are families of their own: `on` must not speak for `one`.
    """
    numbers = {"": 0}
    names = ["" if t in SPECIALS else t if t.startswith("##") else stem(t) for t in vocabulary]
    if apart is not None:
        names = [n and f"={t}" if alone else n for n, t, alone in zip(names, vocabulary, apart)]
    return np.array([numbers.setdefault(name, len(numbers)) for name in names])


def silent(vocabulary):
    """Which tokens say nothing: special tokens, punctuation and stop words."""
    return np.array(
        [t in SPECIALS or t in STOP_WORDS or not any(c.isalnum() for c in t.replace("##", "")) for t in vocabulary]
    )


def members(family, frequency, is_silent, most):
    """The most frequent tokens of each family that says something, padded with 0."""
    table = np.zeros((family.max() + 1, most), np.int16)
    filled = np.zeros(len(table), np.int64)
    for token in np.lexsort((np.arange(len(family)), -frequency)):
        row = family[token]
        if not is_silent[token] and filled[row] < most:
            table[row, filled[row]] = token
            filled[row] += 1
    return table


def family_idf(ids, offsets, family):
    """Inverse document frequency (of BM25, Robertson and Zaragoza 2009) of each family."""
    size = family.max() + 1
    text = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets)).astype(np.int64)
    frequency = np.bincount(np.unique(text * size + family[ids]) % size, minlength=size)
    return np.log(1 + (len(offsets) - 1 - frequency + 0.5) / (frequency + 0.5))
