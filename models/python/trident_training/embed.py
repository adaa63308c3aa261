"""Step 2: token embeddings from co-occurrence, and document frequencies.

Positive pointwise mutual information in a window (Levy and Goldberg, NeurIPS 2014; context
distribution smoothing from Levy et al., TACL 2015), factorised by a randomised singular value
decomposition (Halko et al., SIAM Review 2011).

    python3 -m trident_training.embed WORK
"""

import argparse
import pathlib

import numpy as np
import scipy.sparse as sp

from trident_training import wordpiece

SEED = 20240229
WINDOW = 8
DIMENSIONS = 128
SMOOTHING = 0.75
MIN_COUNT = 1.0


def cooccurrence(ids, offsets, size):
    """Counts of pairs in a window, by the inverse of their distance, within a text."""
    text = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    total = sp.csr_matrix((size, size), dtype=np.float32)
    for distance in range(1, WINDOW + 1):
        same = text[:-distance] == text[distance:]
        keys = ids[:-distance][same].astype(np.int64) * size + ids[distance:][same]
        keys, counts = np.unique(keys, return_counts=True)
        part = sp.csr_matrix(((counts / distance).astype(np.float32), (keys // size, keys % size)), (size, size))
        total = total + part
    return total + total.T


def ppmi(counts):
    """Positive pointwise mutual information; rare pairs left out."""
    counts = counts.tocoo()
    rows = np.asarray(counts.sum(1)).ravel()
    smooth = rows**SMOOTHING
    smooth /= smooth.sum()
    kept = counts.data >= MIN_COUNT
    row, column, data = counts.row[kept], counts.col[kept], counts.data[kept]
    value = np.log(data / (rows[row] * smooth[column]))
    positive = value > 0
    return sp.csr_matrix((value[positive].astype(np.float32), (row[positive], column[positive])), counts.shape)


def factorise(matrix, dimensions, rng):
    """Left singular vectors by the square root of their singular values."""
    basis = matrix @ rng.standard_normal((matrix.shape[1], dimensions + 32), np.float32)
    for _ in range(3):
        basis = np.linalg.qr(basis)[0]
        basis = matrix @ (matrix.T @ basis)
    basis = np.linalg.qr(basis)[0]
    small = np.asarray((matrix.T @ basis).T)
    left, singular, _ = np.linalg.svd(small, full_matrices=False)
    left = basis @ left[:, :dimensions]
    # A fixed sign makes the factors the same from one library to the next.
    left *= np.sign(left[np.abs(left).argmax(0), np.arange(dimensions)])
    return left * np.sqrt(singular[:dimensions])


def document_frequency(ids, offsets, size):
    """In how many texts a token stands."""
    text = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    return np.bincount(np.unique(text.astype(np.int64) * size + ids) % size, minlength=size)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=pathlib.Path)
    args = parser.parse_args()
    corpus = np.load(args.work / "corpus.npz")
    size = len(wordpiece.WordPiece.load(args.work / "tokenizer.json").vocabulary)
    ids, offsets = corpus["texts"], corpus["text_offsets"]
    vectors = factorise(ppmi(cooccurrence(ids, offsets, size)), DIMENSIONS, np.random.default_rng(SEED))
    np.savez(
        args.work / "embeddings.npz",
        vectors=vectors.astype(np.float32),
        document_frequency=document_frequency(ids, offsets, size),
        passages=len(offsets) - 1,
        mean_length=np.diff(offsets).mean(),
    )
    print(f"{vectors.shape} vectors, mean length {np.diff(offsets).mean():.1f}")


if __name__ == "__main__":
    main()
