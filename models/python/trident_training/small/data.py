"""Step 1: training pairs and judged collections as ids, in WORK.

    python3 -m trident_training.small.data JAR COLLECTIONS WORK

A query's passage is its title and its text, as documents are put together when they are judged.
Sources are drawn by the square root of their size (`FACTORS`); the documents of SQuADShifts that
`terms.held_out` names, and their questions, stay out. Hard negatives are what BM25 finds beside
the passage among the texts of the source.
"""

import argparse
import gzip
import itertools
import json
import pathlib

import numpy as np
import scipy.sparse as sp

from trident_training import backbone, corpus, evaluate, terms

SEED = 20251129
QUERIES = 40_000
SHIFTS = ("newwiki", "amazon", "reddit")
JUDGED = ("squad-dev", "cacm", "med", "vaswani", "mtrag-cloud", "esci-us-150", "fm2")
# Share-alike sources are left out by their meta.
SHARE_ALIKE = ("pi-hole", "OWASP")
FACTORS = {
    **dict.fromkeys(("covidqa", "ms-faq", "oss-docs-qa", "gov-qa", "interview-qa", "covid-faq-gov"), 2.0),
    **dict.fromkeys(("acl-anthology", "arxiv-cs", "arxiv-astro", "arxiv-ai4chem"), 0.4),
    **dict.fromkeys(("aws-cli-examples", "openstax-review-weak", "code-doc"), 0.4),
    **dict.fromkeys(("tldr", "tatqa", "recipes"), 0.25),
}
SHARE_OF_SHIFTS = 0.33
LONGEST_TEXT, LONGEST_QUERY = 254, 30
FOUND, BLOCK = 30, 512


class Lists:
    """Lists of ids, stored flat."""

    def __init__(self):
        self.rows, self.number = [], {}

    def add(self, ids):
        """The number of a list, the same for equal ones."""
        key = tuple(ids)
        if key not in self.number:
            self.number[key] = len(self.rows)
            self.rows.append(key)
        return self.number[key]


def flat(rows):
    """A flat array of ids and the offsets at which rows start."""
    offsets = np.zeros(len(rows) + 1, np.int64)
    offsets[1:] = np.cumsum([len(row) for row in rows])
    return np.array([i for row in rows for i in row], np.int32), offsets


def rows(stored, name):
    """The lists that `flat` stored."""
    ids, offsets = stored[name], stored[name + "_offsets"]
    return [ids[a:b] for a, b in itertools.pairwise(offsets)]


def bm25(texts, size, k1=1.2, b=0.75):
    """Saturated frequencies times inverse document frequencies, [texts, vocabulary]."""
    lengths = np.array([max(1, len(text)) for text in texts], np.float32)
    owner = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    matrix = sp.csr_matrix((np.ones(len(owner), np.float32), (owner, np.concatenate(texts))), (len(texts), size))
    matrix.sum_duplicates()
    norm = np.repeat(k1 * (1 - b + b * lengths / lengths.mean()), np.diff(matrix.indptr))
    frequency = np.bincount(matrix.indices, minlength=size)
    idf = np.log(1 + (len(texts) - frequency + 0.5) / (frequency + 0.5))
    matrix.data = (matrix.data * (k1 + 1) / (matrix.data + norm) * idf[matrix.indices]).astype(np.float32)
    return matrix


def beside(queries, wanted, texts, size):
    """For each query what BM25 finds, without its passage, [queries, FOUND]; best first."""
    columns = bm25(texts, size).T.tocsr()
    found = np.empty((len(queries), FOUND), np.int64)
    for begin in range(0, len(queries), BLOCK):
        part = [np.unique(q) for q in queries[begin : begin + BLOCK]]
        asked = sp.csr_matrix(
            (
                np.ones(sum(map(len, part)), np.float32),
                (np.repeat(np.arange(len(part)), [len(q) for q in part]), np.concatenate(part)),
            ),
            (len(part), size),
        )
        scores = (asked @ columns).toarray()
        scores[np.arange(len(part)), wanted[begin : begin + len(part)]] = -1
        best = np.argpartition(-scores, FOUND, axis=1)[:, :FOUND]
        order = np.argsort(-np.take_along_axis(scores, best, 1), axis=1, kind="stable")
        found[begin : begin + len(part)] = np.take_along_axis(best, order, 1)
    return found


