"""Step 2: what a teacher, bge-small-en-v1.5, makes of the training texts.

    python3 -m trident_training.small.teach BGE_JAR WORK [--chunks 8]

Each chunk of queries gets its own file, so that training may begin with the first, and a run that
is broken off goes on where it was. Of each query's hard negatives one is drawn here.
"""

import argparse
import pathlib

import numpy as np
import torch
from torch.nn import functional

from trident_training import backbone
from trident_training.small import data

SEED = 20251130
CHUNK = 2_500
TEXT_TOKENS, QUERY_TOKENS = 96, 32
TOKENS_AT_ONCE = 3_072
PROMPT = "Represent this sentence for searching relevant passages: "


def encode(module, texts, most, pool):
    """A vector of length one for each list of ids, by what `pool` makes of states and mask."""
    order = np.argsort([len(text) for text in texts], kind="stable")
    vectors, begin = [], 0
    while begin < len(order):
        end = begin + 1
        while end < len(order) and (min(len(texts[order[end]]) + 2, most)) * (end + 1 - begin) <= TOKENS_AT_ONCE:
            end += 1
        ids, mask = backbone.batch([texts[i] for i in order[begin:end]], most)
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            states = module(ids, mask)
        vectors.append(functional.normalize(pool(states.float(), mask), dim=-1))
        begin = end
    found = torch.cat(vectors).numpy()
    out = np.empty_like(found)
    out[order] = found
    return out


def drawn(stored):
    """The hard negative of each query, an index of a text."""
    beside = stored["beside"][:, :15]
    picked = np.random.default_rng(SEED).integers(beside.shape[1], size=len(beside))
    return beside[np.arange(len(beside)), picked]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jar")
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--chunks", type=int, default=8)
    args = parser.parse_args()
    torch.set_num_threads(1)
    module = backbone.load(args.jar).eval()
    prompt = backbone.tokenizer(args.jar).encode(PROMPT)
    stored = np.load(args.work / "train.npz", allow_pickle=False)
    texts, queries = data.rows(stored, "texts"), data.rows(stored, "queries")
    query, passage, negative = stored["query"], stored["passage"], drawn(stored)
    for chunk in range(args.chunks):
        path = args.work / f"teacher-{chunk}.npz"
        if path.exists():
            continue
        part = slice(chunk * CHUNK, (chunk + 1) * CHUNK)

        def first(states, mask):
            return states[:, 0]

        own = encode(module, [texts[i] for i in passage[part]], TEXT_TOKENS, first)
        other = encode(module, [texts[i] for i in negative[part]], TEXT_TOKENS, first)
        asked = encode(module, [[*prompt, *queries[i]] for i in query[part]], 48, first)
        whole = path.with_suffix(".part.npz")
        np.savez(
            whole, query=asked.astype(np.float16), passage=own.astype(np.float16), negative=other.astype(np.float16)
        )
        whole.replace(path)
        right = ((asked * own).sum(1) > (asked * other).sum(1)).mean()
        print(f"chunk {chunk}: the passage is before its negative for {right:.3f}", flush=True)


if __name__ == "__main__":
    main()
