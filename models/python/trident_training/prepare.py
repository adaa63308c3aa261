"""Step 1: the vocabulary, and the corpus as ids.

python3 -m trident_training.prepare CORPUS.jsonl.gz WORK
"""

import argparse
import collections
import pathlib

import numpy as np

from trident_training import corpus, wordpiece

# Sources under share-alike terms stay out, so that the models carry attribution alone.
SHARE_ALIKE = ("wstg", "aws-amazon-")
MAX_PER_SOURCE = 6000
VOCABULARY = 24576
PIECES = 5000


def flat(lists):
    """Lists of ids as one array and the offsets at which they start."""
    offsets = np.zeros(len(lists) + 1, np.int64)
    offsets[1:] = np.cumsum([len(ids) for ids in lists])
    return np.array([i for ids in lists for i in ids], np.int32), offsets


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    parser.add_argument("work", type=pathlib.Path)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    read = list(corpus.passages(args.corpus, SHARE_ALIKE, MAX_PER_SOURCE))
    counts = collections.Counter()
    for title, text in read:
        counts.update(wordpiece.words(title))
        counts.update(wordpiece.words(text))
    vocabulary = wordpiece.train(counts, VOCABULARY, PIECES)
    tokenizer = wordpiece.WordPiece(vocabulary)
    tokenizer.save(args.work / "tokenizer.json")
    titles, title_offsets = flat([tokenizer.encode(title) for title, _ in read])
    texts, text_offsets = flat([tokenizer.encode(text) for _, text in read])
    np.savez(
        args.work / "corpus.npz",
        titles=titles,
        title_offsets=title_offsets,
        texts=texts,
        text_offsets=text_offsets,
    )
    print(f"{len(read)} passages, {len(counts)} words, {len(vocabulary)} tokens, {len(texts)} ids")


if __name__ == "__main__":
    main()