def pairs_of(path):
    """(query, passage) of a source."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            entry = json.loads(line)
            if not any(name in json.dumps(entry.get("meta", "")) for name in SHARE_ALIKE):
                yield entry["query"], f"{entry['title']} {entry['text']}".strip()


def shifts_of(folder):
    """(question, paragraph) of a part of SQuADShifts that may be trained on."""
    documents, questions, judged = corpus.judged(folder)
    texts = dict(documents)
    for name, question in questions:
        if not any(map(terms.held_out, judged[name])):
            yield question, texts[min(judged[name])]


def sources(collections):
    """Names of sources, what their share is multiplied by, and their pairs."""
    for path in sorted((collections / "train").glob("*.jsonl.gz")):
        name = path.name.split(".")[0]
        yield name, FACTORS.get(name, 1.0), list(pairs_of(path))
    for name in SHIFTS:
        yield name, None, list(shifts_of(collections / f"squadshifts-{name}"))


def train(tokenizer, collections, work):
    """Writes the pairs: for each a query, its passage, its source and what lies beside."""
    rng = np.random.default_rng(SEED)
    read = list(sources(collections))
    shares = np.array([0 if factor is None else factor * len(p) ** 0.5 for _, factor, p in read])
    shares *= (1 - SHARE_OF_SHIFTS) / shares.sum()
    shares[[factor is None for _, factor, _ in read]] = SHARE_OF_SHIFTS / len(SHIFTS)
    texts, queries, columns = Lists(), Lists(), []
    for number, ((name, _, pairs), share) in enumerate(zip(read, shares)):
        drawn = rng.permutation(len(pairs))[: int(share * QUERIES)]
        asked = [tokenizer.encode(q)[:LONGEST_QUERY] for q, _ in pairs]
        own = [texts.add(tokenizer.encode(t)[:LONGEST_TEXT]) for _, t in pairs]
        local, place = np.unique(own, return_inverse=True)
        if len(local) > FOUND + 1:
            found = beside(
                [asked[i] for i in drawn],
                place[drawn],
                [np.array(texts.rows[i]) for i in local],
                len(tokenizer.vocabulary),
            )
            for i, row in zip(drawn, local[found]):
                columns.append((queries.add(asked[i]), own[i], number, *row))
        print(f"{name}: {len(pairs)} pairs, {len(drawn)} drawn", flush=True)
    columns = np.array(columns, np.int32)[rng.permutation(len(columns))]
    text_ids, text_offsets = flat(texts.rows)
    query_ids, query_offsets = flat(queries.rows)
    np.savez(
        work / "train.npz",
        texts=text_ids,
        texts_offsets=text_offsets,
        queries=query_ids,
        queries_offsets=query_offsets,
        query=columns[:, 0],
        passage=columns[:, 1],
        source=columns[:, 2],
        beside=columns[:, 3:],
        names=[name for name, _, _ in read],
    )
    print(f"{len(columns)} queries, {len(texts.rows)} texts")


def grades_of(collections, name):
    """The grade of each judged pair of a collection."""
    folders = {f"{part}-": f"squadshifts-{part}" for part in SHIFTS} if name == "squadshifts" else {"": name}
    grades = {}
    for prefix, folder in folders.items():
        with open(collections / folder / "qrels.tsv", encoding="utf-8") as file:
            next(file)
            for line in file:
                query, document, grade = line.split()
                grades[prefix + query, prefix + document] = int(grade)
    return grades


def shift_questions(folder):
    """All paragraphs, and 150 questions to those that are held out."""
    documents, questions, judged = corpus.judged(folder)
    return documents, evaluate.held_out(questions, judged, 150), judged


def judged(tokenizer, collections, work):
    """Writes each collection to judge by: documents, queries and their relevant documents."""
    for name in ("squadshifts", *JUDGED):
        documents, queries, relevant = [], [], {}
        if name == "squadshifts":
            for part in SHIFTS:
                d, q, r = shift_questions(collections / f"squadshifts-{part}")
                documents += [(f"{part}-{name}", text) for name, text in d]
                queries += [(f"{part}-{name}", text) for name, text in q]
                relevant.update({f"{part}-{q}": {f"{part}-{d}" for d in found} for q, found in r.items()})
        else:
            sample = "queries-1000.jsonl.gz" if name == "squad-dev" else None
            documents, queries, relevant = corpus.judged(collections / name, sample)
        number = {document: i for i, (document, _) in enumerate(documents)}
        queries = [(q, text) for q, text in queries if any(d in number for d in relevant[q])]
        text_ids, text_offsets = flat([tokenizer.encode(t)[:LONGEST_TEXT] for _, t in documents])
        query_ids, query_offsets = flat([tokenizer.encode(t)[:LONGEST_QUERY] for _, t in queries])
        grades = grades_of(collections, name)
        right = [(i, number[d], grades[q, d]) for i, (q, _) in enumerate(queries) for d in relevant[q] if d in number]
        np.savez(
            work / f"judged-{name}.npz",
            texts=text_ids,
            texts_offsets=text_offsets,
            queries=query_ids,
            queries_offsets=query_offsets,
            right=np.array(right, np.int32),
        )
        print(f"{name}: {len(documents)} documents, {len(queries)} queries", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jar")
    parser.add_argument("collections", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--judged-alone", action="store_true")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    tokenizer = backbone.tokenizer(args.jar)
    judged(tokenizer, args.collections, args.work)
    if not args.judged_alone:
        train(tokenizer, args.collections, args.work)


if __name__ == "__main__":
    main()
