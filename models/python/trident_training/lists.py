"""Lists to train a reranker on: a query, its passage, and what a first stage finds beside it.

    python3 -m trident_training.lists WORK JAR TRAIN NEWWIKI AMAZON REDDIT

TRAIN holds pairs by source, the others are SQuADShifts, whose documents that are held out stay out.
Of each source 450 passages are taken (of medquad whole titles, so that other questions about a
disease stand beside each other) and searched by their queries with the fusion of BM25 and the vectors of
the encoder in JAR; the best that are not relevant are the negatives. Sources count by the square root of
their size and `FACTORS`. Texts under share-alike terms are left out.
"""

import argparse
import collections
import json
import pathlib
import random

import numpy as np

from trident_training import backbone, candidates, corpus, terms

SEED = 20261129
PASSAGES = 450
QUESTIONS_OF_A_PASSAGE = 2
QUERIES = 9_000
SHIFTS = {"newwiki": 3_200, "amazon": 2_000, "reddit": 2_300}
DEPTH, KEPT, LEAST = 30, 14, 6
LONGEST = 142
SHARE_ALIKE = ("OWASP", "pi-hole")
# Other texts of the same title answer the query too.
ONE_OF_A_TITLE = ("tldr", "aws-cli-examples")
MOST = {"medquad": 3_000}
FACTORS = {
    **dict.fromkeys(("covidqa", "ms-faq", "oss-docs-qa", "gov-qa", "interview-qa", "covid-faq-gov"), 2.0),
    **dict.fromkeys(("acl-anthology", "arxiv-cs", "arxiv-astro", "arxiv-ai4chem"), 0.5),
    **dict.fromkeys(("aws-cli-examples", "openstax-review-weak"), 0.5),
    **dict.fromkeys(("tldr", "code-doc", "tatqa", "recipes"), 0.25),
}


class Source:
    """Passages, each a title and a text, and queries, each a text and the numbers of its passages."""

    def __init__(self, name, passages, queries):
        self.name, self.passages, self.queries = name, passages, queries

    def lists(self, told, put, first):
        """Lists; the passages of this source have numbers from `first`."""
        texts = [f"{title} {text}".strip() for title, text in self.passages]
        lexical = candidates.Bm25(texts)
        for (query, wanted), vector in zip(self.queries, put.astype(np.float32)):
            legs = [lexical.scores(query), told.astype(np.float32) @ vector]
            ranked, _ = candidates.fused(legs, DEPTH)
            if self.name.startswith("squadshifts") and wanted[0] not in ranked:
                continue
            others = [n for n in ranked if not self._answers(n, wanted, texts)][:KEPT]
            if len(others) >= LEAST:
                numbers = [int(n) for n in (wanted[0], *others)]
                yield {
                    "source": self.name,
                    "query": query,
                    "docs": [first + n for n in numbers],
                    "dense": [round(float(legs[1][n]), 4) for n in numbers],
                }

    def _answers(self, number, wanted, texts):
        """Whether a passage is relevant, or may be."""
        titled = self.name in ONE_OF_A_TITLE
        return any(
            number == w or texts[number] == texts[w] or (titled and self.passages[number][0] == self.passages[w][0])
            for w in wanted
        )


def trained(path, rng):
    """A source of pairs."""
    entries = [e for e in corpus.read_lines(path) if not any(s in str(e.get("meta")) for s in SHARE_ALIKE)]
    queries, size = collections.defaultdict(list), len(entries)
    for entry in entries:
        queries[entry["title"], entry["text"]].append(entry["query"])
    name = path.name.removesuffix(".jsonl.gz")
    passages = chosen(list(queries), rng, whole_titles=name == "medquad")
    wanted = collections.defaultdict(list)
    for number, passage in enumerate(passages):
        for query in queries[passage]:
            wanted[query.lower()].append(number)
    put = []
    for number, passage in enumerate(passages):
        for query in queries[passage][:QUESTIONS_OF_A_PASSAGE]:
            others = [n for n in wanted[query.lower()] if n != number]
            put.append((query, [number, *others]))
    rng.shuffle(put)
    return Source(name, passages, put), min(size, MOST.get(name, size)) ** 0.5 * FACTORS.get(name, 1.0)


def chosen(passages, rng, whole_titles):
    """Some of the passages, in random order or title by title."""
    rng.shuffle(passages)
    if whole_titles:
        place = {}
        for title, _ in passages:
            place.setdefault(title, len(place))
        passages.sort(key=lambda passage: place[passage[0]])
    return passages[:PASSAGES]


def shifted(folder, most, rng):
    """A source of SQuADShifts, without what is held out."""
    documents, queries, judged = corpus.judged(folder)
    kept = [(name, text.strip()) for name, text in documents if not terms.held_out(name)]
    number = {name: i for i, (name, _) in enumerate(kept)}
    put = [
        (text, sorted(number[d] for d in judged[name]))
        for name, text in queries
        if all(d in number for d in judged[name])
    ]
    rng.shuffle(put)
    return Source(pathlib.Path(folder).name, [("", text) for _, text in kept], put[:most])


def sources(args, rng):
    """All sources, with as many queries as they shall have."""
    found = [trained(path, rng) for path in sorted(args.train.glob("*.jsonl.gz"))]
    whole = sum(share for _, share in found)
    for source, share in found:
        source.queries = source.queries[: int(QUERIES * share / whole)]
        yield source
    for folder, most in zip(args.shifts, SHIFTS.values()):
        yield shifted(folder, most, rng)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("jar", type=pathlib.Path)
    parser.add_argument("train", type=pathlib.Path)
    parser.add_argument("shifts", nargs=3)
    args = parser.parse_args()
    rng = random.Random(SEED)
    module, tokenizer = backbone.load(args.jar), backbone.tokenizer(args.jar)
    passages, lists = [], []
    for source in sources(args, rng):
        texts = [f"{title} {text}" for title, text in source.passages]
        told, put = (
            candidates.vectors(
                args.work / f"{source.name}-{side}.npy",
                module,
                [tokenizer.encode(text)[:LONGEST] for text in read],
                "mean",
            )
            for side, read in (("told", texts), ("put", [query for query, _ in source.queries]))
        )
        found = list(source.lists(told, put, len(passages)))
        print(f"{source.name}: {len(source.passages)} passages, {len(found)} lists", flush=True)
        passages += source.passages
        lists += found
    rng.shuffle(lists)
    with open(args.work / "lists.json", "w", encoding="utf-8") as file:
        json.dump({"passages": passages, "lists": lists}, file)


if __name__ == "__main__":
    main()
