"""Step 7: what the models say to a few texts, for the tests of the Java side.

python3 -m trident_training.fixture WORK expected.json
"""

import argparse
import json
import pathlib

import numpy as np

from trident_training import encoder, reranker, transformer

QUERY = "Who invented the steam engine?"
TEXTS = (
    "James Watt improved the steam engine in 1765, and engines run on steam to this day.",
    "Café Müller naïvely serves CRÈME brûlée; 東京 it is not!",
    "Kubernetes schedules pods: an operator's reconcile_loop() watches them, again and again.",
    "Antidisestablishmentarianism \U0001f600 \u00a3\u00b0 2nd-rate",
)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("file", type=pathlib.Path)
    args = parser.parse_args()
    made = transformer.load(args.work)
    vocabulary = made.tokenizer.vocabulary
    texts = [made.tokenizer.encode(text) for text in TEXTS]
    sparse, dense, tokens = made.encode(*encoder.batch(texts, encoder.MAX_TOKENS - 2))
    features, network = reranker.load(args.work)
    query = made.tokenizer.encode(QUERY)
    scores = network.scores(features.compute(*reranker.pair_rows(query, texts)))
    expected = {
        "query": QUERY,
        "query_weights": {vocabulary[i]: round(float(made.idf[i]), 3) for i in query if made.idf[i] > 0},
        "texts": [
            {
                "text": text,
                "score": round(float(scores[i]), 5),
                "sparse": {vocabulary[v]: round(float(sparse[i, v]), 5) for v in np.flatnonzero(sparse[i])},
                "dense": [round(float(x), 5) for x in dense[i]],
                "first_token": [round(float(x), 5) for x in tokens[i, 1]],
            }
            for i, text in enumerate(TEXTS)
        ],
    }
    with open(args.file, "w", encoding="utf-8") as file:
        json.dump(expected, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
